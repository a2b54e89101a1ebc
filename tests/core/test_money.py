"""Money is whole, exact and round-trips in every currency."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import MAX_MINOR, CurrencyMismatch, Money, display, exponent

CURRENCIES = ["EUR", "USD", "JPY", "KRW", "KWD", "RSD", "IDR", "CLP", "UYW"]


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("EUR", 2), ("KWD", 3), ("UYW", 4), ("TWD", 2)])
def test_iso_exponents(currency, decimals):
    assert exponent(currency) == decimals


@pytest.mark.parametrize("code", ["eur", "EU", "EURO", "ZZZ", "XAU", "", "12A"])
def test_no_currency(code):
    with pytest.raises(ValueError):
        exponent(code)


@pytest.mark.promise("I6")
@given(st.integers(-MAX_MINOR, MAX_MINOR), st.sampled_from(CURRENCIES))
def test_what_is_formatted_parses_to_the_same(minor, currency):
    money = Money(minor, currency)
    assert Money.from_major(money.major, currency) == money
    assert Money.from_major(f"{money.major:f}", currency) == money


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.5", "JPY"),
        ("1.999", "EUR"),
        ("1e3", "EUR"),
        ("nan", "EUR"),
        ("", "EUR"),
        ("1,5", "EUR"),
        ("١", "EUR"),
        (" 1", "EUR"),
    ],
)
def test_bad_amounts_are_refused(text, currency):
    with pytest.raises(ValueError):
        Money.from_major(text, currency)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("0.001")])
def test_bad_decimals_are_refused(value):
    with pytest.raises(ValueError):
        Money.from_major(value, "EUR")


@pytest.mark.promise("I6")
@pytest.mark.parametrize("minor", [1.0, True, "1", None])
def test_only_whole_numbers(minor):
    with pytest.raises(TypeError):
        Money(minor, "EUR")


def test_seventeen_digits_are_too_many():
    with pytest.raises(ValueError):
        Money(MAX_MINOR + 1, "EUR")


def test_sums_and_order():
    assert Money(1, "EUR") + Money(2, "EUR") == Money(3, "EUR")
    assert Money(1, "EUR") - Money(2, "EUR") == Money(-1, "EUR")
    assert Money(1, "EUR") < Money(2, "EUR") <= Money(2, "EUR")
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") + Money(1, "USD")
    assert str(Money(123456, "EUR")) == "EUR 1,234.56"


@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(30000, "EUR"), "en", "€300.00"),
        (Money(30000, "EUR"), "de", "300,00\xa0€"),
        (Money(5800, "JPY"), "en", "¥5,800"),
        (Money(12345, "KWD"), "en", "KWD\xa012.345"),
        (Money(1234, "RSD"), "en", "RSD\xa012.34"),
        (Money(123456789, "EUR"), "pt-br", "€\xa01.234.567,89"),
        (Money(-1200, "EUR"), "en", "-€12.00"),
    ],
)
def test_people_read_the_iso_decimals(money, locale, text):
    assert display(money, locale.replace("-br", "_BR")) == text
