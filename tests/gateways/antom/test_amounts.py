"""Amounts are digits in minor units, exact on the way out and strict on the way in (antom.md 2.2)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import MAX_MINOR, Money
from payments.gateways.antom.amounts import read_amount, write_amount
from payments.gateways.antom.document import Unreadable, encode, parse
from payments.gateways.base import InvalidRequest
from tests.gateways.antom.test_signing import VECTORS


@pytest.mark.promise("I6")
@pytest.mark.parametrize("row", VECTORS["amounts"], ids=lambda row: f"{row['currency']} {row['major'] or row['value']}")
def test_every_amount_of_the_vectors(row):
    if row["valid"]:
        money = Money.from_major(row["major"], row["currency"])
        assert write_amount("paymentAmount", money) == {"currency": row["currency"], "value": row["value"]}
        return
    with pytest.raises((InvalidRequest, Unreadable, ValueError)):
        if row["major"] is None:
            read_amount({"a": {"currency": row["currency"], "value": row["value"]}}, "a")
        else:
            write_amount("paymentAmount", Money.from_major(row["major"], row["currency"]))


SUPPORTED = [
    "CLP",
    "JPY",
    "KRW",
    "VND",
    "AUD",
    "BDT",
    "BRL",
    "CAD",
    "CNY",
    "EUR",
    "GBP",
    "HKD",
    "MXN",
    "MYR",
    "NZD",
    "PEN",
    "PHP",
    "PKR",
    "PLN",
    "SGD",
    "THB",
    "TWD",
    "USD",
]


@pytest.mark.promise("I6")
@given(st.sampled_from(SUPPORTED), st.integers(1, MAX_MINOR))
def test_an_amount_comes_back_as_it_was_written(currency, minor):
    money = Money(minor, currency)
    written = write_amount("a", money)
    assert written["value"] == str(minor)
    assert read_amount(json.loads(encode({"a": written})), "a") == money


@pytest.mark.promise("I6")
@given(st.integers(1, MAX_MINOR // 100))
def test_whole_rupiah_come_back_and_others_are_refused(rupiah):
    money = Money(rupiah * 100, "IDR")
    assert read_amount({"a": write_amount("a", money)}, "a") == money
    with pytest.raises(InvalidRequest, match="IDR"):
        write_amount("a", money - Money(1, "IDR"))


@pytest.mark.promise("I6")
@pytest.mark.parametrize("money", [Money(0, "EUR"), Money(-1, "EUR"), Money(150, "IDR")])
def test_an_amount_that_cannot_be_sent_is_refused_by_name(money):
    with pytest.raises(InvalidRequest) as caught:
        write_amount("captureAmount", money)
    assert caught.value.field == "captureAmount"


@pytest.mark.promise("I6")
@pytest.mark.parametrize(
    "value",
    [
        "text",
        [],
        {"currency": "EUR"},
        {"currency": "EUR", "value": ""},
        {"currency": "EUR", "value": "12.34"},
        {"currency": "EUR", "value": 12.34},
        {"currency": "EUR", "value": "1e3"},
        {"currency": "EUR", "value": "٣"},
        {"currency": "EUR", "value": "+1"},
        {"currency": "EUR", "value": True},
        {"currency": "eur", "value": "1"},
        {"currency": "XXX", "value": "1"},
        {"value": "1"},
    ],
)
def test_an_amount_that_is_none_is_unreadable(value):
    with pytest.raises(Unreadable, match=r"^paymentAmount "):
        read_amount(parse(json.dumps({"paymentAmount": value}).encode()), "paymentAmount")


def test_an_amount_may_be_a_number_or_absent():
    assert read_amount({"a": {"currency": "EUR", "value": 5}}, "a") == Money(5, "EUR")
    assert read_amount({"a": None}, "a") is None
