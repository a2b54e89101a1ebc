"""When to ask again. Seconds and days, in one place."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from payments.gateways.base import Kind

SESSION_LIFE = timedelta(minutes=10)
"""A card element that the buyer left open (house.md 11)."""
PAY_LIFE = timedelta(minutes=5)
"""paymentExpiryTime of a payment that our server sends (I15)."""
SKEW = timedelta(seconds=60)
FIRST_ASK = timedelta(seconds=3)
CAPTURE_NOTICE = timedelta(seconds=30)
"""An automatic capture that nobody told us about is asked for after this."""
HEARD_WITHIN = {Kind.CAPTURE: timedelta(hours=1), Kind.CANCEL: timedelta(hours=1), Kind.REFUND: timedelta(days=1)}
"""A provider that says “in process” tells the end within this, or silence becomes an alarm of its own."""
REVIEW_EVERY = timedelta(minutes=15)
"""People at the provider decide a review, so there is no hurry; the hold's end is watched besides."""
LEASE = timedelta(seconds=30)

LADDER: tuple[timedelta, ...] = (
    *(timedelta(seconds=3),) * 10,
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(hours=1),
    timedelta(hours=6),
    *(timedelta(days=1),) * 5,
)
"""Waits between questions; after the last a person decides (I16)."""


def next_question(attempts: int, at: datetime) -> datetime | None:
    """When to ask for the `attempts`-th time; None after the last rung."""
    return at + LADDER[attempts] if attempts < len(LADDER) else None


def send_by(at: datetime) -> datetime:
    return at + timedelta(seconds=settings.SEND_WITHIN_SECONDS)


def surely_silent(sent_by: datetime) -> datetime:
    """From here on nobody can still be sending or waiting for that request."""
    return sent_by + timedelta(seconds=settings.GATEWAY_DEADLINE_SECONDS + 1)


def long_silent(at: datetime) -> datetime:
    """`send_by` of a request that nobody holds in hand: the resolver may send it at once."""
    return at - timedelta(seconds=settings.GATEWAY_DEADLINE_SECONDS + 1)


def absence_is_final(expires_at: datetime) -> datetime:
    return expires_at + SKEW


def heard_by(kind: Kind, at: datetime, expires_at: datetime) -> datetime:
    """Until when a provider that works on it should have told the end; an authorization ends with its own time."""
    return absence_is_final(expires_at) if kind is Kind.AUTHORIZE else at + HEARD_WITHIN[kind]


def next_review_question(at: datetime, hold_ends_at: datetime | None) -> datetime:
    soon = at + REVIEW_EVERY
    return min(soon, hold_ends_at) if hold_ends_at and hold_ends_at > at else soon
