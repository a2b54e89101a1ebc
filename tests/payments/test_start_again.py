"""What happens when the worker that started a payment dies, and when two start at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import ports
from core.idempotency import Answer, store_answer
from payments.errors import NoAccount, PaymentInProgress, UnderReview
from payments.gateways.base import Kind
from payments.gateways.models import MerchantAccount
from payments.gateways.registry import NotConfigured, gateway_for
from payments.models import Payment
from payments.services import start as module
from payments.services.start import start_payment
from payments.states import State
from tests.factories import WEB, make_ask, make_order, make_product, start
from vaulting.services import CardExpired

pytestmark = pytest.mark.django_db(transaction=True)


class Dead(BaseException):
    """Passes `except Exception`, as the end of a process would."""


def die_at(point: str) -> None:
    def hook(name: str) -> None:
        if name == point:
            raise Dead

    ports.install_crash_hook(hook)


def again(buyer, order, card, ask):
    return start_payment(
        buyer=buyer, order_id=order.public_id, card_id=card.public_id, device=WEB, save_card=False, ask=ask
    )


@pytest.mark.promise("I24")
@pytest.mark.parametrize("point", ["authorize.written", "authorize.before_call", "authorize.after_call"])
def test_the_retry_adopts_the_same_payment(buyer, manual_order, card, fake, point):
    ask = make_ask(buyer)
    die_at(point)
    with pytest.raises(Dead):
        again(buyer, manual_order, card, ask)
    ports.install_crash_hook(None)
    ports.pretend_now(ports.now() + timedelta(seconds=60))
    adopted = again(buyer, manual_order, card, ask)
    assert adopted.payment == Payment.objects.get()
    assert len(fake.sent("authorize")) == (1 if point == "authorize.after_call" else 0)
    expected = State.AUTHORIZED if point == "authorize.after_call" else State.PENDING
    assert adopted.payment.state == expected


def test_a_crash_before_the_commit_leaves_nothing(buyer, manual_order, card, fake):
    ask = make_ask(buyer)
    die_at("authorize.before_commit")
    with pytest.raises(Dead):
        again(buyer, manual_order, card, ask)
    ports.install_crash_hook(None)
    assert not Payment.objects.exists()
    assert again(buyer, manual_order, card, ask).payment.state == State.AUTHORIZED


def test_an_answered_key_is_replayed(buyer, manual_order, card, fake):
    ask = make_ask(buyer)
    first = again(buyer, manual_order, card, ask)
    store_answer(first.key, Answer(201, b"one"))
    assert again(buyer, manual_order, card, ask).answered.answer == Answer(201, b"one")
    assert len(fake.sent("authorize")) == 1


def test_a_settled_payment_is_adopted_without_asking(buyer, manual_order, card, fake):
    ask = make_ask(buyer)
    again(buyer, manual_order, card, ask)
    ports.pretend_now(ports.now() + timedelta(seconds=60))
    assert again(buyer, manual_order, card, ask).payment.state == State.AUTHORIZED
    assert fake.sent("inquire") == []


@pytest.mark.promise("I1")
def test_the_constraint_holds_when_the_check_is_passed_by(buyer, manual_order, card, fake, monkeypatch):
    first = start(buyer, manual_order, card)
    monkeypatch.setattr(module, "_refuse_if_not_payable", lambda order: [first])
    with pytest.raises(PaymentInProgress) as refusal:
        start(buyer, manual_order, card)
    assert refusal.value.extra["payment"] == first.public_id
    assert len(fake.sent("authorize")) == 1


def test_under_review_nobody_pays_again(buyer, manual_order, card):
    payment = start(buyer, manual_order, card)
    Payment.objects.filter(pk=payment.pk).update(needs_review=True)
    with pytest.raises(UnderReview):
        start(buyer, manual_order, card)


def test_no_account_takes_the_currency(buyer, account):
    with pytest.raises(NoAccount):
        start(buyer, make_order(buyer, make_product("FRANC", 100, "CHF")))


def test_a_currency_that_the_gateway_does_not_take_is_not_offered(buyer, account):
    account.currencies = ["XOF"]
    account.save()
    with pytest.raises(NoAccount):
        start(buyer, make_order(buyer, make_product("COCOA", 100, "XOF")))


def test_credentials_that_are_missing(buyer, order, account):
    MerchantAccount.objects.update(credentials="nowhere")
    with pytest.raises(NoAccount):
        start(buyer, order)
    account.refresh_from_db()
    with pytest.raises(NotConfigured, match="nowhere"):
        gateway_for(account)


def test_an_expired_card_is_refused(buyer, order, card, fake):
    card.expiry_year, card.expiry_month = 2020, 1
    card.save()
    with pytest.raises(CardExpired):
        start(buyer, order, card)
    assert fake.log == []


def test_a_card_works_through_the_last_day_of_its_month(buyer, card):
    from datetime import date

    card.expiry_year, card.expiry_month = 2028, 2
    assert card.usable_on(date(2028, 2, 29))
    assert not card.usable_on(date(2028, 3, 1))
    card.removed_at = ports.now()
    assert not card.usable_on(date(2028, 1, 1))
    assert str(card) == "VISA •••• 1111"


def test_the_gateway_gets_the_whole_order(buyer, account, fake):
    from django.db import transaction

    from orders.services import Item, place_order
    from payments.services.calls import order_facts

    make_product("MUG", 1000)
    with transaction.atomic():
        order = place_order(
            buyer=buyer,
            items=[Item("MUG", 2)],
            shipping={"name": {"first": "Bea"}, "address": {"region": "DE", "city": "Berlin"}, "carrier": "DHL"},
        )
    facts = order_facts(order)
    assert (facts.total.minor, facts.lines[0].quantity, facts.lines[0].unit.minor) == (2000, 2, 1000)
    assert (facts.shipping.address.region, facts.shipping.name.first, facts.shipping.carrier) == ("DE", "Bea", "DHL")
    assert facts.buyer.reference == buyer.reference
    assert (facts.buyer.registered_at, facts.buyer.successful_orders) == (buyer.date_joined, None)


def test_what_is_known_of_the_buyer_costs_no_statement(buyer, order, django_assert_num_queries):
    from orders.models import Order
    from payments.services.calls import order_facts

    known = Order.objects.select_related("buyer").prefetch_related("lines").get(pk=order.pk)
    with django_assert_num_queries(0):
        assert order_facts(known).buyer.registered_at == buyer.date_joined


def test_a_refund_names_its_only_capture(buyer, manual_order, card, operator, fake, monkeypatch):
    from tests.payments.test_operate import capture, refund

    payment = capture(start(buyer, manual_order, card), operator)
    named = []
    monkeypatch.setattr(fake, "refund", lambda request, real=fake.refund: named.append(request) or real(request))
    refund(payment, operator, 100)
    assert named[0].capture_reference == payment.transactions.get(kind=Kind.CAPTURE).gateway_reference
    assert named[0].notify_url.endswith("/notify/fake/refund/")
