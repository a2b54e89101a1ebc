"""A nudge puts a row's id into the queue, so that a worker looks at it exactly when it is due.

The row is the truth (`next_at`, lease) and the loop of the worker finds it anyway: a lost nudge costs delay, not
money. So nudging never raises into the money path, and what a nudge finds already done it leaves alone.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from core import ports
from payments.models import NotificationEvent, Payment, Transaction
from payments.services import timing

log = logging.getLogger(__name__)


def resolve_soon(payment_id: uuid.UUID, *, at: datetime | None) -> None:
    """After the commit, ask for `resolve_one_payment` at that moment; None: the row waits for a person."""
    if at is not None:
        transaction.on_commit(partial(_enqueue, "resolve_one_payment", payment_id, at), robust=True)


def apply_soon(event_id: uuid.UUID, *, at: datetime | None) -> None:
    """After the commit, ask for `apply_one_event` at that moment; None: nobody needs to look again."""
    if at is not None:
        transaction.on_commit(partial(_enqueue, "apply_one_event", event_id, at), robust=True)


def resolve_if_due(payment_id: uuid.UUID) -> list[str]:
    """Resolve the payment unless it is not due, or somebody has it in hand. One line for each thing done."""
    from payments.services.refresh import release, resolve_payment

    at, owner = ports.now(), ports.random_text(12)
    open_and_due = Transaction.objects.filter(payment=OuterRef("pk"), next_at__lte=at)
    due = Payment.objects.filter(Q(next_at__lte=at) | Exists(open_and_due), pk=payment_id)
    if not _claim(due, owner, at):
        return []
    try:
        return resolve_payment(payment_id)
    finally:
        release(payment_id, owner=owner)


def apply_if_due(event_id: uuid.UUID) -> str:
    """Apply the stored event unless it is not due, or somebody has it in hand. Returns its status."""
    from payments.services.inbox import apply_stored

    at = ports.now()
    if not _claim(NotificationEvent.objects.filter(pk=event_id, next_at__lte=at), ports.random_text(12), at):
        return ""
    return str(apply_stored(event_id=event_id).status)


def _claim(rows: QuerySet[Payment] | QuerySet[NotificationEvent], owner: str, at: datetime) -> bool:
    free = Q(lease_until=None) | Q(lease_until__lt=at)
    with transaction.atomic(durable=True):
        return rows.filter(free).update(lease_owner=owner, lease_until=at + timing.LEASE) == 1


def _enqueue(task: str, row_id: uuid.UUID, at: datetime) -> None:
    from payments import tasks  # which import this module

    try:
        real = at - ports.ahead()  # the queue has the real clock, whatever ours says
        getattr(tasks, task).using(run_after=real).enqueue(str(row_id))
    except Exception:
        log.warning("no nudge for %s; the loop will find it", row_id, exc_info=True)
