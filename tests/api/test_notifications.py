"""The door for providers: nothing moves without proof, nothing proven is lost."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import UnreadablePostError
from django.test import Client, RequestFactory

from core import ports
from payments import notifications
from payments.gateways.base import Pending
from payments.models import NotificationEvent, Payment, RefusedDelivery, Transaction
from tests import factories

GOOD = {"client-id": "FAKE-SIM", "signature": "good"}
DOOR = "/notify/fake/payment/"


def deliver(body: Any, address: str = DOOR, headers: dict[str, str] | None = None, **extra: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.post(
        address, raw, content_type="application/json", headers=GOOD if headers is None else headers, **extra
    )


@pytest.fixture
def pending(buyer, manual_order, card, fake):
    """A payment that the bank thinks about, and the news that it agreed."""
    fake.next("authorize", Pending(), processed=True)
    payment = factories.start(buyer, manual_order, card)
    authorization = Transaction.objects.get()
    news = {"kind": "authorize", "payment": authorization.request_id, "minor": 30000, "currency": "EUR"}
    return payment, {**news, "request_id": authorization.request_id}


@pytest.mark.promise("I22")
def test_a_signed_message_is_stored_applied_and_acknowledged(pending):
    _, news = pending
    answer = deliver(news)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b'{"ok":true}', "application/json")
    event = NotificationEvent.objects.get()
    assert (event.status, event.target, bytes(event.body)) == ("applied", DOOR, json.dumps(news).encode())
    assert Payment.objects.get().state == "authorized"
    assert "set-cookie" not in {name.lower() for name in answer.headers}


@pytest.mark.promise("I21")
def test_the_same_message_again_changes_nothing_and_is_acknowledged(pending):
    _, news = pending
    deliver(news)
    before = Payment.objects.values("version", "journal_length").get()
    for _ in range(3):
        assert deliver(news).content == b'{"ok":true}'
    assert Payment.objects.values("version", "journal_length").get() == before
    assert (NotificationEvent.objects.count(), NotificationEvent.objects.get().repeats) == (1, 3)


@pytest.mark.promise("I19")
@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({}, DOOR),
        ({"client-id": "FAKE-SIM"}, DOOR),
        ({"client-id": "FAKE-SIM", "signature": ""}, DOOR),
        ({"client-id": "FAKE-SIM", "signature": "forged"}, DOOR),
        ({"client-id": "SOMEBODY", "signature": "good"}, DOOR),
        ({"client-id": "", "signature": "good"}, DOOR),
        (GOOD, "/notify/fake/nothing/"),
        (GOOD, DOOR + "?" + "x" * 400),
    ],
)
def test_a_forged_or_foreign_message_leaves_a_counter_only(pending, fake, headers, address):
    _, news = pending
    news = {**news, "secret": "only-in-the-body"}
    answer = deliver(news, address, headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert (NotificationEvent.objects.count(), Payment.objects.get().state) == (0, "pending")
    counted = RefusedDelivery.objects.get()
    assert counted.count == 1
    assert len(counted.last_digest) == 64
    assert "only-in-the-body" not in str(list(RefusedDelivery.objects.values()))


@pytest.mark.promise("I19")
def test_every_forgery_is_answered_alike(pending):
    _, news = pending
    answers = [
        deliver(news, headers=h) for h in ({}, {"client-id": "X", "signature": "x"}, {**GOOD, "signature": "no"})
    ]
    assert len({(a.status_code, a.content, str(sorted(a.items()))) for a in answers}) == 1


def test_an_unknown_gateway(account):
    assert deliver({}, "/notify/nobody/payment/").status_code == 404
    assert RefusedDelivery.objects.count() == 0


def test_only_post(account):
    assert Client().get(DOOR).status_code == 405


def test_without_the_last_slash_nothing_is_lost_in_a_redirect(account):
    assert deliver({}, "/notify/fake/payment").status_code == 404


@pytest.mark.parametrize("claimed", [None, str(10**9), "-5", "many"])
def test_an_oversized_message_is_not_read(account, claimed):
    extra = {"CONTENT_LENGTH": claimed} if claimed else {}
    answer = deliver(b"x" * (64 * 1024 + 1), **extra)
    assert (answer.status_code, answer.content) == (413, b"")
    assert (RefusedDelivery.objects.get().reason, NotificationEvent.objects.count()) == ("too large", 0)


@pytest.mark.promise("I19")
def test_a_stale_but_signed_message_is_a_hint(pending, fake):
    _, news = pending
    answer = deliver(news, headers={**GOOD, "request-time": "stale"})
    assert answer.status_code == 200
    assert (NotificationEvent.objects.get().status, len(fake.sent("inquire"))) == ("hint", 1)
    for _ in range(5):
        deliver(news, headers={**GOOD, "request-time": "stale"})
    assert len(fake.sent("inquire")) == 1, "who replays old messages cannot make us hammer the provider"
    ports.pretend_now(ports.now() + timedelta(seconds=3))
    deliver(news, headers={**GOOD, "request-time": "stale"})
    assert len(fake.sent("inquire")) == 2


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"kind":"nonsense"}', b"\xff\x00", b'{"kind":"refund","minor":1}']
)
def test_what_cannot_be_understood_is_kept_and_acknowledged(account, body):
    answer = deliver(body)
    assert answer.status_code == 200
    event = NotificationEvent.objects.get()
    assert (event.status, bytes(event.body)) == ("problem", body)


def test_what_we_do_not_know_yet_is_parked(account):
    deliver({"kind": "authorize", "payment": "P_nobody", "minor": 1, "currency": "EUR"})
    event = NotificationEvent.objects.get()
    assert (event.status, event.next_at is not None) == ("parked", True)


@pytest.mark.promise("I22")
def test_a_failure_while_applying_is_kept_and_acknowledged(pending, monkeypatch):
    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr(notifications, "apply_read", broken)
    assert deliver(pending[1]).status_code == 200
    assert (NotificationEvent.objects.get().status, Payment.objects.get().state) == ("stored", "pending")


@pytest.mark.promise("I22")
def test_what_could_not_be_stored_is_not_acknowledged(pending, monkeypatch):
    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr(notifications, "store_delivery", broken)
    assert deliver(pending[1]).status_code == 500


@pytest.mark.promise("I20")
def test_another_amount_changes_nothing_but_is_flagged(pending):
    payment, news = pending
    assert deliver({**news, "minor": 1}).status_code == 200
    payment.refresh_from_db()
    assert (payment.state, payment.needs_review, payment.authorized_minor) == ("pending", True, 0)


@pytest.mark.parametrize(
    ("meta", "public", "target"),
    [
        ({}, "https://shop.example", "/notify/fake/payment/?a=1"),
        ({"RAW_URI": "/notify/fake/p%61yment/?a=%2f"}, "https://shop.example", "/notify/fake/p%61yment/?a=%2f"),
        ({"REQUEST_URI": "/notify/fake/payment/?b"}, "https://shop.example", "/notify/fake/payment/?b"),
        ({"RAW_URI": "http://x/notify/fake/payment/?c"}, "https://shop.example", "/notify/fake/payment/?c"),
        ({}, "https://shop.example/pay", "/pay/notify/fake/payment/?a=1"),
        ({"RAW_URI": "/pay/notify/fake/payment/"}, "https://shop.example/pay", "/pay/notify/fake/payment/"),
        ({"RAW_URI": "/payments/notify/"}, "https://shop.example/pay", "/pay/payments/notify/"),
    ],
)
def test_the_target_is_what_the_provider_signed(settings, meta, public, target):
    settings.PUBLIC_URL = public
    request = RequestFactory().post("/notify/fake/payment/?a=1", **meta)
    assert notifications.target_of(request) == target


def test_an_adapter_that_breaks_is_no_proof(pending, fake, monkeypatch):
    def broken(delivery):
        raise ZeroDivisionError("of the body")

    monkeypatch.setattr(fake, "read_notification", broken)
    answer = deliver(pending[1])
    assert (answer.status_code, NotificationEvent.objects.count()) == (401, 0)
    assert RefusedDelivery.objects.get().reason == "could not be read: ZeroDivisionError"


def test_a_caller_that_hangs_up(account, monkeypatch):
    def hung_up(self, *args):
        raise UnreadablePostError

    monkeypatch.setattr(WSGIRequest, "read", hung_up)
    assert deliver(b"half").status_code == 400
    assert NotificationEvent.objects.count() == 0
