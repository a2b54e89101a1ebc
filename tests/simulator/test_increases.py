"""updateAmount: a hold that grows, where the card's programme allows it (antom.md 3.17)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from payments.simulator.cards import passes_luhn
from tests.simulator.merchant import Answer, Merchant, Receiver, fresh, wait_for
from tests.simulator_process import SimulatorProcess

GROWING = "4999990000002102"
PLAIN = "4054695723100768"


def pay(merchant: Merchant, number: str = GROWING, **changes: Any) -> dict[str, Any]:
    return merchant.pay(paymentMethod=merchant.new_card(number), **changes).json


def update(merchant: Merchant, payment_id: str, value: int = 4000, **changes: Any) -> Answer:
    amount = {"currency": "EUR", "value": str(value)}
    document = {"updateRequestId": fresh("UPD"), "paymentId": payment_id, "amount": amount} | changes
    return merchant.post("updateAmount", {name: value for name, value in document.items() if value is not None})


def page_of(simulator: SimulatorProcess, paid: dict[str, Any]) -> dict[str, Any]:
    [page] = simulator.books(payment_request_id=paid["paymentRequestId"])
    return page


@pytest.mark.parametrize(("number", "available"), [(GROWING, True), (PLAIN, False)])
def test_the_payment_says_whether_it_is_possible(merchant: Merchant, number: str, available: bool) -> None:
    assert passes_luhn(number)
    paid = pay(merchant, number)
    assert paid["paymentResultInfo"]["incrementalAuthorizationAvailable"] is available


def test_the_hold_is_larger_and_lives_longer(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    paid = pay(merchant)
    simulator.control("settings", {"hold_days": 9})
    answer = update(merchant, paid["paymentId"], updateRequestId="UPD_1")
    assert (answer.code, answer.verified) == ("SUCCESS", True)
    amount = {"currency": "EUR", "value": "4000"}
    told = {"updateRequestId": "UPD_1", "paymentId": paid["paymentId"], "amount": amount}
    assert {name: answer.json[name] for name in told} == told
    [notice] = receiver.wait(notifyType="UPDATE_AMOUNT_RESULT")
    assert {name: notice.json[name] for name in told} == told
    assert notice.json["result"]["resultStatus"] == "S"
    assert notice.json["authExpiryTime"] > paid["authExpiryTime"]
    headers = notice.headers
    assert merchant.verifies(headers["signature"], notice.path, headers["request-time"], notice.body)
    inquiry = merchant.inquire(paid["paymentRequestId"])
    [entry] = [row for row in inquiry["transactions"] if row["transactionType"] == "INCREMENTAL"]
    assert (entry["transactionRequestId"], entry["transactionStatus"], entry["transactionAmount"]) == (
        "UPD_1",
        "SUCCESS",
        amount,
    )
    assert (inquiry["paymentStatus"], inquiry["authExpiryTime"]) == ("SUCCESS", notice.json["authExpiryTime"])
    assert page_of(simulator, paid)["authorized"] == 4000
    assert merchant.capture(paid["paymentId"], 3000).code == "PARAM_ILLEGAL"
    assert merchant.capture(paid["paymentId"], 4000).code == "SUCCESS"


def test_the_same_request_again_is_the_same_answer(merchant: Merchant, simulator: SimulatorProcess) -> None:
    paid = pay(merchant)
    ids = {"updateRequestId": "UPD_2"}
    assert [update(merchant, paid["paymentId"], **ids).code for _ in range(2)] == ["SUCCESS", "SUCCESS"]
    assert update(merchant, paid["paymentId"], 5000, **ids).code == "REPEAT_REQ_INCONSISTENT"
    assert update(merchant, paid["paymentId"], 5000).code == "SUCCESS"
    page = page_of(simulator, paid)
    assert page["authorized"] == 5000
    assert [(row["amount"], row["status"]) for row in page["increases"]] == [(4000, "SUCCESS"), (5000, "SUCCESS")]


@pytest.mark.parametrize(
    ("number", "before", "value", "currency", "code"),
    [
        (PLAIN, "", 4000, "EUR", "PAYMENT_METHOD_NOT_SUPPORTED"),
        (GROWING, "capture", 4000, "EUR", "ORDER_STATUS_INVALID"),
        (GROWING, "cancel", 4000, "EUR", "ORDER_IS_CANCELED"),
        (GROWING, "", 3000, "EUR", "PARAM_ILLEGAL"),
        (GROWING, "", 4000, "USD", "CURRENCY_NOT_SUPPORT"),
    ],
)
def test_what_is_refused_moves_nothing(
    merchant: Merchant, simulator: SimulatorProcess, number: str, before: str, value: int, currency: str, code: str
) -> None:
    paid = pay(merchant, number)
    if before == "capture":
        merchant.capture(paid["paymentId"])
    if before == "cancel":
        merchant.cancel(paid["paymentRequestId"])
    assert update(merchant, paid["paymentId"], amount={"currency": currency, "value": str(value)}).code == code
    assert page_of(simulator, paid)["authorized"] == 3000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"paymentId": "nobody"}, "ORDER_NOT_EXIST"),
        ({"paymentId": None}, "PARAM_ILLEGAL"),
        ({"updateRequestId": None}, "PARAM_ILLEGAL"),
        ({"amount": None}, "PARAM_ILLEGAL"),
        ({"amount": {"currency": "EUR", "value": "0"}}, "PARAM_ILLEGAL"),
    ],
)
def test_what_is_asked_must_be_whole(merchant: Merchant, changes: dict[str, Any], code: str) -> None:
    paid = pay(merchant)
    assert update(merchant, **({"payment_id": paid["paymentId"]} | changes)).code == code


@pytest.mark.parametrize(("then", "status", "authorized"), [("S", "SUCCESS", 4000), ("F", "FAIL", 3000)])
def test_it_may_be_under_way(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver, then: str, status: str, authorized: int
) -> None:
    paid = pay(merchant)
    simulator.control("next", {"operation": "updateAmount", "scenario": "pending", "seconds": 0.2, "then": then})
    answer = update(merchant, paid["paymentId"])
    assert answer.letter == "U"
    [notice] = receiver.wait(notifyType="UPDATE_AMOUNT_RESULT")
    assert notice.json["result"]["resultStatus"] == then
    page = page_of(simulator, paid)
    assert (page["authorized"], page["increases"][0]["status"]) == (authorized, status)


def test_what_was_captured_meanwhile_does_not_grow(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    paid = pay(merchant)
    simulator.control("next", {"operation": "updateAmount", "scenario": "pending", "seconds": 60})
    update(merchant, paid["paymentId"], updateRequestId="UPD_3")
    assert merchant.capture(paid["paymentId"]).code == "SUCCESS"
    simulator.control("act", {"act": "settle_now", "request_id": "UPD_3", "outcome": "S"})
    page = page_of(simulator, paid)
    assert (page["authorized"], page["captured"], page["increases"][0]["status"]) == (3000, 3000, "FAIL")


@pytest.mark.parametrize(("amount", "authorized"), [(4500, 4500), (3000, None), (None, None)])
def test_somebody_at_the_provider_increases_it(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver, amount: int | None, authorized: int | None
) -> None:
    paid = pay(merchant, PLAIN)
    order = {"act": "increase", "request_id": paid["paymentRequestId"], "amount": amount}
    if authorized is None:
        with pytest.raises(Exception, match=r"40[09]"):
            simulator.control("act", order)
        return
    simulator.control("act", order)
    assert page_of(simulator, paid)["authorized"] == authorized
    assert len(receiver.wait(notifyType="UPDATE_AMOUNT_RESULT")) == 1


def test_a_card_keeps_it_through_its_token(merchant: Merchant, simulator: SimulatorProcess) -> None:
    paid = merchant.pay(simulator.token(GROWING)).json
    assert update(merchant, paid["paymentId"]).code == "SUCCESS"


def test_the_page_offers_it(merchant: Merchant, simulator: SimulatorProcess) -> None:
    paid = pay(merchant)
    update(merchant, paid["paymentId"])
    shown = requests.get(f"{simulator.base_url}/", timeout=10).text
    assert 'name="act" value="increase"' in shown
    assert "<b>increase</b>" in shown
    assert wait_for(lambda: page_of(simulator, paid)["authorized"] == 4000)
