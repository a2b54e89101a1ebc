"""The timeline: what happened, who did it, how we learned it. Newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core import ports
from core.desk import moment, relative, zoned
from core.money import display
from payments.admin import words
from payments.admin.story import LEARNED, Story
from payments.journal import Entry, sentence
from payments.models import Dispute, JournalEntry, Payment, Source


@dataclass(slots=True)
class Told:
    """One entry of the timeline."""

    id: str
    at: datetime
    when: str
    ago: str
    actor: str
    actor_icon: str
    sentence: str
    moved: str
    moved_tone: str
    after: str
    learned: str
    why: str
    note: str
    attempt: int
    fresh: bool = False
    until: str = ""
    """Until when it is to be answered, where the entry asks for an answer."""


def timeline(story: Story, fresh: str = "") -> list[Told]:
    """Newest first. `fresh`: public id of the transaction to mark."""
    attempts = {payment.pk: payment for payment in story.payments}
    now = ports.now()
    kept = {payment.pk: payment.captured_minor - payment.refunded_minor for payment in story.payments}
    told: list[Told] = []
    for entry in story.journal:
        payment = attempts[entry.payment_id]
        actor, icon = _actor(entry)
        moved, tone = _moved(entry, payment)
        told.append(
            Told(
                id=f"entry-{payment.attempt}-{entry.seq}",
                at=entry.at,
                when=moment(entry.at),
                ago=relative(entry.at, now),
                actor=actor,
                actor_icon=icon,
                sentence=sentence(entry, currency=payment.currency),
                moved=moved,
                moved_tone=tone,
                after=display(payment.money(kept[payment.pk])) if entry.captured_delta or entry.refunded_delta else "",
                learned=LEARNED[Source(entry.source)],
                why=words.reason(entry.reason),
                note=entry.note,
                attempt=payment.attempt,
                fresh=bool(fresh and entry.transaction and entry.transaction.public_id == fresh),
                until=_until(entry, story.disputes),
            )
        )
        kept[payment.pk] -= entry.captured_delta - entry.refunded_delta
    return told


def _until(entry: JournalEntry, disputes: Sequence[Dispute]) -> str:
    if entry.entry not in (Entry.DISPUTE_OPENED, Entry.DISPUTE_DUE):
        return ""
    named = (entry.evidence or {}).get("dispute")
    return next((f"Answer by {zoned(row.due_at)}" for row in disputes if row.public_id == named and row.due_at), "")


def _actor(entry: JournalEntry) -> tuple[str, str]:
    match Source(entry.source):
        case Source.BUYER:
            return "Buyer", "person"
        case Source.OPERATOR:
            return str(entry.actor or "Operator"), "badge"
        case Source.RESOLVER:
            return "Scheduler", "schedule"
        case _:
            return "Gateway", "account_balance"


def _moved(entry: JournalEntry, payment: Payment) -> tuple[str, str]:
    if entry.captured_delta:
        return _signed(payment, entry.captured_delta), "plus"
    if entry.refunded_delta:
        return _signed(payment, -entry.refunded_delta), "minus"
    held = entry.authorized_delta - entry.released_delta
    return (f"{_signed(payment, held)} held", "muted") if held else ("", "")


def _signed(payment: Payment, minor: int) -> str:
    return f"{'+' if minor > 0 else '−'}{display(payment.money(abs(minor)))}"
