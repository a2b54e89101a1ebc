"""Rare meetings: a slow worker, a silent gateway, evidence that crosses what we do. Each ends with equal books."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import ports
from core.errors import InvalidInput
from core.money import Money
from payments.errors import ActionNotAllowed, AmountNotAllowed
from payments.gateways.base import (
    Approved,
    Category,
    Declined,
    Details,
    InvalidRequest,
    Kind,
    NotAttempted,
    PaymentRef,
    Pending,
    Unknown,
)
from payments.models import JournalEntry, Payment, Source, Transaction
from payments.services import guard, refresh, timing
from payments.services.books import verify_books
from payments.services.calls import execute
from payments.services.inbox import apply_due
from payments.services.operate import cancel_payment, refund_payment
from payments.services.refresh import ask_gateway, reconcile, refresh_payment, resolve_payment
from payments.services.review import clear_review
from payments.states import State, Status
from tests.factories import make_ask, make_order, start
from tests.fake_gateway import FREE_RULES
from tests.payments.test_inbox import news, receive
from tests.payments.test_operate import capture, last, refund
from tests.payments.test_outcomes import fact, ref, tell
from tests.payments.test_refresh import later, run_for

pytestmark = pytest.mark.django_db(transaction=True)


class Dead(BaseException):
    """The process ends here."""


@pytest.fixture
def held(buyer, manual_order, card) -> Payment:
    return start(buyer, manual_order, card)


@pytest.fixture
def captured(held, operator) -> Payment:
    return capture(held, operator)


@pytest.fixture
def lost(buyer, order, card, fake) -> Payment:
    """Asked for, and it never reached the gateway."""
    fake.lose_request("authorize")
    return start(buyer, order, card)


def dies_at(name: str):
    def hook(reached: str) -> None:
        if reached == name:
            raise Dead

    ports.install_crash_hook(hook)


def once_at(name: str, act) -> None:
    """Run `act` the first time that the process passes this point."""

    def hook(reached: str) -> None:
        if reached == name:
            ports.install_crash_hook(None)
            act()

    ports.install_crash_hook(hook)


def give_up(payment: Payment, buyer) -> Payment:
    return cancel_payment(payment_id=payment.pk, actor=buyer, ask=make_ask(buyer), source=Source.BUYER).payment


def clear(payment: Payment, operator, **values) -> Payment:
    return clear_review(payment_id=payment.pk, actor=operator, reason="looked at", **values)


def entries(payment: Payment, entry: str) -> int:
    return JournalEntry.objects.filter(payment=payment, entry=entry).count()


# --- the zombie -------------------------------------------------------------------------------------------------------


@pytest.mark.promise("I13")
def test_what_a_slow_worker_ended_is_not_sent_by_the_resolver(captured, operator, fake):
    dies_at("refund.written")
    with pytest.raises(Dead):
        refund(captured, operator, 12000)
    tx = last(captured, Kind.REFUND)
    later(seconds=45)

    def wake_up() -> None:
        fake.next("refund", NotAttempted("send_by passed"))
        execute(tx.pk, send_before=ports.monotonic() - 1)

    once_at("refund.before_call", wake_up)
    resolve_payment(captured.pk)
    captured.refresh_from_db()
    tx.refresh_from_db()
    assert (tx.status, captured.refund_reserved_minor, captured.needs_review) == (Status.FAILED, 0, False)
    assert (len(fake.sent("refund")), fake.total("refund")) == (1, 0)
    assert verify_books() == []


@pytest.mark.promise("I14")
def test_an_authorization_that_was_overtaken_is_not_sent(buyer, order, card, fake):
    dies_at("authorize.written")
    with pytest.raises(Dead):
        start(buyer, order, card)
    ports.install_crash_hook(None)
    payment = Payment.objects.get()
    fake.next("cancel", Approved())
    tell(payment, fact(payment, Kind.CANCEL, minor=None))
    execute(ref_tx(payment).pk, send_before=ports.monotonic() + 30)
    payment.refresh_from_db()
    assert (payment.state, payment.needs_review, fake.sent("authorize")) == (State.CANCELED, False, [])


def ref_tx(payment: Payment) -> Transaction:
    return payment.transactions.get(kind=Kind.AUTHORIZE)


@pytest.mark.promise("I13")
def test_a_refund_that_the_gateway_took_on_is_asked_about_and_never_sent_again(captured, operator, fake):
    fake.next("refund", Pending(), processed=False)
    refund(captured, operator, 12000)
    run_for(120)
    assert len(fake.sent("refund")) == 1
    assert last(captured, Kind.REFUND).status == Status.PENDING


@pytest.mark.promise("I13")
def test_while_a_repeat_may_be_under_way_nobody_else_repeats_it(captured, operator, fake):
    fake.lose_request("refund")
    refund(captured, operator, 12000)
    later(seconds=5)
    dies_at("refund.before_call")
    with pytest.raises(Dead):
        resolve_payment(captured.pk)
    ports.install_crash_hook(None)
    resolve_payment(captured.pk)
    assert len(fake.sent("refund")) == 1  # the first resolver may still be about to send it
    later(seconds=45)
    resolve_payment(captured.pk)
    assert (len(fake.sent("refund")), fake.total("refund")) == (2, 12000)


def test_a_cancel_that_may_not_be_repeated_is_not_repeated_when_the_time_is_over(lost, fake):
    fake.repeat_is_safe = frozenset()
    ports.pretend_now(lost.expires_at + timedelta(seconds=61))
    fake.lose_request("cancel")
    resolve_payment(lost.pk)
    later(seconds=45)
    resolve_payment(lost.pk)
    lost.refresh_from_db()
    assert (len(fake.sent("cancel")), lost.needs_review) == (1, True)


def test_a_request_that_surely_never_left_us_is_sent_once_even_where_repeats_are_not_safe(held, operator, fake):
    fake.repeat_is_safe = frozenset()
    dies_at("capture.written")
    with pytest.raises(Dead):
        capture(held, operator)
    ports.install_crash_hook(None)
    run_for(60)
    held.refresh_from_db()
    assert (held.state, held.needs_review, len(fake.sent("capture"))) == (State.CAPTURED, False, 1)


# --- nobody may be forgotten ------------------------------------------------------------------------------------------


@pytest.mark.promise("I16")
def test_tapping_i_have_paid_does_not_use_up_the_questions(captured, operator, fake):
    fake.next("refund", Pending(), processed=True)
    refund(captured, operator, 12000)
    act = next(iter(fake.payments.values())).acts[-1]
    act["outcome"] = Pending()
    for _ in range(30):
        later(seconds=3)
        refresh_payment(payment_id=captured.pk)
    act["outcome"] = Approved()
    run_for(300)
    captured.refresh_from_db()
    assert (captured.refunded_minor, captured.needs_review) == (12000, False)


@pytest.mark.promise("I16")
def test_an_automatic_capture_that_never_comes_ends_with_the_hold(buyer, order, card, fake):
    payment = start(buyer, order, card)
    while payment.next_at:
        ports.pretend_now(payment.next_at + timedelta(seconds=1))
        reconcile()
        payment.refresh_from_db()
    assert (payment.state, payment.held_minor, payment.needs_review) == (State.EXPIRED, 0, True)
    assert entries(payment, "silence") == 1
    assert verify_books() == []


@pytest.mark.promise("I16")
def test_the_end_of_the_ladder_is_told_once(held, operator, fake):
    fake.lose_request("capture")
    capture(held, operator)
    for _ in range(60):
        fake.next("inquire", Unknown("no answer"))
        later(days=1)
        reconcile()
    assert entries(held, "silence") == 1


@pytest.mark.promise("I16")
def test_after_a_person_looked_the_questions_begin_again(held, operator, fake):
    fake.lose_request("capture")
    capture(held, operator)
    while due := last(held, Kind.CAPTURE).next_at:
        fake.next("inquire", Unknown("no answer"))
        ports.pretend_now(due + timedelta(seconds=1))
        reconcile()
    held.refresh_from_db()
    assert held.needs_review
    clear_review(payment_id=held.pk, actor=operator, reason="gateway was down")
    run_for(60)
    held.refresh_from_db()
    assert (held.state, held.needs_review) == (State.CAPTURED, False)


@pytest.mark.promise("I23")
def test_a_refused_capture_is_looked_at_until_the_gateway_answers(held, operator, fake):
    fake.next("capture", Declined("AUTH_CANCELLED", Category.TRY_AGAIN))
    capture(held, operator)
    next(iter(fake.payments.values())).status = "canceled"
    fake.next("inquire", Unknown("no answer"))
    reconcile()
    run_for(30)
    held.refresh_from_db()
    assert held.state == State.CANCELED


def test_a_capture_that_is_refused_when_it_is_repeated_is_looked_at_as_well(held, operator, fake):
    fake.lose_request("capture")
    capture(held, operator)
    later(seconds=5)

    def canceled_meanwhile() -> None:
        next(iter(fake.payments.values())).status = "canceled"

    fake.next("capture", Declined("AUTH_CANCELLED", Category.TRY_AGAIN), hook=canceled_meanwhile)
    run_for(30)
    held.refresh_from_db()
    assert held.state == State.CANCELED


@pytest.mark.promise("I19")
def test_a_hint_whose_inquiry_got_no_answer_is_not_lost(captured, account, fake):
    book = next(iter(fake.payments.values()))
    book.acts.append({"kind": "refund", "amount": 500, "request_id": "dash", "reference": "R1"})
    fake.next("inquire", Unknown("no answer"))
    told = news(captured, Kind.REFUND, payment_reference=book.reference, request_id="dash", reference="R1", minor=500)
    receive(account, told, **{"request-time": "stale"})
    later(minutes=1)
    apply_due()
    captured.refresh_from_db()
    assert captured.refunded_minor == 500


def test_the_newest_refund_is_asked_about_first(captured, operator, fake):
    for _ in range(3):
        refund(captured, operator, 1000)
    ids = refresh._refund_ids(captured.pk)
    assert ids[0] == last(captured, Kind.REFUND).request_id


def test_locks_are_taken_in_one_order_also_after_a_failure(held):
    with CaptureQueriesContext(connection) as queries:
        refresh._retry_later(held.pk, "ZeroDivisionError")
    tables = [q["sql"].split('"')[1] for q in queries if q["sql"].startswith("UPDATE")]
    assert tables == ["payments_payment", "payments_transaction"]


# --- absence ----------------------------------------------------------------------------------------------------------


@pytest.mark.promise("I15")
def test_a_cancel_sent_too_early_proves_nothing_however_late_its_answer_is_read(buyer, order, account, fake):
    payment = start(buyer, order)
    final = timing.absence_is_final(payment.expires_at)
    absent = NotAttempted("unknown to the provider", absent=True)
    fake.next("cancel", absent, hook=lambda: ports.pretend_now(final + timedelta(seconds=1)))
    assert give_up(payment, buyer).state == State.PENDING


@pytest.mark.promise("I16")
def test_a_given_up_session_that_the_gateway_closes_itself_needs_nobody(buyer, order, account, fake):
    payment = start(buyer, order)
    give_up(payment, buyer)
    tell(payment, fact(payment, Kind.AUTHORIZE, Declined("ORDER_IS_CLOSED", Category.TRY_AGAIN)))
    ports.pretend_now(payment.expires_at + timedelta(seconds=61))
    run_for(120)
    payment.refresh_from_db()
    assert (payment.state, payment.needs_review) == (State.FAILED, False)
    assert not Transaction.objects.filter(status__in=["pending", "unknown"]).exists()
    assert verify_books() == []


def test_a_gateway_that_denies_a_hold_it_had_approved_reaches_a_person(held, operator, fake):
    fake.next("cancel", NotAttempted("unknown to the provider", absent=True))
    payment = cancel_payment(payment_id=held.pk, actor=operator, ask=make_ask(operator), reason="out_of_stock").payment
    assert (payment.state, payment.held_minor, payment.needs_review) == (State.AUTHORIZED, 30000, True)
    assert (last(held, Kind.CANCEL).status, entries(held, "not_sent")) == (Status.FAILED, 0)


def test_a_hold_has_not_lapsed_because_an_old_answer_was_read_late(held, fake):
    once_at("resolve.after_inquiry", lambda: ports.pretend_now(held.hold_ends_at + timedelta(minutes=2)))
    resolve_payment(held.pk)
    held.refresh_from_db()
    assert held.state == State.AUTHORIZED


# --- evidence that crosses what we do ---------------------------------------------------------------------------------


@pytest.mark.promise("I17")
def test_an_answer_older_than_the_cancel_does_not_revive_the_payment(buyer, order, card, fake):
    fake.lose_reply("authorize")
    payment = start(buyer, order, card)
    later(seconds=3)
    once_at("resolve.after_inquiry", lambda: give_up(payment, buyer))
    resolve_payment(payment.pk)
    payment.refresh_from_db()
    assert (payment.state, payment.needs_review, len(fake.sent("cancel"))) == (State.CANCELED, False, 1)
    assert payment.next_at is not None  # asked once more, now that the cancel is done
    run_for(10)
    payment.refresh_from_db()
    assert (payment.state, payment.needs_review, payment.next_at) == (State.CANCELED, False, None)
    assert verify_books() == []


@pytest.mark.promise("I17")
def test_a_late_hold_is_released_before_the_gateway_can_capture_it(buyer, order, card, fake):
    fake.next("authorize", Declined("DO_NOT_HONOR", Category.OTHER_CARD))
    payment = start(buyer, order, card)
    fake.do_authorize(ref(payment).request_id, payment.amount)
    tell(payment, fact(payment, Kind.AUTHORIZE))
    reconcile()
    payment.refresh_from_db()
    assert (payment.state, len(fake.sent("cancel"))) == (State.CANCELED, 1)


@pytest.mark.promise("I17")
@pytest.mark.parametrize("answered", [True, False])
def test_a_late_hold_is_released_where_a_cancel_is_named_after_its_payment(buyer, order, card, fake, answered):
    """Antom's cancels have no id of their own, so both are told under the payment's."""
    fake.lose_reply("authorize")
    payment = start(buyer, order, card)
    reference = next(iter(fake.payments.values())).reference
    dies_at("cancel.written")
    with pytest.raises(Dead):
        give_up(payment, buyer)
    ports.install_crash_hook(None)
    first = last(payment, Kind.CANCEL)
    named = {"minor": None, "gateway_reference": reference}
    tell(payment, fact(payment, Kind.CANCEL, request_id=first.request_id, **named), source=Source.ANSWER)
    refresh._note_asking(payment.pk, counts=True)
    tell(payment, fact(payment, Kind.AUTHORIZE), source=Source.RESOLVER)
    payment.refresh_from_db()
    second = last(payment, Kind.CANCEL)
    assert (payment.state, payment.needs_review, second.reason) == (State.AUTHORIZED, True, "late_success")
    echoed = second.request_id if answered else None
    told = tell(payment, fact(payment, Kind.CANCEL, request_id=echoed, **named), source=Source.ANSWER)
    second.refresh_from_db()
    assert (told.state, told.held_minor, second.status) == (State.CANCELED, 0, Status.SUCCEEDED)
    assert verify_books() == []


@pytest.mark.promise("I20")
def test_a_refund_at_the_provider_beside_our_open_one_is_written_down(captured, operator, fake):
    fake.next("refund", Pending())
    refund(captured, operator, 20000)
    payment = tell(captured, fact(captured, Kind.REFUND, minor=15000, request_id="dash", gateway_reference="R9"))
    assert (payment.refunded_minor, payment.refund_reserved_minor, payment.needs_review) == (15000, 20000, True)
    assert verify_books() == []


@pytest.mark.promise("I20")
def test_another_payments_reference_is_quarantined(buyer, account, card, fake, manual_product):
    one, two = (start(buyer, make_order(buyer, manual_product), card) for _ in range(2))
    theirs = ref(one).gateway_reference
    Transaction.objects.filter(payment=two, kind=Kind.AUTHORIZE).update(gateway_reference=None)
    told = replace(
        fact(two, Kind.AUTHORIZE),
        payment=PaymentRef(request_id=ref(two).request_id, gateway_reference=theirs),
        gateway_reference=theirs,
    )
    payment = tell(two, told, source=Source.INQUIRY)
    assert (payment.state, payment.needs_review) == (State.AUTHORIZED, True)
    assert "another payment" in payment.review_reason


@pytest.mark.promise("I20")
def test_another_payments_capture_is_quarantined(buyer, account, card, fake, manual_product, operator):
    one, two = (start(buyer, make_order(buyer, manual_product), card) for _ in range(2))
    capture(one, operator)
    theirs = last(one, Kind.CAPTURE).gateway_reference
    payment = tell(two, fact(two, Kind.CAPTURE, request_id="AUTO", gateway_reference=theirs))
    assert (payment.state, payment.captured_minor, payment.needs_review) == (State.AUTHORIZED, 0, True)


@pytest.mark.promise("I20")
@pytest.mark.parametrize("kind", [Kind.CAPTURE, Kind.REFUND])
def test_an_act_of_nothing_is_quarantined(captured, kind):
    told = fact(captured, kind, request_id="dash", gateway_reference="X1")
    payment = tell(captured, replace(told, amount=Money(0, "EUR")))
    assert (payment.captured_minor, payment.refunded_minor, payment.needs_review) == (30000, 0, True)


@pytest.mark.promise("I20")
def test_a_refund_at_the_provider_of_nobody_knows_how_much_is_not_guessed(captured):
    payment = tell(captured, fact(captured, Kind.REFUND, minor=None, request_id="dash", gateway_reference="R9"))
    assert (payment.state, payment.refunded_minor, payment.needs_review) == (State.CAPTURED, 0, True)


@pytest.mark.promise("I21")
def test_the_same_contradiction_is_told_once(held):
    no = Declined("DO_NOT_HONOR", Category.OTHER_CARD)
    for _ in range(3):
        tell(held, fact(held, Kind.AUTHORIZE, no), source=Source.INQUIRY)
    assert entries(held, "contradiction") == 1


@pytest.mark.promise("I21")
def test_the_same_mismatch_is_told_once_also_beside_another_flag(held):
    tell(held, fact(held, Kind.AUTHORIZE, Declined("DO_NOT_HONOR", Category.OTHER_CARD)))
    for _ in range(3):
        tell(held, fact(held, Kind.AUTHORIZE, minor=1), source=Source.INQUIRY)
    assert entries(held, "mismatch") == 1


@pytest.mark.promise("I18")
def test_a_refund_that_comes_back_beside_another_standing_payment_is_written_down(
    buyer, manual_order, card, fake, operator
):
    fake.next("authorize", Declined("DO_NOT_HONOR", Category.OTHER_CARD))
    first = start(buyer, manual_order, card)
    second = start(buyer, manual_order, card)
    tell(first, fact(first, Kind.CAPTURE, gateway_reference="C1"))
    fake.do_authorize(ref(first).request_id, first.amount)
    refund(first, operator)
    clear_review(payment_id=first.pk, actor=operator, reason="settled")
    tx = last(first, Kind.REFUND)
    back = fact(first, Kind.REFUND, Declined("REVERSED", Category.CALL_BANK), request_id=tx.request_id)
    payment = tell(first, back)
    assert (payment.state, payment.refunded_minor, payment.needs_review) == (State.CAPTURED, 0, True)
    assert second.state == State.AUTHORIZED
    assert verify_books() == []


# --- one capture for one order ----------------------------------------------------------------------------------------


@pytest.mark.promise("I1")
@pytest.mark.parametrize("reply", ["lost", "approved"])
def test_of_two_holds_of_one_order_only_one_is_captured(buyer, manual_order, card, fake, operator, reply):
    fake.next("authorize", Declined("DO_NOT_HONOR", Category.OTHER_CARD))
    first = start(buyer, manual_order, card)
    second = start(buyer, manual_order, card)
    fake.do_authorize(ref(first).request_id, first.amount)
    tell(first, fact(first, Kind.AUTHORIZE))
    late = last(first, Kind.CANCEL)
    no = Declined("ORDER_STATUS_INVALID", Category.TRY_AGAIN)
    tell(first, fact(first, Kind.CANCEL, no, minor=None, request_id=late.request_id), source=Source.ANSWER)
    if reply == "lost":
        fake.lose_reply("capture")
    capture(second, operator)
    fake.next("inquire", Unknown("no answer"))
    with pytest.raises(ActionNotAllowed):
        capture(first, operator)
    assert fake.total("capture") == 30000


# --- parts ------------------------------------------------------------------------------------------------------------


def test_a_request_that_cannot_be_written_ends_at_once(captured, operator, fake):
    def refuse() -> None:
        raise InvalidRequest("refundAmount", "IDR must be whole rupiah, a multiple of 100")

    fake.next("refund", Approved(), hook=refuse)
    payment = refund(captured, operator, 12000)
    assert (last(captured, Kind.REFUND).status, payment.refund_reserved_minor) == (Status.FAILED, 0)


def test_a_gateway_that_captures_once_is_not_told_that_more_follows(held, operator, fake):
    with pytest.raises(AmountNotAllowed):
        capture(held, operator, final=False)
    assert fake.sent("capture") == []


def test_the_rest_lapses_after_everything_captured_was_refunded(held, operator, fake):
    fake.rules = FREE_RULES
    capture(held, operator, amount_minor=10000, final=False)
    refund(held, operator)
    payment = tell(held, fact(held, Kind.LAPSE, minor=None))
    assert (payment.state, payment.refunded_minor, payment.held_minor) == (State.REFUNDED, 10000, 0)
    assert verify_books() == []


def test_nothing_more_is_captured_once_money_was_given_back(held, operator, fake):
    fake.rules = FREE_RULES
    capture(held, operator, amount_minor=10000, final=False)
    refund(held, operator, 2000)
    with pytest.raises(ActionNotAllowed):
        capture(held, operator, amount_minor=5000)
    assert fake.total("capture") == 10000


def test_a_refund_that_comes_back_leaves_the_rest_of_the_hold(held, operator, fake):
    fake.rules = FREE_RULES
    capture(held, operator, amount_minor=10000, final=False)
    refund(held, operator, 2000)
    tx = last(held, Kind.REFUND)
    back = fact(held, Kind.REFUND, Declined("REVERSED", Category.CALL_BANK), 2000, request_id=tx.request_id)
    payment = tell(held, back)
    assert (payment.state, payment.held_minor) == (State.PARTIALLY_CAPTURED, 20000)
    payment = tell(held, fact(held, Kind.LAPSE, minor=None))
    assert (payment.state, payment.needs_review) == (State.CAPTURED, False)


# --- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("I24")
def test_after_a_crash_the_same_form_asks_what_became_of_it(captured, operator, fake):
    ask = make_ask(operator)
    values = {"payment_id": captured.pk, "actor": operator, "ask": ask, "amount_minor": 12000, "reason": "damaged"}
    dies_at("refund.after_call")
    with pytest.raises(Dead):
        refund_payment(**values)
    ports.install_crash_hook(None)
    later(minutes=2)
    again = refund_payment(**values)
    assert (again.transaction.status, again.payment.refunded_minor) == (Status.SUCCEEDED, 12000)
    assert len(fake.sent("refund")) == 1


def test_an_automatic_capture_told_first_without_its_id_is_one(buyer, order, card, fake):
    payment = start(buyer, order, card)
    tell(payment, fact(payment, Kind.CAPTURE, request_id="AUTO_1", gateway_reference="C1"))
    told = tell(payment, fact(payment, Kind.CAPTURE, request_id="AUTO_1"))
    assert told.captured_minor == 30000


def test_a_hold_that_ends_sooner_is_watched_sooner(held):
    sooner = ports.now() + timedelta(days=2)
    told = replace(fact(held, Kind.AUTHORIZE), details=Details(hold_ends_at=sooner))
    tell(held, told)
    ports.pretend_now(sooner + timedelta(minutes=5))
    reconcile()
    held.refresh_from_db()
    assert held.state == State.EXPIRED


@pytest.mark.promise("I11")
def test_a_pooled_connection_serves_others_during_a_call(held, monkeypatch):
    given_back = []

    def open_connection(name: str, *, pool: bool, busy: bool = False) -> SimpleNamespace:
        options = {"OPTIONS": {"pool": {"max_size": 1}} if pool else {}}
        close = partial(given_back.append, name)
        return SimpleNamespace(settings_dict=options, in_atomic_block=busy, atomic_blocks=[], close=close)

    opened = [
        open_connection("from a pool", pool=True),
        open_connection("of this thread", pool=False),
        open_connection("in a block of the test runner", pool=True, busy=True),
    ]
    monkeypatch.setattr(guard, "connections", SimpleNamespace(all=lambda initialized_only: opened))
    ask_gateway(held.pk)
    assert given_back == ["from a pool"]


@pytest.mark.promise("I31")
@pytest.mark.parametrize("act", [refund, clear])
def test_a_card_number_in_a_note_is_refused_and_not_stored(captured, operator, fake, act):
    with pytest.raises(InvalidInput) as refusal:
        act(captured, operator, note="she reads out 4111 1111 1111 1111")
    assert refusal.value.code == "card_data_refused"
    assert fake.sent("refund") == []
    assert not JournalEntry.objects.filter(note__contains="4111").exists()
