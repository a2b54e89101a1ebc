"""Nudges for the queue: each names one row and looks at it now. Losing, repeating or delaying one costs only time."""

from __future__ import annotations

import uuid

from django_tasks import task

from payments.services import nudge


@task()
def resolve_one_payment(payment_id: str) -> list[str]:
    """One line for each thing done; empty when it was not due or somebody had it in hand."""
    return nudge.resolve_if_due(uuid.UUID(payment_id))


@task()
def apply_one_event(event_id: str) -> str:
    """The event's status; empty when it was not due or somebody had it in hand."""
    return nudge.apply_if_due(uuid.UUID(event_id))
