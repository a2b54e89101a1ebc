"""capture, refund and inquiryRefund: rules, idempotency, notifications, and many threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.simulator.merchant import Merchant, Receiver, fresh, wait_for
from tests.simulator_process import SimulatorProcess


@pytest.fixture
def held(merchant: Merchant, token: str) -> dict[str, str]:
    """An authorized payment of 3000, waiting for its capture."""
    return dict(merchant.pay(token).json)


@pytest.fixture
def taken(merchant: Merchant, held: dict[str, str]) -> dict[str, str]:
    """A captured payment of 3000."""
    assert merchant.capture(held["paymentId"]).code == "SUCCESS"
    return held


def test_capture_takes_the_whole_hold_and_is_notified(
    merchant: Merchant, held: dict[str, str], simulator: SimulatorProcess, receiver: Receiver
) -> None:
    answer = merchant.capture(held["paymentId"])
    assert (answer.code, answer.verified, answer.json["captureAmount"]["value"]) == ("SUCCESS", True, "3000")
    [notice] = receiver.wait(notifyType="CAPTURE_RESULT", captureRequestId=answer.json["captureRequestId"])
    assert notice.json["captureId"] == answer.json["captureId"]
    [page] = simulator.books()
    assert (page["status"], page["captured"]) == ("SUCCESS", 3000)
    assert page["captures"] == [
        {
            "capture_request_id": answer.json["captureRequestId"],
            "capture_id": answer.json["captureId"],
            "amount": 3000,
            "status": "SUCCESS",
        }
    ]
    assert merchant.cancel(held["paymentRequestId"]).code == "ORDER_STATUS_INVALID"


def test_capture_is_idempotent(merchant: Merchant, held: dict[str, str], simulator: SimulatorProcess) -> None:
    request_id = fresh("CAP")
    first = merchant.capture(held["paymentId"], captureRequestId=request_id)
    assert merchant.capture(held["paymentId"], captureRequestId=request_id).body == first.body
    assert merchant.capture(held["paymentId"], 2999, captureRequestId=request_id).code == "REPEAT_REQ_INCONSISTENT"
    assert merchant.capture(held["paymentId"]).code == "MULTI_CAPTURE_NOT_SUPPORTED"
    assert simulator.books()[0]["captured"] == 3000


def test_capture_equal_refuses_less_and_more(merchant: Merchant, held: dict[str, str]) -> None:
    request_id = fresh("CAP")
    assert merchant.capture(held["paymentId"], 2999, captureRequestId=request_id).code == "PARAM_ILLEGAL"
    assert merchant.capture(held["paymentId"], 3001).code == "CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT"
    other = {"currency": "USD", "value": "3000"}
    assert merchant.capture(held["paymentId"], captureAmount=other).code == "CURRENCY_NOT_SUPPORT"
    assert merchant.capture("20260105194010800100188570271800001").code == "AUTH_NOT_FOUND"
    assert merchant.capture(held["paymentId"]).code == "SUCCESS"  # a refusal leaves the hold alive
    assert merchant.capture(held["paymentId"], 2999, captureRequestId=request_id).code == "PARAM_ILLEGAL"


def test_capture_up_to_allows_parts_and_a_last_one(
    merchant: Merchant, held: dict[str, str], simulator: SimulatorProcess
) -> None:
    simulator.control("settings", {"capture_rule": "up_to"})
    assert merchant.capture(held["paymentId"], 1000).code == "SUCCESS"
    assert merchant.capture(held["paymentId"], 2001).code == "CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT"
    assert merchant.capture(held["paymentId"], 500, isLastCapture="true").code == "SUCCESS"
    assert merchant.capture(held["paymentId"], 500).code == "ORDER_STATUS_INVALID"
    [page] = simulator.books()
    assert (page["captured"], page["voided"]) == (1500, 1500)


def test_an_automatic_payment_is_not_captured_by_hand(merchant: Merchant, token: str) -> None:
    paid = merchant.pay(token, paymentFactor={"isAuthorization": True, "captureMode": ""}).json
    assert merchant.capture(paid["paymentId"]).code == "ORDER_STATUS_INVALID"


@pytest.mark.parametrize(("then", "code", "status"), [("S", "SUCCESS", "SUCCESS"), ("F", "PROCESS_FAIL", "FAIL")])
def test_a_capture_under_way_settles_later(
    merchant: Merchant,
    held: dict[str, str],
    simulator: SimulatorProcess,
    receiver: Receiver,
    then: str,
    code: str,
    status: str,
) -> None:
    simulator.control("next", {"operation": "capture", "scenario": "pending", "seconds": 0.4, "then": then})
    request_id = fresh("CAP")
    answer = merchant.capture(held["paymentId"], captureRequestId=request_id)
    assert (answer.code, answer.letter, answer.verified) == ("CAPTURE_IN_PROCESS", "U", True)
    assert merchant.inquire(held["paymentRequestId"])["transactions"][1]["transactionStatus"] == "PROCESSING"
    assert merchant.cancel(held["paymentRequestId"]).code == "ORDER_STATUS_INVALID"
    [notice] = receiver.wait(notifyType="CAPTURE_RESULT")
    assert notice.json["result"]["resultCode"] == code
    assert merchant.capture(held["paymentId"], captureRequestId=request_id).code == code
    capture = merchant.inquire(held["paymentRequestId"])["transactions"][1]
    assert (capture["transactionStatus"], capture["transactionRequestId"]) == (status, request_id)
    assert simulator.books()[0]["captured"] == (3000 if then == "S" else 0)


def test_refunds_never_exceed_what_was_captured(
    merchant: Merchant, taken: dict[str, str], simulator: SimulatorProcess, receiver: Receiver
) -> None:
    request_id = fresh("REF")
    first = merchant.refund(taken["paymentId"], 1000, refundRequestId=request_id)
    assert (first.code, first.verified) == ("SUCCESS", True)
    assert merchant.refund(taken["paymentId"], 1000, refundRequestId=request_id).body == first.body
    assert merchant.refund(taken["paymentId"], 999, refundRequestId=request_id).code == "REPEAT_REQ_INCONSISTENT"
    assert merchant.refund(taken["paymentId"], 2001).code == "REFUND_AMOUNT_EXCEED"
    assert merchant.refund(taken["paymentId"], 2000).code == "SUCCESS"
    assert simulator.books()[0]["refunded"] == 3000

    [notice] = receiver.wait(notifyType="REFUND_RESULT", refundRequestId=request_id)
    assert (notice.json["refundStatus"], notice.json["refundId"]) == ("SUCCESS", first.json["refundId"])
    inquiry = merchant.post("inquiryRefund", {"refundId": first.json["refundId"]}).json
    assert (inquiry["refundStatus"], inquiry["refundRequestId"]) == ("SUCCESS", request_id)
    kinds = [row["transactionType"] for row in merchant.inquire(taken["paymentRequestId"])["transactions"]]
    assert kinds == ["AUTHORIZATION", "CAPTURE", "REFUND", "REFUND", "REFUND"]  # the refused one is told, too


def test_only_captured_money_is_refunded(merchant: Merchant, held: dict[str, str]) -> None:
    assert merchant.refund(held["paymentId"]).code == "ORDER_STATUS_INVALID"
    merchant.cancel(held["paymentRequestId"])
    assert merchant.refund(held["paymentId"]).code == "ORDER_IS_CANCELED"
    assert merchant.refund("nobody").code == "ORDER_NOT_EXIST"
    assert merchant.post("inquiryRefund", {"refundRequestId": "REF_nobody"}).code == "ORDER_NOT_EXIST"


def test_a_refund_under_way_counts_and_may_fail(
    merchant: Merchant, taken: dict[str, str], simulator: SimulatorProcess, receiver: Receiver
) -> None:
    order = {"operation": "refund", "scenario": "pending", "seconds": 0.5, "then": "F", "code": "RISK_REJECT"}
    simulator.control("next", order)
    request_id = fresh("REF")
    assert merchant.refund(taken["paymentId"], 2000, refundRequestId=request_id).code == "REFUND_IN_PROCESS"
    inquiry = merchant.post("inquiryRefund", {"refundRequestId": request_id}).json
    assert inquiry["refundStatus"] == "PROCESSING"
    assert merchant.refund(taken["paymentId"], 2000).code == "REFUND_AMOUNT_EXCEED"
    [notice] = receiver.wait(notifyType="REFUND_RESULT")
    assert (notice.json["refundStatus"], notice.json["result"]["resultCode"]) == ("FAIL", "RISK_REJECT")
    assert merchant.refund(taken["paymentId"], 2000).code == "SUCCESS"


def test_permissive_books_accept_what_the_rules_forbid(
    merchant: Merchant, held: dict[str, str], simulator: SimulatorProcess
) -> None:
    simulator.control("settings", {"permissive": True})
    merchant.cancel(held["paymentRequestId"])
    assert merchant.capture(held["paymentId"]).code == "SUCCESS"
    assert merchant.refund(held["paymentId"], 9000).code == "SUCCESS"
    [page] = simulator.books()
    assert (page["captured"], page["voided"], page["refunded"]) == (3000, 3000, 9000)


def test_a_refund_can_vanish_from_the_books(
    merchant: Merchant, taken: dict[str, str], simulator: SimulatorProcess
) -> None:
    refund = merchant.refund(taken["paymentId"], 1000).json
    simulator.control(f"refunds/{refund['refundRequestId']}", method="DELETE")
    [page] = simulator.books()
    assert (page["refunded"], page["refunds"]) == (0, [])
    assert merchant.post("inquiryRefund", {"refundRequestId": refund["refundRequestId"]}).code == "ORDER_NOT_EXIST"


def test_sixteen_threads_with_one_capture_id_take_the_money_once(
    merchant: Merchant, held: dict[str, str], simulator: SimulatorProcess
) -> None:
    request_id = fresh("CAP")
    with ThreadPoolExecutor(16) as threads:
        work = [threads.submit(merchant.capture, held["paymentId"], captureRequestId=request_id) for _ in range(16)]
        bodies = {job.result().body for job in work}
    assert len(bodies) == 1
    [page] = simulator.books()
    assert (page["captured"], len(page["captures"])) == (3000, 1)


def test_sixteen_refunds_at_once_leave_nothing_below_zero(
    merchant: Merchant, taken: dict[str, str], simulator: SimulatorProcess
) -> None:
    with ThreadPoolExecutor(16) as threads:
        codes = [
            job.result().code for job in [threads.submit(merchant.refund, taken["paymentId"], 500) for _ in range(16)]
        ]
    assert sorted(codes) == ["REFUND_AMOUNT_EXCEED"] * 10 + ["SUCCESS"] * 6
    assert simulator.books()[0]["refunded"] == 3000


def test_sixteen_equal_payments_at_once_are_one(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    document = merchant.payment(token)
    with ThreadPoolExecutor(16) as threads:
        answers = [job.result() for job in [threads.submit(merchant.post, "pay", document) for _ in range(16)]]
    assert {answer.code for answer in answers} == {"SUCCESS"}
    assert len(simulator.books()) == 1
    assert wait_for(lambda: len(simulator.notifications()) == 1)
