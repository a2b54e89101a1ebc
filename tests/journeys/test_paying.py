"""Whole stories through real HTTP: the buyer's app, the provider with its notifications, and what both books say."""

from __future__ import annotations

import pytest

from payments.models import JournalEntry, NotificationEvent
from tests import factories
from tests.books import differences
from tests.journeys.shop import show_card
from tests.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

REFUSED_CARD = "4054692760174822"


def until(app, payment: str, outcome: str):
    """Poll as the app does, and give the payment once it has that outcome."""

    def asked():
        told = app.payment(payment)
        return told if told["outcome"] == outcome else None

    return wait_until(asked, what=f"“{outcome}”")


def sent(simulator, operation: str) -> int:
    return simulator.log()["counts"].get(operation, {"received": 0})["received"]


@pytest.mark.promise("I9")
def test_a_new_card_is_authorised_notified_captured_and_then_the_goods_may_leave(app, product, simulator):
    order = app.place(product.sku)
    started = app.pay(order)
    told = started.json()
    assert (started.status_code, told["outcome"], told["next_action"]["type"]) == (
        202,
        "action_required",
        "present_card",
    )
    assert app.order(order)["safe_to_ship"] is False
    assert show_card(simulator.base_url, told["next_action"]["session_data"]) == "SUCCESS"
    paid = until(app, told["id"], "paid")
    assert (paid["captured"]["minor"], paid["card"]["last_four"]) == (30000, "0768")
    assert app.order(order)["safe_to_ship"] is True
    assert {event.kind for event in NotificationEvent.objects.all()} == {"PAYMENT_RESULT", "CAPTURE_RESULT"}
    assert differences(simulator) == []


@pytest.mark.promise("I14")
def test_a_lost_reply_is_unknown_then_found_and_charged_once(app, product, card, simulator):
    simulator.control("next", {"operation": "pay", "scenario": "lost_reply"})
    order = app.place(product.sku)
    started = app.pay(order, card=card.public_id)
    assert (started.status_code, started.json()["outcome"]) in {(202, "unknown"), (202, "processing")}
    assert app.pay(order, card=card.public_id).status_code == 409
    until(app, started.json()["id"], "paid")
    assert sent(simulator, "pay") == 1
    assert [page["captured"] for page in simulator.books()] == [30000]
    assert differences(simulator) == []


def test_a_declined_card_says_what_to_try_and_another_card_pays(app, product, simulator):
    order = app.place(product.sku)
    declined = app.pay(order).json()
    assert show_card(simulator.base_url, declined["next_action"]["session_data"], REFUSED_CARD) == "FAIL"
    told = until(app, declined["id"], "declined")
    assert told["failure"]["try"] == "call_bank"
    assert "another card" in told["failure"]["text"]
    again = app.pay(order).json()
    assert show_card(simulator.base_url, again["next_action"]["session_data"]) == "SUCCESS"
    until(app, again["id"], "paid")
    assert app.order(order)["safe_to_ship"] is True
    assert differences(simulator) == []


@pytest.mark.promise("I21")
def test_every_notification_twice_moves_once(app, product, card, simulator):
    simulator.control("next", {"operation": "pay", "scenario": "duplicate"})
    started = app.pay(app.place(product.sku), card=card.public_id).json()
    until(app, started["id"], "paid")
    wait_until(lambda: sum(event.repeats for event in NotificationEvent.objects.all()) >= 2, what="the second copies")
    states = JournalEntry.objects.filter(payment__public_id=started["id"]).values_list("state_before", "state_after")
    assert [(before, after) for before, after in states if before != after] == [
        ("pending", "authorized"),
        ("authorized", "captured"),
    ]
    assert NotificationEvent.objects.count() == 2
    assert differences(simulator) == []


@pytest.mark.promise("I23")
def test_without_any_notification_asking_ends_the_same(app, product, card, simulator):
    simulator.control("next", {"operation": "pay", "scenario": "missing"})
    started = app.pay(app.place(product.sku), card=card.public_id).json()
    wait_until(lambda: [page["captured"] for page in simulator.books()] == [30000], what="the automatic capture")
    assert app.payment(started["id"])["outcome"] == "processing"
    wait_until(lambda: app.refresh(started["id"])["outcome"] == "paid", what="“paid”")
    assert not NotificationEvent.objects.exists()
    assert differences(simulator) == []


@pytest.mark.promise("I18")
def test_a_notification_that_overtakes_the_answer(app, product, card, simulator):
    simulator.control("next", {"operation": "pay", "scenario": "early"})
    started = app.pay(app.place(product.sku), card=card.public_id)
    told = until(app, started.json()["id"], "paid")
    authorised = JournalEntry.objects.get(payment__public_id=told["id"], entry="authorized")
    assert authorised.source == "notification"
    assert differences(simulator) == []


@pytest.mark.promise("I15")
def test_a_payment_that_is_processed_after_we_gave_up_waiting(app, product, card, simulator):
    simulator.control("next", {"operation": "pay", "scenario": "late"})
    order = app.place(product.sku)
    started = app.pay(order, card=card.public_id)
    assert (started.status_code, started.json()["outcome"]) == (202, "unknown")
    assert app.refresh(started.json()["id"])["safe_to_retry"] is False
    until(app, started.json()["id"], "paid")
    assert differences(simulator) == []


@pytest.mark.promise("I6")
def test_yen_have_no_decimals_anywhere(app, card, simulator):
    product = factories.make_product("TEA", 1980, "JPY")
    started = app.pay(app.place(product.sku, 2), card=card.public_id).json()
    told = until(app, started["id"], "paid")
    assert (told["captured"]["minor"], told["captured"]["text"]) == (3960, "¥3,960")
    assert [(page["currency"], page["captured"]) for page in simulator.books()] == [("JPY", 3960)]
    assert differences(simulator) == []
