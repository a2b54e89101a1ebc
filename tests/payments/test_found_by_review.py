"""Stories that once ended wrongly: rejections, cancels without an end, late captures, answers that broke."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.cache import cache
from django.db import connection

from core import hot, ports
from core.idempotency import Answer
from core.money import Money
from payments.admin.silence import silent_captures
from payments.gateways.base import (
    Category,
    ConsultRequest,
    Declined,
    Kind,
    NotAttempted,
    PaymentOption,
    PaymentRef,
    Pending,
    Redirect,
    Review,
    Unknown,
)
from payments.gateways.registry import gateway_for
from payments.models import JournalEntry, Payment
from payments.services.books import verify_books
from payments.services.consult import card_offer
from payments.services.inbox import apply_read, store_delivery
from payments.services.refresh import reconcile, refresh_payment
from payments.services.returning import state_of
from payments.services.review import clear_review
from payments.services.start import Started, start_payment
from payments.states import State, Status
from tests.factories import WEB, make_ask, start
from tests.payments.test_inbox import delivery, news
from tests.payments.test_operate import cancel, capture, last
from tests.payments.test_outcomes import fact, ref, tell
from tests.payments.test_refresh import later
from tests.payments.test_review import once_at
from tests.payments.test_their_review import reviewed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(buyer, manual_order, card) -> Payment:
    return start(buyer, manual_order, card)


@pytest.fixture
def expired(buyer, order, card, fake) -> Payment:
    """Asked for, never arrived, and its time is over."""
    fake.lose_request("authorize")
    payment = start(buyer, order, card)
    ports.pretend_now(payment.expires_at + timedelta(seconds=61))
    return payment


@pytest.fixture
def one_moment(monkeypatch) -> None:
    """However long the test takes, no time passes."""
    moment = ports.now()
    monkeypatch.setattr(ports, "now", lambda: moment)


def let_pass(times: int, **step: int) -> None:
    for _ in range(times):
        later(**step)
        reconcile()


# --- the provider's review --------------------------------------------------------------------------------------------


def test_after_a_rejected_card_another_one_pays_and_ships(buyer, manual_order, card, fake, operator):
    first = start(buyer, manual_order, card)
    tell(first, fact(first, Kind.AUTHORIZE, details=reviewed(Review.REJECTED)))
    reconcile()
    first.refresh_from_db()
    assert first.state == State.CANCELED
    capture(start(buyer, manual_order, card), operator)
    manual_order.refresh_from_db()
    assert (manual_order.status, manual_order.safe_to_ship) == ("paid", True)


def test_a_hold_released_under_review_does_not_keep_the_next_payments_goods(buyer, manual_order, card, fake, operator):
    approved = fake.details
    fake.details = replace(approved, review=Review.RUNNING)
    cancel(start(buyer, manual_order, card), operator)
    fake.details = approved
    capture(start(buyer, manual_order, card), operator)
    manual_order.refresh_from_db()
    assert (manual_order.status, manual_order.safe_to_ship) == ("paid", True)


def test_the_review_of_captured_money_is_asked_about_until_it_ends(buyer, order, card, fake):
    fake.details = replace(fake.details, review=Review.RUNNING)
    payment = start(buyer, order, card)
    tell(payment, fact(payment, Kind.CAPTURE, gateway_reference="C1"))
    fake.details = replace(fake.details, review=Review.ACCEPTED)
    let_pass(8, hours=6)
    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.review, order.safe_to_ship) == (Review.ACCEPTED, True)


@pytest.mark.promise("I16")
@pytest.mark.parametrize(
    ("answer", "sends", "end"),
    [
        (NotAttempted("connection refused"), 2, (State.CANCELED, False)),
        (Declined("ORDER_STATUS_INVALID", Category.OTHER_CARD), 1, (State.AUTHORIZED, True)),
    ],
    ids=["never left", "refused"],
)
def test_a_rejected_hold_is_released_or_a_person_knows(held, fake, answer, sends, end):
    fake.next("cancel", answer)
    tell(held, fact(held, Kind.AUTHORIZE, details=reviewed(Review.REJECTED)))
    fake.details = replace(fake.details, review=Review.REJECTED)
    let_pass(30, minutes=30)
    held.refresh_from_db()
    assert ((held.state, held.needs_review), len(fake.sent("cancel"))) == (end, sends)
    assert verify_books() == []


@pytest.mark.promise("I21")
def test_a_rejection_that_a_person_has_seen_is_no_news(buyer, order, card, fake, operator):
    payment = start(buyer, order, card)
    tell(payment, fact(payment, Kind.CAPTURE, gateway_reference="C1"))
    told = fact(payment, Kind.AUTHORIZE, details=reviewed(Review.REJECTED))
    assert tell(payment, told).needs_review
    clear_review(payment_id=payment.pk, actor=operator, reason="we trust this buyer")
    assert not tell(payment, told).needs_review


@pytest.mark.promise("I17")
def test_a_lost_capture_is_not_sent_again_after_a_rejection(held, fake, operator):
    fake.lose_request("capture")
    capture(held, operator)
    tell(held, fact(held, Kind.AUTHORIZE, details=reviewed(Review.REJECTED)))
    let_pass(20, minutes=5)
    held.refresh_from_db()
    assert (len(fake.sent("capture")), fake.total("capture")) == (1, 0)
    assert (held.captured_minor, held.needs_review) == (0, True)


def test_a_lost_capture_waits_while_the_provider_reviews(held, fake, operator):
    fake.lose_request("capture")
    capture(held, operator)
    tell(held, fact(held, Kind.AUTHORIZE, details=reviewed(Review.RUNNING)))
    let_pass(20, minutes=5)
    held.refresh_from_db()
    assert (len(fake.sent("capture")), fake.total("capture")) == (1, 0)
    assert (held.review, held.captured_minor) == (Review.RUNNING, 0)


@pytest.mark.promise("I13")
def test_a_capture_that_waited_for_the_review_goes_on_under_its_own_id(held, fake, operator):
    fake.lose_request("capture")
    capture(held, operator)
    tell(held, fact(held, Kind.AUTHORIZE, details=reviewed(Review.RUNNING)))
    let_pass(3, minutes=5)
    tell(held, fact(held, Kind.AUTHORIZE, details=reviewed(Review.ACCEPTED)))
    let_pass(3, hours=1)
    held.refresh_from_db()
    assert (held.state, fake.total("capture"), len(set(fake.sent("capture")))) == (State.CAPTURED, 30000, 1)


def test_an_automatic_capture_that_waits_for_the_review_is_no_silence(buyer, order, card, fake):
    fake.details = replace(fake.details, review=Review.RUNNING)
    payment = start(buyer, order, card)
    let_pass(40, hours=4)
    payment.refresh_from_db()
    assert (payment.state, payment.review, payment.needs_review) == (State.AUTHORIZED, Review.RUNNING, False)
    assert not silent_captures(ports.now()).exists()


# --- cancels that must end --------------------------------------------------------------------------------------------


@pytest.mark.promise("I16")
def test_cancels_that_never_leave_are_not_written_without_end(expired, fake):
    for _ in range(60):
        fake.next("inquire", Unknown("no answer"))
        fake.next("cancel", NotAttempted("connection refused"))
        let_pass(1, seconds=1)
    assert 1 <= expired.transactions.filter(kind=Kind.CANCEL).count() < 5
    expired.refresh_from_db()
    assert expired.state == State.PENDING


@pytest.mark.promise("I13")
def test_a_cancel_that_the_provider_cannot_match_is_left_to_a_person(expired, fake):
    fake.next("cancel", Unknown("the repeat differs", frozen=True))
    for _ in range(10):
        fake.next("inquire", Unknown("no answer"))
        let_pass(1, minutes=2)
    expired.refresh_from_db()
    assert (len(fake.sent("cancel")), expired.needs_review) == (1, True)


@pytest.mark.promise("I13")
def test_a_cancel_that_the_provider_works_on_is_only_asked_about(buyer, order, card, fake):
    fake.next("authorize", Pending(), processed=False)
    payment = start(buyer, order, card)
    theirs = fake.do_authorize(ref(payment).request_id, payment.amount, status="processing")
    ports.pretend_now(payment.expires_at + timedelta(seconds=61))
    fake.next("cancel", Pending(), processed=False)
    let_pass(10, minutes=1)
    assert len(fake.sent("cancel")) == 1
    theirs.status = "canceled"
    let_pass(3, hours=1)
    payment.refresh_from_db()
    assert (payment.state, last(payment, Kind.CANCEL).status) == (State.CANCELED, Status.SUCCEEDED)
    assert len(fake.sent("cancel")) == 1


@pytest.mark.promise("I14")
def test_an_authorization_that_was_canceled_before_it_left_never_leaves(buyer, order, card, fake):
    def end_it() -> None:
        payment = Payment.objects.get()
        named = PaymentRef(request_id=ref(payment).request_id, gateway_reference=None)
        tell(payment, replace(fact(payment, Kind.CANCEL, minor=None), payment=named))

    once_at("authorize.before_call", end_it)
    payment = start(buyer, order, card)
    let_pass(10, seconds=20)
    payment.refresh_from_db()
    assert (payment.state, payment.held_minor, fake.sent("authorize")) == (State.CANCELED, 0, [])


# --- answers ----------------------------------------------------------------------------------------------------------


def begin(buyer, order, card, answering) -> Started:
    return start_payment(
        buyer=buyer,
        order_id=order.public_id,
        card_id=card.public_id if card else None,
        device=WEB,
        save_card=False,
        ask=make_ask(buyer),
        answering=answering,
    )


@pytest.mark.promise("I10")
def test_a_reply_that_cannot_be_written_loses_no_session(buyer, order, account):
    def broken(payment: Payment) -> Answer:
        raise RuntimeError("the page has a mistake")

    started = begin(buyer, order, None, broken)
    payment = Payment.objects.get()
    assert started.answer is None
    assert payment.next_action is not None
    assert last(payment, Kind.AUTHORIZE).status == Status.PENDING


@pytest.mark.promise("I24")
def test_the_reply_tells_what_was_committed_after_somebody_was_first(buyer, manual_order, card, monkeypatch):
    """Somebody moves the payment between our reading and our writing, as if no lock had held them up."""
    write, lost = hot.write, []

    def lose_once(writes):
        moved = [one for one in writes if isinstance(one, hot.Update) and one.model is Payment]
        if moved and not lost:
            lost.append(moved)
            payment = Payment.objects.get(pk=moved[0].where["id"])
            entry = JournalEntry.objects.filter(payment=payment).latest("seq")
            entry.pk, entry.seq, entry._state.adding = ports.new_uuid(), entry.seq + 1, True
            entry.save(force_insert=True)
            news = {"version": payment.version + 1, "journal_length": entry.seq}
            Payment.objects.filter(pk=payment.pk).update(**news)
            monkeypatch.setattr(hot, "write", write)
        write(writes)

    monkeypatch.setattr(hot, "write", lose_once)
    started = begin(buyer, manual_order, card, lambda payment: Answer(201, payment.state.encode()))
    assert started.answer is not None
    assert (len(lost), started.answer.body, started.payment.state) == (1, b"authorized", State.AUTHORIZED)


def test_the_first_word_about_the_network_reference_may_come_later(buyer, order, card, fake):
    approved = fake.details
    fake.details = replace(approved, network_transaction_id="")
    payment = start(buyer, order, card)
    told = replace(approved, network_transaction_id="ntx-2")
    tell(payment, fact(payment, Kind.AUTHORIZE, details=told))
    payment.refresh_from_db()
    assert payment.network_transaction_id == "ntx-2"


# --- questions --------------------------------------------------------------------------------------------------------


def test_a_return_right_after_a_question_is_not_swallowed(buyer, order, card, fake, client):
    fake.next("authorize", Pending(Redirect(url="https://bank.example/check")))
    payment = start(buyer, order, card)
    refresh_payment(payment_id=payment.pk)
    fake.do_authorize(ref(payment).request_id, payment.amount)
    for _ in range(3):
        client.get(f"/pay/return/{state_of(payment)}/")
        later(seconds=10)
    payment.refresh_from_db()
    assert (payment.state, len(fake.sent("inquire"))) == (State.AUTHORIZED, 2)


def test_many_who_say_that_they_have_paid_make_one_question(buyer, order, card, fake, one_moment):
    fake.next("authorize", Pending())
    payment = start(buyer, order, card)
    together = Barrier(4)

    def i_have_paid(_: int) -> None:
        connection.ensure_connection()  # nobody is late because of that
        together.wait(10)
        try:
            refresh_payment(payment_id=payment.pk)
        finally:
            connection.close()

    for rounds in range(1, 6):
        Payment.objects.update(asked_at=None)
        with ThreadPoolExecutor(4) as crowd:
            list(crowd.map(i_have_paid, range(4)))
        assert len(fake.sent("inquire")) == rounds


@pytest.mark.promise("I19")
def test_old_signed_notices_do_not_make_us_ask_as_often_as_they_come(buyer, order, card, fake, account, one_moment):
    payment = start(buyer, order, card)
    message = delivery(news(payment), **{"request-time": "stale"})
    notice = gateway_for(account).read_notification(message)
    for _ in range(20):
        event, _fresh = store_delivery(account, notice, message)
        apply_read(event, lambda: notice)
    assert len(fake.sent("inquire")) == 1


def test_the_offer_for_one_amount_says_nothing_about_another(account, fake, monkeypatch):
    cache.clear()
    account.consult = True
    account.save()
    asked = []

    def options(_gateway, request: ConsultRequest) -> tuple[PaymentOption, ...]:
        asked.append(request.amount.minor)
        return (PaymentOption(method="CARD", enabled=request.amount.minor < 1_000_000, brands=("VISA",)),)

    monkeypatch.setattr(type(fake), "payment_options", options)
    assert card_offer(account, Money(99_000_000, "EUR")).open is False
    for _ in range(2):
        assert card_offer(account, Money(30_000, "EUR")).open is True
    assert asked == [99_000_000, 30_000]
