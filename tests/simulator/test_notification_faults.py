"""Every fault of a notification: what the merchant hears, in which order, and whether it can believe it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from payments.simulator.deck import SCENARIOS, Family
from tests.simulator.merchant import Delivery, Merchant, Receiver, wait_for
from tests.simulator_process import SimulatorProcess

AUTOMATIC = {"isAuthorization": True}
NOTICES = [(name, scenario) for name, scenario in SCENARIOS.items() if scenario.family is Family.NOTIFICATION]
KINDS = {"pay": "PAYMENT", "submit": "PAYMENT", "refund": "REFUND", "updateAmount": "UPDATE_AMOUNT", "bind": "VAULTING"}
GROWING = "4999990000002102"
REFUSED_FIRST = ("wrong_key", "wrong_path")
PAIRS = [(operation, name) for name, scenario in NOTICES for operation in scenario.operations]


def arm(simulator: SimulatorProcess, operation: str, scenario: str, **more: object) -> None:
    simulator.control("next", {"operation": operation, "scenario": scenario, **more})


def verified(merchant: Merchant, delivery: Delivery) -> bool:
    headers = delivery.headers
    return merchant.verifies(headers["signature"], delivery.path, headers["request-time"], delivery.body)


@pytest.mark.parametrize(("operation", "name"), PAIRS)
def test_every_notified_operation_ends_with_a_notification_that_can_be_believed(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver, operation: str, name: str
) -> None:
    """A receiver that believes only what verifies at its own address hears of it in the end, or finds it held."""
    if operation in ("capture", "refund", "updateAmount"):
        paid = merchant.pay(paymentMethod=merchant.new_card(GROWING)).json
    if operation == "refund":
        merchant.capture(paid["paymentId"])
    receiver.status = 401 if name in REFUSED_FIRST else 200
    arm(simulator, operation, name, seconds=0.2)
    if operation == "pay":
        merchant.pay(token)
    elif operation == "autoCapture":
        merchant.pay(token, paymentFactor=AUTOMATIC)
    elif operation == "submit":
        merchant.submit(merchant.post("createPaymentSession", merchant.session()).json["paymentSessionData"])
    elif operation == "bind":
        merchant.submit(merchant.post("createVaultingSession", merchant.vaulting()).json["vaultingSessionData"])
    elif operation == "updateAmount":
        more = {"currency": "EUR", "value": "4000"}
        merchant.post(operation, {"updateRequestId": "UPD_1", "paymentId": paid["paymentId"], "amount": more})
    else:
        getattr(merchant, operation)(paid["paymentId"])
    kind = KINDS.get(operation, "CAPTURE") + "_RESULT"
    wanted = {"vaultingStatus": "SUCCESS"} if operation == "bind" else {"notifyType": kind}
    if SCENARIOS[name].silent:
        assert wait_for(lambda: [n for n in simulator.notifications() if n["notify_type"] == kind])
        assert receiver.about(**wanted) == []
        return
    assert receiver.wait(**wanted)
    receiver.status = 200
    home = receiver.url.removeprefix(receiver.url.rsplit("/notify", 1)[0])

    def believed() -> list[Delivery]:
        return [d for d in receiver.about(**wanted) if d.path == home and verified(merchant, d)]

    assert wait_for(believed)


def test_once_is_once(merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver) -> None:
    arm(simulator, "pay", "once")
    merchant.pay(token, paymentFactor=AUTOMATIC)
    assert receiver.wait(notifyType="CAPTURE_RESULT")
    assert wait_for(lambda: all(row["acknowledged"] for row in simulator.notifications()))
    assert [delivery.json["notifyType"] for delivery in receiver.received] == ["PAYMENT_RESULT", "CAPTURE_RESULT"]


def test_late_is_late_and_fresh(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    arm(simulator, "pay", "notify_late", seconds=1.2)
    paid = merchant.pay(token).json
    answered = time.monotonic()
    [notice] = receiver.wait(notifyType="PAYMENT_RESULT")
    assert notice.at - answered > 0.9
    assert notice.headers["request-time"] > paid["paymentTime"]
    assert verified(merchant, notice)


def test_late_lasts_for_the_automatic_capture(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    arm(simulator, "pay", "notify_late", seconds=0.8)
    merchant.pay(token, paymentFactor=AUTOMATIC)
    assert wait_for(lambda: simulator.books()[0]["captured"] == 3000)
    captured = time.monotonic()
    [notice] = receiver.wait(notifyType="CAPTURE_RESULT")
    assert notice.at - captured > 0.45


def test_the_capture_is_told_before_the_payment(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    simulator.control("settings", {"auto_capture_seconds": 40})  # 0.4 s at this scale
    arm(simulator, "pay", "reordered", seconds=30)
    merchant.pay(token, paymentFactor=AUTOMATIC)
    assert receiver.wait(2)
    assert [delivery.json["notifyType"] for delivery in receiver.received] == ["CAPTURE_RESULT", "PAYMENT_RESULT"]
    assert all(verified(merchant, delivery) for delivery in receiver.received)


def test_without_a_capture_the_held_notification_leaves_in_the_end(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    arm(simulator, "pay", "reordered", seconds=0.7)
    merchant.pay(token)
    answered = time.monotonic()
    [notice] = receiver.wait(notifyType="PAYMENT_RESULT")
    assert notice.at - answered > 0.5


def test_a_stranger_signs_first_then_the_provider(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    receiver.status = 401
    arm(simulator, "pay", "wrong_key")
    merchant.pay(token)
    assert receiver.wait(1)
    receiver.status = 200
    forged, right = receiver.wait(2)
    assert (verified(merchant, forged), verified(merchant, right)) == (False, True)
    assert forged.body == right.body
    assert forged.path == right.path
    assert wait_for(lambda: simulator.notifications()[0]["acknowledged"])


def test_another_address_first_signed_for_it_then_the_right_one(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    receiver.status = 404
    arm(simulator, "pay", "wrong_path")
    merchant.pay(token)
    assert receiver.wait(1)
    receiver.status = 200
    stray, right = receiver.wait(2)
    assert stray.path == "/notify/antom/payment/x/?shop=7"
    assert right.path == "/notify/antom/payment/?shop=7"
    assert verified(merchant, stray)
    assert verified(merchant, right)


@pytest.mark.parametrize(
    ("name", "money"),
    [
        ("notify_other_amount", {"currency": "EUR", "value": "3001"}),
        ("notify_other_currency", {"currency": "USD", "value": "3000"}),
    ],
)
@pytest.mark.parametrize("operation", ["pay", "capture", "refund"])
def test_the_notification_tells_what_the_books_do_not(
    merchant: Merchant,
    token: str,
    simulator: SimulatorProcess,
    receiver: Receiver,
    operation: str,
    name: str,
    money: dict[str, str],
) -> None:
    if operation != "pay":
        paid = merchant.pay(token).json
    if operation == "refund":
        merchant.capture(paid["paymentId"])
    arm(simulator, operation, name)
    answer = merchant.pay(token) if operation == "pay" else getattr(merchant, operation)(paid["paymentId"])
    member = {"pay": "paymentAmount"}.get(operation, f"{operation}Amount")
    kind = {"pay": "PAYMENT"}.get(operation, operation.upper()) + "_RESULT"
    [told] = wait_for(lambda: [d for d in receiver.about(notifyType=kind) if d.json[member] == money])
    assert verified(merchant, told)
    assert answer.json[member] == {"currency": "EUR", "value": "3000"}
    page = simulator.books()[-1]
    books = {"pay": page["authorized"], "capture": page["captured"], "refund": page["refunded"]}
    assert (page["currency"], books[operation]) == ("EUR", 3000)


def test_a_step_of_the_shared_clock_is_noticed_within_half_a_second(tmp_path: Path, receiver: Receiver) -> None:
    """And nonsense in its file changes nothing."""
    clock = tmp_path / "clock"
    clock.write_text("0")
    simulator = SimulatorProcess()
    simulator.start(tmp_path, environment={"SIM_CLOCK_FILE": str(clock)})
    try:
        simulator.control("settings", {"auto_capture_seconds": 3600})
        merchant = Merchant(simulator.base_url, simulator.keys, notify_url=receiver.url)
        merchant.pay(simulator.token(), paymentFactor=AUTOMATIC)
        assert receiver.wait(notifyType="PAYMENT_RESULT")
        draft = tmp_path / "draft"
        draft.write_text("3700.5")
        draft.replace(clock)
        moved = time.monotonic()
        assert wait_for(lambda: simulator.books()[0]["captured"] == 3000)
        assert time.monotonic() - moved < 1.5
        [notice] = receiver.wait(notifyType="CAPTURE_RESULT")
        for nonsense in ("", "nan", "-inf", "1e300", "eight days"):
            clock.write_text(nonsense)
            assert simulator.books()[0]["captured"] == 3000
        merchant.inquire("PAY_nobody")  # far from the moved clock: turned away
        assert simulator.log()["rows"][-1]["at"] >= notice.headers["request-time"]
    finally:
        simulator.stop()
