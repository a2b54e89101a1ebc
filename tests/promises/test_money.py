"""One capture for one order, and books that are equal in the end, whatever was lost on the way."""

from __future__ import annotations

import pytest

from payments.errors import AlreadyPaid, PaymentInProgress
from payments.gateways.base import Category, Declined
from payments.models import Payment, Transaction
from payments.services.books import verify_books
from tests.factories import start
from tests.payments.test_operate import capture, refund
from tests.payments.test_refresh import run_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.promise("I1")
def test_an_order_takes_one_payment_at_a_time_and_is_taken_once(buyer, manual_order, card, operator, fake):
    fake.next("authorize", Declined("DO_NOT_HONOR", Category.OTHER_CARD))
    start(buyer, manual_order, card)
    second = start(buyer, manual_order, card)
    with pytest.raises(PaymentInProgress):
        start(buyer, manual_order, card)
    capture(second, operator)
    with pytest.raises(AlreadyPaid):
        start(buyer, manual_order, card)
    refund(second, operator)
    with pytest.raises(AlreadyPaid):
        start(buyer, manual_order, card)
    assert (fake.total("capture"), len(fake.sent("authorize"))) == (30000, 2)
    assert Payment.objects.filter(captured_minor__gt=0).count() == 1


@pytest.mark.promise("I14")
@pytest.mark.parametrize("lost", ["lose_request", "lose_reply"])
def test_an_authorization_is_sent_once_whatever_becomes_of_it(buyer, manual_order, card, fake, lost):
    getattr(fake, lost)("authorize")
    start(buyer, manual_order, card)
    run_for(600, step=20)
    assert len(fake.sent("authorize")) == 1
    assert Payment.objects.get().state in ("authorized", "expired")


@pytest.mark.promise("I4")
@pytest.mark.promise("I16")
@pytest.mark.parametrize("lost", ["lose_request", "lose_reply"])
def test_after_any_loss_both_sides_know_the_same_requests(buyer, manual_order, card, operator, fake, lost):
    payment = start(buyer, manual_order, card)
    for verb, act in (("capture", capture), ("refund", refund)):
        getattr(fake, lost)(verb)
        act(payment, operator)
        run_for(60)
    ours = Transaction.objects.filter(status="succeeded").exclude(kind="authorize")
    theirs = {(a["kind"], a["request_id"], a["amount"]) for p in fake.payments.values() for a in p.acts}
    assert set(ours.values_list("kind", "request_id", "amount_minor")) == theirs
    assert len(theirs) == 2
    assert not Transaction.objects.filter(status__in=["pending", "unknown"]).exists()
    assert verify_books() == []
