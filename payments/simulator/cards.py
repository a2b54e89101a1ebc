"""Cards as the provider sees them. A number is looked at once, here, and only what may be kept leaves this file.

The vendor's test cards (antom.md 8) and ours stand in _KNOWN; any other number of a known brand simply succeeds:
a German consumer credit card whose bank checks address and security code.

Ours (any future expiry, any three-digit CVV; all count as Visa; the scenario cards are in scenarios.py):

    4999990000001005  the issuer wants 3DS: a challenge with enableAuthenticationUpgrade, else AUTHENTICATION_REQUIRED
    4999990000002003  address check N: neither street nor postcode
    4999990000002011  address check R: try later
    4999990000002029  address check G: the issuer does not take part
    4999990000002037  address check S: not supported
    4999990000002045  security code D: no match
    4999990000002052  security code N: declared absent
    4999990000002060  security code P
    4999990000002078  security code U: the issuer does not support it
    4999990000002086  a debit card
    4999990000002094  a prepaid company card of the United States
    4999990000002102  its hold may be increased (updateAmount)

Address check of every other card, from the billing address (letters of antom.md 6): the street matches unless
`address1` contains "no match", the postcode unless it is made of zeros; US cards answer Y A Z N, GB F A Z N, all others
D A P N.
Nothing told: U. Security code: `000` is D, any other is Y, none is X.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from payments.simulator.scenarios import SCENARIO_CARDS

REFUSED = "refused"
EXEMPT = "3ds_exempt"
WANTS_3DS = "wants_3ds"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the provider knows about one number. `avs` and `cvv` are letters that its bank always answers."""

    brand: str = "VISA"
    behaviour: str = ""
    funding: str = "CREDIT"
    category: str = "CONSUMER"
    country: str = "DE"
    avs: str = ""
    cvv: str = ""
    incremental: bool = False


TRAITS = ("funding", "category", "country", "avs", "cvv", "incremental")
_KNOWN: dict[str, _Known] = {
    "4294097400915107": _Known(country="BR"),
    "4006055482525268": _Known(country="MX"),
    "4600729331819383": _Known(country="CL"),
    "4310377720003234": _Known(country="PE"),
    "9490220011669217": _Known(brand="HYUNDAI", country="KR"),
    "4054692760174822": _Known(behaviour=REFUSED),
    "5162770472561357": _Known(brand="MASTERCARD", behaviour=REFUSED),
    "4035501000000008": _Known(behaviour=EXEMPT),
    "4999990000001005": _Known(behaviour=WANTS_3DS),
    "4999990000002003": _Known(avs="N"),
    "4999990000002011": _Known(avs="R"),
    "4999990000002029": _Known(avs="G"),
    "4999990000002037": _Known(avs="S"),
    "4999990000002045": _Known(cvv="D"),
    "4999990000002052": _Known(cvv="N"),
    "4999990000002060": _Known(cvv="P"),
    "4999990000002078": _Known(cvv="U"),
    "4999990000002086": _Known(funding="DEBIT"),
    "4999990000002094": _Known(funding="PREPAID", category="COMMERCIAL", country="US"),
    "4999990000002102": _Known(incremental=True),
    **{number: _Known(behaviour=scenario) for number, scenario in SCENARIO_CARDS.items()},
}
_AVS = {"US": "YAZN", "GB": "FAZN"}  # both, street only, postcode only, neither
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
    """Everything that is kept of a card. `behaviour` is "", one of the words above or the name of a scenario."""

    brand: str
    last4: str
    expiry_month: str
    expiry_year: str
    fingerprint: str
    behaviour: str
    funding: str = "CREDIT"
    category: str = "CONSUMER"
    country: str = "DE"
    avs: str = ""  # the letter of this card, whatever is asked; "": the billing address decides
    cvv: str = ""  # the same for the security code
    incremental: bool = False  # its hold may be increased
    cvv_said: str = ""  # cvvResultRaw of the code just typed, "" when none was
    refusal: str = ""  # result code when number, expiry or CVV was unacceptable


def look_at(*, number: str, month: str, year: str, cvv: str, secret: bytes, today: datetime) -> CardFacts:
    """The facts of a card just typed in; the number and CVV go no further. `year` has two digits."""
    known = _KNOWN.get(number) or _Known(brand=_brand_of(number))
    return CardFacts(
        brand=known.brand or "UNKNOWN",
        last4=number[-4:],
        expiry_month=month,
        expiry_year=year,
        fingerprint=hmac.new(secret, b"card:" + number.encode(), hashlib.sha256).hexdigest(),
        behaviour=known.behaviour,
        **{trait: getattr(known, trait) for trait in TRAITS},
        cvv_said=cvv_letter(cvv),
        refusal=_refusal(number, known.brand, month, year, cvv, today),
    )


def traits_of(card: CardFacts) -> dict[str, Any]:
    return {trait: getattr(card, trait) for trait in TRAITS}


def is_automatic_only(card: CardFacts | None) -> bool:
    """Korean cards: the provider captures, whatever the merchant asked for (antom.md 5.3)."""
    return card is not None and card.country == "KR"


def refusal_of(behaviour: str) -> str:
    return "DO_NOT_HONOR" if behaviour == REFUSED else ""


def cvv_letter(cvv: str) -> str:
    return "D" if cvv == "000" else "Y" if cvv else ""


def avs_letter(billing: dict[str, str]) -> str:
    """avsResultRaw of a billing address, "" when there is none."""
    if not billing:
        return ""
    street = bool(billing.get("address1")) and "no match" not in billing["address1"].lower()
    postcode = bool(billing.get("zipCode", "").strip("0- "))
    return _AVS.get(billing.get("region", ""), "DAPN")[(0 if street else 2) + (0 if postcode else 1)]


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
