"""A card as documents tell of it, and its token (antom.md 3.4, 6)."""

from __future__ import annotations

import re

from core.logs import luhn
from core.sealing import Secret
from payments.gateways.antom.document import Document
from payments.gateways.antom.tolerant import (
    NUMBER_RUN,
    read_free_text,
    read_text,
    read_value,
    read_whole,
    read_word,
)
from payments.gateways.base import CardFacts

_DIGEST = re.compile(r"(?i)(?=.*[a-f])[0-9a-f]{64}")


def read_card(info: Document) -> CardFacts | None:
    """What may be shown of it, in the names of payments (`cardBrand`, `cardNo`) or vaulting (`brand`, `maskedCardNo`).

    Whoever wrote the document, nothing of it leaves here that could be a card number (I31).
    """
    month, year = read_whole(info, "expiryMonth"), read_whole(info, "expiryYear")
    card = CardFacts(
        brand=read_word(info, "cardBrand") or read_word(info, "brand"),
        last_four=_last_four(info),
        expiry_month=month if month in range(1, 13) else None,
        expiry_year=_four_digits(year),
        funding=read_word(info, "funding"),
        category=read_word(info, "cardCategory"),
        issuing_country=read_text(info, "issuingCountry", 2),
        issuer=read_free_text(info, "issuerName"),
        fingerprint=_fingerprint(info),
        token=_token(info),
    )
    return None if card == CardFacts() else card


def read_network_id(info: Document) -> str:
    """The network's id of the check of a card, which later payments name.

    Many have 13 or 15 digits, and one in ten of those looks like a card's: only what ends like this card is suspect.
    """
    text, own = read_text(info, "networkTransactionId"), _last_four(info)
    usual = re.fullmatch(r"[0-9]{13}|[0-9]{15}", text) and own and not text.endswith(own)
    return text if usual or not _could_be_a_card(text) else ""


def _last_four(info: Document) -> str:
    """The provider's mask is not trusted: four digits are all that is ever taken from it."""
    for name in ("maskedCardNo", "cardNo"):
        if found := re.search(r"[0-9]{4}$", read_text(info, name)):
            return found.group()
    told = read_text(info, "lastFour") or read_text(info, "last4")
    return told if re.fullmatch(r"[0-9]{4}", told) else ""


def _four_digits(year: int | None) -> int | None:
    if year is not None and year < 100:
        return 2000 + year
    return year if year in range(2000, 2100) else None


def _fingerprint(info: Document) -> str:
    """64 hexadecimal digits, or a short text of another form: only a digest may hold long runs of digits."""
    text = read_text(info, "fingerprint")
    return text if _DIGEST.fullmatch(text) else read_word(info, "fingerprint", 256)


def _token(info: Document) -> Secret | None:
    """A text that can be sent again as it is (pitfall 25)."""
    text = read_text(info, "cardToken", 2048) if isinstance(read_value(info, "cardToken"), str) else ""
    return Secret(text) if text.strip() and not _could_be_a_card(text) else None


def _could_be_a_card(text: str) -> bool:
    return any(luhn(found.group()) for found in NUMBER_RUN.finditer(text))
