"""The simulator's deck as text: a list for a terminal, a table for the README. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

TITLES = {"outcome": "Outcomes", "wire": "The wire", "notification": "Notifications"}
HEAD = ("Scenario", "What it is", "On the wire", "In the provider's books", "Operations", "Card")
_WIDTH = 100

Row = Mapping[str, Any]


def plain(deck: Mapping[str, Any]) -> str:
    """For a terminal of a hundred columns: one block for each scenario."""
    lines: list[str] = []
    for family, rows in _families(deck):
        lines += [TITLES[family].upper(), ""]
        for row in rows:
            lines += _block(row, deck)
    lines += ["CARDS AND VALUES THAT DECIDE BY THEMSELVES", ""]
    lines += [f"  {item['value']:<18} {item['meaning']}" for item in deck["magic"]]
    return "\n".join(lines)


def markdown(deck: Mapping[str, Any]) -> str:
    """The same for the README."""
    lines: list[str] = []
    for family, rows in _families(deck):
        lines += [f"**{TITLES[family]}**", "", _line(HEAD), _line(["---"] * len(HEAD))]
        lines += [_line(_cells(row, deck)) for row in rows]
        lines.append("")
    lines += [
        "**Cards and values that decide by themselves**",
        "",
        _line(("Value", "What happens")),
        _line(["---"] * 2),
    ]
    lines += [_line((f"`{item['value']}`", item["meaning"])) for item in deck["magic"]]
    return "\n".join(lines)


def _families(deck: Mapping[str, Any]) -> list[tuple[str, list[Row]]]:
    return [(family, [row for row in deck["scenarios"] if row["family"] == family]) for family in TITLES]


def _block(row: Row, deck: Mapping[str, Any]) -> list[str]:
    facts = {"wire": row["wire"], "books": row["books"], "for": _operations(row, deck)}
    if row["seconds_mean"]:
        facts["seconds"] = _seconds(row)
    if row["card"]:
        facts["card"] = row["card"]
    lines = textwrap.wrap(f"{row['name']:<22} {row['about']}", _WIDTH, initial_indent="  ", subsequent_indent=" " * 25)
    for name, text in facts.items():
        lines += textwrap.wrap(f"{name:<8} {text}", _WIDTH, initial_indent=" " * 25, subsequent_indent=" " * 34)
    return [*lines, ""]


def _operations(row: Row, deck: Mapping[str, Any]) -> str:
    others = [name for name in deck["operations"] if name not in row["operations"]]
    if not others:
        return "every operation"
    return f"all but {', '.join(others)}" if len(others) <= 3 else ", ".join(row["operations"])


def _seconds(row: Row) -> str:
    return f"{row['seconds_mean']} ({row['seconds']:g} unless you say)" if row["seconds"] else str(row["seconds_mean"])


def _cells(row: Row, deck: Mapping[str, Any]) -> list[str]:
    card = f"`{row['card']}`" if row["card"] else ""
    return [f"`{row['name']}`", row["about"], row["wire"], row["books"], _operations(row, deck), card]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
