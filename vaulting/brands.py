"""Card brands as buyers see them: a name and a mark. Brand words are those of our accounts (`VISA`)."""

from __future__ import annotations

from typing import NamedTuple

from django.templatetags.static import static


class Brand(NamedTuple):
    name: str
    mark: str
    """File name in payments/static/payments/cards, without `.svg`."""


BRANDS: dict[str, Brand] = {
    "VISA": Brand("Visa", "visa"),
    "MASTERCARD": Brand("Mastercard", "mastercard"),
    "AMEX": Brand("American Express", "amex"),
    "AMERICAN_EXPRESS": Brand("American Express", "amex"),
    "JCB": Brand("JCB", "jcb"),
    "UNIONPAY": Brand("UnionPay", "unionpay"),
    "CUP": Brand("UnionPay", "unionpay"),
    "DINERS": Brand("Diners Club", "diners"),
    "DINERS_CLUB": Brand("Diners Club", "diners"),
    "DISCOVER": Brand("Discover", "discover"),
}


def name_of(word: str) -> str:
    known = BRANDS.get(word.upper())
    return known.name if known else word.replace("_", " ").title() or "Card"


def logo_of(word: str) -> str:
    """Address of the mark; a plain card for brands that we have no mark of."""
    known = BRANDS.get(word.upper())
    return static(f"payments/cards/{known.mark if known else 'generic'}.svg")


def expiry_text(month: int | None, year: int | None) -> str | None:
    """`05/27`; None where it is not known."""
    return f"{month:02d}/{year % 100:02d}" if month and year else None
