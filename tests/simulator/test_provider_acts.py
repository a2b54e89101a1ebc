"""What the provider does by itself: captures, refunds, releases, reversals, settlements."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.merchant import Merchant, Receiver, fresh
from tests.simulator_process import SimulatorProcess


@pytest.fixture
def held(merchant: Merchant, token: str) -> dict[str, Any]:
    """An authorized payment of 3000, waiting for its capture."""
    return merchant.pay(token).json


@pytest.fixture
def taken(merchant: Merchant, held: dict[str, Any]) -> dict[str, Any]:
    """A captured payment of 3000."""
    assert merchant.capture(held["paymentId"]).code == "SUCCESS"
    return held


def act(simulator: SimulatorProcess, act: str, **details: Any) -> dict[str, Any]:
    return simulator.control("act", {"act": act, **details})


def refused(simulator: SimulatorProcess, why: str, name: str, **details: Any) -> None:
    with pytest.raises(AssertionError, match=why):
        act(simulator, name, **details)


def kinds(merchant: Merchant, payment: dict[str, Any]) -> list[tuple[str, str, str]]:
    rows = merchant.inquire(payment["paymentRequestId"])["transactions"]
    return [
        (row["transactionType"], row["transactionStatus"], row.get("transactionRequestId", "")[:6]) for row in rows[1:]
    ]


def test_the_provider_captures_a_manual_hold(
    merchant: Merchant, held: dict[str, Any], simulator: SimulatorProcess, receiver: Receiver
) -> None:
    act(simulator, "capture", request_id=held["paymentRequestId"])
    [notice] = receiver.wait(notifyType="CAPTURE_RESULT", paymentId=held["paymentId"])
    assert notice.json["captureRequestId"] == f"AUTO_{held['paymentId']}"
    assert notice.json["captureAmount"]["value"] == "3000"
    assert merchant.capture(held["paymentId"]).code == "MULTI_CAPTURE_NOT_SUPPORTED"
    assert simulator.books()[0]["captured"] == 3000
    refused(simulator, "Nothing is held", "capture", request_id=held["paymentRequestId"])


def test_the_provider_captures_in_parts(
    merchant: Merchant, held: dict[str, Any], simulator: SimulatorProcess, receiver: Receiver
) -> None:
    refused(simulator, "from 1 to 3000", "capture", request_id=held["paymentRequestId"], amount=3001)
    act(simulator, "capture", request_id=held["paymentRequestId"], amount=1000)
    act(simulator, "capture", request_id=held["paymentRequestId"])
    notices = receiver.wait(2, notifyType="CAPTURE_RESULT")
    assert sorted(notice.json["captureAmount"]["value"] for notice in notices) == ["1000", "2000"]
    assert len({notice.json["captureRequestId"] for notice in notices}) == 2
    assert simulator.books()[0]["captured"] == 3000


def test_a_refund_from_the_dashboard_shows_in_the_history(
    merchant: Merchant, taken: dict[str, Any], simulator: SimulatorProcess
) -> None:
    act(simulator, "refund", request_id=taken["paymentRequestId"], amount=1000)
    assert kinds(merchant, taken)[1] == ("REFUND", "SUCCESS", "PORTAL")
    assert [row["notify_type"] for row in simulator.notifications()].count("REFUND_RESULT") == 0
    assert simulator.books()[0]["refunded"] == 1000
    assert merchant.refund(taken["paymentId"], 2001).code == "REFUND_AMOUNT_EXCEED"


def test_a_refund_from_the_dashboard_is_told_where_refunds_were_told(
    merchant: Merchant, taken: dict[str, Any], simulator: SimulatorProcess, receiver: Receiver
) -> None:
    merchant.refund(taken["paymentId"], 1000)
    act(simulator, "refund", request_id=taken["paymentRequestId"])
    own = receiver.wait(2, notifyType="REFUND_RESULT")[1].json
    assert own["refundRequestId"].startswith("PORTAL_")
    assert (own["refundStatus"], own["refundAmount"]["value"]) == ("SUCCESS", "2000")
    found = merchant.post("inquiryRefund", {"refundId": own["refundId"]}).json
    assert found["refundRequestId"] == own["refundRequestId"]
    refused(simulator, "Nothing is captured", "refund", request_id=taken["paymentRequestId"])


def test_the_provider_releases_a_hold_in_silence(
    merchant: Merchant, held: dict[str, Any], simulator: SimulatorProcess
) -> None:
    before = len(simulator.notifications())
    act(simulator, "void", request_id=held["paymentRequestId"])
    assert merchant.inquire(held["paymentRequestId"])["paymentStatus"] == "CANCELLED"
    assert merchant.capture(held["paymentId"]).code == "AUTH_CANCELLED"
    assert (simulator.books()[0]["voided"], len(simulator.notifications())) == (3000, before)
    refused(simulator, "no hold", "void", request_id=held["paymentRequestId"])


def test_captured_money_is_not_released(simulator: SimulatorProcess, taken: dict[str, Any]) -> None:
    refused(simulator, "no hold", "void", request_id=taken["paymentRequestId"])


def test_a_refund_is_reversed_and_may_be_made_again(
    merchant: Merchant, taken: dict[str, Any], simulator: SimulatorProcess, receiver: Receiver
) -> None:
    request_id = fresh("REF")
    first = merchant.refund(taken["paymentId"], 3000, refundRequestId=request_id)
    act(simulator, "reverse_refund", refund_request_id=request_id)
    told = receiver.wait(2, notifyType="REFUND_RESULT", refundRequestId=request_id)[1].json
    assert (told["refundStatus"], told["result"]["resultStatus"]) == ("FAIL", "F")
    assert told["refundId"] == first.json["refundId"]
    assert merchant.post("inquiryRefund", {"refundRequestId": request_id}).json["refundStatus"] == "FAIL"
    assert kinds(merchant, taken)[1][:2] == ("REFUND", "FAIL")
    assert merchant.refund(taken["paymentId"], 3000, refundRequestId=request_id).body == first.body
    [page] = simulator.books()
    assert (page["refunded"], page["refunds"][0]["status"], page["refunds"][0]["reversed"]) == (0, "FAIL", True)
    refused(simulator, "no successful refund", "reverse_refund", refund_request_id=request_id)
    assert merchant.refund(taken["paymentId"], 3000).code == "SUCCESS"
    assert [refund["reversed"] for refund in simulator.books()[0]["refunds"]] == [True, False]


@pytest.mark.parametrize(("outcome", "status"), [("S", "SUCCESS"), ("F", "FAIL")])
@pytest.mark.parametrize("scenario", ["pending", "pending_status"])
def test_a_payment_under_way_is_settled_now(
    merchant: Merchant,
    token: str,
    simulator: SimulatorProcess,
    receiver: Receiver,
    scenario: str,
    outcome: str,
    status: str,
) -> None:
    simulator.control("next", {"operation": "pay", "scenario": scenario, "seconds": 600})
    document = merchant.payment(token)
    merchant.post("pay", document)
    act(simulator, "settle_now", request_id=document["paymentRequestId"], outcome=outcome)
    [notice] = receiver.wait(notifyType="PAYMENT_RESULT")
    assert notice.json["result"]["resultStatus"] == outcome
    assert merchant.inquire(document["paymentRequestId"])["paymentStatus"] == status
    refused(simulator, "under way", "settle_now", request_id=document["paymentRequestId"], outcome="S")


@pytest.mark.parametrize("by_payment", [True, False])
@pytest.mark.parametrize("operation", ["capture", "refund"])
def test_a_capture_or_refund_under_way_is_settled_now(
    merchant: Merchant,
    held: dict[str, Any],
    simulator: SimulatorProcess,
    receiver: Receiver,
    operation: str,
    by_payment: bool,
) -> None:
    if operation == "refund":
        merchant.capture(held["paymentId"])
    simulator.control("next", {"operation": operation, "scenario": "pending", "seconds": 600})
    answer = getattr(merchant, operation)(held["paymentId"])
    assert answer.letter == "U"
    name = held["paymentRequestId"] if by_payment else answer.json[f"{operation}RequestId"]
    act(simulator, "settle_now", request_id=name, outcome="S")
    assert receiver.wait(notifyType=f"{operation.upper()}_RESULT")
    assert simulator.books()[0]["captured" if operation == "capture" else "refunded"] == 3000


def test_a_challenge_can_be_ended_for_the_buyer(merchant: Merchant, simulator: SimulatorProcess) -> None:
    paid = merchant.pay(paymentMethod=merchant.new_card("4999990000000106")).json
    act(simulator, "settle_now", request_id=paid["paymentRequestId"], outcome="F")
    assert simulator.books()[0]["status"] == "FAIL"


@pytest.mark.parametrize("name", ["capture", "refund", "void"])
def test_nothing_is_done_to_a_payment_that_is_not_there(simulator: SimulatorProcess, name: str) -> None:
    refused(simulator, "no payment", name, request_id="PAY_nobody")
    assert simulator.books() == []


def test_what_the_provider_did_stands_in_the_log(simulator: SimulatorProcess, held: dict[str, Any]) -> None:
    act(simulator, "void", request_id=held["paymentRequestId"])
    operations = [row["operation"] for row in simulator.log(held["paymentRequestId"])["rows"]]
    assert operations == ["pay", "providerVoid"]
