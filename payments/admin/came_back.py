"""Refunds that came back: the buyer did not get the money, and nobody has sent it again."""

from __future__ import annotations

from core.desk import Pill
from payments.admin.story import Story
from payments.gateways.base import Kind
from payments.journal import Entry
from payments.models import Payment, Transaction
from payments.states import Status

CAME_BACK = Pill("assignment_return", "Refund came back", "warn")
_NOT_SENT = (Status.FAILED, Status.RETURNED)


def came_back(story: Story, payment: Payment) -> list[Transaction]:
    """Oldest first. A refund that began after the first of them came back makes up for its amount."""
    refunds = [tx for tx in story.of(payment) if tx.kind == Kind.REFUND]
    back = [tx for tx in refunds if tx.status == Status.RETURNED]
    if not back or not payment.refundable_minor:
        return []
    told = [
        entry.at for entry in story.journal if entry.payment_id == payment.pk and entry.entry == Entry.REFUND_RETURNED
    ]
    since = min(told, default=back[0].created_at)
    again = sum(tx.amount_minor for tx in refunds if tx.status not in _NOT_SENT and tx.created_at >= since)
    missing = []
    for tx in sorted(back, key=lambda tx: -tx.amount_minor):
        if again >= tx.amount_minor:
            again -= tx.amount_minor
        else:
            missing.append(tx)
    return sorted(missing, key=lambda tx: tx.created_at)


def pill_for(story: Story) -> Pill | None:
    return CAME_BACK if any(came_back(story, payment) for payment in story.payments) else None
