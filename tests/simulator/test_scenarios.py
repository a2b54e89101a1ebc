"""Everything in the deck, through the wire."""

from __future__ import annotations

import time

import pytest
import requests

from payments.simulator.cards import passes_luhn
from payments.simulator.scenarios import SCENARIO_CARDS, SCENARIOS
from tests.simulator.merchant import Merchant, Receiver, fresh, wait_for
from tests.simulator_process import SimulatorProcess

LOST = (requests.ConnectionError, requests.Timeout)


def arm(simulator: SimulatorProcess, operation: str, scenario: str, **more: object) -> None:
    simulator.control("next", {"operation": operation, "scenario": scenario, **more})


@pytest.mark.parametrize("operation", ["pay", "capture", "refund", "cancel", "createPaymentSession", "inquiryPayment"])
def test_decline_with_any_code(merchant: Merchant, token: str, simulator: SimulatorProcess, operation: str) -> None:
    paid = merchant.pay(token).json
    if operation == "refund":
        merchant.capture(paid["paymentId"])
    before = simulator.books(payment_request_id=paid["paymentRequestId"])
    arm(simulator, operation, "decline", code="RISK_REJECT")
    answer = {
        "pay": lambda: merchant.pay(token),
        "capture": lambda: merchant.capture(paid["paymentId"]),
        "refund": lambda: merchant.refund(paid["paymentId"]),
        "cancel": lambda: merchant.cancel(paid["paymentRequestId"]),
        "createPaymentSession": lambda: merchant.post("createPaymentSession", merchant.session()),
        "inquiryPayment": lambda: merchant.post("inquiryPayment", {"paymentRequestId": paid["paymentRequestId"]}),
    }[operation]()
    assert (answer.code, answer.letter, answer.verified) == ("RISK_REJECT", "F", True)
    after = simulator.books(payment_request_id=paid["paymentRequestId"])
    totals = ("status", "authorized", "captured", "voided", "refunded")
    assert [before[0][name] for name in totals] == [after[0][name] for name in totals]


def test_a_declined_capture_can_be_tried_again_with_another_id(
    merchant: Merchant, token: str, simulator: SimulatorProcess
) -> None:
    paid = merchant.pay(token).json
    arm(simulator, "capture", "decline", code="USER_BALANCE_NOT_ENOUGH")
    request_id = fresh("CAP")
    for _ in range(2):
        answer = merchant.capture(paid["paymentId"], captureRequestId=request_id)
        assert answer.code == "USER_BALANCE_NOT_ENOUGH"
    assert merchant.capture(paid["paymentId"]).code == "SUCCESS"


def test_an_unknown_code_leaves_nothing_behind(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    arm(simulator, "pay", "decline", code="UNKNOWN_EXCEPTION")
    document = merchant.payment(token)
    assert (answer := merchant.post("pay", document)).letter == "U"
    assert answer.verified
    assert simulator.books() == []
    assert merchant.post("pay", document).code == "SUCCESS"


def test_a_refused_session_submit(merchant: Merchant, simulator: SimulatorProcess) -> None:
    document = merchant.session()
    data = merchant.post("createPaymentSession", document).json["paymentSessionData"]
    arm(simulator, "submit", "decline", code="FRAUD_REJECT")
    assert merchant.submit(data) == {"status": "FAIL", "code": "FRAUD_REJECT"}
    assert merchant.inquire(document["paymentRequestId"])["paymentStatus"] == "FAIL"


@pytest.mark.parametrize(("then", "status"), [("S", "SUCCESS"), ("F", "FAIL")])
def test_a_payment_under_way_settles_later(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver, then: str, status: str
) -> None:
    arm(simulator, "pay", "pending", seconds=0.4, then=then)
    document = merchant.payment(token)
    assert merchant.post("pay", document).code == "PAYMENT_IN_PROCESS"
    assert merchant.inquire(document["paymentRequestId"])["paymentStatus"] == "PROCESSING"
    assert receiver.wait(paymentRequestId=document["paymentRequestId"])
    assert merchant.inquire(document["paymentRequestId"])["paymentStatus"] == status
    assert merchant.post("pay", document).code == ("SUCCESS" if then == "S" else "DO_NOT_HONOR")


def test_lost_request_is_never_processed(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    arm(simulator, "pay", "lost_request")
    document = merchant.payment(token)
    with pytest.raises(LOST):
        merchant.post("pay", document)
    assert simulator.books() == []
    assert merchant.inquire(document["paymentRequestId"])["result"]["resultCode"] == "ORDER_NOT_EXIST"
    assert merchant.post("pay", document).code == "SUCCESS"
    lines = [
        (row["operation"], row["processed"], row["scenario"], row["result_code"])
        for row in simulator.log(document["paymentRequestId"])["rows"]
    ]
    assert lines == [
        ("pay", False, "lost_request", ""),
        ("inquiryPayment", True, "", "ORDER_NOT_EXIST"),
        ("pay", True, "", "SUCCESS"),
    ]


@pytest.mark.parametrize("operation", ["pay", "capture", "refund", "cancel"])
def test_lost_reply_has_done_its_work(
    merchant: Merchant, token: str, simulator: SimulatorProcess, operation: str
) -> None:
    document = merchant.payment(token)
    if operation != "pay":
        paid = merchant.post("pay", document).json
    if operation == "refund":
        merchant.capture(paid["paymentId"])
    arm(simulator, operation, "lost_reply")
    with pytest.raises(LOST):
        if operation == "pay":
            merchant.post("pay", document)
        elif operation == "cancel":
            merchant.cancel(document["paymentRequestId"])
        else:
            getattr(merchant, operation)(paid["paymentId"])
    [page] = simulator.books()
    moved = {"pay": "authorized", "capture": "captured", "refund": "refunded", "cancel": "voided"}[operation]
    assert page[moved] == 3000


def test_lost_reply_can_hold_past_a_deadline(merchant: Merchant, simulator: SimulatorProcess) -> None:
    arm(simulator, "inquiryPayment", "lost_reply", seconds=1)
    sent = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        merchant.inquire("PAY_nobody")
    assert time.monotonic() - sent >= 1


def test_late_is_processed_after_a_while(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    arm(simulator, "pay", "late", seconds=0.6)
    document = merchant.payment(token)
    with pytest.raises(LOST):
        merchant.post("pay", document)
    assert merchant.inquire(document["paymentRequestId"])["result"]["resultCode"] == "ORDER_NOT_EXIST"
    assert receiver.wait(paymentRequestId=document["paymentRequestId"])
    assert merchant.inquire(document["paymentRequestId"])["paymentStatus"] == "SUCCESS"
    assert simulator.log(document["paymentRequestId"], operation="pay")["counts"]["pay"] == {
        "received": 2,
        "processed": 1,
    }


def test_late_capture(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    paid = merchant.pay(token).json
    arm(simulator, "capture", "late", seconds=0.3)
    with pytest.raises(LOST):
        merchant.capture(paid["paymentId"])
    assert wait_for(lambda: simulator.books()[0]["captured"] == 3000)


def test_late_after_the_expiry_charges_nobody(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    from tests.simulator.test_payments import soon

    arm(simulator, "pay", "late", seconds=0.8)
    with pytest.raises(LOST):
        merchant.pay(token, paymentExpiryTime=soon(seconds=0.6))
    [page] = wait_for(simulator.books)
    assert (page["status"], page["authorized"]) == ("FAIL", 0)


@pytest.mark.parametrize(("scenario", "processed"), [("error_before", 0), ("error_after", 1)])
def test_http_500(merchant: Merchant, token: str, simulator: SimulatorProcess, scenario: str, processed: int) -> None:
    arm(simulator, "pay", scenario)
    assert merchant.pay(token).status == 500
    assert len(simulator.books()) == processed


@pytest.mark.parametrize("scenario", ["unsigned", "wrong_signature", "empty_body", "truncated", "redirect"])
def test_an_answer_that_cannot_be_believed(
    merchant: Merchant, token: str, simulator: SimulatorProcess, scenario: str
) -> None:
    arm(simulator, "pay", scenario)
    answer = merchant.pay(token)
    assert not answer.verified
    assert ("signature" in answer.headers) == (scenario == "wrong_signature")
    assert len(simulator.books()) == 1


@pytest.mark.parametrize("operation", ["pay", "inquiryPayment", "capture"])
def test_other_amount_is_signed(merchant: Merchant, token: str, simulator: SimulatorProcess, operation: str) -> None:
    document = merchant.payment(token)
    if operation != "pay":
        paid = merchant.post("pay", document).json
    arm(simulator, operation, "other_amount")
    if operation == "pay":
        answer = merchant.post("pay", document)
    elif operation == "capture":
        answer = merchant.capture(paid["paymentId"])
    else:
        answer = merchant.post("inquiryPayment", {"paymentRequestId": document["paymentRequestId"]})
    name = "captureAmount" if operation == "capture" else "paymentAmount"
    assert (answer.verified, answer.json[name]["value"]) == (True, "3001")
    assert simulator.books()[0]["authorized"] == 3000


def test_other_amount_of_a_submit_is_in_its_notification(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    data = merchant.post("createPaymentSession", merchant.session()).json["paymentSessionData"]
    arm(simulator, "submit", "other_amount")
    merchant.submit(data)
    [notice] = receiver.wait(notifyType="PAYMENT_RESULT")
    assert notice.json["paymentAmount"]["value"] == "3001"


def test_duplicates_also_of_the_automatic_capture(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    arm(simulator, "pay", "duplicate", copies=3)
    merchant.pay(token, paymentFactor={"isAuthorization": True})
    assert len(receiver.wait(3, notifyType="PAYMENT_RESULT")) == 3
    assert len(receiver.wait(3, notifyType="CAPTURE_RESULT")) == 3
    assert len({delivery.body for delivery in receiver.received}) == 2


def test_missing_notifications_can_be_sent_by_hand(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    arm(simulator, "pay", "missing")
    merchant.pay(token, paymentFactor={"isAuthorization": True})
    assert wait_for(lambda: len(simulator.notifications()) == 2)
    assert not receiver.wait(1, 0.5)
    first = simulator.notifications()[0]
    assert (first["attempts"], first["next_at"], first["acknowledged"]) == (0, None, False)
    sent = simulator.control(f"notifications/{first['id']}/send")
    assert (sent["attempts"], sent["acknowledged"], len(receiver.received)) == (1, True, 1)


@pytest.mark.parametrize("operation", ["pay", "capture"])
def test_early_arrives_before_the_answer(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver, operation: str
) -> None:
    if operation == "capture":
        paid = merchant.pay(token, paymentNotifyUrl=receiver.url).json
        assert receiver.wait(notifyType="PAYMENT_RESULT")
    arm(simulator, operation, "early")
    answer = merchant.pay(token) if operation == "pay" else merchant.capture(paid["paymentId"])
    kind = "PAYMENT_RESULT" if operation == "pay" else "CAPTURE_RESULT"
    assert answer.code == "SUCCESS"
    told = receiver.about(notifyType=kind)
    assert len(told) == 1
    assert len(receiver.wait(2, 0.4, notifyType=kind)) == 1


def test_stale_comes_late_with_its_old_time(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    arm(simulator, "pay", "stale", seconds=1.5)
    paid = merchant.pay(token).json
    assert merchant.cancel(paid["paymentRequestId"]).code == "SUCCESS"
    [notice] = receiver.wait(paymentRequestId=paid["paymentRequestId"])
    assert notice.json["result"]["resultStatus"] == "S"
    assert notice.headers["request-time"] == paid["paymentTime"]
    assert merchant.verifies(notice.headers["signature"], notice.path, notice.headers["request-time"], notice.body)
    assert merchant.inquire(paid["paymentRequestId"])["paymentStatus"] == "CANCELLED"


@pytest.mark.parametrize(("scenario", "statuses"), [("decline", ["FAIL"]), ("pending", ["SUCCESS"])])
def test_the_automatic_capture_can_disappoint(
    merchant: Merchant,
    token: str,
    simulator: SimulatorProcess,
    receiver: Receiver,
    scenario: str,
    statuses: list[str],
) -> None:
    arm(simulator, "autoCapture", scenario, seconds=0.2)
    merchant.pay(token, paymentFactor={"isAuthorization": True})
    assert receiver.wait(notifyType="CAPTURE_RESULT")
    assert [capture["status"] for capture in simulator.books()[0]["captures"]] == statuses


def test_a_scenario_waits_for_its_request_and_wears_out(
    merchant: Merchant, token: str, simulator: SimulatorProcess
) -> None:
    document = merchant.payment(token)
    arm(simulator, "any", "decline", code="RISK_REJECT", times=2, request_id=document["paymentRequestId"])
    assert merchant.pay(token).code == "SUCCESS"
    assert merchant.inquire(document["paymentRequestId"])["result"]["resultCode"] == "RISK_REJECT"
    assert merchant.post("pay", document).code == "RISK_REJECT"
    assert merchant.inquire(document["paymentRequestId"])["result"]["resultCode"] == "SUCCESS"


@pytest.mark.parametrize(("number", "scenario"), SCENARIO_CARDS.items())
def test_scenario_cards_strike_once_through_their_token(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver, number: str, scenario: str
) -> None:
    assert passes_luhn(number)
    document = merchant.payment(simulator.token(number))
    lost = SCENARIOS[scenario].answer == "dropped"
    if lost:
        with pytest.raises(LOST):
            merchant.post("pay", document)
    else:
        merchant.post("pay", document)
    first = simulator.log(document["paymentRequestId"])["rows"][0]
    assert (first["scenario"], first["processed"]) == (scenario, SCENARIOS[scenario].process == "now")
    repeat = merchant.post("pay", document)
    assert repeat.code in ("SUCCESS", "PAYMENT_IN_PROCESS")
    if SCENARIOS[scenario].outcome == "challenge":
        simulator.control("act", {"act": "settle_now", "request_id": document["paymentRequestId"], "outcome": "S"})
    assert wait_for(lambda: [page["authorized"] for page in simulator.books()] == [3000])


def test_a_scenario_card_in_the_element_hits_the_element(merchant: Merchant, simulator: SimulatorProcess) -> None:
    document = merchant.session()
    data = merchant.post("createPaymentSession", document).json["paymentSessionData"]
    with pytest.raises(LOST):
        merchant.submit(data, "4999990000000023")
    assert merchant.inquire(document["paymentRequestId"])["paymentStatus"] == "SUCCESS"


@pytest.mark.parametrize(
    "order",
    [
        {"operation": "pay", "scenario": "unheard_of"},
        {"operation": "fly", "scenario": "decline"},
        {"operation": "pay", "scenario": "late", "seconds": -1},
        {"operation": "pay", "scenario": "pending", "then": "X"},
        {"operation": "pay", "scenario": "decline", "times": 0},
        {"scenario": ""},
    ],
)
def test_a_senseless_order_is_refused(simulator: SimulatorProcess, order: dict[str, object]) -> None:
    reply = requests.post(f"{simulator.base_url}/control/next", json=order, timeout=10)
    assert reply.status_code == 400
    assert reply.json()["error"]
