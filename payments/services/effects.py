"""What each approved act does to the sums and the state of a payment."""

from __future__ import annotations

from collections.abc import Callable

from core import ports
from payments.gateways.base import CaptureMode, Fact, Kind, Review, Verb
from payments.gateways.registry import gateway_for
from payments.journal import Entry
from payments.models import Origin, Payment, Transaction
from payments.services import timing
from payments.services.room import Deltas, Room
from payments.states import CLOSED, HELD, Event, State, Status

Effect = Callable[[Room, Transaction, Fact, bool], None]
LATE_SUCCESS = "late_success"


def succeed_authorize(room: Room, tx: Transaction, fact: Fact, late: bool) -> None:
    payment = room.payment
    payment.next_action = None
    payment.failure_code = payment.failure_category = ""
    if payment.hold_ends_at is None:
        within = gateway_for(payment.account).rules[Verb.CAPTURE].within
        payment.hold_ends_at = room.at + within if within else None
    if payment.authorized_minor:
        room.record(Entry.AUTHORIZATION_CONFIRMED, tx)
        return
    room.move(Event.AUTHORIZED, Entry.AUTHORIZED, tx, Deltas(authorized=tx.amount_minor), late=late)
    if payment.capture_mode == CaptureMode.AUTOMATIC:
        payment.capture_expected_by = payment.next_at = room.at + timing.CAPTURE_NOTICE
    else:
        payment.next_at = payment.hold_ends_at
    payment.attempts = 0
    if late:
        release_once(room, LATE_SUCCESS)


def succeed_capture(room: Room, tx: Transaction, fact: Fact, late: bool) -> None:
    payment, amount = room.payment, tx.amount_minor
    late = late or room.state in CLOSED
    authorized = 0
    if payment.authorized_minor == 0:
        # A capture implies its authorization, whoever tells first.
        authorized = max(payment.amount_minor, amount)
        if room.authorization.is_open:
            room.set_status(room.authorization, Status.SUCCEEDED)
            payment.next_action = None
    back = min(payment.released_minor, amount) if room.state in CLOSED else 0
    rest = payment.authorized_minor + authorized - payment.captured_minor - amount - payment.released_minor + back
    released = rest if rest > 0 and tx.origin == Origin.OURS and tx.final else 0
    if rest < 0:
        room.flag("More was captured than was authorised.")
    room.move(
        Event.CAPTURED if rest - released <= 0 else Event.CAPTURED_IN_PART,
        Entry.CAPTURED,
        tx,
        Deltas(authorized=authorized, captured=amount, released=released - back),
        late=late,
    )
    payment.capture_expected_by = None
    payment.next_at = payment.hold_ends_at if payment.held_minor else None
    if payment.review == Review.RUNNING:
        payment.next_at = timing.next_review_question(room.at, payment.next_at)


def succeed_cancel(room: Room, tx: Transaction, fact: Fact, late: bool) -> None:
    payment, rest = room.payment, room.payment.held_minor
    if room.state in CLOSED:
        room.record(Entry.CANCEL_CONFIRMED, tx)
        return
    if room.state is State.PENDING:
        _close_authorization(room, "canceled")
    event = Event.CANCELED
    if room.state not in (State.PENDING, State.AUTHORIZED) and rest:
        event = _without_the_rest(payment)
    payment.next_action = payment.next_at = payment.capture_expected_by = None
    room.move(event, Entry.CANCELED, tx, Deltas(released=rest), late=late)


def succeed_refund(room: Room, tx: Transaction, fact: Fact, late: bool) -> None:
    payment, amount = room.payment, tx.amount_minor
    reserved = -amount if tx.origin == Origin.OURS and not late else 0
    total = payment.refunded_minor + amount
    if total > payment.captured_minor:
        room.flag("More was refunded than was captured.")
    elif total + payment.refund_reserved_minor + reserved > payment.captured_minor:
        room.flag("Refunds that are done and refunds under way are together more than was captured.")
    whole = total >= payment.captured_minor and not payment.held_minor
    room.move(
        Event.REFUNDED if whole else Event.REFUNDED_IN_PART,
        Entry.REFUNDED,
        tx,
        Deltas(refund_reserved=reserved, refunded=amount),
        late=late,
    )


def succeed_lapse(room: Room) -> None:
    """The hold ended by itself; what was captured stays captured."""
    payment = room.payment
    if room.state is State.PENDING:
        _close_authorization(room, "expired")
        room.move(Event.LAPSED, Entry.LAPSED, None, Deltas())
    elif room.state in HELD or payment.held_minor:
        event = Event.LAPSED if room.state is State.AUTHORIZED else _without_the_rest(payment)
        room.move(event, Entry.LAPSED, None, Deltas(released=payment.held_minor))
    payment.next_action = payment.next_at = payment.capture_expected_by = None


def _without_the_rest(payment: Payment) -> Event:
    """What a partly captured payment becomes when the rest of its hold is gone."""
    return Event.REFUNDED if payment.captured_minor == payment.refunded_minor else Event.REST_RELEASED


def _close_authorization(room: Room, code: str) -> None:
    authorization = room.authorization
    if authorization.is_open:
        room.set_status(authorization, Status.FAILED)
        authorization.failure_code = code
    room.payment.failure_code = code


def release_once(room: Room, reason: str) -> None:
    """A hold that must not stand is canceled by us, once for each reason; captured money waits for a person (I17)."""
    if any(tx.kind == Kind.CANCEL and tx.reason == reason for tx in room.transactions):
        return
    if room.open_follow_up() is not None:
        return
    cancel = room.add_transaction(
        kind=Kind.CANCEL,
        amount_minor=room.payment.amount_minor,
        request_id=ports.new_public_id("C"),
        reason=reason,
        send_by=timing.long_silent(room.at),
        next_at=room.at,
    )
    room.record(Entry.CANCEL_REQUESTED, cancel, reason=reason)


EFFECTS: dict[Kind, Effect] = {
    Kind.AUTHORIZE: succeed_authorize,
    Kind.CAPTURE: succeed_capture,
    Kind.CANCEL: succeed_cancel,
    Kind.REFUND: succeed_refund,
}
