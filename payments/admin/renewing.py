"""A page about something open comes again by itself, and says when the gateway is asked; it stops when all is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core import ports
from core.desk import moment, relative
from payments.admin.story import Story

LEAST, MOST = 10, 60
"""Seconds between two looks: time to read a page, and not to wait for long when somebody else was told the end."""
AFTER = timedelta(seconds=2)
"""What an answer of the gateway usually takes."""


@dataclass(frozen=True, slots=True)
class Renewal:
    seconds: int
    sentence: str


def renewal(story: Story) -> Renewal | None:
    """None where nothing is open, or where nobody asks any more: then a person decides."""
    due = [tx.next_at for payment in story.payments for tx in story.open_of(payment)]
    due += [payment.next_at for payment in story.payments if payment.capture_expected_by]
    next_at = min((at for at in due if at), default=None)
    if next_at is None:
        return None
    now = ports.now()
    seconds = min(max(int((next_at + AFTER - now).total_seconds()), LEAST), MOST)
    when = f"{relative(next_at, now)}, at {moment(next_at)}" if next_at > now else "any moment now"
    return Renewal(
        seconds, f"Not everything is told yet. The gateway is asked {when}; this page renews itself in {seconds} s."
    )
