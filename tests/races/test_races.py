"""Twenty processes, one instant, and a provider that accepts everything: exactly one wins, and the books are equal."""

from __future__ import annotations

from collections import Counter

import pytest

from core import ports
from payments.gateways.base import Kind
from payments.models import Payment, Transaction
from tests.books import differences

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MANY = 20


def keys(*, same: bool) -> list[str]:
    one = ports.random_text(24)
    return [one if same else ports.random_text(24) for _ in range(MANY)]


def outcomes(told: list[dict]) -> Counter:
    return Counter(one["outcome"] for one in told)


def sent(simulator, operation: str) -> int:
    return simulator.log()["counts"].get(operation, {"received": 0})["received"]


def refunds(payment, operator, names: list[str], amount: int | None) -> list[dict]:
    return [
        {"do": "refund", "actor": str(operator.pk), "payment": str(payment.pk), "key": name, "amount": amount}
        for name in names
    ]


def starts(buyer, order, card, names: list[str]) -> list[dict]:
    return [
        {"do": "start", "actor": str(buyer.pk), "order": order.public_id, "card": card.public_id, "key": name}
        for name in names
    ]


@pytest.mark.promise("I24")
def test_twenty_identical_refunds_give_the_money_back_once(captured, operator, race_server, simulator):
    told = race_server.race(refunds(captured, operator, keys(same=True), 1000))
    found = outcomes(told)
    assert found["done"] == 1
    assert found["done"] + found["answered"] + found["idempotency_key_in_progress"] == MANY, found
    assert len({one["told"] for one in told if "told" in one}) == 1
    captured.refresh_from_db()
    assert (captured.refunded_minor, sent(simulator, "refund")) == (1000, 1)
    assert differences(simulator) == []


@pytest.mark.promise("I2")
def test_twenty_refunds_of_everything_with_twenty_keys(captured, operator, race_server, simulator):
    found = outcomes(race_server.race(refunds(captured, operator, keys(same=False), 30000)))
    assert found["done"] == 1
    assert found["done"] + found["operation_in_progress"] + found["action_not_allowed"] == MANY, found
    captured.refresh_from_db()
    assert (captured.state, captured.refunded_minor, sent(simulator, "refund")) == ("refunded", 30000, 1)
    assert differences(simulator) == []


@pytest.mark.promise("I2")
def test_twenty_refunds_of_two_thirds_give_back_one_of_them(captured, operator, race_server, simulator):
    found = outcomes(race_server.race(refunds(captured, operator, keys(same=False), 20000)))
    assert found["done"] == 1
    assert found["done"] + found["operation_in_progress"] + found["amount_not_allowed"] == MANY, found
    captured.refresh_from_db()
    assert (captured.state, captured.refunded_minor, sent(simulator, "refund")) == ("partially_refunded", 20000, 1)
    assert differences(simulator) == []


@pytest.mark.promise("I24")
def test_twenty_starts_with_one_key_are_one_payment(buyer, manual_order, card, race_server, simulator):
    told = race_server.race(starts(buyer, manual_order, card, keys(same=True)))
    found = outcomes(told)
    assert found["done"] == 1
    assert found["done"] + found["answered"] + found["idempotency_key_in_progress"] == MANY, found
    assert {one["told"] for one in told if "told" in one} == {Payment.objects.get().public_id}
    assert sent(simulator, "pay") == 1
    assert differences(simulator) == []


@pytest.mark.promise("I1")
def test_twenty_starts_with_twenty_keys_are_one_payment(buyer, manual_order, card, race_server, simulator):
    found = outcomes(race_server.race(starts(buyer, manual_order, card, keys(same=False))))
    assert found == {"done": 1, "payment_in_progress": MANY - 1}
    assert Payment.objects.get().state == "authorized"
    assert sent(simulator, "pay") == 1
    assert differences(simulator) == []


@pytest.mark.promise("I3")
def test_capture_against_cancel(held, operator, race_server, simulator):
    acts = [
        {"do": verb, "actor": str(operator.pk), "payment": str(held.pk), "key": name}
        for verb, name in zip(["capture", "cancel"] * (MANY // 2), keys(same=False), strict=True)
    ]
    told = race_server.race(acts)
    found = outcomes(told)
    assert found["done"] == 1
    assert found["done"] + found["operation_in_progress"] + found["action_not_allowed"] == MANY, found
    winner = next(act["do"] for act, one in zip(acts, told, strict=True) if one["outcome"] == "done")
    held.refresh_from_db()
    assert held.state == {"capture": "captured", "cancel": "canceled"}[winner]
    assert (sent(simulator, "capture"), sent(simulator, "cancel")) == ((1, 0) if winner == "capture" else (0, 1))
    kinds = Transaction.objects.exclude(kind=Kind.AUTHORIZE).values_list("kind", "status")
    assert list(kinds) == [(winner, "succeeded")]
    assert differences(simulator) == []
