"""paymentStatus PENDING, and the manual review after an authorization."""

from __future__ import annotations

import pytest

from tests.simulator.merchant import Merchant, Receiver
from tests.simulator_process import SimulatorProcess

AUTOMATIC = {"isAuthorization": True, "captureMode": "AUTOMATIC"}


@pytest.mark.parametrize(("then", "status"), [("S", "SUCCESS"), ("F", "FAIL")])
def test_pending_is_told_and_then_decided(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver, then: str, status: str
) -> None:
    simulator.control("next", {"operation": "pay", "scenario": "pending_status", "seconds": 1, "then": then})
    document = merchant.payment(token)
    assert merchant.post("pay", document).code == "PAYMENT_IN_PROCESS"
    [first] = receiver.wait(notifyType="PAYMENT_PENDING")
    assert first.json["result"]["resultStatus"] == "S"
    assert "paymentTime" not in first.json
    inquiry = merchant.inquire(document["paymentRequestId"])
    assert (inquiry["paymentStatus"], inquiry["paymentResultCode"]) == ("PENDING", "PAYMENT_IN_PROCESS")
    assert simulator.books()[0]["authorized"] == 0
    [last] = receiver.wait(notifyType="PAYMENT_RESULT")
    assert last.json["result"]["resultStatus"] == then
    assert merchant.inquire(document["paymentRequestId"])["paymentStatus"] == status


def test_pending_money_can_be_cancelled(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    simulator.control("next", {"operation": "pay", "scenario": "pending_status", "seconds": 60})
    document = merchant.payment(token)
    merchant.post("pay", document)
    assert merchant.capture(merchant.inquire(document["paymentRequestId"])["paymentId"]).code == "ORDER_STATUS_INVALID"
    assert merchant.cancel(document["paymentRequestId"]).code == "SUCCESS"
    assert simulator.books()[0]["status"] == "CANCELLED"
    assert merchant.post("pay", document).code == "ORDER_IS_CANCELED"


def test_a_review_is_told_everywhere_and_holds_the_capture(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    simulator.control("next", {"operation": "pay", "scenario": "review"})
    paid = merchant.pay(token)
    request_id = paid.json["paymentRequestId"]
    assert paid.code == "SUCCESS"
    [notice] = receiver.wait(notifyType="PAYMENT_RESULT")
    for document in (notice.json, merchant.inquire(request_id)):
        assert (document["authReviewStatus"], document["authReviewSource"]) == ("PROCESSING", "ANTOM_SHIELD")
        assert document["popRiskDecisionResultInfo"]["postRiskDecision"] == "REVIEW"
    assert merchant.capture(paid.json["paymentId"]).code == "ORDER_STATUS_INVALID"
    assert simulator.books()[0]["review"] == "PROCESSING"

    simulator.control("act", {"act": "decide_review", "request_id": request_id, "decision": "ACCEPT"})
    second = receiver.wait(2, notifyType="PAYMENT_RESULT")[1].json
    assert (second["authReviewStatus"], second["result"]["resultStatus"]) == ("ACCEPT", "S")
    assert second["popRiskDecisionResultInfo"]["postRiskDecision"] == "ACCEPT"
    assert merchant.capture(paid.json["paymentId"]).code == "SUCCESS"


def test_an_automatic_capture_waits_for_the_review(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    simulator.control("next", {"operation": "pay", "scenario": "review"})
    request_id = merchant.pay(token, paymentFactor=AUTOMATIC).json["paymentRequestId"]
    assert not receiver.wait(1, 0.5, notifyType="CAPTURE_RESULT")
    simulator.control("act", {"act": "decide_review", "request_id": request_id, "decision": "ACCEPT"})
    assert receiver.wait(notifyType="CAPTURE_RESULT")
    assert simulator.books()[0]["captured"] == 3000


def test_a_rejected_review_leaves_the_hold_to_be_cancelled(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    simulator.control("next", {"operation": "pay", "scenario": "review", "seconds": 0.3, "then": "F"})
    paid = merchant.pay(token, paymentFactor={**AUTOMATIC, "captureMode": "MANUAL"}).json
    notices = receiver.wait(2, notifyType="PAYMENT_RESULT")
    assert [notice.json["authReviewStatus"] for notice in notices] == ["PROCESSING", "REJECT"]
    assert merchant.inquire(paid["paymentRequestId"])["paymentStatus"] == "SUCCESS"
    assert merchant.capture(paid["paymentId"]).code == "RISK_REJECT"
    assert merchant.cancel(paid["paymentRequestId"]).code == "SUCCESS"
    assert (simulator.books()[0]["review"], simulator.books()[0]["voided"]) == ("REJECT", 3000)


def test_without_a_review_nothing_is_said_of_one(merchant: Merchant, token: str) -> None:
    inquiry = merchant.inquire(merchant.pay(token).json["paymentRequestId"])
    assert not {"authReviewStatus", "authReviewSource", "popRiskDecisionResultInfo"} & set(inquiry)


def test_a_review_is_decided_once(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    simulator.control("next", {"operation": "pay", "scenario": "review"})
    request_id = merchant.pay(token).json["paymentRequestId"]
    order = {"act": "decide_review", "request_id": request_id, "decision": "ACCEPT"}
    simulator.control("act", order)
    with pytest.raises(AssertionError, match="not under review"):
        simulator.control("act", {**order, "decision": "REJECT"})
    assert simulator.books()[0]["review"] == "ACCEPT"


def test_a_released_hold_is_no_longer_reviewed(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    simulator.control("next", {"operation": "pay", "scenario": "review"})
    request_id = merchant.pay(token).json["paymentRequestId"]
    assert merchant.cancel(request_id).code == "SUCCESS"
    with pytest.raises(AssertionError, match="not under review"):
        simulator.control("act", {"act": "decide_review", "request_id": request_id, "decision": "ACCEPT"})
