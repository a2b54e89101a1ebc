"""Asking, and acting on silence: absence needs time, follow-ups repeat with the same id, and everything ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import ports
from payments.gateways.base import Approved, Category, Declined, Kind, NotAttempted, Pending, Unknown
from payments.models import JournalEntry, Payment, Transaction
from payments.services import timing
from payments.services.books import verify_books
from payments.services.refresh import claim_due, reconcile, refresh_payment, resolve_payment
from payments.states import State, Status
from tests.factories import start
from tests.payments.test_operate import cancel, capture, last, refund
from tests.payments.test_outcomes import ref

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(buyer, manual_order, card) -> Payment:
    return start(buyer, manual_order, card)


def later(**delta) -> None:
    ports.pretend_now(ports.now() + timedelta(**delta))


def run_for(seconds: int, step: int = 5) -> None:
    """Let the resolver run beside a moving clock."""
    for _ in range(seconds // step):
        later(seconds=step)
        reconcile()


@pytest.mark.promise("I23")
@pytest.mark.promise("I16")
def test_a_lost_reply_is_found_without_any_notification(buyer, order, card, fake):
    fake.lose_reply("authorize")
    payment = start(buyer, order, card)
    later(seconds=3)
    assert reconcile()
    payment.refresh_from_db()
    assert payment.state == State.AUTHORIZED
    assert len(fake.sent("authorize")) == 1
    assert verify_books() == []


@pytest.mark.promise("I15")
def test_a_lost_request_ends_only_when_nothing_can_come_any_more(buyer, order, card, fake):
    fake.lose_request("authorize")
    payment = start(buyer, order, card)
    ports.pretend_now(payment.expires_at + timedelta(seconds=59))
    reconcile()
    payment.refresh_from_db()
    assert payment.state == State.PENDING
    assert fake.sent("cancel") == []
    ports.pretend_now(payment.expires_at + timedelta(seconds=61))
    resolve_payment(payment.pk)
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == (State.EXPIRED, "never_arrived")
    assert len(fake.sent("authorize")) == 1
    assert len(fake.sent("cancel")) == 1
    assert verify_books() == []


@pytest.mark.promise("I15")
def test_a_payment_processed_late_is_still_found(buyer, manual_order, card, fake):
    fake.lose_request("authorize")
    payment = start(buyer, manual_order, card)
    run_for(60)
    fake.do_authorize(ref(payment).request_id, payment.amount)
    run_for(300)
    payment.refresh_from_db()
    assert payment.state == State.AUTHORIZED


def test_a_session_that_nobody_used_expires(buyer, order, account, fake):
    payment = start(buyer, order)
    ports.pretend_now(payment.expires_at + timedelta(seconds=61))
    reconcile()
    payment.refresh_from_db()
    assert payment.state == State.EXPIRED
    assert start(buyer, order).attempt == 2


def test_a_payment_that_stays_in_process_is_canceled_after_its_time(buyer, order, card, fake):
    fake.lose_request("authorize")
    payment = start(buyer, order, card)
    fake.do_authorize(ref(payment).request_id, payment.amount, status="processing")
    ports.pretend_now(payment.expires_at + timedelta(seconds=61))
    reconcile()
    payment.refresh_from_db()
    assert payment.state == State.CANCELED


@pytest.mark.promise("I13")
@pytest.mark.parametrize("verb", ["capture", "refund", "cancel"])
@pytest.mark.parametrize("arrived", [True, False])
def test_an_unknown_follow_up_is_found_or_repeated_with_the_same_id(held, operator, fake, verb, arrived):
    act = {"capture": capture, "refund": refund, "cancel": cancel}[verb]
    payment = capture(held, operator) if verb == "refund" else held
    (fake.lose_reply if arrived else fake.lose_request)(verb)
    act(payment, operator)
    run_for(30)
    assert len(set(fake.sent(verb))) == (2 if verb == "capture" and payment.captured_minor else 1)
    assert len(fake.sent(verb)) == (1 if arrived else 2)
    tx = last(held, Kind(verb))
    assert tx.status == Status.SUCCEEDED
    assert fake.total(verb) == (30000 if verb != "cancel" else 0)
    assert verify_books() == []


@pytest.mark.promise("I16")
def test_a_crash_between_write_and_call_is_healed(held, operator, fake):
    class Dead(BaseException):
        pass

    def die(name: str) -> None:
        if name == "capture.written":
            raise Dead

    ports.install_crash_hook(die)
    with pytest.raises(Dead):
        capture(held, operator)
    ports.install_crash_hook(None)
    assert (last(held, Kind.CAPTURE).status, last(held, Kind.CAPTURE).sends) == (Status.PENDING, 0)
    later(seconds=35)
    reconcile()
    assert fake.sent("capture") == []  # somebody might still be about to send it
    run_for(30)
    held.refresh_from_db()
    assert (held.state, len(fake.sent("capture"))) == (State.CAPTURED, 1)


def test_a_repeat_that_never_left_us_does_not_end_the_request(held, operator, fake):
    fake.lose_request("capture")
    capture(held, operator)
    fake.next("capture", NotAttempted("connection refused"))
    run_for(15)
    assert last(held, Kind.CAPTURE).status in (Status.UNKNOWN, Status.SUCCEEDED)
    run_for(30)
    held.refresh_from_db()
    assert held.state == State.CAPTURED


@pytest.mark.promise("I13")
def test_a_repeat_with_other_values_freezes_for_review(held, operator, fake):
    fake.next("capture", Unknown("repeated with other values", frozen=True))
    assert capture(held, operator).needs_review
    run_for(15)
    held.refresh_from_db()
    assert held.needs_review
    assert len(fake.sent("capture")) == 1


def test_a_verb_that_may_not_be_repeated_waits_for_a_person(held, operator, fake):
    fake.repeat_is_safe = frozenset()
    fake.lose_request("capture")
    capture(held, operator)
    run_for(15)
    held.refresh_from_db()
    assert held.needs_review
    assert len(fake.sent("capture")) == 1


def test_a_pending_capture_is_asked_about_and_not_repeated(held, operator, fake):
    fake.next("capture", Pending(), processed=True)
    capture(held, operator)
    book = next(iter(fake.payments.values()))
    book.acts[0]["outcome"] = Pending()
    run_for(30)
    assert len(fake.sent("capture")) == 1
    book.acts[0]["outcome"] = Approved()
    run_for(120)
    held.refresh_from_db()
    assert held.state == State.CAPTURED


def test_an_automatic_capture_that_nobody_told_us_about(buyer, order, card, fake):
    payment = start(buyer, order, card)
    fake.do(next(iter(fake.payments.values())), "capture", 30000)
    run_for(60)
    payment.refresh_from_db()
    assert payment.state == State.CAPTURED


def test_an_automatic_capture_that_never_comes_reaches_a_person(buyer, order, card, fake):
    payment = start(buyer, order, card)
    for _ in range(25):
        later(days=1)
        reconcile()
    payment.refresh_from_db()
    assert payment.state == State.EXPIRED or payment.needs_review


def test_a_hold_that_ended_lapses_after_the_gateway_was_asked(held, manual_order):
    ports.pretend_now(held.hold_ends_at + timedelta(minutes=2))
    reconcile()
    held.refresh_from_db()
    assert held.state == State.EXPIRED
    assert verify_books() == []


@pytest.mark.promise("I16")
def test_after_the_last_rung_a_person_is_asked(held, operator, fake):
    fake.lose_request("capture")
    capture(held, operator)
    for _ in range(len(timing.LADDER) + 2):
        fake.next("inquire", Unknown("no answer"))
        later(days=2)
        reconcile()
    held.refresh_from_db()
    assert held.needs_review
    assert JournalEntry.objects.filter(payment=held, entry="silence").exists()
    assert last(held, Kind.CAPTURE).status == Status.UNKNOWN


def test_i_have_paid_asks_at_most_every_two_seconds(buyer, order, card, fake):
    fake.lose_request("authorize")
    payment = start(buyer, order, card)
    for _ in range(5):
        refresh_payment(payment_id=payment.pk)
    assert len(fake.sent("inquire")) == 1
    later(seconds=2)
    refresh_payment(payment_id=payment.pk)
    assert len(fake.sent("inquire")) == 2


def test_a_declined_payment_is_found_by_asking(buyer, order, card, fake):
    fake.lose_request("authorize")
    payment = start(buyer, order, card)
    fake.do_authorize(ref(payment).request_id, payment.amount, status="declined")
    later(seconds=3)
    reconcile()
    payment.refresh_from_db()
    assert (payment.state, payment.failure_category) == (State.FAILED, Category.OTHER_CARD)


def test_an_inquiry_that_breaks_changes_nothing(buyer, order, card, fake):
    def explode() -> None:
        raise ZeroDivisionError

    fake.lose_reply("authorize")
    payment = start(buyer, order, card)
    fake.next("inquire", Approved(), hook=explode)
    later(seconds=3)
    assert any("our own error" in line for line in reconcile())
    payment.refresh_from_db()
    assert payment.state == State.PENDING
    run_for(10)
    payment.refresh_from_db()
    assert payment.state == State.AUTHORIZED


def test_two_resolvers_never_take_the_same_payment(buyer, order, card, fake):
    fake.lose_reply("authorize")
    payment = start(buyer, order, card)
    later(seconds=3)
    assert claim_due(owner="one", limit=10) == [payment.pk]
    assert claim_due(owner="two", limit=10) == []
    later(seconds=timing.LEASE.total_seconds() + 1)
    assert claim_due(owner="two", limit=10) == [payment.pk]


def test_a_refused_cancel_makes_us_look(held, operator, fake):
    fake.do(next(iter(fake.payments.values())), "capture", 30000)
    fake.next("cancel", Declined("ORDER_STATUS_INVALID", Category.CONFIGURATION))
    cancel(held, operator)
    reconcile()
    held.refresh_from_db()
    assert (held.state, held.captured_minor) == (State.CAPTURED, 30000)


@pytest.mark.promise("I15")
def test_a_buyers_cancel_of_an_unused_session_is_repeated_when_it_is_final(buyer, order, account, fake):
    from payments.models import Source
    from payments.services.operate import cancel_payment
    from tests.factories import make_ask

    payment = start(buyer, order)
    done = cancel_payment(payment_id=payment.pk, actor=buyer, ask=make_ask(buyer), source=Source.BUYER)
    assert (done.payment.state, done.transaction.status) == (State.PENDING, Status.UNKNOWN)
    ports.pretend_now(payment.expires_at + timedelta(seconds=61))
    run_for(15)
    payment.refresh_from_db()
    assert payment.state == State.EXPIRED
    assert not Transaction.objects.filter(status__in=["pending", "unknown"]).exists()
    assert len(fake.sent("cancel")) == 2


@pytest.mark.promise("I15")
def test_a_cancel_that_never_left_us_does_not_end_the_authorization(buyer, order, card, fake):
    fake.lose_request("authorize")
    payment = start(buyer, order, card)
    ports.pretend_now(payment.expires_at + timedelta(seconds=61))
    fake.next("cancel", NotAttempted("connection refused"))
    resolve_payment(payment.pk)
    payment.refresh_from_db()
    assert payment.state == State.PENDING
    run_for(120)
    payment.refresh_from_db()
    assert payment.state == State.EXPIRED


@pytest.mark.promise("I16")
def test_a_gateway_that_ends_nothing_and_cancels_nothing_is_brought_to_a_person(buyer, order, card, fake):
    """It neither decides the payment nor lets us cancel it: three tries, hours apart, and no more."""
    fake.next("authorize", Pending(), processed=False)
    payment = start(buyer, order, card)
    fake.do_authorize(ref(payment).request_id, payment.amount, status="processing")
    ports.pretend_now(payment.expires_at + timedelta(seconds=61))
    for _ in range(60):
        fake.next("cancel", Declined("ORDER_STATUS_INVALID", Category.TRY_AGAIN))
        reconcile()
        later(minutes=10)
    payment.refresh_from_db()
    assert (payment.state, payment.needs_review) == (State.PENDING, True)
    assert len(fake.sent("cancel")) == 3
    assert verify_books() == []
