"""Two books side by side, joined row by row by request id. Pure: knows no rows and no HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DONE = ("SUCCESS", "SUCCEEDED", "S")


@dataclass(frozen=True)
class Row:
    """One line of the table; amounts in minor units, None where that side has no such row."""

    what: str
    request_id: str
    currency: str
    ours: int | None
    theirs: int | None

    @property
    def equal(self) -> bool:
        return (self.ours or 0) == (self.theirs or 0) and (self.ours is None) == (self.theirs is None)

    def __str__(self) -> str:
        mark = "equal" if self.equal else "DIFFERS"
        return (
            f"{self.what:<9} {self.request_id:<35} {self.currency} "
            f"{_text(self.ours):>12} {_text(self.theirs):>12}  {mark}"
        )


HEAD = f"{'what':<9} {'request id or reference':<35} {'cur':<3} {'ours':>12} {'theirs':>12}  (minor units)"


def side_by_side(ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Every payment with its held, captured and refunded sums, then every capture and refund by itself.

    A payment that moved nothing and that only one side knows is no difference: we wrote it down and it never arrived,
    or the buyer never showed a card.
    """
    mine = {page["payment_request_id"]: page for page in ours}
    provider = {page["payment_request_id"]: page for page in theirs}
    rows: list[Row] = []
    for request_id in [*mine, *(name for name in provider if name not in mine)]:
        rows += _rows_of(request_id, mine.get(request_id), provider.get(request_id))
    return rows


def differences(rows: Sequence[Row]) -> list[str]:
    """A sentence for each row that differs; empty when the books are equal."""
    return [
        f"{row.what} {row.request_id}: our books say {_text(row.ours)}, the provider's say {_text(row.theirs)} "
        f"({row.currency}, minor units)"
        for row in rows
        if not row.equal
    ]


def _rows_of(request_id: str, mine: Mapping[str, Any] | None, provider: Mapping[str, Any] | None) -> list[Row]:
    currency = str((mine or provider or {}).get("currency", ""))
    sums = {"held": _held(provider), "captured": _of(provider, "captured"), "refunded": _of(provider, "refunded")}
    rows = [
        Row(name, request_id, currency, _of(mine, name), theirs)
        for name, theirs in sums.items()
        if _of(mine, name) or theirs or (mine and provider and name == "captured")
    ]
    ours = {kind: dict((mine or {}).get(kind, {})) for kind in ("captures", "refunds")}
    theirs_done = {
        "captures": _successful(provider, "captures", ("capture_id",), ours["captures"]),
        "refunds": _successful(provider, "refunds", ("refund_request_id", "refund_id"), ours["refunds"]),
    }
    for kind, word in (("captures", "capture"), ("refunds", "refund")):
        for name in [*ours[kind], *(key for key in theirs_done[kind] if key not in ours[kind])]:
            rows.append(Row(word, name, currency, ours[kind].get(name), theirs_done[kind].get(name)))
    return rows


def _held(provider: Mapping[str, Any] | None) -> int | None:
    """Reserved and neither taken nor released."""
    if provider is None:
        return None
    return max(int(provider["authorized"]) - int(provider["captured"]) - int(provider["voided"]), 0)


def _of(page: Mapping[str, Any] | None, name: str) -> int | None:
    return None if page is None else int(page[name])


def _successful(
    provider: Mapping[str, Any] | None, kind: str, names: Sequence[str], ours: Mapping[str, int]
) -> dict[str, int]:
    """By the name that we know it by: what the provider does by itself has no request id of ours."""
    done = (row for row in (provider or {}).get(kind, []) if row["status"] in DONE)
    return {next((row[n] for n in names if row.get(n) in ours), row[names[0]]): int(row["amount"]) for row in done}


def _text(amount: int | None) -> str:
    return "nothing" if amount is None else str(amount)
