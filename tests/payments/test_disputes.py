"""Disputes: told in any order, answered once, never a guess about whose money it is."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from core import ports
from core.errors import Forbidden, InvalidInput
from core.idempotency import Answer, KeyInProgress, store_answer
from payments.errors import ActionNotAllowed, OperationInProgress
from payments.gateways.base import Approved, Category, Declined, Kind, NotAttempted, Unknown
from payments.gateways.disputes import EvidenceKind
from payments.models import Dispute, DisputeStatus, EventStatus, Payment
from payments.services.answer_dispute import (
    NoEvidence,
    accept_dispute,
    confirm_verdict,
    defend_dispute,
    evidence,
    send_again,
    why_not,
)
from payments.services.books import verify_books
from payments.states import State, Status
from tests import factories
from tests.factories import make_ask, start
from tests.payments.test_inbox import receive
from tests.payments.test_outcomes import fact, ref, tell
from tests.payments.test_refresh import later

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paid(buyer, order, card) -> Payment:
    payment = start(buyer, order, card)
    return tell(payment, fact(payment, Kind.CAPTURE, gateway_reference="C1"))


@pytest.fixture
def defender(transactional_db):
    return factories.make_operator("defender@shop.example", "accept", "defend")


def word(payment: Payment, event: str, **facts) -> dict:
    return {
        "dispute": "D-1",
        "payment": ref(payment).request_id,
        "payment_reference": ref(payment).gateway_reference,
        "event": event,
        "minor": 30000,
        "currency": "EUR",
        "facts": {"kind": "chargeback", "reason_code": "4853", **facts},
    }


@pytest.fixture
def dispute(paid, account) -> Dispute:
    receive(account, word(paid, "opened"))
    found = Dispute.objects.get()
    found.due_at = ports.now() + timedelta(days=9)
    found.save()
    return found


def entries(payment: Payment) -> list[str]:
    return [name for name in payment.journal.values_list("entry", flat=True) if name.startswith("dispute")]


# --- what the provider tells ------------------------------------------------------------------------------------------


def test_it_is_stored_as_a_fact_and_moves_no_money(paid, account, order):
    event = receive(account, word(paid, "opened"))
    paid.refresh_from_db()
    order.refresh_from_db()
    assert (event.status, event.payment_id) == (EventStatus.APPLIED, paid.pk)
    assert (paid.state, paid.captured_minor, paid.needs_review, paid.disputes_open) == (State.CAPTURED, 30000, False, 1)
    assert order.safe_to_ship is False
    found = Dispute.objects.get()
    assert (found.status, found.amount_minor, found.reason_code) == (DisputeStatus.OPEN, 30000, "4853")
    assert verify_books() == []


@pytest.mark.promise("I21")
def test_a_repeat_changes_nothing(paid, account):
    receive(account, word(paid, "opened"))
    again = receive(account, {**word(paid, "opened"), "copy": 2})
    assert again.status == EventStatus.NOTHING_NEW
    assert entries(paid) == ["dispute_opened"]


def test_the_issuers_comment_stays_until_another_is_told(paid, account):
    for comment, kept in (("not received", "not received"), ("", "not received"), ("came late", "came late")):
        receive(account, word(paid, "opened", comment=comment, reason=comment or "another"))
        assert Dispute.objects.get().details == {"news": "opened", "comment": kept}


@pytest.mark.promise("I18")
@pytest.mark.parametrize("order_of", list(permutations(["opened", "defended", "judged"])))
def test_any_order_ends_in_the_same_place(paid, account, order_of):
    for event in order_of:
        receive(account, word(paid, event, **({"verdict": "VALIDATE_FAIL"} if event == "judged" else {})))
    found = Dispute.objects.get()
    assert (found.status, found.verdict, found.kind) == (DisputeStatus.JUDGED, "VALIDATE_FAIL", "chargeback")


@pytest.mark.promise("I20")
@pytest.mark.parametrize(
    "wrong",
    [{"currency": "USD"}, {"payment_reference": "another"}, {"minor": -5}],
    ids=["currency", "reference", "amount"],
)
def test_what_does_not_fit_is_kept_for_a_person(paid, account, wrong):
    event = receive(account, {**word(paid, "opened"), **wrong})
    assert event.status == EventStatus.PROBLEM
    assert not Dispute.objects.exists()


def test_a_dispute_about_something_unknown_is_parked(account, paid):
    event = receive(account, {**word(paid, "opened"), "payment": "P_other", "payment_reference": "G_other"})
    assert event.status == EventStatus.PARKED


def test_the_end_of_a_dispute_lets_goods_go(dispute, paid, account, order):
    receive(account, word(paid, "canceled"))
    paid.refresh_from_db()
    order.refresh_from_db()
    assert (paid.disputes_open, paid.dispute_due_at, order.safe_to_ship) == (0, None, True)
    assert Dispute.objects.get().ended_at is not None


# --- what we do -------------------------------------------------------------------------------------------------------


def test_giving_up_is_asked_once_and_final(dispute, defender, fake, paid):
    ask = make_ask(defender)
    done = accept_dispute(dispute_id=dispute.pk, actor=defender, ask=ask, seen="open")
    assert (done.act.status, fake.sent("accept_dispute")) == (Status.SUCCEEDED, ["D-1"])
    dispute.refresh_from_db()
    assert dispute.status == DisputeStatus.ACCEPTED
    assert entries(paid)[-2:] == ["dispute_accept_requested", "dispute_accepted"]
    with pytest.raises(ActionNotAllowed, match="is over"):
        accept_dispute(dispute_id=dispute.pk, actor=defender, ask=make_ask(defender))


def test_evidence_goes_out_as_it_was_written_and_only_once(dispute, defender, fake):
    done = defend_dispute(
        dispute_id=dispute.pk, actor=defender, ask=make_ask(defender), document=b"%PDF-1.4 proof", file_name="proof.pdf"
    )
    assert (done.act.status, fake.documents) == (Status.SUCCEEDED, [b"%PDF-1.4 proof"])
    dispute.refresh_from_db()
    assert "only once" in why_not(dispute, "defend")
    assert why_not(dispute, "accept") == ""


@pytest.mark.promise("I12")
def test_silence_stays_unknown_and_the_same_goes_again(dispute, defender, fake):
    fake.next("defend_dispute", Unknown("no answer"))
    act = defend_dispute(
        dispute_id=dispute.pk, actor=defender, ask=make_ask(defender), document=b"proof", file_name="proof.pdf"
    ).act
    assert act.status == Status.UNKNOWN
    with pytest.raises(ActionNotAllowed, match="no certain answer"):
        accept_dispute(dispute_id=dispute.pk, actor=defender, ask=make_ask(defender))
    assert send_again(act_id=act.pk, actor=defender).status == Status.SUCCEEDED
    assert fake.documents == [b"proof", b"proof"]
    with pytest.raises(OperationInProgress):
        send_again(act_id=act.pk, actor=defender)


def test_the_providers_message_ends_an_act_whose_answer_was_lost(dispute, defender, fake, paid, account):
    fake.next("accept_dispute", Unknown("no answer"))
    act = accept_dispute(dispute_id=dispute.pk, actor=defender, ask=make_ask(defender)).act
    receive(account, word(paid, "accepted"))
    act.refresh_from_db()
    assert act.status == Status.SUCCEEDED


@pytest.mark.promise("I10")
def test_the_act_is_committed_before_a_byte_leaves(dispute, defender, fake):
    seen = []
    fake.next("accept_dispute", Approved(), hook=lambda: seen.extend(dispute.acts.values_list("status", "sends")))
    accept_dispute(dispute_id=dispute.pk, actor=defender, ask=make_ask(defender))
    assert seen == [("pending", 1)]


def test_a_crash_before_the_answer_leaves_an_act_that_can_be_sent_again(dispute, defender, fake):
    class Crash(BaseException):
        pass

    def die(point: str) -> None:
        if point == "dispute.after_call":
            raise Crash

    ports.install_crash_hook(die)
    with pytest.raises(Crash):
        accept_dispute(dispute_id=dispute.pk, actor=defender, ask=make_ask(defender))
    ports.install_crash_hook(None)
    act = dispute.acts.get()
    with pytest.raises(OperationInProgress):  # whoever sent it may still be waiting
        send_again(act_id=act.pk, actor=defender)
    later(seconds=60)
    assert send_again(act_id=act.pk, actor=defender).status == Status.SUCCEEDED


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Declined("TIME_EXCEEDS_LIMIT", Category.TRY_AGAIN), Status.FAILED),
        (NotAttempted("connection refused"), Status.FAILED),
        (Unknown("no answer"), Status.UNKNOWN),
    ],
)
def test_every_other_answer(dispute, defender, fake, outcome, status):
    fake.next("accept_dispute", outcome)
    act = accept_dispute(dispute_id=dispute.pk, actor=defender, ask=make_ask(defender)).act
    dispute.refresh_from_db()
    assert (act.status, dispute.status) == (status, DisputeStatus.OPEN)


def test_a_repeat_that_never_left_proves_nothing(dispute, defender, fake):
    fake.next("accept_dispute", Unknown("no answer"))
    act = accept_dispute(dispute_id=dispute.pk, actor=defender, ask=make_ask(defender)).act
    fake.next("accept_dispute", NotAttempted("connection refused"))
    assert send_again(act_id=act.pk, actor=defender).status == Status.UNKNOWN


def test_the_deadline_is_kept_here(dispute, defender, fake):
    later(days=10)
    dispute.refresh_from_db()
    with pytest.raises(ActionNotAllowed, match="ended on"):
        accept_dispute(dispute_id=dispute.pk, actor=defender, ask=make_ask(defender))
    assert fake.sent("accept_dispute") == []


def test_what_cannot_be_defended_is_not(dispute, defender):
    dispute.defendable = False
    dispute.save()
    assert "cannot be defended" in why_not(dispute, "defend")


@pytest.mark.promise("I24")
def test_the_same_form_twice_is_one_act(dispute, defender, fake):
    ask = make_ask(defender)
    first = accept_dispute(dispute_id=dispute.pk, actor=defender, ask=ask)
    with pytest.raises(KeyInProgress):
        accept_dispute(dispute_id=dispute.pk, actor=defender, ask=ask)
    assert first.key is not None
    store_answer(first.key, Answer(303, b"{}"))
    again = accept_dispute(dispute_id=dispute.pk, actor=defender, ask=ask)
    assert (again.act.pk, fake.sent("accept_dispute")) == (first.act.pk, ["D-1"])


def test_a_page_that_went_stale_does_nothing(dispute, defender, fake):
    with pytest.raises(ActionNotAllowed, match="Something changed"):
        accept_dispute(dispute_id=dispute.pk, actor=defender, ask=make_ask(defender), seen="defended")
    assert fake.sent("accept_dispute") == []


@pytest.mark.promise("I28")
def test_without_permission_nothing_leaves(dispute, operator, viewer, fake):
    for actor in (operator, viewer):
        with pytest.raises(Forbidden):
            accept_dispute(dispute_id=dispute.pk, actor=actor, ask=make_ask(actor))
        with pytest.raises(Forbidden):
            evidence(dispute_id=dispute.pk, actor=actor, kind=EvidenceKind.TEMPLATE)
    assert fake.sent("accept_dispute") == fake.sent("dispute_evidence") == []


@pytest.mark.parametrize("size", [0, 750_001])
def test_a_document_that_cannot_be_sent(dispute, defender, size):
    with pytest.raises(InvalidInput):
        defend_dispute(
            dispute_id=dispute.pk, actor=defender, ask=make_ask(defender), document=b"x" * size, file_name="a.pdf"
        )
    assert not dispute.acts.exists()


def test_evidence_of_the_provider(dispute, defender, fake):
    assert evidence(dispute_id=dispute.pk, actor=defender, kind=EvidenceKind.TEMPLATE).suffix == "pdf"
    fake.next("dispute_evidence", Unknown("no answer"))
    with pytest.raises(NoEvidence, match="Try again"):
        evidence(dispute_id=dispute.pk, actor=defender, kind=EvidenceKind.FILE)


def test_who_won_is_confirmed_by_a_person(dispute, defender, paid, account):
    with pytest.raises(ActionNotAllowed):
        confirm_verdict(dispute_id=dispute.pk, actor=defender, won=True)
    receive(account, word(paid, "judged", verdict="VALIDATE_FAIL"))
    assert confirm_verdict(dispute_id=dispute.pk, actor=defender, won=True).status == DisputeStatus.WON
    paid.refresh_from_db()
    assert paid.disputes_open == 0


@pytest.mark.promise("I32")
def test_the_document_is_sealed(dispute, defender):
    from django.db import connection

    defend_dispute(
        dispute_id=dispute.pk, actor=defender, ask=make_ask(defender), document=b"secret proof", file_name="proof.pdf"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT document FROM payments_disputeact")
        assert b"secret proof" not in bytes(cursor.fetchone()[0])
