"""Starting a payment: one per order, whatever the client does."""

from __future__ import annotations

import pytest

from core import ports
from core.errors import NotYours
from core.idempotency import KeyReused
from payments.errors import AlreadyPaid, NotPayable, OrderExpired, PaymentInProgress
from payments.gateways.base import Category, Declined, NotAttempted, Unknown
from payments.models import JournalEntry, Payment, Transaction
from payments.services.books import verify_books
from payments.services.start import start_payment
from payments.states import State, Status
from tests.factories import WEB, make_ask, make_card, make_order, make_product, start

pytestmark = pytest.mark.django_db(transaction=True)


def statuses(payment: Payment) -> list[str]:
    return list(payment.transactions.order_by("id").values_list("status", flat=True))


def test_a_saved_card_is_authorized_at_once(buyer, manual_order, card, fake):
    payment = start(buyer, manual_order, card)
    assert payment.state == State.AUTHORIZED
    assert (payment.authorized_minor, payment.captured_minor, payment.held_minor) == (30000, 0, 30000)
    assert statuses(payment) == [Status.SUCCEEDED]
    manual_order.refresh_from_db()
    assert (manual_order.status, manual_order.held_minor, manual_order.safe_to_ship) == ("authorized", 30000, False)
    assert verify_books() == []


def test_a_new_card_waits_for_the_buyer(buyer, order, account):
    payment = start(buyer, order)
    assert payment.state == State.PENDING
    assert b"present_card" in bytes(payment.next_action)
    assert statuses(payment) == [Status.PENDING]


def test_a_decline_ends_the_attempt_and_allows_another(buyer, order, card, fake):
    fake.next("authorize", Declined("DO_NOT_HONOR", Category.OTHER_CARD, "no"))
    first = start(buyer, order, card)
    assert (first.state, first.failure_category) == (State.FAILED, Category.OTHER_CARD)
    second = start(buyer, order, card)
    assert (second.state, second.attempt) == (State.AUTHORIZED, 2)
    assert fake.total("capture") == 0
    assert verify_books() == []


@pytest.mark.promise("I12")
def test_silence_is_unknown_and_the_order_is_not_offered_again(buyer, order, card, fake):
    fake.lose_reply("authorize")
    payment = start(buyer, order, card)
    assert (payment.state, statuses(payment)) == (State.PENDING, [Status.UNKNOWN])
    with pytest.raises(PaymentInProgress) as refusal:
        start(buyer, order, card)
    assert refusal.value.extra["payment"] == payment.public_id
    assert len(fake.sent("authorize")) == 1


def test_what_never_left_us_failed(buyer, order, card, fake):
    fake.next("authorize", NotAttempted("connection refused"))
    payment = start(buyer, order, card)
    assert (payment.state, payment.failure_code) == (State.FAILED, "not_sent")


@pytest.mark.promise("I12")
def test_a_bug_in_the_adapter_is_unknown(buyer, order, card, fake):
    def explode() -> None:
        raise ZeroDivisionError

    fake.next("authorize", Unknown("x"), hook=explode)
    payment = start(buyer, order, card)
    assert (payment.state, statuses(payment)) == (State.PENDING, [Status.UNKNOWN])


@pytest.mark.promise("I7")
def test_the_amount_is_the_orders(buyer, manual_product, card, fake):
    order = make_order(buyer, manual_product, quantity=3)
    manual_product.unit_price_minor = 1
    manual_product.save()
    payment = start(buyer, order, card)
    assert payment.amount_minor == 90000
    assert next(iter(fake.payments.values())).amount == 90000


@pytest.mark.promise("I24")
def test_the_same_key_asks_the_gateway_once(buyer, order, card, fake):
    key = ports.random_text(24)
    first = start(buyer, order, card, key)
    with pytest.raises(KeyReused):
        start_payment(
            buyer=buyer,
            order_id=order.public_id,
            card_id=None,
            device=WEB,
            save_card=False,
            ask=make_ask(buyer, key, {"other": 1}),
        )
    assert Payment.objects.get() == first
    assert len(fake.sent("authorize")) == 1


def test_a_paid_order_is_not_paid_again(buyer, manual_order, card, fake, operator):
    from payments.services.operate import capture_payment

    payment = start(buyer, manual_order, card)
    capture_payment(payment_id=payment.pk, actor=operator, ask=make_ask(operator), reason="shipped")
    with pytest.raises(AlreadyPaid):
        start(buyer, manual_order, card)


@pytest.mark.promise("I33")
def test_somebody_elses_card_or_order_is_not_there(buyer, other_buyer, order, account, fake):
    foreign = make_card(other_buyer, account)
    with pytest.raises(NotYours):
        start(buyer, order, foreign)
    with pytest.raises(NotYours):
        start(other_buyer, order, foreign)
    assert fake.log == []
    assert not Payment.objects.exists()


def test_an_expired_order_is_refused(buyer, order, card):
    ports.pretend_now(order.expires_at)
    with pytest.raises(OrderExpired):
        start(buyer, order, card)


def test_an_amount_the_gateway_cannot_take_is_refused_before_anything_is_written(buyer, account, fake):
    order = make_order(buyer, make_product("BATIK", 1500050, "IDR"))
    with pytest.raises(NotPayable) as refusal:
        start(buyer, order)
    assert refusal.value.extra["field"] == "paymentAmount.value"
    assert (Payment.objects.count(), Transaction.objects.count(), JournalEntry.objects.count()) == (0, 0, 0)


@pytest.mark.promise("I10")
def test_the_row_is_committed_before_the_call(buyer, order, card, fake):
    seen: list[tuple[str, bool]] = []

    def look() -> None:
        from django.db import connection

        tx = Transaction.objects.get()
        seen.append((tx.status, connection.in_atomic_block))

    from payments.gateways.base import Approved

    fake.next("authorize", Approved(), hook=look)
    payment = start(buyer, order, card)
    assert seen == [(Status.PENDING, False)]
    assert fake.sent("authorize") == [payment.transactions.get().request_id]
