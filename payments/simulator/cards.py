"""Cards as the provider sees them. A number is looked at once, here, and only what may be kept leaves this file."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from payments.simulator.scenarios import SCENARIO_CARDS

REFUSED = "refused"

# antom.md 8 (vendor test cards); the numbers missing here succeed by brand like any other valid number.
_KNOWN: dict[str, tuple[str, str]] = {
    "9490220011669217": ("HYUNDAI", ""),
    "4054692760174822": ("VISA", REFUSED),
    "5162770472561357": ("MASTERCARD", REFUSED),
    **{number: ("VISA", scenario) for number, scenario in SCENARIO_CARDS.items()},
}
_BRANDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (brand, re.compile(pattern))
    for brand, pattern in (
        ("VISA", r"4\d{12}(\d{3}){0,2}"),
        ("MASTERCARD", r"(5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"),
        ("AMEX", r"3[47]\d{13}"),
        ("DINERS", r"3(0[0-5]|[689]\d)\d{11}(\d{2})?"),
        ("DISCOVER", r"(6011|65\d{2}|64[4-9]\d)\d{12}"),
        ("JCB", r"35(2[89]|[3-8]\d)\d{12}"),
        ("CUP", r"62\d{14,17}"),
        ("MAESTRO", r"(50|5[6-9]|6\d)\d{10,17}"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """Everything that is kept of a card. `behaviour` is "", "refused" or the name of a scenario."""

    brand: str
    last4: str
    expiry_month: str
    expiry_year: str
    fingerprint: str
    behaviour: str
    cvv_given: bool = False
    refusal: str = ""  # result code when number, expiry or CVV was unacceptable


def look_at(*, number: str, month: str, year: str, cvv: str, secret: bytes, today: datetime) -> CardFacts:
    """The facts of a card just typed in; the number and CVV go no further. `year` has two digits."""
    brand, behaviour = _KNOWN.get(number) or (_brand_of(number), "")
    return CardFacts(
        brand=brand or "UNKNOWN",
        last4=number[-4:],
        expiry_month=month,
        expiry_year=year,
        fingerprint=hmac.new(secret, b"card:" + number.encode(), hashlib.sha256).hexdigest(),
        behaviour=behaviour,
        cvv_given=bool(cvv),
        refusal=_refusal(number, brand, month, year, cvv, today),
    )


def refusal_of(behaviour: str) -> str:
    return "DO_NOT_HONOR" if behaviour == REFUSED else ""


def expired(month: str, year: str, today: datetime) -> bool:
    """True for nonsense as well: month 13 is the vendor's test for it."""
    if not (month.isdigit() and year.isdigit() and 1 <= int(month) <= 12):
        return True
    return (2000 + int(year), int(month)) < (today.year, today.month)


def new_token() -> str:
    """`ALIPAY` and base64 of 64 random bytes: 94 characters with + / = in them (antom.md 6)."""
    return "ALIPAY" + base64.b64encode(secrets.token_bytes(64)).decode()


def passes_luhn(number: str) -> bool:
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        return False
    doubled = [int(digit) * 2 for digit in number[-2::-2]]
    return (sum(int(digit) for digit in number[-1::-2]) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def _brand_of(number: str) -> str:
    return next((brand for brand, pattern in _BRANDS if pattern.fullmatch(number)), "")


def _refusal(number: str, brand: str, month: str, year: str, cvv: str, today: datetime) -> str:
    if not passes_luhn(number):
        return "INVALID_CARD_NUMBER"
    if not brand:
        return "CARD_NOT_SUPPORTED"
    if expired(month, year, today):
        return "INVALID_EXPIRATION_DATE"
    return "PARAM_ILLEGAL" if cvv and not re.fullmatch(r"\d{3,4}", cvv) else ""
