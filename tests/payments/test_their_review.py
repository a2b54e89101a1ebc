"""The provider's own review: neither capture nor ship while it runs; a rejection releases, or proposes a refund."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core import ports
from payments.errors import ActionNotAllowed
from payments.gateways.base import Details, Kind, Pending, Review, Unknown
from payments.models import Payment, Source
from payments.services.books import verify_books
from payments.services.refresh import reconcile
from payments.states import State, Status
from tests.factories import start
from tests.payments.test_operate import capture, last
from tests.payments.test_outcomes import fact, tell
from tests.payments.test_refresh import later

pytestmark = pytest.mark.django_db(transaction=True)


def reviewed(review: Review) -> Details:
    return Details(review=review, risk={"source": "ANTOM_SHIELD"})


@pytest.fixture
def reviewing(buyer, manual_order, card, fake) -> Payment:
    fake.details = replace(fake.details, review=Review.RUNNING)
    return start(buyer, manual_order, card)


def test_while_it_runs_nobody_captures(reviewing, operator, fake):
    assert (reviewing.state, reviewing.review) == (State.AUTHORIZED, Review.RUNNING)
    with pytest.raises(ActionNotAllowed, match="reviews this payment"):
        capture(reviewing, operator)
    assert fake.sent("capture") == []


def test_captured_money_under_review_is_not_safe_to_ship(buyer, order, card, fake):
    fake.details = replace(fake.details, review=Review.RUNNING)
    payment = start(buyer, order, card)
    tell(payment, fact(payment, Kind.CAPTURE, gateway_reference="C1"))
    order.refresh_from_db()
    assert (order.status, order.safe_to_ship) == ("paid", False)
    tell(payment, fact(payment, Kind.AUTHORIZE, details=reviewed(Review.ACCEPTED)))
    order.refresh_from_db()
    assert order.safe_to_ship is True


def test_acceptance_opens_the_capture(reviewing, operator):
    tell(reviewing, fact(reviewing, Kind.AUTHORIZE, details=reviewed(Review.ACCEPTED)))
    assert capture(reviewing, operator).state == State.CAPTURED


def test_a_rejection_releases_the_hold_once(reviewing, fake):
    payment = tell(reviewing, fact(reviewing, Kind.AUTHORIZE, details=reviewed(Review.REJECTED)))
    assert (payment.review, payment.needs_review) == (Review.REJECTED, False)
    tell(reviewing, fact(reviewing, Kind.AUTHORIZE, details=reviewed(Review.REJECTED)))
    reconcile()
    later(seconds=30)
    reconcile()
    reviewing.refresh_from_db()
    assert reviewing.state == State.CANCELED
    assert len(fake.sent("cancel")) == 1
    assert list(reviewing.transactions.filter(kind=Kind.CANCEL).values_list("reason", "status")) == [
        ("rejected_in_review", Status.SUCCEEDED)
    ]
    assert verify_books() == []


def test_a_rejection_of_taken_money_is_only_proposed(buyer, order, card, fake):
    payment = start(buyer, order, card)
    tell(payment, fact(payment, Kind.CAPTURE, gateway_reference="C1"))
    payment = tell(payment, fact(payment, Kind.AUTHORIZE, details=reviewed(Review.REJECTED)))
    reconcile()
    assert (payment.state, payment.needs_review) == (State.CAPTURED, True)
    assert "refund it" in payment.review_reason
    assert fake.sent("refund") == fake.sent("cancel") == []


def test_a_capture_that_overtakes_the_rejection_is_proposed_too(buyer, order, card, fake):
    payment = start(buyer, order, card)
    tell(payment, fact(payment, Kind.AUTHORIZE, details=reviewed(Review.REJECTED)))
    payment = tell(payment, fact(payment, Kind.CAPTURE, gateway_reference="C1"))
    assert (payment.state, payment.captured_minor, payment.needs_review) == (State.CAPTURED, 30000, True)


def test_older_news_does_not_reopen_what_has_ended(reviewing):
    for review in (Review.ACCEPTED, Review.RUNNING):
        payment = tell(reviewing, fact(reviewing, Kind.AUTHORIZE, details=reviewed(review)))
    assert payment.review == Review.ACCEPTED
    for review in (Review.REJECTED, Review.ACCEPTED):
        payment = tell(reviewing, fact(reviewing, Kind.AUTHORIZE, details=reviewed(review)))
    assert payment.review == Review.REJECTED


def test_the_end_of_a_review_is_asked_for(reviewing, fake):
    """Nobody tells: the question comes every quarter of an hour."""
    fake.details = replace(fake.details, review=Review.ACCEPTED)
    later(minutes=14)
    assert reconcile() == []
    later(minutes=2)
    reconcile()
    reviewing.refresh_from_db()
    assert reviewing.review == Review.ACCEPTED


def test_a_running_review_is_asked_about_again_and_again(reviewing, fake):
    for _ in range(3):
        later(minutes=16)
        reconcile()
    assert len(fake.sent("inquire")) == 3


# --- silence ----------------------------------------------------------------------------------------------------------


def test_silence_after_in_process_is_an_alarm_of_its_own(buyer, manual_order, card, fake, operator):
    payment = start(buyer, manual_order, card)
    fake.next("capture", Pending(), processed=False)
    tx = last(capture(payment, operator), Kind.CAPTURE)
    assert tx.heard_by - tx.created_at > timedelta(minutes=59)
    fake.next("inquire", Unknown("busy"))
    while ports.now() < tx.heard_by + timedelta(minutes=10):
        later(minutes=5)
        fake.next("inquire", Unknown("busy"))
        reconcile()
    entries = list(payment.journal.values_list("entry", flat=True))
    assert entries.count("overdue") == 1
    payment.refresh_from_db()
    assert payment.needs_review is False  # the ladder goes on; a person is asked at its end


def test_what_is_told_in_time_raises_no_alarm(buyer, manual_order, card, fake, operator):
    payment = start(buyer, manual_order, card)
    fake.next("capture", Pending(), processed=True)
    capture(payment, operator)
    later(seconds=5)
    reconcile()
    later(hours=2)
    reconcile()
    payment.refresh_from_db()
    assert payment.state == State.CAPTURED
    assert not payment.journal.filter(entry="overdue").exists()


def test_what_the_approval_tells_of_itself_stays(buyer, order, card, fake):
    allows = {"incremental": "true", "extended": "false"}
    fake.details = replace(fake.details, credential="NETWORK_TOKEN", exemption="lowValue", allows=allows)
    payment = start(buyer, order, card)
    tell(payment, fact(payment, Kind.AUTHORIZE, details=Details(acquirer={"arn": "7400"})), source=Source.INQUIRY)
    payment.refresh_from_db()
    kept = {name: payment.details[name] for name in ("credential", "exemption", "allows")}
    assert kept == {"credential": "NETWORK_TOKEN", "exemption": "lowValue", "allows": allows}


def test_checks_are_kept_where_they_can_be_searched(buyer, order, card, fake):
    fake.details = replace(
        fake.details,
        authorization_code="A1B2C3",
        three_ds={"eci": "05", "version": "2.2.0"},
        acquirer={"name": "ACQ_ONE", "transaction_id": "acq-1"},
        risk={"source": "PSP"},
    )
    payment = start(buyer, order, card)
    tell(payment, fact(payment, Kind.AUTHORIZE, details=Details(acquirer={"arn": "7400"})), source=Source.INQUIRY)
    payment.refresh_from_db()
    assert (payment.avs, payment.cvv, payment.eci) == ("A", "Y", "05")
    assert (payment.network_transaction_id, payment.authorization_code) == ("ntx-1", "A1B2C3")
    authorization = payment.transactions.get(kind=Kind.AUTHORIZE)
    assert authorization.acquirer_reference == "7400"
    assert authorization.details == {"name": "ACQ_ONE", "transaction_id": "acq-1", "arn": "7400"}
