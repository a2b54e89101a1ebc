"""Tests for mutants that nothing else noticed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import ports
from payments.gateways.base import Kind, Unknown
from payments.models import Payment
from payments.services.books import verify_books
from payments.services.refresh import reconcile
from payments.states import State
from tests.factories import start
from tests.payments.test_outcomes import ref

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(buyer, manual_order, card) -> Payment:
    return start(buyer, manual_order, card)


def after_the_hold(payment: Payment, minutes: int) -> Payment:
    ports.pretend_now(payment.hold_ends_at + timedelta(minutes=minutes))  # type: ignore[operator]
    reconcile()
    payment.refresh_from_db()
    return payment


@pytest.mark.promise("I4")
def test_a_hold_has_not_lapsed_while_the_gateway_gives_no_certain_answer(held: Payment, fake):
    """Its time is over; it may have been captured in its last minute all the same."""
    fake.next("inquire", Unknown("no answer"))
    assert after_the_hold(held, 2).state == State.AUTHORIZED
    fake.do(fake.payments[ref(held).request_id], Kind.CAPTURE, 30000)
    held = after_the_hold(held, 3)
    assert (held.state, held.captured_minor, held.released_minor) == (State.CAPTURED, 30000, 0)
    assert not held.needs_review
    assert verify_books() == []
