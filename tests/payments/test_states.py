"""Every cell of the table, visited."""

from __future__ import annotations

import pytest

from payments.states import (
    CLOSED,
    CORRECTIONS,
    HELD,
    MOVES,
    OPEN,
    STANDING,
    STATUS_MOVES,
    TAKEN,
    Event,
    State,
    Status,
    next_state,
)

EXPECTED = {
    State.PENDING: {
        Event.AUTHORIZED: State.AUTHORIZED,
        Event.CAPTURED: State.CAPTURED,
        Event.CAPTURED_IN_PART: State.PARTIALLY_CAPTURED,
        Event.DECLINED: State.FAILED,
        Event.CANCELED: State.CANCELED,
        Event.LAPSED: State.EXPIRED,
    },
    State.AUTHORIZED: {
        Event.CAPTURED: State.CAPTURED,
        Event.CAPTURED_IN_PART: State.PARTIALLY_CAPTURED,
        Event.CANCELED: State.CANCELED,
        Event.LAPSED: State.EXPIRED,
    },
    State.PARTIALLY_CAPTURED: {
        Event.CAPTURED: State.CAPTURED,
        Event.CAPTURED_IN_PART: State.PARTIALLY_CAPTURED,
        Event.REST_RELEASED: State.CAPTURED,
        Event.REFUNDED: State.REFUNDED,
        Event.REFUNDED_IN_PART: State.PARTIALLY_REFUNDED,
    },
    State.CAPTURED: {Event.REFUNDED: State.REFUNDED, Event.REFUNDED_IN_PART: State.PARTIALLY_REFUNDED},
    State.PARTIALLY_REFUNDED: {
        Event.REFUNDED: State.REFUNDED,
        Event.REFUNDED_IN_PART: State.PARTIALLY_REFUNDED,
        Event.REFUND_RETURNED: State.PARTIALLY_REFUNDED,
        Event.ALL_REFUNDS_RETURNED: State.CAPTURED,
        Event.ALL_REFUNDS_RETURNED_BESIDE_A_HOLD: State.PARTIALLY_CAPTURED,
        Event.REST_RELEASED: State.PARTIALLY_REFUNDED,
    },
    State.REFUNDED: {
        Event.REFUND_RETURNED: State.PARTIALLY_REFUNDED,
        Event.ALL_REFUNDS_RETURNED: State.CAPTURED,
        Event.REST_RELEASED: State.REFUNDED,
    },
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_cell(state, event):
    assert next_state(state, event) == EXPECTED.get(state, {}).get(event)


def test_closed_states_are_left_only_by_correction():
    assert not {state for state, _ in MOVES} & CLOSED
    assert {state for state, _ in CORRECTIONS} == CLOSED
    assert not set(MOVES) & set(CORRECTIONS)


def test_sets_do_not_overlap():
    assert not STANDING & CLOSED
    assert STANDING | CLOSED | {State.REFUNDED} == set(State)
    assert {State.PARTIALLY_CAPTURED} == HELD & TAKEN


def test_what_is_settled_stays_settled():
    assert {status for status in Status if STATUS_MOVES[status] & OPEN} == OPEN
    assert STATUS_MOVES[Status.SUCCEEDED] == {Status.RETURNED}
    assert STATUS_MOVES[Status.FAILED] == STATUS_MOVES[Status.RETURNED] == frozenset()
