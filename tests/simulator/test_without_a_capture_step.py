"""Korean cards are captured by the provider alone, some routes at the moment of the authorization (antom.md 5.3)."""

from __future__ import annotations

from typing import Any

import pytest

from payments.simulator import routing
from tests.simulator.merchant import Merchant, Receiver
from tests.simulator_process import SimulatorProcess

HYUNDAI = "9490220011669217"
MODES = ("AUTOMATIC", "MANUAL")


def pay(merchant: Merchant, mode: str, number: str = HYUNDAI, **changes: Any) -> dict[str, Any]:
    factor = {"isAuthorization": True, "captureMode": mode}
    paid = merchant.pay(paymentMethod=merchant.new_card(number), paymentFactor=factor, **changes).json
    assert paid["result"]["resultCode"] == "SUCCESS"
    return paid


@pytest.mark.parametrize("mode", MODES)
def test_it_is_captured_at_once_whoever_was_to_capture(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver, mode: str
) -> None:
    simulator.control("settings", {"auto_capture_seconds": 1e6})
    paid = pay(merchant, mode)
    told = merchant.inquire(paid["paymentRequestId"])
    [captured] = [row for row in told["transactions"] if row["transactionType"] == "CAPTURE"]
    assert (told["paymentStatus"], captured["transactionStatus"]) == ("SUCCESS", "SUCCESS")
    assert captured["transactionAmount"] == paid["paymentAmount"]
    [notice] = receiver.wait(notifyType="CAPTURE_RESULT")
    assert notice.json["captureRequestId"] == f"AUTO_{paid['paymentId']}"
    [page] = simulator.books(payment_request_id=paid["paymentRequestId"])
    assert (page["authorized"], page["captured"], page["acquirers"]) == (3000, 3000, ["ACQ_KOREA"])


@pytest.mark.parametrize("mode", MODES)
def test_then_only_a_refund_gives_it_back(merchant: Merchant, mode: str) -> None:
    paid = pay(merchant, mode)
    assert merchant.capture(paid["paymentId"]).code == "ORDER_STATUS_INVALID"
    assert merchant.cancel(paid["paymentRequestId"]).code == "ORDER_STATUS_INVALID"
    assert merchant.refund(paid["paymentId"]).code == "SUCCESS"


def test_at_another_acquirer_it_is_still_the_provider_who_captures(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    simulator.control("settings", {"routing": "first_fails", "auto_capture_seconds": 30})
    paid = pay(merchant, "MANUAL")
    assert simulator.books(payment_request_id=paid["paymentRequestId"])[0]["acquirers"] == ["ACQ_KOREA", "ACQ_ONE"]
    assert merchant.capture(paid["paymentId"]).code == "ORDER_STATUS_INVALID"
    assert len(receiver.wait(notifyType="CAPTURE_RESULT")) == 1


def test_a_review_holds_it_back(merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver) -> None:
    simulator.control("next", {"operation": "pay", "scenario": "review"})
    paid = pay(merchant, "MANUAL")
    assert simulator.books(payment_request_id=paid["paymentRequestId"])[0]["captured"] == 0
    simulator.control("act", {"act": "decide_review", "request_id": paid["paymentRequestId"], "decision": "ACCEPT"})
    assert simulator.books(payment_request_id=paid["paymentRequestId"])[0]["captured"] == 3000


def test_a_fault_of_the_automatic_capture_meets_it_too(merchant: Merchant, simulator: SimulatorProcess) -> None:
    simulator.control("next", {"operation": "autoCapture", "scenario": "pending", "seconds": 60})
    paid = pay(merchant, "MANUAL")
    [captured] = simulator.books(payment_request_id=paid["paymentRequestId"])[0]["captures"]
    assert captured["status"] == "PROCESSING"


def test_no_other_card_is_taken_there(merchant: Merchant, simulator: SimulatorProcess) -> None:
    paid = pay(merchant, "MANUAL", "4054695723100768", currency="KRW")
    [page] = simulator.books(payment_request_id=paid["paymentRequestId"])
    assert (page["captured"], page["acquirers"]) == (0, ["ACQ_ASIA"])
    assert {"ACQ_KOREA"} == routing.WITHOUT_CAPTURE
