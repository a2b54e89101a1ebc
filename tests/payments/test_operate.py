"""Capture, cancel, refund: reserved before they are sent, never twice, only by who may."""

from __future__ import annotations

import pytest

from core import ports
from core.errors import Forbidden
from core.idempotency import Answer, store_answer
from payments.errors import ActionNotAllowed, AmountNotAllowed, OperationInProgress, ReasonRequired, StalePage
from payments.gateways.base import Category, Declined, Kind, NotAttempted, Pending, Unknown
from payments.models import JournalEntry, Payment, Source
from payments.services.books import explain, verify_books
from payments.services.operate import balances, cancel_payment, capture_payment, refund_payment
from payments.services.rules import possibilities
from payments.states import State, Status
from tests.factories import make_ask, make_operator, start
from tests.fake_gateway import FREE_RULES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(buyer, manual_order, card) -> Payment:
    return start(buyer, manual_order, card)


@pytest.fixture
def captured(held, operator) -> Payment:
    return capture(held, operator)


def capture(payment, actor, **values):
    return capture_payment(
        payment_id=payment.pk, actor=actor, ask=make_ask(actor), **{"reason": "shipped", **values}
    ).payment


def cancel(payment, actor, **values):
    return cancel_payment(
        payment_id=payment.pk, actor=actor, ask=make_ask(actor), **{"reason": "out_of_stock", **values}
    ).payment


def refund(payment, actor, amount=None, **values):
    return refund_payment(
        payment_id=payment.pk,
        actor=actor,
        ask=values.pop("ask", None) or make_ask(actor),
        amount_minor=amount,
        **{"reason": "damaged", **values},
    ).payment


def last(payment: Payment, kind: Kind):
    return payment.transactions.filter(kind=kind).order_by("-id").first()


def test_capture_takes_what_is_held(held, operator, manual_order):
    payment = capture(held, operator)
    assert (payment.state, payment.captured_minor, payment.held_minor) == (State.CAPTURED, 30000, 0)
    manual_order.refresh_from_db()
    assert (manual_order.status, manual_order.safe_to_ship, manual_order.due_minor) == ("paid", True, 0)
    assert verify_books() == []


def test_capture_without_an_answer_leaves_the_payment_authorized(held, operator, fake, manual_order):
    fake.lose_reply("capture")
    payment = capture(held, operator)
    assert (payment.state, last(held, Kind.CAPTURE).status) == (State.AUTHORIZED, Status.UNKNOWN)
    manual_order.refresh_from_db()
    assert manual_order.safe_to_ship is False


def test_a_refused_capture_leaves_the_hold_and_allows_another(held, operator, fake):
    fake.next("capture", Declined("RISK_REJECT", Category.FRAUD))
    assert capture(held, operator).state == State.AUTHORIZED
    assert capture(held, operator).state == State.CAPTURED
    assert len(set(fake.sent("capture"))) == 2
    assert fake.total("capture") == 30000


def test_cancel_releases_the_hold(held, operator, manual_order):
    payment = cancel(held, operator)
    assert (payment.state, payment.released_minor, payment.held_minor) == (State.CANCELED, 30000, 0)
    manual_order.refresh_from_db()
    assert manual_order.status == "awaiting_payment"
    assert verify_books() == []


@pytest.mark.promise("I3")
def test_a_captured_payment_is_not_canceled(captured, operator, fake):
    with pytest.raises(ActionNotAllowed, match="refund it instead"):
        cancel(captured, operator)
    assert fake.sent("cancel") == []


@pytest.mark.promise("I3")
def test_a_cancel_is_refused_while_a_capture_is_open(held, operator, fake):
    fake.next("capture", Pending())
    capture(held, operator)
    with pytest.raises(OperationInProgress):
        cancel(held, operator)
    assert fake.sent("cancel") == []


def test_refunds_in_parts_and_the_rest(captured, operator, fake, manual_order):
    assert refund(captured, operator, 12000).state == State.PARTIALLY_REFUNDED
    payment = refund(captured, operator)
    assert (payment.state, payment.refunded_minor, payment.refund_reserved_minor) == (State.REFUNDED, 30000, 0)
    assert fake.total("refund") == 30000
    manual_order.refresh_from_db()
    assert (manual_order.status, manual_order.safe_to_ship) == ("refunded", False)
    assert verify_books() == []


@pytest.mark.promise("I2")
@pytest.mark.parametrize("amount", [18001, 30000, 0, -1])
def test_never_more_than_what_is_left(captured, operator, fake, amount):
    refund(captured, operator, 12000)
    with pytest.raises(AmountNotAllowed):
        refund(captured, operator, amount)
    assert len(fake.sent("refund")) == 1


@pytest.mark.promise("I2")
def test_an_open_refund_reserves_its_amount(captured, operator, fake):
    fake.next("refund", Pending())
    payment = refund(captured, operator, 20000)
    assert (payment.refund_reserved_minor, payment.refundable_minor) == (20000, 10000)
    with pytest.raises(OperationInProgress):
        refund(captured, operator, 10000)
    assert verify_books() == []


def test_a_refused_refund_gives_the_reserve_back(captured, operator, fake):
    fake.next("refund", Declined("MERCHANT_BALANCE_NOT_ENOUGH", Category.TRY_AGAIN))
    payment = refund(captured, operator, 20000)
    assert (payment.refund_reserved_minor, payment.refundable_minor, payment.state) == (0, 30000, State.CAPTURED)
    assert last(captured, Kind.REFUND).failure_code == "MERCHANT_BALANCE_NOT_ENOUGH"


def test_a_refund_that_never_left_us_gives_the_reserve_back(captured, operator, fake):
    fake.next("refund", NotAttempted("connection refused"))
    payment = refund(captured, operator, 20000)
    assert (payment.refund_reserved_minor, last(captured, Kind.REFUND).status) == (0, Status.FAILED)


@pytest.mark.promise("I8")
def test_an_exact_amount_gateway_refuses_a_part_before_sending(held, operator, fake):
    with pytest.raises(AmountNotAllowed, match="exactly") as refusal:
        capture(held, operator, amount_minor=10000)
    assert refusal.value.code == "whole_amount_only"
    assert fake.sent("capture") == []


def test_partial_captures_where_the_rule_allows(held, operator, fake):
    fake.rules = FREE_RULES
    payment = capture(held, operator, amount_minor=10000, final=False)
    assert (payment.state, payment.held_minor) == (State.PARTIALLY_CAPTURED, 20000)
    payment = capture(held, operator, amount_minor=5000, final=True)
    assert (payment.state, payment.captured_minor, payment.released_minor) == (State.CAPTURED, 15000, 15000)
    assert verify_books() == []


@pytest.mark.promise("I8")
def test_a_lapsed_hold_is_not_captured(held, operator, fake):
    ports.pretend_now(held.hold_ends_at)
    with pytest.raises(ActionNotAllowed, match="hold ended"):
        capture(held, operator)
    assert fake.sent("capture") == []


def test_the_operator_cannot_capture_what_the_gateway_captures(buyer, order, card, operator, fake):
    payment = start(buyer, order, card)
    with pytest.raises(ActionNotAllowed, match="by itself"):
        capture(payment, operator)


@pytest.mark.promise("I28")
@pytest.mark.parametrize(("verb", "act"), [("capture", capture), ("cancel", cancel), ("refund", refund)])
def test_each_verb_needs_its_own_permission(held, captured_or_held, fake, verb, act):
    others = {"capture", "cancel", "refund"} - {verb}
    colleague = make_operator("half@shop.example", *others)
    calls = len(fake.log)
    with pytest.raises(Forbidden):
        act(captured_or_held, colleague)
    assert len(fake.log) == calls


@pytest.fixture
def captured_or_held(request, held, operator):
    return capture(held, operator) if "refund" in request.node.name else held


@pytest.mark.promise("I28")
def test_a_buyer_or_a_dismissed_colleague_is_no_operator(held, buyer, operator):
    with pytest.raises(Forbidden):
        capture(held, buyer)
    operator.is_active = False
    operator.save()
    with pytest.raises(Forbidden):
        capture(held, operator)


@pytest.mark.promise("I29")
def test_who_did_it_from_where_and_why(held, operator):
    capture(held, operator, note="parcel 17", address="192.0.2.7")
    entry = JournalEntry.objects.get(payment=held, entry="capture_requested")
    assert (entry.actor, entry.actor_address, entry.reason, entry.note) == (
        operator,
        "192.0.2.7",
        "shipped",
        "parcel 17",
    )
    assert (entry.source, entry.state_before, entry.state_after) == (Source.OPERATOR, "authorized", "authorized")


def test_a_reason_is_required(held, operator):
    with pytest.raises(ReasonRequired):
        capture(held, operator, reason="")


def test_a_stale_page_is_refused_with_then_and_now(captured, operator, fake):
    seen = balances(captured)
    refund(captured, operator, 12000)
    with pytest.raises(StalePage) as refusal:
        refund(captured, operator, 12000, seen=seen)
    assert ["refunded", "€0.00"] in refusal.value.extra["then"]
    assert ["refunded", "€120.00"] in refusal.value.extra["now"]
    assert len(fake.sent("refund")) == 1


def test_the_same_form_acts_once(captured, operator, fake):
    key = ports.random_text(24)
    ask = make_ask(operator, key)
    done = refund_payment(payment_id=captured.pk, actor=operator, ask=ask, amount_minor=12000, reason="damaged")
    store_answer(done.key, Answer(303, b"/there"))
    again = refund_payment(payment_id=captured.pk, actor=operator, ask=ask, amount_minor=12000, reason="damaged")
    assert again.answered.answer == Answer(303, b"/there")
    assert fake.total("refund") == 12000


@pytest.mark.promise("I24")
def test_after_a_crash_the_same_form_adopts_the_same_transaction(captured, operator, fake):
    ask = make_ask(operator)

    class Dead(BaseException):
        pass

    def die(name: str) -> None:
        if name == "refund.written":
            raise Dead

    ports.install_crash_hook(die)
    with pytest.raises(Dead):
        refund_payment(payment_id=captured.pk, actor=operator, ask=ask, amount_minor=12000, reason="damaged")
    ports.install_crash_hook(None)
    from datetime import timedelta

    ports.pretend_now(ports.now() + timedelta(minutes=2))
    again = refund_payment(payment_id=captured.pk, actor=operator, ask=ask, amount_minor=12000, reason="damaged")
    assert again.transaction == last(captured, Kind.REFUND)
    assert captured.transactions.filter(kind=Kind.REFUND).count() == 1


@pytest.mark.promise("I14")
def test_an_unknown_follow_up_is_asked_about_before_the_next(captured, operator, fake):
    fake.lose_reply("refund")
    refund(captured, operator, 12000)
    payment = refund(captured, operator, 5000)
    assert payment.refunded_minor == 17000 == fake.total("refund")


def test_buyers_cancel_overtakes_an_open_authorization(buyer, order, card, fake):
    fake.next("authorize", Unknown("no answer"), processed=True)
    payment = start(buyer, order, card)
    done = cancel_payment(payment_id=payment.pk, actor=buyer, ask=make_ask(buyer), source=Source.BUYER)
    assert done.payment.state == State.CANCELED
    assert [tx.status for tx in payment.transactions.order_by("id")] == [Status.FAILED, Status.SUCCEEDED]
    assert verify_books() == []


def test_another_buyer_cannot_cancel(buyer, other_buyer, order, card, fake):
    fake.lose_reply("authorize")
    payment = start(buyer, order, card)
    with pytest.raises(Forbidden):
        cancel_payment(payment_id=payment.pk, actor=other_buyer, ask=make_ask(other_buyer), source=Source.BUYER)
    assert fake.sent("cancel") == []


def test_possibilities_name_their_reasons(held, captured):
    held.refresh_from_db()
    told = {verb.value: (p.possible, p.reason) for verb, p in possibilities(held).items()}
    assert told["refund"] == (True, "")
    assert told["cancel"] == (False, "The money is captured already: refund it instead.")
    assert told["capture"] == (False, "Nothing is held.")


def test_explain_tells_the_story(captured, operator):
    refund(captured, operator, 12000)
    captured.refresh_from_db()
    text = "\n".join(explain(captured))
    for part in ("€300.00 authorised", "€300.00 captured", "€120.00 refunded", "operator@shop.example", "damaged"):
        assert part in text


def test_a_gateway_call_inside_a_transaction_is_refused(held, operator, fake):
    from django.db import transaction

    from payments.gateways.http import CalledInsideTransaction
    from payments.services.guard import refuse_calls_inside_transactions

    with transaction.atomic(), pytest.raises(CalledInsideTransaction):
        refuse_calls_inside_transactions()
