"""What a person does about a payment that nobody else can settle: ask the gateway, and clear the flag."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import IntegrityError

from core.errors import Forbidden
from core.models import User
from payments.errors import ActionNotAllowed, OperationInProgress, ReasonRequired
from payments.journal import Entry
from payments.models import Origin, Payment, Source
from payments.services.operate import refuse_card_data, refuse_stale
from payments.services.refresh import refresh_payment
from payments.services.room import Room, SomebodyWasFirst, enter
from payments.states import STANDING


def check_with_gateway(*, payment_id: uuid.UUID, actor: User) -> Payment:
    """Ask the gateway once, on behalf of a colleague. Raises Forbidden."""
    _refuse_without(actor, "inquire")
    return refresh_payment(payment_id=payment_id, actor=actor)


def clear_review(
    *,
    payment_id: uuid.UUID,
    actor: User,
    reason: str,
    note: str = "",
    seen: Mapping[str, str] | None = None,
    address: str | None = None,
) -> Payment:
    """Take the review flag off, with a reason in the journal. No money moves; what is still open is asked about again.

    Raises Forbidden, ReasonRequired, InvalidInput, StalePage, ActionNotAllowed, OperationInProgress.
    """
    _refuse_without(actor, "review")
    if not reason:
        raise ReasonRequired
    refuse_card_data(reason, note)
    try:
        with enter(payment_id, source=Source.OPERATOR, actor=actor, address=address) as room:
            _refuse_without(User.objects.get(pk=actor.pk), "review")
            refuse_stale(room.payment, seen)
            why_not = why_not_clear(room.payment)
            if why_not:
                raise ActionNotAllowed(why_not)
            _clear(room, reason, note)
    except SomebodyWasFirst:
        raise OperationInProgress from None
    except IntegrityError:
        raise ActionNotAllowed(_ANOTHER_STANDS) from None
    return room.payment


_ANOTHER_STANDS = (
    "Another payment of this order stands as well: the buyer may have paid twice. "
    "Release or refund one of the two first."
)


def why_not_clear(payment: Payment) -> str:
    """The sentence why the flag must stay; empty when it may go."""
    if not payment.needs_review:
        return "There is nothing to clear: this payment is not under review."
    if payment.captured_minor + payment.released_minor > payment.authorized_minor:
        return "More was captured or released than was authorised. The books do not explain that; the flag stays."
    if payment.refunded_minor + payment.refund_reserved_minor > payment.captured_minor:
        return "More was refunded than was captured. The books do not explain that; the flag stays."
    others = Payment.objects.filter(order_id=payment.order_id, needs_review=False, state__in=sorted(STANDING))
    if payment.state in STANDING and others.exclude(pk=payment.pk).exists():
        return _ANOTHER_STANDS
    return ""


def _clear(room: Room, reason: str, note: str) -> None:
    was = room.payment.review_reason
    room.payment.needs_review = False
    room.payment.review_reason = ""
    room.record(Entry.REVIEWED, reason=reason[:64], note=note, was=was)
    for tx in room.transactions:
        if tx.is_open and tx.origin == Origin.OURS and tx.next_at is None:
            tx.next_at, tx.attempts = room.at, 0  # nobody asks about it since the ladder ended: begin again
            room.touch(tx)


def _refuse_without(actor: User, verb: str) -> None:
    if not (actor.is_active and actor.is_staff and actor.has_perm(f"payments.{verb}")):
        raise Forbidden(f"Your role does not include “{verb}”. Ask somebody whose role does.")
