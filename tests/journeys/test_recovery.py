"""What nobody asked for, what nobody told, and what came too late: over real HTTP, each ending with equal books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock, ports
from payments.gateways.base import Kind
from payments.models import Dispute, Payment, Transaction
from payments.services import timing
from payments.services.operate import capture_payment, refund_payment
from payments.services.refresh import claim_due, reconcile
from payments.states import State, Status
from tests import factories, processes
from tests.books import differences
from tests.factories import make_ask, start
from tests.processes import wait_until
from tests.simulator_process import SimulatorProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(scope="module")
def shared_clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clock") / "clock"


@pytest.fixture(scope="module")
def own_provider(shared_clock: Path) -> Iterator[SimulatorProcess]:
    """A simulator whose clock goes with ours; the others keep theirs."""
    provider = SimulatorProcess()
    provider.start(shared_clock.parent, time_scale=10, environment={"SIM_CLOCK_FILE": str(shared_clock)})
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def own_web(
    django_db_setup: None, own_provider: SimulatorProcess, shared_clock: Path
) -> Iterator[processes.WebProcess]:
    env = processes.environment(own_provider, CLOCK_FILE=str(shared_clock))
    server = processes.WebProcess(env, shared_clock.parent)
    yield server
    server.stop()


@pytest.fixture
def simulator(
    transactional_db: None, own_provider: SimulatorProcess, own_web: processes.WebProcess, shared_clock: Path, settings
) -> Iterator[SimulatorProcess]:
    own_provider.reset()
    processes.point_at(own_provider, settings)
    settings.PUBLIC_URL = own_web.url
    settings.CLOCK_FILE = str(shared_clock)
    ports.use_clock_file(shared_clock)
    clock.reset()
    yield own_provider
    clock.reset()
    ports.use_clock_file(None)


@pytest.fixture
def account(simulator: SimulatorProcess):
    return processes.make_antom_account()


@pytest.fixture
def card(buyer, account, simulator: SimulatorProcess):
    return factories.make_card(buyer, account, token=simulator.token())


@pytest.fixture
def held(buyer, manual_order, card) -> Payment:
    payment = start(buyer, manual_order, card)
    assert payment.state == State.AUTHORIZED
    return payment


@pytest.fixture
def paid(buyer, order, card) -> Payment:
    return until(start(buyer, order, card), State.CAPTURED)


def until(payment: Payment, state: State) -> Payment:
    def look() -> Payment | None:
        reconcile()
        payment.refresh_from_db()
        return payment if payment.state == state else None

    return wait_until(look, what=f"{payment.public_id} to be {state}")


def request_id(payment: Payment) -> str:
    return str(payment.transactions.get(kind=Kind.AUTHORIZE).request_id)


# --- the provider acts by itself --------------------------------------------------------------------------------------


def test_the_provider_captures_a_hold_of_ours(held, simulator):
    simulator.control("act", {"act": "capture", "request_id": request_id(held)})
    until(held, State.CAPTURED)
    assert held.transactions.get(kind=Kind.CAPTURE).origin == "provider"
    assert differences(simulator) == []


def test_the_provider_refunds_in_its_own_dashboard(paid, simulator):
    simulator.control("act", {"act": "refund", "request_id": request_id(paid), "amount": 5000})
    clock.advance(timedelta(days=1))
    Payment.objects.filter(pk=paid.pk).update(next_at=ports.now())  # the nightly comparison asks about every payment
    until(paid, State.PARTIALLY_REFUNDED)
    assert (paid.refunded_minor, paid.transactions.get(kind=Kind.REFUND).origin) == (5000, "provider")
    assert differences(simulator) == []


def test_the_provider_releases_a_hold_without_a_word(held, simulator):
    """No notification follows (antom.md 3.10): it is found when somebody asks, at the latest at the hold's end."""
    simulator.control("act", {"act": "void", "request_id": request_id(held)})
    clock.advance(timedelta(days=7, minutes=2))
    reconcile()
    held.refresh_from_db()
    assert held.state in (State.CANCELED, State.EXPIRED)
    assert held.held_minor == 0
    assert differences(simulator) == []


def test_a_refund_that_was_done_comes_back(paid, operator, simulator):
    refund_payment(payment_id=paid.pk, actor=operator, ask=make_ask(operator), amount_minor=12000, reason="damaged")
    until(paid, State.PARTIALLY_REFUNDED)
    refund = paid.transactions.get(kind=Kind.REFUND)
    simulator.control("act", {"act": "reverse_refund", "refund_request_id": refund.request_id})
    until(paid, State.CAPTURED)
    refund.refresh_from_db()
    assert (refund.status, paid.refunded_minor) == (Status.RETURNED, 0)
    assert differences(simulator) == []


def test_a_dispute_comes_with_its_deadline_and_ends(paid, simulator):
    told = simulator.control("act", {"act": "open_dispute", "request_id": request_id(paid), "due_days": 9})
    dispute = wait_until(lambda: Dispute.objects.filter(reference=told["dispute_id"]).first(), what="the dispute")
    paid.refresh_from_db()
    assert (dispute.amount_minor, dispute.status, paid.disputes_open) == (30000, "open", 1)
    assert timedelta(days=8) < paid.dispute_due_at - ports.now() <= timedelta(days=9)
    event = {"act": "dispute_event", "dispute_id": told["dispute_id"], "event": "DISPUTE_CANCELLED"}
    simulator.control("act", event)
    wait_until(lambda: Dispute.objects.get(pk=dispute.pk).status == "canceled", what="the end of the dispute")
    assert differences(simulator) == []


def test_a_review_that_rejects_releases_the_hold(buyer, manual_order, card, simulator):
    simulator.control("next", {"operation": "pay", "scenario": "review"})
    payment = start(buyer, manual_order, card)
    wait_until(lambda: Payment.objects.get(pk=payment.pk).review == "running", what="the news of the review")
    simulator.control("act", {"act": "decide_review", "request_id": request_id(payment), "decision": "REJECT"})
    until(payment, State.CANCELED)
    assert differences(simulator) == []


# --- silence ----------------------------------------------------------------------------------------------------------


@pytest.mark.promise("I16")
@pytest.mark.promise("I23")
def test_an_automatic_capture_that_nobody_told_us_about_is_asked_for(buyer, order, card, simulator):
    simulator.control("next", {"operation": "autoCapture", "scenario": "missing"})
    payment = start(buyer, order, card)
    wait_until(lambda: simulator.books()[0]["captured"], what="the capture at the provider")
    payment.refresh_from_db()
    assert (payment.state, payment.captured_minor) == (State.AUTHORIZED, 0)
    assert payment.capture_expected_by - payment.created_at <= timing.CAPTURE_NOTICE + timedelta(seconds=1)
    clock.advance(timing.CAPTURE_NOTICE)
    reconcile()
    payment.refresh_from_db()
    assert payment.state == State.CAPTURED
    assert differences(simulator) == []


def test_a_capture_that_stays_in_process_raises_the_alarm_of_silence(held, operator, simulator):
    simulator.control("next", {"operation": "capture", "scenario": "pending", "seconds": 4 * 3600})
    capture_payment(payment_id=held.pk, actor=operator, ask=make_ask(operator), reason="shipped")
    tx = held.transactions.get(kind=Kind.CAPTURE)
    assert tx.heard_by - tx.created_at > timedelta(minutes=59)
    for _ in range(2):
        clock.advance(timedelta(minutes=29))
        reconcile()
    assert not held.journal.filter(entry="overdue").exists()
    for _ in range(2):
        clock.advance(timedelta(minutes=40))
        reconcile()
    assert held.journal.filter(entry="overdue").count() == 1
    clock.advance(timedelta(hours=4))
    until(held, State.CAPTURED)
    assert differences(simulator) == []


@pytest.mark.promise("I16")
def test_the_ladder_of_questions(buyer, order, card, simulator):
    """Every three seconds for half a minute, then a minute, five, an hour: as many questions as rungs."""
    simulator.control("next", {"operation": "pay", "scenario": "lost_reply", "copies": 0})
    payment = start(buyer, order, card)
    name = request_id(payment)
    simulator.control("next", {"operation": "inquiryPayment", "scenario": "lost_request", "times": 12})
    asked = []
    for wait in timing.LADDER[:11]:
        clock.advance(wait)
        reconcile()
        asked.append(simulator.log(name, operation="inquiryPayment")["counts"]["inquiryPayment"]["received"])
    assert asked == list(range(1, 12))


def test_a_payment_in_hand_is_nobody_elses(buyer, order, card, simulator):
    """Leases say who works on it; they end by themselves."""
    simulator.control("next", {"operation": "pay", "scenario": "lost_reply", "copies": 0})
    payment = start(buyer, order, card)
    clock.advance(timing.FIRST_ASK)
    assert claim_due(owner="one", limit=10) == [payment.pk]
    assert claim_due(owner="two", limit=10) == []
    clock.advance(timing.LEASE + timedelta(seconds=1))
    assert claim_due(owner="two", limit=10) == [payment.pk]


# --- too late ---------------------------------------------------------------------------------------------------------


@pytest.mark.promise("I17")
def test_a_payment_that_is_done_after_we_gave_it_up(buyer, order, card, simulator):
    """The request lay in a queue for longer than its life; the provider does it nevertheless."""
    simulator.control("settings", {"permissive": True})
    simulator.control("next", {"operation": "pay", "scenario": "late", "seconds": 900})
    payment = start(buyer, order, card)
    clock.advance(timedelta(minutes=7))
    until(payment, State.EXPIRED)
    clock.advance(timedelta(minutes=10))
    wait_until(lambda: simulator.books() != [], what="the late processing")
    clock.advance(timedelta(minutes=5))
    reconcile()
    payment.refresh_from_db()
    assert payment.held_minor == payment.captured_minor == 0
    assert differences(simulator) == []


def test_a_hold_lapses_on_both_sides(held, simulator, manual_order):
    clock.advance(timedelta(days=7, minutes=2))
    until(held, State.EXPIRED)
    manual_order.refresh_from_db()
    assert (manual_order.held_minor, manual_order.status) == (0, "awaiting_payment")
    assert differences(simulator) == []


def test_a_session_that_nobody_used_expires(buyer, order, account, simulator):
    payment = start(buyer, order)
    assert payment.next_action is not None
    clock.advance(timedelta(minutes=12))
    until(payment, State.EXPIRED)
    assert not Transaction.objects.filter(status__in=["pending", "unknown"]).exists()
    assert start(buyer, order).attempt == 2
