"""Same question, same answer: the table of I24, row by row, on every route that wants a key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import ports
from core.models import IdempotencyKey
from orders.models import Order
from payments.models import BuyerRefundRequest, Payment
from tests import factories
from tests.api.app import WEB, new_key, refused

pytestmark = pytest.mark.promise("I24")
NEW_CARD = {"method": "new_card", "device": WEB}


@pytest.fixture
def routes(app, buyer, product, manual_product, card):
    """Address and body of every route that wants a key, each in a state in which it would work."""
    held = factories.make_order(buyer, manual_product)
    factories.start(buyer, held, card)
    pending = factories.start(buyer, factories.make_order(buyer, product))
    return {
        "place": ("/orders/", {"items": [{"sku": "MUG", "quantity": 1}]}),
        "pay": (f"/orders/{app.place(product)}/payments/", NEW_CARD),
        "cancel": (f"/payments/{pending.public_id}/cancel/", {}),
        "ask": (f"/orders/{held.public_id}/refund-requests/", {"reason": "Too big"}),
    }


ROUTES = pytest.mark.parametrize("route", ["place", "pay", "cancel", "ask"])
MALFORMED = [
    "short",
    "x" * 129,
    "has a blank in the middle",
    "ümlaut-ümlaut-ümlaut",
    '"unbalanced-quotes-key',
    "a" * 16 + ";",
]


def _rows() -> tuple[int, int, int, int]:
    return (
        Order.objects.count(),
        Payment.objects.count(),
        BuyerRefundRequest.objects.count(),
        IdempotencyKey.objects.count(),
    )


@ROUTES
def test_without_a_key(app, routes, route, fake):
    before, calls = _rows(), len(fake.log)
    refused(app.post(*routes[route], key=None), 400, "idempotency_key_required")
    assert (_rows(), len(fake.log)) == (before, calls)


@ROUTES
def test_with_a_malformed_key(app, routes, route, fake):
    before, calls = _rows(), len(fake.log)
    for key in MALFORMED:
        document = refused(app.post(*routes[route], key=key), 400, "idempotency_key_malformed")
        assert key not in str(document)
    assert (_rows(), len(fake.log)) == (before, calls)


@ROUTES
def test_a_key_sent_twice_is_malformed(app, routes, route):
    """WSGI joins repeated headers with a comma."""
    refused(app.post(*routes[route], key=f"{new_key()},{new_key()}"), 400, "idempotency_key_malformed")


@ROUTES
def test_the_first_answer_is_replayed_byte_for_byte(app, routes, route, fake):
    key = new_key()
    first = app.post(*routes[route], key=key)
    after, calls = _rows(), len(fake.log)
    second = app.post(*routes[route], key=f'"{key}"')
    assert first.status_code in (200, 201, 202)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert second.headers.get("Location") == first.headers.get("Location")
    assert (_rows(), len(fake.log)) == (after, calls)


@ROUTES
def test_the_replay_is_the_first_answer_even_when_the_world_moved_on(app, routes, route):
    key = new_key()
    first = app.post(*routes[route], key=key)
    Payment.objects.update(needs_review=True)
    Order.objects.update(description="changed")
    assert app.post(*routes[route], key=key).content == first.content


@ROUTES
def test_another_question_under_the_same_key(app, routes, route, product):
    key = new_key()
    first = app.post(*routes[route], key=key)
    other = {
        "place": ("/orders/", {"items": [{"sku": "MUG", "quantity": 2}]}),
        "pay": (routes["pay"][0], {**NEW_CARD, "save_card": True}),
        "cancel": (routes["pay"][0], NEW_CARD),
        "ask": (routes["ask"][0], {"reason": "Too small"}),
    }[route]
    before = _rows()
    refused(app.post(*other, key=key), 422, "idempotency_key_reused")
    assert _rows() == before
    assert app.post(*routes[route], key=key).content == first.content


@ROUTES
def test_while_the_first_is_still_running(app, routes, route):
    key = new_key()
    app.post(*routes[route], key=key)
    IdempotencyKey.objects.filter(subject__isnull=False).order_by("-created_at").update(status=None, body=None)
    answer = app.post(*routes[route], key=key)
    refused(answer, 409, "idempotency_key_in_progress")
    assert answer["Retry-After"] == "2"


@ROUTES
def test_after_the_first_worker_died_the_retry_tells_the_truth_once_and_for_all(app, routes, route, fake):
    key = new_key()
    app.post(*routes[route], key=key)
    IdempotencyKey.objects.update(status=None, body=None, lease_until=ports.now() - timedelta(seconds=1))
    rows, sent = _rows(), len(fake.sent("authorize")) + len(fake.sent("cancel"))
    adopted = app.post(*routes[route], key=key)
    assert adopted.status_code in (200, 201, 202)
    assert (_rows(), len(fake.sent("authorize")) + len(fake.sent("cancel"))) == (rows, sent)
    again = app.post(*routes[route], key=key)
    assert (again.content, again["Idempotency-Replayed"]) == (adopted.content, "true")


@ROUTES
def test_a_refusal_is_not_stored(app, routes, route):
    key = new_key()
    address, _ = routes[route]
    refused(app.post(address, {"surprise": 1}, key=key), 400, "unknown_field")
    assert app.post(*routes[route], key=key).status_code in (200, 201, 202)


def test_a_refusal_by_a_service_is_not_stored_either(app, product, buyer):
    key, order = new_key(), app.place(product)
    address, expires = f"/orders/{order}/payments/", Order.objects.get().expires_at
    Order.objects.update(expires_at=ports.now())
    refused(app.post(address, NEW_CARD, key=key), 409, "order_expired")
    Order.objects.update(expires_at=expires)
    assert app.post(address, NEW_CARD, key=key).status_code == 202


def test_another_buyers_key_means_nothing(app, other_app, product):
    key = new_key()
    body = {"items": [{"sku": "MUG", "quantity": 1}]}
    mine, theirs = app.post("/orders/", body, key=key), other_app.post("/orders/", body, key=key)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]
    assert "Idempotency-Replayed" not in theirs


def test_the_order_of_names_in_the_body_does_not_matter(app, product):
    key = new_key()
    first = app.post("/orders/", raw=b'{"items":[{"sku":"MUG","quantity":1}],"description":"x"}', key=key)
    second = app.post("/orders/", raw=b'{"description": "x", "items":[{"quantity":1,"sku":"MUG"}]}', key=key)
    assert (first.status_code, second.content) == (201, first.content)
