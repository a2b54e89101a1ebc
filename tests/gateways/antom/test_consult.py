"""`consult`: what may be offered, and that nobody waits for it (antom.md 3.16)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from core.money import Money
from payments.gateways import http
from payments.gateways.antom.gateway import AntomGateway
from payments.gateways.base import ConsultRequest, PaymentOption, Unknown
from tests.gateways.antom.examples import EUR300, result
from tests.gateways.antom.wire import BASE, CREDENTIALS, SUCCESS, answers, sent

ASK = ConsultRequest(amount=EUR300)


def card(**changes: Any) -> dict[str, Any]:
    return {
        "paymentMethodType": "CARD",
        "paymentMethodCategory": "CARD",
        "enabled": True,
        "paymentOptionDetail": {
            "supportCardBrands": [
                {"cardBrand": "VISA", "logo": {"logoName": "VISA", "logoUrl": "https://static.example/visa.svg"}},
                {"cardBrand": "MASTERCARD"},
            ],
            "funding": ["CREDIT"],
        },
        **changes,
    }


def test_the_whole_document(gateway, wire):
    answers(wire, "consult", {"result": SUCCESS, "paymentOptions": [card()]})
    assert gateway.payment_options(ASK) == (PaymentOption(method="CARD", enabled=True, brands=("VISA", "MASTERCARD")),)
    assert sent(wire) == {
        "productCode": "CASHIER_PAYMENT",
        "paymentAmount": {"currency": "EUR", "value": "30000"},
        "settlementStrategy": {"settlementCurrency": "EUR"},
        "env": {"terminalType": "WEB"},
    }


@pytest.mark.parametrize(
    ("told", "env"),
    [
        ({"terminal_type": "APP", "os_type": "IOS"}, {"terminalType": "APP", "osType": "IOS"}),
        ({"terminal_type": "WAP", "os_type": "ANDROID"}, {"terminalType": "WAP", "osType": "ANDROID"}),
        ({"terminal_type": "WEB", "os_type": "IOS"}, {"terminalType": "WEB"}),
    ],
)
def test_the_system_is_told_unless_it_is_a_page(gateway, wire, told, env):
    answers(wire, "consult", {"result": SUCCESS, "paymentOptions": []})
    assert gateway.payment_options(ConsultRequest(amount=EUR300, **told)) == ()
    assert sent(wire)["env"] == env


@pytest.mark.parametrize("os_type", ["", "Ios"])
def test_an_app_without_its_system_is_not_asked_about(gateway, wire, os_type):
    told = gateway.payment_options(ConsultRequest(amount=EUR300, terminal_type="APP", os_type=os_type))
    assert told == Unknown("osType: must be IOS or ANDROID")
    assert len(wire.calls) == 0


def test_the_account_says_what_is_settled_in(wire):
    answers(wire, "consult", {"result": SUCCESS, "paymentOptions": []})
    gateway = AntomGateway.from_credentials({**CREDENTIALS, "settlement_currency": "USD"})
    assert gateway.payment_options(ASK) == ()
    assert sent(wire)["settlementStrategy"] == {"settlementCurrency": "USD"}


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (card(enabled="true"), (True, "")),
        (card(enabled=False, disableReason="CHANNEL_DISABLE"), (False, "CHANNEL_DISABLE")),
        (card(enabled="false"), (False, "")),
        (card(enabled=None), (False, "")),
        (card(disableReason="CHANNEL_DISABLE"), (True, "")),
    ],
)
def test_enabled_in_both_spellings(gateway, wire, option, expected):
    answers(wire, "consult", {"result": SUCCESS, "paymentOptions": [option]})
    (told,) = gateway.payment_options(ASK)
    assert (told.enabled, told.reason) == expected


def test_what_cannot_be_read_is_left_out(gateway, wire):
    odd = [None, "CARD", {}, card(paymentMethodType="<b>"), card(paymentOptionDetail=[1])]
    odd.append(card(paymentOptionDetail={"supportCardBrands": [1, {"cardBrand": "<i>"}, {"cardBrand": "JCB"}]}))
    answers(wire, "consult", {"result": SUCCESS, "paymentOptions": odd})
    assert [option.brands for option in gateway.payment_options(ASK)] == [(), ("JCB",)]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"result": result("NO_PAY_OPTIONS", "F")}, "consult: F NO_PAY_OPTIONS"),
        ({"result": result("UNKNOWN_EXCEPTION", "U")}, "consult: U UNKNOWN_EXCEPTION"),
        ({"result": SUCCESS}, "paymentOptions is missing"),
        ({"result": SUCCESS, "paymentOptions": {}}, "paymentOptions is missing"),
    ],
)
def test_a_failure_is_unknown(gateway, wire, document, reason):
    answers(wire, "consult", document)
    assert gateway.payment_options(ASK) == Unknown(reason)


def test_an_unsigned_answer_is_not_believed(gateway, wire):
    answers(wire, "consult", {"result": SUCCESS, "paymentOptions": [card()]}, headers={})
    assert gateway.payment_options(ASK) == Unknown("consult: S SUCCESS")


def test_silence_and_an_amount_that_cannot_be_asked_for_are_unknown(gateway, wire):
    wire.add("POST", f"{BASE}/consult", body=requests.ReadTimeout())
    assert gateway.payment_options(ASK) == Unknown("no answer in time")
    told = gateway.payment_options(ConsultRequest(amount=Money(1, "IDR")))
    assert told == Unknown("paymentAmount: IDR must be whole rupiah, a multiple of 100")
    assert len(wire.calls) == 1


@pytest.mark.parametrize(("asked", "given"), [(0.5, 0.5), (60.0, 10.0)])
def test_nobody_waits_longer_than_asked_for(gateway, monkeypatch, asked, given):
    deadlines: list[float] = []

    def too_late(*args: Any, deadline_seconds: float, **options: Any) -> None:
        deadlines.append(deadline_seconds)
        raise http.NoAnswer("no answer in time")

    monkeypatch.setattr(http, "post", too_late)
    gateway.payment_options(ConsultRequest(amount=EUR300, deadline_seconds=asked))
    assert deadlines == [given]
