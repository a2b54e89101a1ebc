"""The provider's own review after it authorised: while it runs, neither capture nor ship (antom.md 3.8).

REJECT releases a hold by itself, once; money that is taken already is only proposed for a refund.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from payments.gateways.base import Details, Review
from payments.journal import Entry
from payments.services.effects import release_once
from payments.services.room import Room
from payments.states import CLOSED

ASK_EVERY = timedelta(minutes=15)
"""People decide it, so there is no hurry; the hold's end is watched besides."""
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
    if review is Review.RUNNING:
        soon = next_question(room.at, payment.hold_ends_at)
        payment.next_at = min(soon, payment.next_at) if payment.next_at else soon
    elif review is Review.REJECTED:
        act_on_rejection(room)


def act_on_rejection(room: Room) -> None:
    """Also after a capture that overtook the rejection."""
    payment = room.payment
    if payment.review != Review.REJECTED or room.state in CLOSED:
        return
    if payment.captured_minor > payment.refunded_minor + payment.refund_reserved_minor:
        room.flag(PROPOSAL)
    elif payment.held_minor:
        release_once(room, REJECTED_REASON)


def next_question(at: datetime, hold_ends_at: datetime | None) -> datetime:
    soon = at + ASK_EVERY
    return min(soon, hold_ends_at) if hold_ends_at and hold_ends_at > at else soon
