"""Money that a dispute took is gone: not shipped for, not refunded a second time; and nothing stays open beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import ports
from payments.errors import ActionNotAllowed, AmountNotAllowed, OperationInProgress
from payments.gateways.base import Category, Declined, Kind, Unknown
from payments.models import Dispute, DisputeAct, DisputeStatus, Payment
from payments.services.answer_dispute import accept_dispute, confirm_verdict, defend_dispute, send_again
from payments.services.books import verify_books
from payments.services.refresh import reconcile
from payments.states import State, Status
from tests import factories
from tests.factories import make_ask, start
from tests.payments.test_disputes import word
from tests.payments.test_inbox import receive
from tests.payments.test_operate import refund
from tests.payments.test_outcomes import fact, tell
from tests.payments.test_refresh import later

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paid(buyer, order, card) -> Payment:
    payment = start(buyer, order, card)
    return tell(payment, fact(payment, Kind.CAPTURE, gateway_reference="C1"))


@pytest.fixture
def defender(transactional_db):
    return factories.make_operator("defender@shop.example", "accept", "defend")


@pytest.fixture
def dispute(paid, account) -> Dispute:
    receive(account, word(paid, "opened"))
    found = Dispute.objects.get()
    found.due_at = ports.now() + timedelta(days=9)
    found.save()
    return found


def give_up(dispute: Dispute, defender) -> DisputeAct:
    return accept_dispute(dispute_id=dispute.pk, actor=defender, ask=make_ask(defender)).act


def defend(dispute: Dispute, defender) -> DisputeAct:
    return defend_dispute(
        dispute_id=dispute.pk, actor=defender, ask=make_ask(defender), document=b"proof", file_name="proof.pdf"
    ).act


def judge(dispute: Dispute, defender, account, *, won: bool) -> None:
    receive(account, word(dispute.payment, "judged", verdict="VALIDATE_SUCCESS"))
    confirm_verdict(dispute_id=dispute.pk, actor=defender, won=won)


# --- shipping ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["accepted", "resolved"])
def test_goods_stay_here_when_the_money_went_back(dispute, paid, account, order, event):
    receive(account, word(paid, event))
    dispute.refresh_from_db()
    order.refresh_from_db()
    assert (dispute.status, order.safe_to_ship) == (event, False)
    assert verify_books() == []


@pytest.mark.parametrize("won", [True, False])
def test_goods_go_only_after_a_dispute_that_was_won(dispute, defender, account, order, won):
    judge(dispute, defender, account, won=won)
    order.refresh_from_db()
    assert order.safe_to_ship is won


# --- refunds ----------------------------------------------------------------------------------------------------------


@pytest.mark.promise("I2")
def test_money_that_the_bank_asks_back_is_not_refunded_besides(dispute, paid, operator, fake):
    with pytest.raises(ActionNotAllowed, match="give it back twice"):
        refund(paid, operator)
    assert fake.sent("refund") == []


@pytest.mark.promise("I2")
def test_money_that_was_given_up_is_not_refunded_besides(dispute, paid, defender, operator, fake):
    give_up(dispute, defender)
    paid.refresh_from_db()
    assert paid.refundable_minor == 0
    with pytest.raises(ActionNotAllowed):
        refund(paid, operator)
    assert fake.sent("refund") == []


@pytest.mark.promise("I2")
def test_beside_a_dispute_about_a_part_the_rest_can_be_refunded(paid, account, operator, fake):
    refund(paid, operator, 5000)
    for event in ("opened", "accepted"):
        receive(account, {**word(paid, event), "minor": 10000})
    paid.refresh_from_db()
    assert paid.refundable_minor == 30000 - 5000 - 10000
    with pytest.raises(AmountNotAllowed):
        refund(paid, operator, 15001)
    assert refund(paid, operator, 15000).refunded_minor == 20000
    assert fake.total("refund") == 20000
    assert verify_books() == []


def test_money_that_was_won_back_can_be_refunded(dispute, paid, defender, account, operator):
    judge(dispute, defender, account, won=True)
    assert refund(paid, operator).state == State.REFUNDED


@pytest.mark.promise("I2")
@pytest.mark.parametrize("event", ["opened", "accepted", "resolved"])
def test_a_lost_refund_is_not_sent_again_beside_a_dispute(paid, account, operator, fake, event):
    fake.lose_request("refund")
    refund(paid, operator)
    receive(account, word(paid, event))
    for _ in range(5):
        later(minutes=1)
        reconcile()
    paid.refresh_from_db()
    assert (len(fake.sent("refund")), fake.total("refund")) == (1, 0)
    assert (paid.needs_review, paid.refunded_minor) == (True, 0)


# --- what is told -----------------------------------------------------------------------------------------------------


@pytest.mark.promise("I20")
def test_a_dispute_about_money_that_we_never_took_reaches_a_person(buyer, order, card, fake, account):
    fake.next("authorize", Declined("DO_NOT_HONOR", Category.OTHER_CARD))
    payment = start(buyer, order, card)
    receive(account, word(payment, "opened"))
    payment.refresh_from_db()
    assert (payment.state, payment.captured_minor, payment.needs_review) == (State.FAILED, 0, True)


@pytest.mark.promise("I18")
def test_a_verdict_about_what_we_gave_up_does_not_open_it_again(dispute, paid, account, defender):
    give_up(dispute, defender)
    receive(account, word(paid, "judged", verdict="ACCEPT_BY_MERCHANT"))
    dispute.refresh_from_db()
    paid.refresh_from_db()
    assert (dispute.status, dispute.verdict) == (DisputeStatus.ACCEPTED, "ACCEPT_BY_MERCHANT")
    assert (dispute.ended_at is not None, paid.disputes_open) == (True, 0)


@pytest.mark.promise("I18")
def test_an_older_message_fills_gaps_and_takes_nothing_back(paid, account):
    late, early = word(paid, "due_soon", reason="not as described"), word(paid, "opened", reason="other", arn="7400")
    receive(account, late)
    receive(account, early)
    found = Dispute.objects.get()
    assert (found.reason, found.arn) == ("not as described", "7400")


# --- acts of ours -----------------------------------------------------------------------------------------------------


@pytest.mark.promise("I16")
@pytest.mark.parametrize("event", ["judged", "accepted", "canceled", "resolved"])
def test_evidence_without_an_answer_ends_with_its_dispute(dispute, paid, defender, fake, account, event):
    fake.next("defend_dispute", Unknown("no answer"))
    act = defend(dispute, defender)
    assert act.status == Status.UNKNOWN
    receive(account, word(paid, event))
    act.refresh_from_db()
    assert (act.status, act.ended_at is not None) == (Status.FAILED, True)


def test_nothing_is_given_up_again_after_the_dispute_was_withdrawn(dispute, paid, defender, fake, account):
    fake.next("accept_dispute", Unknown("no answer"))
    act = give_up(dispute, defender)
    receive(account, word(paid, "canceled"))
    later(minutes=2)
    with pytest.raises((ActionNotAllowed, OperationInProgress)):
        send_again(act_id=act.pk, actor=defender)
    act.refresh_from_db()
    dispute.refresh_from_db()
    assert (act.status, dispute.status) == (Status.FAILED, DisputeStatus.CANCELED)
    assert len(fake.sent("accept_dispute")) == 1
