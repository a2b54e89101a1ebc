"""Our books and the provider's, joined row by row: the one comparison that races, kills and journeys end with.

A row is one sum of a payment, or one capture or refund; it is equal when both sides say the same whole number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from payments.gateways.base import Kind
from payments.models import Payment, Transaction
from payments.services.books import verify_books
from payments.states import Status
from tests.simulator_process import SimulatorProcess

SUMS = ("authorized", "captured", "voided", "refunded")
OUR_WORD = {"voided": "released_minor"}


@dataclass(frozen=True, slots=True)
class Row:
    payment: str
    what: str
    ours: int | None
    theirs: int | None

    @property
    def equal(self) -> bool:
        return (self.ours or 0) == (self.theirs or 0)

    def __str__(self) -> str:
        told = "equal" if self.equal else "DIFFERENT"
        return f"{self.payment:26} {self.what:34} ours {_amount(self.ours)} theirs {_amount(self.theirs)}  {told}"


def join_books(theirs: Iterable[dict[str, Any]]) -> list[Row]:
    """Every payment of either side, by our request id; `theirs` is what `/books` of the simulator answers."""
    pages = {str(page["payment_request_id"]): page for page in theirs}
    ours = {
        str(tx.request_id): tx.payment
        for tx in Transaction.objects.filter(kind=Kind.AUTHORIZE).select_related("payment").order_by("id")
    }
    rows: list[Row] = []
    for request_id in [*ours, *(name for name in pages if name not in ours)]:
        rows += _sums(request_id, ours.get(request_id), pages.get(request_id, {}))
        rows += _moves(request_id, ours.get(request_id), pages.get(request_id, {}))
    return rows


def differences(simulator: SimulatorProcess) -> list[str]:
    """What `verify_books` finds, and every row on which the provider disagrees. Empty: the books are equal."""
    return [*verify_books(), *(str(row) for row in join_books(simulator.books()) if not row.equal)]


def _sums(request_id: str, payment: Payment | None, page: dict[str, Any]) -> list[Row]:
    return [
        Row(
            request_id,
            f"{name} {page.get('currency') or (payment.currency if payment else '')}",
            getattr(payment, OUR_WORD.get(name, f"{name}_minor")) if payment else None,
            page.get(name),
        )
        for name in SUMS
    ]


def _moves(request_id: str, payment: Payment | None, page: dict[str, Any]) -> list[Row]:
    """One row for each capture and refund that either side calls done. Ours are named as the provider names them."""
    theirs: dict[str, int] = {}
    named: dict[str, str] = {}
    for kind in ("capture", "refund"):
        for move in page.get(f"{kind}s", []):
            name = f"{kind} {move[f'{kind}_id']}"
            named[move[f"{kind}_request_id"]] = name
            if move["status"] == "SUCCESS":
                theirs[name] = move["amount"]
    ours: dict[str, int] = {}
    for tx in payment.transactions.filter(kind__in=[Kind.CAPTURE, Kind.REFUND]) if payment else ():
        if tx.status == Status.SUCCEEDED:
            name = named.get(str(tx.request_id), f"{tx.kind} {tx.gateway_reference or tx.request_id}")
            ours[name] = ours.get(name, 0) + tx.amount_minor
    return [Row(request_id, name, ours.get(name), theirs.get(name)) for name in {**ours, **theirs}]


def _amount(minor: int | None) -> str:
    return f"{'–' if minor is None else minor:>9}"
