"""What the gateway should have told by now: silence is news too (B7)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from core import ports
from core.desk import moment, relative
from core.money import display
from payments.admin import words
from payments.models import Payment, Transaction
from payments.states import OPEN


def silent_requests(now: datetime) -> QuerySet[Transaction]:
    """Open requests whose end should have been told. Where nobody asks any more, the payment is under review instead.

    Partial indexes make this list: `transaction_to_hear_of`, or for SQLite, which sees no IN in them, what is due.
    """
    return (
        Transaction.objects.filter(status__in=sorted(OPEN), heard_by__lte=now, next_at__isnull=False)
        .select_related("payment")
        .order_by("heard_by")
    )


def silent_captures(now: datetime) -> QuerySet[Payment]:
    """Captures by the gateway that nobody told of. Each is due, so the partial index of what is due finds it."""
    return (
        Payment.objects.filter(next_at__isnull=False, capture_expected_by__lte=now)
        .defer("next_action", "device")
        .order_by("capture_expected_by")
    )


def still_open_line(tx: Transaction, now: datetime) -> str:
    what = f"{words.KINDS[tx.kind].lower()} of {display(tx.amount)}"
    return f"No news yet of the {what}: {_next(tx, now)}{_heard(tx, now)}."


def expected_capture_line(payment: Payment, now: datetime) -> str:
    expected = payment.capture_expected_by
    if expected is None:
        return ""
    passed = "should have been told" if expected <= now else "is expected to be told"
    return f"The capture by the gateway {passed} by {moment(expected)}."


def _next(tx: Transaction, now: datetime) -> str:
    if tx.next_at is None:
        return "nobody asks any more"
    if tx.next_at <= now:
        return "the gateway is about to be asked"
    return f"next question {relative(tx.next_at, now)}, at {moment(tx.next_at)}"


def _heard(tx: Transaction, now: datetime) -> str:
    if tx.heard_by is None:
        return ""
    word = "should have heard by" if tx.heard_by <= now else "to be heard of by"
    return f"; {word} {moment(tx.heard_by)}"


def is_silent(tx: Transaction) -> bool:
    return tx.heard_by is not None and tx.heard_by <= ports.now() and tx.is_open
