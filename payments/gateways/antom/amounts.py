"""Amounts are digits in minor units with a currency (antom.md 2.2)."""

from __future__ import annotations

import re

from core.money import Money, exponent
from payments.gateways.antom.document import Document, Unreadable
from payments.gateways.antom.tolerant import read_text, read_value
from payments.gateways.base import InvalidRequest


def is_in_the_table(currency: str) -> bool:
    """The vendor's table knows no more than two decimals; others are offered only after asking it (2.2)."""
    return exponent(currency) <= 2


def write_amount(name: str, money: Money) -> dict[str, str]:
    """Digits in minor units (2.2). Raises InvalidRequest for what the provider would refuse."""
    if money.minor <= 0:
        raise InvalidRequest(name, "must be more than nothing")
    if money.currency == "IDR" and money.minor % 100:
        raise InvalidRequest(name, "IDR must be whole rupiah, a multiple of 100")
    return {"currency": money.currency, "value": str(money.minor)}


def check_amount(money: Money) -> None:
    """Raises InvalidRequest for an amount of a capture or refund that cannot be sent."""
    write_amount("amount", money)


def read_amount(document: Document, name: str, *, needed: bool = False) -> Money | None:
    """`{"currency", "value"}` in minor units; None when absent and not needed. Raises Unreadable."""
    value = read_value(document, name)
    if value is None and needed:
        raise Unreadable(f"{name} is missing")
    if value is None:
        return None
    digits = read_text(value, "value") if isinstance(value, dict) else ""
    if not re.fullmatch(r"[0-9]{1,16}", digits):
        raise Unreadable(f"{name} is not an amount")
    try:
        return Money(int(digits), read_text(value, "currency"))
    except ValueError:
        raise Unreadable(f"{name} has no known currency") from None
