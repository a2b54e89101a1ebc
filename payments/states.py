"""Where the money is, and what may follow what. Pure Python; the only place that knows.

`State` says where the money of one payment is; `Status` says what we know about one request. Unknown is knowledge,
so it is a Status and never a State.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"


class Event(StrEnum):
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    CANCELED = "canceled"
    LAPSED = "lapsed"
    CAPTURED_IN_PART = "captured_in_part"
    CAPTURED = "captured"
    REST_RELEASED = "rest_released"
    REFUNDED_IN_PART = "refunded_in_part"
    REFUNDED = "refunded"
    REFUND_RETURNED = "refund_returned"
    """A refund came back; others stand."""
    ALL_REFUNDS_RETURNED = "all_refunds_returned"
    ALL_REFUNDS_RETURNED_BESIDE_A_HOLD = "all_refunds_returned_beside_a_hold"
    """What was captured is ours again, and the rest is still held."""


class Status(StrEnum):
    """What we know about one request to move money."""

    PENDING = "pending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RETURNED = "returned"
    """A refund only: it was done and came back."""


S, E = State, Event

MOVES: dict[tuple[State, Event], State] = {
    (S.PENDING, E.AUTHORIZED): S.AUTHORIZED,
    (S.PENDING, E.CAPTURED_IN_PART): S.PARTIALLY_CAPTURED,
    (S.PENDING, E.CAPTURED): S.CAPTURED,
    (S.PENDING, E.DECLINED): S.FAILED,
    (S.PENDING, E.CANCELED): S.CANCELED,
    (S.PENDING, E.LAPSED): S.EXPIRED,
    (S.AUTHORIZED, E.CAPTURED_IN_PART): S.PARTIALLY_CAPTURED,
    (S.AUTHORIZED, E.CAPTURED): S.CAPTURED,
    (S.AUTHORIZED, E.CANCELED): S.CANCELED,
    (S.AUTHORIZED, E.LAPSED): S.EXPIRED,
    (S.PARTIALLY_CAPTURED, E.CAPTURED_IN_PART): S.PARTIALLY_CAPTURED,
    (S.PARTIALLY_CAPTURED, E.CAPTURED): S.CAPTURED,
    (S.PARTIALLY_CAPTURED, E.REST_RELEASED): S.CAPTURED,
    (S.PARTIALLY_CAPTURED, E.REFUNDED_IN_PART): S.PARTIALLY_REFUNDED,
    (S.PARTIALLY_CAPTURED, E.REFUNDED): S.REFUNDED,
    (S.CAPTURED, E.REFUNDED_IN_PART): S.PARTIALLY_REFUNDED,
    (S.CAPTURED, E.REFUNDED): S.REFUNDED,
    (S.PARTIALLY_REFUNDED, E.REFUNDED_IN_PART): S.PARTIALLY_REFUNDED,
    (S.PARTIALLY_REFUNDED, E.REFUNDED): S.REFUNDED,
    (S.PARTIALLY_REFUNDED, E.REFUND_RETURNED): S.PARTIALLY_REFUNDED,
    (S.PARTIALLY_REFUNDED, E.ALL_REFUNDS_RETURNED): S.CAPTURED,
    (S.PARTIALLY_REFUNDED, E.ALL_REFUNDS_RETURNED_BESIDE_A_HOLD): S.PARTIALLY_CAPTURED,
    (S.PARTIALLY_REFUNDED, E.REST_RELEASED): S.PARTIALLY_REFUNDED,
    (S.REFUNDED, E.REFUND_RETURNED): S.PARTIALLY_REFUNDED,
    (S.REFUNDED, E.ALL_REFUNDS_RETURNED): S.CAPTURED,
    (S.REFUNDED, E.REST_RELEASED): S.REFUNDED,
}
"""What is not in here cannot happen."""

CORRECTIONS: dict[tuple[State, Event], State] = {
    (S.FAILED, E.AUTHORIZED): S.AUTHORIZED,
    (S.EXPIRED, E.AUTHORIZED): S.AUTHORIZED,
    (S.CANCELED, E.AUTHORIZED): S.AUTHORIZED,
    (S.FAILED, E.CAPTURED): S.CAPTURED,
    (S.EXPIRED, E.CAPTURED): S.CAPTURED,
    (S.CANCELED, E.CAPTURED): S.CAPTURED,
    (S.FAILED, E.CAPTURED_IN_PART): S.PARTIALLY_CAPTURED,
    (S.EXPIRED, E.CAPTURED_IN_PART): S.PARTIALLY_CAPTURED,
    (S.CANCELED, E.CAPTURED_IN_PART): S.PARTIALLY_CAPTURED,
}
"""Verified late success: the provider moved money although we had closed the payment (I17). Only ever together with
the review flag, and journaled under its own name."""

STANDING = frozenset({S.PENDING, S.AUTHORIZED, S.PARTIALLY_CAPTURED, S.CAPTURED, S.PARTIALLY_REFUNDED})
"""At most one payment of an order is in one of these (and not under review)."""

CLOSED = frozenset({S.FAILED, S.CANCELED, S.EXPIRED})
"""No money of the buyer is held or taken."""

HELD = frozenset({S.AUTHORIZED, S.PARTIALLY_CAPTURED})
TAKEN = frozenset({S.PARTIALLY_CAPTURED, S.CAPTURED, S.PARTIALLY_REFUNDED, S.REFUNDED})

OPEN = frozenset({Status.PENDING, Status.UNKNOWN})
"""A request whose end we do not know yet."""

STATUS_MOVES: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.SUCCEEDED, Status.FAILED, Status.UNKNOWN}),
    Status.UNKNOWN: frozenset({Status.SUCCEEDED, Status.FAILED, Status.PENDING}),
    Status.SUCCEEDED: frozenset({Status.RETURNED}),
    Status.FAILED: frozenset(),
    Status.RETURNED: frozenset(),
}


def next_state(state: State, event: Event) -> State | None:
    """The state after `event`, or None when that cannot follow."""
    return MOVES.get((state, event))
