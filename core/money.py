"""Money is a whole number of minor units with an ISO 4217 currency. No float ever (I6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache

import iso4217
from babel import Locale
from babel.numbers import format_currency

MAX_MINOR = 10**16 - 1
"""Sixteen digits: the longest amount any of our gateways takes (antom.md 2.2)."""


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met."""


@cache
def exponent(currency: str) -> int:
    """Decimals of the currency after ISO 4217 (JPY 0, EUR 2, KWD 3). Raises ValueError for an unknown code."""
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise ValueError(f"{currency!r} is not a currency code")
    try:
        decimals = iso4217.Currency(currency).exponent
    except ValueError:
        raise ValueError(f"{currency!r} is not a currency") from None
    if decimals is None:
        raise ValueError(f"{currency} has no minor units and cannot be charged")
    return int(decimals)


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` in the smallest unit of `currency`; may be zero or negative (a difference)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("minor units are a whole number")
        if abs(self.minor) > MAX_MINOR:
            raise ValueError("the amount has more than 16 digits")
        exponent(self.currency)

    @classmethod
    def from_major(cls, text: str | Decimal, currency: str) -> Money:
        """Parse `19.99`. Raises ValueError for anything but a plain decimal with the decimals of the currency."""
        if isinstance(text, str) and not re.fullmatch(r"[+-]?[0-9]{1,17}(\.[0-9]{1,4})?", text):
            raise ValueError(f"{text!r} is not an amount")
        try:
            scaled = Decimal(text).scaleb(exponent(currency))
        except InvalidOperation:
            raise ValueError(f"{text!r} is not an amount") from None
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise ValueError(f"{currency} has {exponent(currency)} decimals")
        return cls(int(scaled), currency)

    @property
    def major(self) -> Decimal:
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        return f"{self.currency} {self.major:,f}"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not add")
        return other.minor


@lru_cache(maxsize=4096)
def display(money: Money, locale: str = "en") -> str:
    """The amount as people of that locale write it, always with the ISO number of decimals.

    Babel's own digits follow CLDR, which drops decimals of 13 currencies; so the pattern's fraction is set from ISO.
    """
    pattern = _pattern(locale, exponent(money.currency))
    text = format_currency(money.major, money.currency, format=pattern, locale=locale, currency_digits=False)
    return re.sub(r"(?<=[A-Z])(?=[0-9])|(?<=[0-9])(?=[A-Z])", "\N{NO-BREAK SPACE}", text)


@cache
def _pattern(locale: str, decimals: int) -> str:
    standard = Locale.parse(locale, sep="-" if "-" in locale else "_").currency_formats["standard"].pattern
    fraction = "." + "0" * decimals if decimals else ""
    return re.sub(r"0(\.0+)?", lambda _: "0" + fraction, standard)
