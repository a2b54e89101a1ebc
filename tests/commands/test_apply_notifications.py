from __future__ import annotations

import json
from datetime import timedelta

import pytest

from core import ports
from payments.gateways.base import Delivery
from payments.models import EventStatus, NotificationEvent
from payments.services.inbox import store_delivery
from tests import factories
from tests.commands.run import run


@pytest.fixture
def stored(fake, account, buyer, order, card) -> NotificationEvent:
    """A verified notification about a paid order, stored by a web server that died before it applied it."""
    payment = factories.start(buyer, order, card)
    (booked,) = fake.payments.values()
    body = {"kind": "capture", "payment": booked.request_id, "reference": "C-1", "minor": 30000, "currency": "EUR"}
    delivery = Delivery(
        target="/notify/fake/payment/",
        topic="payment",
        headers={"client-id": "FAKE-SIM", "signature": "good"},
        body=json.dumps(body).encode(),
    )
    event, _ = store_delivery(account, fake.read_notification(delivery), delivery)
    assert payment.state == "authorized"
    return event


def test_a_stored_notification_is_applied(stored):
    assert run("apply_notifications", "--once") == f"capture {stored.pk}: applied\n"


def test_nothing_due_says_so(account):
    assert run("apply_notifications", "--once") == "nothing is due\n"


def test_one_that_breaks_is_kept_and_tried_again(stored, monkeypatch):
    monkeypatch.setattr("payments.services.inbox.apply_facts", lambda **_: 1 / 0)
    assert "failed: ZeroDivisionError" in run("apply_notifications", "--once")
    monkeypatch.undo()

    ports.pretend_now(ports.now() + timedelta(seconds=5))
    run("apply_notifications", "--once")

    stored.refresh_from_db()
    assert (stored.status, stored.attempts) == (EventStatus.APPLIED, 2)
