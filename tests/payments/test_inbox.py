"""Stored once, acknowledged when stored, applied as often as it takes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from core import ports
from payments.gateways.base import Delivery, Kind
from payments.gateways.registry import gateway_for
from payments.models import EventStatus, NotificationEvent, Payment, RefusedDelivery
from payments.services.inbox import apply_due, apply_stored, count_refused, store_delivery
from payments.states import State
from tests.factories import start
from tests.payments.test_outcomes import ref

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(buyer, order, card, fake) -> Payment:
    fake.lose_reply("authorize")
    return start(buyer, order, card)


def delivery(told: dict, **headers: str) -> Delivery:
    return Delivery(
        target="/notify/fake/payment/",
        topic="payment",
        headers={"client-id": "FAKE-SIM", "signature": "good", **headers},
        body=json.dumps(told).encode(),
    )


def receive(account, told: dict, **headers: str) -> NotificationEvent:
    message = delivery(told, **headers)
    event, fresh = store_delivery(account, gateway_for(account).read_notification(message), message)
    return apply_stored(event_id=event.pk) if fresh else event


def news(about: Payment, kind: Kind = Kind.AUTHORIZE, **values) -> dict:
    return {
        "kind": kind.value,
        "payment": ref(about).request_id,
        "payment_reference": "G1",
        "request_id": ref(about).request_id,
        "reference": "G1",
        "minor": 30000,
        "currency": "EUR",
        **values,
    }


def test_a_notification_moves_the_payment(waiting, account):
    event = receive(account, news(waiting))
    waiting.refresh_from_db()
    assert (waiting.state, event.status, event.payment_id) == (State.AUTHORIZED, EventStatus.APPLIED, waiting.pk)


@pytest.mark.promise("I21")
def test_a_repeat_is_counted_and_changes_nothing(waiting, account):
    receive(account, news(waiting))
    waiting.refresh_from_db()
    version = waiting.version
    for _ in range(3):
        receive(account, news(waiting))
    waiting.refresh_from_db()
    event = NotificationEvent.objects.get()
    assert (event.repeats, event.status, waiting.version) == (3, EventStatus.APPLIED, version)


def test_news_that_we_know_says_so(waiting, account):
    receive(account, news(waiting))
    event = receive(account, news(waiting, extra="other bytes"))
    assert (event.status, event.verdict) == (EventStatus.NOTHING_NEW, "known already")


@pytest.mark.promise("I22")
def test_a_notification_for_what_we_do_not_know_yet_is_parked_and_applied_later(waiting, account):
    told = news(waiting, Kind.CAPTURE, payment=None, payment_reference="LATER", request_id="AUTO", reference="C1")
    event = receive(account, told)
    assert event.status == EventStatus.PARKED
    waiting.transactions.filter(kind=Kind.AUTHORIZE).update(gateway_reference="LATER")
    ports.pretend_now(ports.now() + timedelta(seconds=3))
    assert apply_due() == [f"capture {event.pk}: applied"]
    waiting.refresh_from_db()
    assert waiting.state == State.CAPTURED


@pytest.mark.promise("I22")
def test_a_failure_while_applying_keeps_the_event(waiting, account, monkeypatch):
    def explode(**_):
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("payments.services.inbox.apply_facts", explode)
        event = receive(account, news(waiting))
    assert (event.status, event.verdict) == (EventStatus.STORED, "failed: ZeroDivisionError")
    ports.pretend_now(ports.now() + timedelta(seconds=3))
    apply_due()
    waiting.refresh_from_db()
    assert waiting.state == State.AUTHORIZED


def test_what_cannot_be_placed_ends_with_a_person(account):
    event = receive(account, {"kind": "refund", "request_id": "nobody", "reference": "R1"})
    for _ in range(10):
        ports.pretend_now(ports.now() + timedelta(days=1))
        apply_due()
    event.refresh_from_db()
    assert (event.status, event.next_at) == (EventStatus.PROBLEM, None)
    assert "given up after 9 tries" in event.verdict


@pytest.mark.parametrize(
    ("told", "status"),
    [({"kind": "weather"}, EventStatus.PROBLEM), ({"hello": 1}, EventStatus.NOTHING_NEW), ([1], EventStatus.PROBLEM)],
)
def test_verified_but_not_understood_is_stored(account, told, status):
    assert receive(account, told).status == status


@pytest.mark.promise("I19")
def test_a_stale_time_stamp_is_only_a_hint(waiting, account, fake):
    event = receive(account, news(waiting, minor=1), **{"request-time": "stale"})
    assert event.status == EventStatus.HINT
    waiting.refresh_from_db()
    assert (waiting.state, waiting.needs_review) == (State.AUTHORIZED, False)  # from the inquiry, not from the hint
    assert len(fake.sent("inquire")) == 1


@pytest.mark.promise("I20")
def test_a_genuine_notification_of_another_amount_is_quarantined(waiting, account):
    receive(account, news(waiting, minor=1))
    waiting.refresh_from_db()
    assert (waiting.state, waiting.needs_review) == (State.PENDING, True)


def test_a_refund_that_comes_before_its_capture_is_parked(waiting, account, fake):
    event = receive(account, news(waiting, Kind.REFUND, request_id="dash", reference="R1", minor=500))
    assert event.status == EventStatus.PARKED
    book = next(iter(fake.payments.values()))
    fake.do(book, "capture", 30000)
    book.acts.append({"kind": "refund", "amount": 500, "request_id": "dash", "reference": "R1"})
    waiting.transactions.filter(kind=Kind.AUTHORIZE).update(gateway_reference=book.reference)
    ports.pretend_now(ports.now() + timedelta(seconds=10))
    from payments.services.refresh import ask_gateway

    ask_gateway(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.refunded_minor) == (State.PARTIALLY_REFUNDED, 500)


@pytest.mark.promise("I19")
def test_a_forged_delivery_leaves_only_a_counter():
    for body in (b"one", b"two"):
        count_refused("antom", "signature does not verify", "1", body)
    row = RefusedDelivery.objects.get()
    assert (row.count, row.last_key_id, len(row.last_digest)) == (2, "1", 64)
    assert not NotificationEvent.objects.exists()


@pytest.mark.promise("I32")
def test_the_raw_body_is_sealed(waiting, account):
    from django.db import connection

    receive(account, news(waiting))
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM payments_notificationevent")
        raw = bytes(cursor.fetchone()[0])
    assert b"authorize" not in raw
    assert b"authorize" in bytes(NotificationEvent.objects.get().body)
