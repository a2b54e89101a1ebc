"""Three doors, one room: order of arrival does not matter, contradictions are recorded and never guessed away."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from core import ports
from core.money import Money
from core.sealing import Secret
from payments.gateways.base import (
    Approved,
    Category,
    Declined,
    Fact,
    Kind,
    PaymentRef,
    Pending,
    Redirect,
    Terminal,
    Unknown,
)
from payments.models import JournalEntry, Origin, Payment, Source
from payments.services.books import verify_books
from payments.services.outcomes import apply_facts
from payments.services.refresh import reconcile
from payments.states import State, Status
from tests.factories import make_card, make_order, make_product, start
from tests.payments.test_operate import cancel, capture, last, refund

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(buyer, order, card, fake) -> Payment:
    """Sent, processed, and never answered."""
    fake.lose_reply("authorize")
    return start(buyer, order, card)


@pytest.fixture
def held(buyer, manual_order, card) -> Payment:
    return start(buyer, manual_order, card)


def ref(payment: Payment, gateway_reference: str | None = "G1") -> PaymentRef:
    authorization = payment.transactions.get(kind=Kind.AUTHORIZE)
    return PaymentRef(
        request_id=authorization.request_id,
        gateway_reference=authorization.gateway_reference or gateway_reference,
    )


def fact(payment: Payment, kind: Kind, outcome=None, minor=30000, **values) -> Fact:
    named = ref(payment)
    defaults = {
        "request_id": named.request_id if kind is Kind.AUTHORIZE else None,
        "gateway_reference": named.gateway_reference if kind is Kind.AUTHORIZE else None,
        "amount": Money(minor, payment.currency) if minor else None,
    }
    return Fact(payment=named, kind=kind, outcome=outcome or Approved(), **{**defaults, **values})


def tell(payment: Payment, *facts: Fact, source: Source = Source.NOTIFICATION) -> Payment:
    return apply_facts(payment_id=payment.pk, facts=facts, source=source).payment


@pytest.mark.promise("I18")
@pytest.mark.parametrize("order_of", list(permutations(range(3))))
def test_any_order_of_the_same_evidence_ends_in_the_same_state(waiting, order_of):
    facts = [
        fact(waiting, Kind.AUTHORIZE),
        fact(waiting, Kind.CAPTURE, gateway_reference="C1"),
        fact(waiting, Kind.CAPTURE, gateway_reference="C1"),
    ]
    for index in order_of:
        payment = tell(waiting, facts[index])
    assert (payment.state, payment.authorized_minor, payment.captured_minor) == (State.CAPTURED, 30000, 30000)
    assert sorted(payment.transactions.values_list("kind", "status")) == [
        ("authorize", Status.SUCCEEDED),
        ("capture", Status.SUCCEEDED),
    ]
    assert verify_books() == []


@pytest.mark.promise("I21")
def test_two_hundred_copies_move_once(waiting):
    for _ in range(200):
        payment = tell(waiting, fact(waiting, Kind.AUTHORIZE))
    assert payment.authorized_minor == 30000
    assert JournalEntry.objects.filter(payment=waiting, entry="authorized").count() == 1


@pytest.mark.promise("I9")
def test_authorized_or_pending_is_not_paid(waiting, order):
    tell(waiting, fact(waiting, Kind.AUTHORIZE, Pending()))
    order.refresh_from_db()
    assert (order.status, order.safe_to_ship) == ("awaiting_payment", False)
    tell(waiting, fact(waiting, Kind.AUTHORIZE))
    order.refresh_from_db()
    assert (order.status, order.safe_to_ship) == ("authorized", False)


@pytest.mark.promise("I20")
@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": Money(1, "EUR")},
        {"amount": Money(30000, "USD")},
        {"payment": PaymentRef(request_id="P_other", gateway_reference=None)},
        {"request_id": "P_other"},
    ],
)
def test_evidence_that_does_not_fit_changes_nothing_and_is_flagged(waiting, order, wrong):
    values = {"request_id": ref(waiting).request_id, "gateway_reference": "G1", "amount": Money(30000, "EUR")}
    told = Fact(**{"payment": ref(waiting), "kind": Kind.AUTHORIZE, "outcome": Approved(), **values, **wrong})
    payment = tell(waiting, told)
    assert (payment.state, payment.authorized_minor, payment.needs_review) == (State.PENDING, 0, True)
    assert "does not fit" in payment.review_reason
    tell(waiting, told)
    assert JournalEntry.objects.filter(payment=waiting, entry="mismatch").count() == 1
    order.refresh_from_db()
    assert order.safe_to_ship is False


@pytest.mark.promise("I20")
def test_another_reference_at_the_gateway_is_quarantined(held):
    other = Fact(
        payment=PaymentRef(request_id=ref(held).request_id, gateway_reference="ANOTHER"),
        kind=Kind.CAPTURE,
        request_id=None,
        gateway_reference="C1",
        outcome=Approved(),
        amount=Money(30000, "EUR"),
    )
    payment = tell(held, other)
    assert (payment.captured_minor, payment.needs_review) == (0, True)


@pytest.mark.promise("I9")
def test_an_answer_with_another_amount_is_unknown(buyer, order, card, fake):
    fake.lose_reply("authorize")
    payment = start(buyer, order, card)
    tell(payment, fact(payment, Kind.AUTHORIZE, minor=1), source=Source.ANSWER)
    payment.refresh_from_db()
    assert (payment.state, last(payment, Kind.AUTHORIZE).status) == (State.PENDING, Status.UNKNOWN)


def test_the_providers_own_capture_becomes_a_transaction_without_our_id(waiting):
    payment = tell(waiting, fact(waiting, Kind.CAPTURE, request_id="AUTO_1", gateway_reference="C1"))
    own = last(payment, Kind.CAPTURE)
    assert (own.origin, own.request_id, own.gateway_reference) == (Origin.PROVIDER, None, "C1")
    assert payment.state == State.CAPTURED


def test_a_refund_made_at_the_provider_is_recorded(held, operator):
    capture(held, operator)
    payment = tell(held, fact(held, Kind.REFUND, minor=5000, request_id="dashboard-1", gateway_reference="R9"))
    assert (payment.state, payment.refunded_minor) == (State.PARTIALLY_REFUNDED, 5000)
    assert last(held, Kind.REFUND).origin == Origin.PROVIDER
    assert verify_books() == []


def test_a_refund_that_comes_before_its_capture_waits(held):
    told = fact(held, Kind.REFUND, minor=5000, request_id="dashboard-1", gateway_reference="R9")
    applied = apply_facts(payment_id=held.pk, facts=[told], source=Source.NOTIFICATION)
    assert (applied.premature, applied.changed, applied.payment.refunded_minor) == (True, False, 0)


def test_more_than_ours_is_recorded_and_flagged(held, operator):
    capture(held, operator)
    another = fact(held, Kind.CAPTURE, minor=7000, request_id="x", gateway_reference="C2")
    payment = tell(held, another, source=Source.INQUIRY)
    assert (payment.captured_minor, payment.state, payment.needs_review) == (37000, State.CAPTURED, True)
    assert verify_books() == []


@pytest.mark.promise("I20")
@pytest.mark.parametrize("minor", [30001, 29999])
def test_a_message_about_another_amount_than_held_is_asked_about_first(buyer, order, card, minor):
    """Whether it is so the inquiry tells; a lie then meets the capture that it does not fit."""
    payment = start(buyer, order, card)
    doubtful = fact(payment, Kind.CAPTURE, minor=minor, gateway_reference="C1")
    applied = apply_facts(payment_id=payment.pk, facts=[doubtful], source=Source.NOTIFICATION)
    assert (applied.premature, applied.changed, applied.payment.captured_minor) == (True, False, 0)
    tell(payment, fact(payment, Kind.CAPTURE, gateway_reference="C1"), source=Source.INQUIRY)
    payment = tell(payment, doubtful)
    assert (payment.captured_minor, payment.state, payment.needs_review) == (30000, State.CAPTURED, True)


@pytest.mark.promise("I20")
def test_an_answer_that_speaks_of_something_else_is_unknown_and_a_person_hears_of_it(held, operator, fake):
    fake.next("capture", Unknown("captureAmount differs", contradicts=True), processed=True)
    payment = capture(held, operator)
    assert (payment.state, payment.needs_review) == (State.AUTHORIZED, True)
    assert last(held, Kind.CAPTURE).status == Status.UNKNOWN
    ports.pretend_now(ports.now() + timedelta(seconds=5))
    reconcile()
    held.refresh_from_db()
    assert (held.state, held.captured_minor, held.needs_review) == (State.CAPTURED, 30000, True)


def test_a_refund_that_comes_back(held, operator):
    capture(held, operator)
    refund(held, operator, 12000)
    tx = last(held, Kind.REFUND)
    back = fact(
        held,
        Kind.REFUND,
        Declined("REFUND_REVERSED", Category.CALL_BANK),
        12000,
        request_id=tx.request_id,
        gateway_reference=tx.gateway_reference,
    )
    payment = tell(held, back)
    assert (payment.state, payment.refunded_minor, last(held, Kind.REFUND).status) == (
        State.CAPTURED,
        0,
        Status.RETURNED,
    )
    again = tell(held, back)
    assert again.version == payment.version
    assert verify_books() == []


@pytest.mark.promise("I17")
def test_a_late_hold_is_recorded_flagged_and_released_once(buyer, order, card, fake):
    fake.next("authorize", Declined("DO_NOT_HONOR", Category.OTHER_CARD))
    payment = start(buyer, order, card)
    fake.do_authorize(ref(payment).request_id, payment.amount)
    for _ in range(3):
        told = tell(payment, fact(payment, Kind.AUTHORIZE))
    assert (told.state, told.needs_review, told.held_minor) == (State.AUTHORIZED, True, 30000)
    assert JournalEntry.objects.filter(payment=payment, entry="corrected").count() == 1
    from payments.services.refresh import resolve_payment

    ports.pretend_now(ports.now() + timedelta(minutes=1))
    resolve_payment(payment.pk)
    payment.refresh_from_db()
    assert (payment.state, payment.held_minor) == (State.CANCELED, 0)
    assert len(fake.sent("cancel")) == 1
    assert verify_books() == []


@pytest.mark.promise("I17")
def test_late_captured_money_is_flagged_and_never_moved_without_a_person(buyer, order, card, fake):
    fake.next("authorize", Declined("DO_NOT_HONOR", Category.OTHER_CARD))
    payment = start(buyer, order, card)
    told = tell(payment, fact(payment, Kind.CAPTURE, gateway_reference="C1"))
    assert (told.state, told.captured_minor, told.needs_review) == (State.CAPTURED, 30000, True)
    assert fake.sent("refund") == []
    order.refresh_from_db()
    assert order.safe_to_ship is False
    assert verify_books() == []


def test_the_same_news_after_our_cancel_changes_nothing(held, operator):
    payment = cancel(held, operator)
    again = tell(payment, fact(payment, Kind.AUTHORIZE))
    assert (again.state, again.needs_review, again.version) == (State.CANCELED, False, payment.version)


@pytest.mark.promise("I18")
def test_what_is_settled_cannot_be_rewritten(held):
    from payments.services.room import SettledAlready, enter

    with pytest.raises(SettledAlready), enter(held.pk, source=Source.RESOLVER) as room:
        room.set_status(room.authorization, Status.FAILED)
    assert last(held, Kind.AUTHORIZE).status == Status.SUCCEEDED


def test_contradictions_are_told_in_plain_words(held, operator):
    from payments.journal import sentence

    capture(held, operator)
    tell(held, fact(held, Kind.AUTHORIZE, Declined("DO_NOT_HONOR", Category.OTHER_CARD)))
    another = fact(held, Kind.CAPTURE, minor=7000, request_id="x", gateway_reference="C2")
    tell(held, another, source=Source.INQUIRY)
    told = [sentence(row, currency="EUR") for row in held.journal.filter(entry="contradiction")]
    assert told == [
        "The gateway now says that the authorisation of €300.00 failed, although it had worked. "
        "A person must look. (DO_NOT_HONOR)",
        "The gateway reports a capture of €70.00 that cannot follow from here. A person must look.",
    ]


@pytest.mark.promise("I17")
def test_news_of_an_authorization_that_we_overtook(waiting, buyer, fake):
    from payments.services.operate import cancel_payment
    from payments.services.refresh import resolve_payment
    from tests.factories import make_ask

    cancel_payment(payment_id=waiting.pk, actor=buyer, ask=make_ask(buyer), source=Source.BUYER)
    late = tell(waiting, fact(waiting, Kind.AUTHORIZE))
    assert (late.state, late.needs_review) == (State.CANCELED, True)
    resolve_payment(waiting.pk)
    late.refresh_from_db()
    assert late.state == State.CANCELED
    assert verify_books() == []


def test_a_success_that_turns_into_a_failure_is_a_contradiction(held):
    payment = tell(held, fact(held, Kind.AUTHORIZE, Declined("DO_NOT_HONOR", Category.OTHER_CARD)))
    assert (payment.state, payment.needs_review) == (State.AUTHORIZED, True)


def test_an_automatic_capture_that_fails_is_raised(buyer, order, card):
    payment = start(buyer, order, card)
    told = tell(
        payment,
        fact(payment, Kind.CAPTURE, Declined("RISK_REJECT", Category.FRAUD), request_id="AUTO_1"),
    )
    assert (told.state, told.needs_review) == (State.AUTHORIZED, True)
    assert last(payment, Kind.CAPTURE).failure_code == "RISK_REJECT"
    tell(payment, fact(payment, Kind.CAPTURE, Declined("RISK_REJECT", Category.FRAUD), request_id="AUTO_1"))
    assert payment.transactions.filter(kind=Kind.CAPTURE).count() == 1


@pytest.mark.parametrize("kind", [Kind.CANCEL, Kind.LAPSE])
def test_an_end_of_the_hold_told_by_the_provider(held, kind):
    payment = tell(held, fact(held, kind, minor=None))
    expected = {Kind.CANCEL: State.CANCELED, Kind.LAPSE: State.EXPIRED}[kind]
    assert (payment.state, payment.held_minor, payment.released_minor) == (expected, 0, 30000)
    assert tell(held, fact(held, kind, minor=None)).version == payment.version
    assert verify_books() == []


def test_a_cancel_reported_after_the_hold_ended_is_a_lapse(held):
    ports.pretend_now(held.hold_ends_at + timedelta(minutes=1))
    assert tell(held, fact(held, Kind.CANCEL, minor=None)).state == State.EXPIRED


def test_a_pending_payment_that_lapses(waiting):
    assert tell(waiting, fact(waiting, Kind.LAPSE, minor=None)).state == State.EXPIRED


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (Redirect(url="https://bank.example/3ds", method="POST", fields={"a": "b"}), b'"type": "redirect"'),
        (Terminal(session=Secret("s"), expires_at=ports.now()), b'"type": "use_terminal"'),
    ],
)
def test_what_the_buyer_must_do_is_kept_sealed(waiting, action, told):
    payment = tell(waiting, fact(waiting, Kind.AUTHORIZE, Pending(action)))
    payment.refresh_from_db()
    assert told in bytes(payment.next_action)


def test_old_pendings_and_unknowns_change_nothing(held):
    before = held.version
    for outcome in (Pending(), Unknown("late")):
        payment = tell(held, fact(held, Kind.AUTHORIZE, outcome))
        assert (payment.state, payment.version) == (State.AUTHORIZED, before)


def test_facts_for_two_currencies(buyer, account, fake):
    for sku, price, currency in (("YEN", 5800, "JPY"), ("DINAR", 12345, "KWD")):
        order = make_order(buyer, make_product(sku, price, currency, manual=True))
        payment = start(buyer, order, make_card(buyer, account))
        assert (payment.authorized_minor, payment.currency) == (price, currency)
    assert verify_books() == []


@pytest.mark.promise("I5")
def test_verify_books_sees_one_cent(held):
    Payment.objects.filter(pk=held.pk).update(authorized_minor=30001)
    assert verify_books() == [f"{held.public_id}: authorized is 30001, the journal says 30000"]


@pytest.mark.promise("I5")
def test_verify_books_sees_a_state_set_by_hand(held):
    Payment.objects.filter(pk=held.pk).update(state=State.EXPIRED)
    assert any("the journal ends in authorized" in line for line in verify_books())


@pytest.mark.promise("I5")
@pytest.mark.parametrize("change", ["UPDATE payments_journalentry SET note='x'", "DELETE FROM payments_journalentry"])
def test_the_journal_is_append_only(held, change):
    from django.db import DatabaseError, connection

    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(change)


def test_an_authorization_told_after_a_late_capture_is_only_confirmed(buyer, order, card, fake):
    fake.next("authorize", Declined("DO_NOT_HONOR", Category.OTHER_CARD))
    payment = start(buyer, order, card)
    tell(payment, fact(payment, Kind.CAPTURE, gateway_reference="C1"))
    told = tell(payment, fact(payment, Kind.AUTHORIZE))
    assert (told.state, told.authorized_minor, told.captured_minor) == (State.CAPTURED, 30000, 30000)
    assert JournalEntry.objects.filter(payment=payment, entry="authorization_confirmed").count() == 1
    assert verify_books() == []


def test_a_cancel_that_answers_after_the_decline_confirms_it(buyer, order, card, fake):
    fake.lose_request("authorize")
    payment = start(buyer, order, card)
    fake.next("cancel", Unknown("no answer"), processed=False)
    from payments.services.operate import cancel_payment
    from tests.factories import make_ask

    done = cancel_payment(payment_id=payment.pk, actor=buyer, ask=make_ask(buyer), source=Source.BUYER)
    tell(payment, fact(payment, Kind.AUTHORIZE, Declined("DO_NOT_HONOR", Category.OTHER_CARD)))
    told = tell(payment, fact(payment, Kind.CANCEL, minor=None, request_id=done.transaction.request_id))
    assert (told.state, last(payment, Kind.CANCEL).status) == (State.FAILED, Status.SUCCEEDED)
    assert JournalEntry.objects.filter(payment=payment, entry="cancel_confirmed").count() == 1
    assert verify_books() == []


def test_the_rest_of_a_partly_captured_hold_is_released_by_the_provider(held, operator, fake):
    from tests.fake_gateway import FREE_RULES

    fake.rules = FREE_RULES
    capture(held, operator, amount_minor=10000, final=False)
    told = tell(held, fact(held, Kind.CANCEL, minor=None, gateway_reference="X1"))
    assert (told.state, told.captured_minor, told.released_minor) == (State.CAPTURED, 10000, 20000)
    assert verify_books() == []


def test_more_refunded_than_captured_is_recorded_and_flagged(held, operator):
    capture(held, operator)
    told = tell(held, fact(held, Kind.REFUND, minor=30001, request_id="dashboard", gateway_reference="R1"))
    assert (told.state, told.refunded_minor, told.needs_review) == (State.REFUNDED, 30001, True)
    assert verify_books() == []
