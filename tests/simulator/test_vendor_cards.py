"""The vendor's test cards (antom.md 8) and ours: what comes out, and what is told of the card."""

from __future__ import annotations

from typing import Any

import pytest

from payments.simulator import cards
from tests.simulator.merchant import Merchant
from tests.simulator_process import SimulatorProcess

PLAIN = "4054695723100768"


@pytest.mark.parametrize(
    ("number", "brand", "country", "code"),
    [
        (PLAIN, "VISA", "DE", "SUCCESS"),
        ("5162774114974622", "MASTERCARD", "DE", "SUCCESS"),
        ("4294097400915107", "VISA", "BR", "SUCCESS"),
        ("4006055482525268", "VISA", "MX", "SUCCESS"),
        ("4600729331819383", "VISA", "CL", "SUCCESS"),
        ("4310377720003234", "VISA", "PE", "SUCCESS"),
        ("9490220011669217", "HYUNDAI", "KR", "SUCCESS"),
        ("4117347806156383", "VISA", "DE", "SUCCESS"),
        ("4112273146798764", "VISA", "DE", "SUCCESS"),
        ("4035501000000008", "VISA", "DE", "SUCCESS"),
        ("4054692760174822", "VISA", "DE", "DO_NOT_HONOR"),
        ("5162770472561357", "MASTERCARD", "DE", "DO_NOT_HONOR"),
    ],
)
def test_what_comes_out(merchant: Merchant, number: str, brand: str, country: str, code: str) -> None:
    answer = merchant.pay(paymentMethod=merchant.new_card(number))
    info = answer.json["paymentResultInfo"]
    assert answer.code == code
    assert (info["cardBrand"], info["issuingCountry"], info["lastFour"]) == (brand, country, number[-4:])


@pytest.mark.parametrize(
    ("changes", "value", "code"),
    [
        ({"month": "13"}, 3000, "INVALID_EXPIRATION_DATE"),
        ({"cvv": "99"}, 3000, "PARAM_ILLEGAL"),
        ({}, 11, "RISK_REJECT"),
        ({}, 1100, "SUCCESS"),
    ],
)
def test_the_vendors_magic_values(merchant: Merchant, changes: dict[str, str], value: int, code: str) -> None:
    assert merchant.pay(paymentMethod=merchant.new_card(PLAIN, **changes), value=value).code == code


@pytest.mark.parametrize(
    ("number", "avs", "cvv"),
    [
        (PLAIN, "U", "Y"),
        ("4999990000002003", "N", "Y"),
        ("4999990000002011", "R", "Y"),
        ("4999990000002029", "G", "Y"),
        ("4999990000002037", "S", "Y"),
        ("4999990000002045", "U", "D"),
        ("4999990000002052", "U", "N"),
        ("4999990000002060", "U", "P"),
        ("4999990000002078", "U", "U"),
    ],
)
def test_cards_that_choose_their_letters(merchant: Merchant, number: str, avs: str, cvv: str) -> None:
    assert cards.passes_luhn(number)
    info = merchant.pay(paymentMethod=merchant.new_card(number)).json["paymentResultInfo"]
    assert (info["avsResultRaw"], info["cvvResultRaw"]) == (avs, cvv)


@pytest.mark.parametrize(
    ("billing", "letter"),
    [
        ({"region": "US", "address1": "1 Main St", "zipCode": "10001"}, "Y"),
        ({"region": "US", "address1": "1 Main St", "zipCode": "00000"}, "A"),
        ({"region": "US", "address1": "No match 1", "zipCode": "10001"}, "Z"),
        ({"region": "US", "address1": "No match 1", "zipCode": "00000"}, "N"),
        ({"region": "GB", "address1": "1 High St", "zipCode": "SW1A 1AA"}, "F"),
        ({"region": "DE", "address1": "Hauptstr. 1", "zipCode": "10115"}, "D"),
        ({"region": "DE", "zipCode": "10115"}, "P"),
        ({}, "U"),
    ],
)
def test_the_billing_address_chooses_the_letter(merchant: Merchant, billing: dict[str, str], letter: str) -> None:
    paid = merchant.pay(paymentMethod=merchant.new_card(PLAIN, billingAddress=billing)).json
    assert paid["paymentResultInfo"]["avsResultRaw"] == letter


def test_the_security_code_is_judged_where_it_was_given(merchant: Merchant, simulator: SimulatorProcess) -> None:
    def letter(document: dict[str, Any]) -> str:
        return str(merchant.post("pay", document).json["paymentResultInfo"]["cvvResultRaw"])

    assert letter(merchant.payment(paymentMethod=merchant.new_card(PLAIN, cvv="000"))) == "D"
    assert letter(merchant.payment(paymentMethod=merchant.new_card(PLAIN, cvv=""))) == "X"
    saved = merchant.payment(simulator.token("4999990000002045"))
    assert letter(saved) == "X"
    again = merchant.payment(simulator.token("4999990000002045"))
    again["paymentMethod"]["paymentMethodMetaData"]["cvv"] = "123"
    assert letter(again) == "D"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (PLAIN, ("CREDIT", "CONSUMER", "DE")),
        ("4999990000002086", ("DEBIT", "CONSUMER", "DE")),
        ("4999990000002094", ("PREPAID", "COMMERCIAL", "US")),
    ],
)
def test_what_kind_of_card_it_is_also_through_its_token(
    merchant: Merchant, simulator: SimulatorProcess, number: str, told: tuple[str, ...]
) -> None:
    for paid in (merchant.pay(paymentMethod=merchant.new_card(number)), merchant.pay(simulator.token(number))):
        info = paid.json["paymentResultInfo"]
        assert (info["funding"], info["cardCategory"], info["issuingCountry"]) == told
        assert len(info["authorizationCode"]) == 6
        assert info["networkTransactionId"]
    inquiry = merchant.inquire(paid.json["paymentRequestId"])
    assert inquiry["paymentResultInfo"] == paid.json["paymentResultInfo"]
