"""One operation under way: whose it is, what is to go wrong, and how the merchant hears of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from payments.simulator import clock, documents, spoiling
from payments.simulator.deck import Altered, FirstSend, Outcome
from payments.simulator.documents import Document
from payments.simulator.models import Job, Notification, WireLog
from payments.simulator.scenarios import Plan
from payments.simulator.switchboard import Knobs

FIRST_SEND_DELAY = timedelta(seconds=0.15)  # lets the synchronous answer leave first; `early` is the exception


@dataclass(slots=True)
class Desk:
    """One operation under way."""

    client_id: str
    plan: Plan
    knobs: Knobs
    secret: bytes = b""
    first: list[int] = field(default_factory=list)
    now: datetime = field(default_factory=clock.now)
    answering: bool = False  # a merchant waits for an answer that a notification could precede
    alters: bool = False  # other_amount where no signed answer can carry it: the notification does

    @property
    def refusal(self) -> str:
        return self.plan.code if self.plan.card.outcome is Outcome.DECLINE else ""

    @property
    def pending(self) -> bool:
        return self.plan.card.outcome is Outcome.PENDING

    @property
    def pending_status(self) -> bool:
        return self.plan.card.outcome is Outcome.PENDING_STATUS

    @property
    def challenge(self) -> bool:
        return self.plan.card.outcome is Outcome.CHALLENGE

    @property
    def review(self) -> bool:
        """Decided after `plan.seconds`, or by the operator when there are none."""
        return self.plan.card.outcome is Outcome.REVIEW

    def later(self, seconds: float) -> datetime:
        return self.now + timedelta(seconds=seconds)

    def new_id(self, kind: str) -> str:
        """35 digits that start with the date (antom.md 3.6)."""
        day = self.now.astimezone(clock.HOUSE_ZONE).strftime("%Y%m%d")
        return f"{day}{kind}{secrets.randbelow(10**15):015d}"

    def announce(self, document: Document, *, request_id: str, url: str, kind: str = "") -> None:
        """Put a notification on its way, misbehaving as the plan says. Without a URL there is nobody to tell.

        `kind` is our own word for a document that does not name itself.
        """
        if not url:
            return
        card = self.plan.card
        early = card.early and self.answering
        kind = kind or document.get("notifyType") or document.get("disputeNotificationType", "")
        fault = card.first_send
        if fault is FirstSend.AFTER_CAPTURE and kind != "PAYMENT_RESULT":
            fault = FirstSend.RIGHT
        for _ in range(self.plan.notifications):
            row = Notification.objects.create(
                client_id=self.client_id,
                request_id=request_id,
                notify_type=kind,
                url=url,
                body=documents.encode(self._as_told(document)).decode(),
                created_at=self.now,
                old_time=card.stale,
                fault=fault,
                next_at=None if card.silent else self._send_at(fault),
                leased_at=self.now if early else None,
            )
            if early:
                self.first.append(row.pk)

    def _as_told(self, document: Document) -> Document:
        if self.alters or self.plan.card.altered is Altered.AMOUNT:
            return documents.with_other_amount(document)
        if self.plan.card.altered is Altered.CURRENCY:
            return spoiling.with_other_currency(document)
        return document

    def _send_at(self, fault: FirstSend) -> datetime:
        card = self.plan.card
        if card.stale or card.delayed or fault is FirstSend.AFTER_CAPTURE:
            return self.later(self.plan.wait(self.knobs.time_scale))
        return self.now + FIRST_SEND_DELAY


def schedule(kind: str, subject: int, due_at: datetime, **payload: Any) -> None:
    Job.objects.create(kind=kind, subject=subject, due_at=due_at, payload=payload)


def note(client_id: str, operation: str, request_id: str, code: str, scenario: str, *, processed: bool = True) -> None:
    """One line of the wire log."""
    WireLog.objects.create(
        client_id=client_id,
        operation=operation,
        request_id=request_id,
        processed=processed,
        result_code=code,
        scenario=scenario,
    )
