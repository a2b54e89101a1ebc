"""What each kind of outcome of the code tables leads to: the payment, the request, and what may be tried (1.4, 3)."""

from __future__ import annotations

import pytest

from payments.errors import PaymentInProgress, UnderReview
from payments.gateways.base import Approved, Category, Declined, Kind, NotAttempted, Outcome, Pending, Unknown
from payments.models import Payment
from payments.states import State, Status
from tests.factories import start
from tests.gateways.antom.test_codes import word_of
from tests.payments.test_operate import cancel, capture, last

pytestmark = pytest.mark.django_db(transaction=True)

OUTCOMES: list[Outcome] = [
    Approved(),
    Pending(),
    Unknown("U UNKNOWN_EXCEPTION"),
    Unknown("twice", frozen=True),
    NotAttempted("refused before processing: KEY_NOT_FOUND", code="KEY_NOT_FOUND"),
    *[Declined("CODE", category) for category in Category],
]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=word_of)
def test_a_payment_after_its_answer(buyer, manual_order, card, fake, outcome):
    processed = word_of(outcome) in ("approved", "pending", "unknown", "frozen")
    fake.next("authorize", outcome, processed=processed)
    payment = start(buyer, manual_order, card)
    tx = last(payment, Kind.AUTHORIZE)
    match word_of(outcome):
        case "approved":
            assert (payment.state, tx.status) == (State.AUTHORIZED, Status.SUCCEEDED)
        case "pending" | "unknown":
            assert (payment.state, tx.status) == (State.PENDING, Status[word_of(outcome).upper()])
            assert tx.next_at is not None or payment.next_at is not None
            with pytest.raises(PaymentInProgress):
                start(buyer, manual_order, card)
        case "frozen":
            assert (payment.state, payment.needs_review) == (State.PENDING, True)
            with pytest.raises((PaymentInProgress, UnderReview)):
                start(buyer, manual_order, card)
        case _:
            assert (payment.state, tx.status, tx.next_at) == (State.FAILED, Status.FAILED, None)
            assert start(buyer, manual_order, card).state == State.AUTHORIZED
            assert len(set(fake.sent("authorize"))) == 2


@pytest.mark.parametrize("verb", ["capture", "cancel"])
@pytest.mark.parametrize("outcome", [*OUTCOMES, NotAttempted("unknown to the provider", absent=True)], ids=word_of)
def test_a_held_payment_after_an_answer_about_it(buyer, manual_order, card, operator, fake, verb, outcome):
    held = start(buyer, manual_order, card)
    fake.next(verb, outcome, processed=False)
    {"capture": capture, "cancel": cancel}[verb](held, operator)
    tx = last(held, Kind(verb))
    payment = Payment.objects.get(pk=held.pk)
    done = {"capture": State.CAPTURED, "cancel": State.CANCELED}[verb]
    match word_of(outcome):
        case "approved":
            assert (payment.state, tx.status) == (done, Status.SUCCEEDED)
        case "pending" | "unknown":
            assert (payment.state, tx.status) == (State.AUTHORIZED, Status[word_of(outcome).upper()])
            assert tx.next_at is not None
        case "frozen":
            assert (payment.state, payment.needs_review) == (State.AUTHORIZED, True)
        case _:
            assert (payment.state, tx.status) == (State.AUTHORIZED, Status.FAILED)
