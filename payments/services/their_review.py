"""The provider's own review after it authorised: while it runs, neither capture nor ship (antom.md 3.8).

REJECT releases a hold by itself, once; money that is taken already is only proposed for a refund.
"""

from __future__ import annotations

from payments.gateways.base import CaptureMode, Details, Review
from payments.journal import Entry
from payments.services import timing
from payments.services.effects import release_once
from payments.services.room import Room
from payments.states import CLOSED, State

REJECTED_REASON = "rejected_in_review"
PROPOSAL = "The gateway’s review rejected this payment after the money was taken: refund it, and do not ship."
_ENTRIES = {
    Review.RUNNING: Entry.THEIR_REVIEW,
    Review.ACCEPTED: Entry.THEIR_REVIEW_ACCEPTED,
    Review.REJECTED: Entry.THEIR_REVIEW_REJECTED,
}


def follow(room: Room, told: Details) -> None:
    """Note a step of the review. A rejection stays; older news (still running) never reopens what has ended."""
    payment, review = room.payment, told.review
    before = Review(payment.review)
    ended = before in (Review.ACCEPTED, Review.REJECTED)
    if not review or review is before or before is Review.REJECTED or (ended and review is Review.RUNNING):
        return
    payment.review = review
    room.record(_ENTRIES[review], room.authorization, source_of_review=told.risk.get("source", ""))
    automatic = payment.capture_mode == CaptureMode.AUTOMATIC and room.state is State.AUTHORIZED
    if review is Review.RUNNING:
        payment.capture_expected_by = None  # the provider captures after its review
        payment.next_at = timing.next_review_question(room.at, payment.hold_ends_at)
    elif review is Review.ACCEPTED and automatic:
        payment.capture_expected_by = payment.next_at = room.at + timing.CAPTURE_NOTICE
    elif review is Review.REJECTED:
        act_on_rejection(room)


def act_on_rejection(room: Room) -> None:
    """Also after a capture that overtook the rejection."""
    payment = room.payment
    if payment.review != Review.REJECTED or room.state in CLOSED:
        return
    if payment.captured_minor > payment.refunded_minor + payment.refund_reserved_minor:
        proposed = "taken before the rejection: a refund is proposed"
        room.raise_once(PROPOSAL, Entry.THEIR_REVIEW_REJECTED, room.authorization, detail=proposed)
    elif payment.held_minor:
        release_once(room, REJECTED_REASON)
