"""Notifications on their way: schedule, acknowledgement, and what a restart must not lose."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.merchant import ACKNOWLEDGED, Merchant, Receiver, wait_for
from tests.simulator_process import SimulatorProcess

NOT_RECEIVED = [
    (500, ACKNOWLEDGED),
    (201, ACKNOWLEDGED),
    (302, ACKNOWLEDGED),
    (200, b""),
    (200, b"SUCCESS"),
    (200, b"[]"),
    (200, b'{"result":{"resultCode":"SUCCESS","resultStatus":"F"}}'),
    (200, b'{"result":{"resultCode":"success","resultStatus":"S"}}'),
    (200, b'{"result":null}'),
]


@pytest.mark.parametrize(("status", "reply"), NOT_RECEIVED)
def test_anything_but_the_acknowledgement_counts_as_not_received(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver, status: int, reply: bytes
) -> None:
    receiver.status, receiver.reply = status, reply
    merchant.pay(token)
    assert receiver.wait()
    [row] = wait_for(lambda: [n for n in simulator.notifications() if n["attempts"]])
    assert (row["acknowledged"], row["attempts"]) == (False, 1)
    assert row["last_answer"] == f"HTTP {status}"
    assert row["next_at"] is not None


def test_eight_sends_on_schedule_then_silence(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    """At a scale of 60 000 the waits are 0, 2, 10, 10, 60, 120, 360 and 900 ms."""
    simulator.control("settings", {"time_scale": 60_000})
    receiver.status = 503
    merchant.pay(token)
    sends = receiver.wait(8, 10)
    assert wait_for(lambda: [n["next_at"] for n in simulator.notifications()] == [None])
    assert len(receiver.received) == 8
    assert len({delivery.body for delivery in sends}) == 1
    gaps = [after.at - before.at for before, after in pairwise(sends)]
    assert all(gap >= wait for gap, wait in zip(gaps, [0.002, 0.01, 0.01, 0.06, 0.12, 0.36, 0.9], strict=True))
    assert gaps[-1] < 2


def test_an_acknowledgement_ends_the_sends(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    simulator.control("settings", {"time_scale": 1200})
    receiver.reply = b"{}"
    merchant.pay(token)
    assert receiver.wait(1)
    receiver.reply = ACKNOWLEDGED
    assert wait_for(lambda: simulator.notifications()[0]["acknowledged"])
    sent = len(receiver.received)
    assert len(receiver.wait(sent + 1, 0.6)) == sent == simulator.notifications()[0]["attempts"]


def test_no_resends_is_the_vendors_sandbox(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    simulator.control("settings", {"no_resends": True})
    receiver.status = 500
    merchant.pay(token)
    assert receiver.wait()
    assert wait_for(lambda: [(n["attempts"], n["next_at"]) for n in simulator.notifications()] == [(1, None)])


def test_nobody_listening_is_tried_again(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    merchant.pay(token, paymentNotifyUrl="http://127.0.0.1:9/notify/")
    assert wait_for(lambda: simulator.notifications()[0]["last_answer"] == "ConnectionError")
    assert simulator.notifications()[0]["next_at"] is not None


def test_without_an_address_nobody_is_told(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    merchant.pay(token, paymentNotifyUrl=None)
    assert simulator.notifications() == []


def test_a_shared_clock_moves_the_provider(tmp_path: Path) -> None:
    """Eight days in a second: the hold lapses, and requests are stamped with the moved clock."""
    clock = tmp_path / "clock"
    clock.write_text("0")
    simulator = SimulatorProcess()
    simulator.start(tmp_path, environment={"SIM_CLOCK_FILE": str(clock)})
    try:
        merchant = Merchant(simulator.base_url, simulator.keys)
        paid = merchant.pay(simulator.token(), paymentNotifyUrl=None).json
        clock.write_text(str(8 * 86400))
        assert simulator.books()[0]["status"] == "CANCELLED"
        assert merchant.cancel(paid["paymentRequestId"]).code == "INVALID_SIGNATURE"
        moment = str(int((time.time() + 8 * 86400) * 1000))
        capture = {"captureRequestId": "CAP_8", "paymentId": paid["paymentId"], "captureAmount": paid["paymentAmount"]}
        assert merchant.post("capture", capture, moment=moment).code == "AUTH_EXPIRED"
    finally:
        simulator.stop()


def test_a_restart_loses_nothing(tmp_path: Path, receiver: Receiver) -> None:
    """Killed with a capture to come, a notification due and an open session: all three survive."""
    simulator = SimulatorProcess()
    simulator.start(tmp_path, time_scale=1)
    try:
        merchant = Merchant(simulator.base_url, simulator.keys, notify_url=receiver.url)
        document: dict[str, Any] = merchant.session()
        data = merchant.post("createPaymentSession", document).json["paymentSessionData"]
        merchant.pay(simulator.token(), paymentFactor={"isAuthorization": True})
        simulator.kill()
        simulator.restart()
        assert receiver.wait(notifyType="PAYMENT_RESULT")
        assert receiver.wait(notifyType="CAPTURE_RESULT")
        assert merchant.submit(data)["status"] == "SUCCESS"
    finally:
        simulator.stop()
