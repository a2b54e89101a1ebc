"""What an operator does in the browser, page by page, and what the provider's books say afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import ports
from payments.models import Transaction
from tests.books import differences
from tests.journeys.conftest import held

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_a_hold_is_captured_and_partly_refunded(paid_by_hand, desk, app, simulator):
    desk.refund(paid_by_hand.pk, "120.00")
    told = app.payment(paid_by_hand.public_id)
    assert (told["outcome"], told["refunded"]["minor"]) == ("partly_refunded", 12000)
    assert differences(simulator) == []


def test_a_hold_is_released(app, manual_product, card, desk, simulator):
    payment = held(app, manual_product, card)
    desk.cancel(payment.pk)
    assert app.payment(payment.public_id)["outcome"] == "canceled"
    assert [page["voided"] for page in simulator.books()] == [30000]
    assert differences(simulator) == []


def test_a_declined_refund_gives_its_reserve_back_and_the_next_one_works(paid_by_hand, desk, app, simulator):
    simulator.control("next", {"operation": "refund", "scenario": "decline", "code": "MERCHANT_BALANCE_NOT_ENOUGH"})
    desk.refund(paid_by_hand.pk, "120.00")
    paid_by_hand.refresh_from_db()
    assert (paid_by_hand.state, paid_by_hand.refund_reserved_minor, paid_by_hand.refunded_minor) == ("captured", 0, 0)
    assert differences(simulator) == []
    desk.refund(paid_by_hand.pk, "300.00")
    assert app.payment(paid_by_hand.public_id)["outcome"] == "refunded"
    assert differences(simulator) == []


@pytest.mark.promise("I13")
def test_a_capture_whose_reply_was_lost_is_found_by_the_resolver(app, manual_product, card, desk, simulator, commands):
    payment = held(app, manual_product, card)
    simulator.control("next", {"operation": "capture", "scenario": "lost_request"})
    desk.capture(payment.pk)
    assert app.payment(payment.public_id)["outcome"] in ("held", "unknown", "processing")
    told = commands.command("reconcile_payments", "--once", "--now", (ports.now() + timedelta(seconds=45)).isoformat())
    assert "capture sent again; now captured" in told
    capture = Transaction.objects.get(kind="capture")
    assert (capture.status, capture.sends) == ("succeeded", 2)
    rows = simulator.log(str(capture.request_id), operation="capture")["rows"]
    assert [row["processed"] for row in rows] == [False, True]
    assert differences(simulator) == []
