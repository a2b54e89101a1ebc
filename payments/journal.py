"""The words of the journal: what happened, as a stable name for programs and a sentence for people."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from core.money import Money, display

if TYPE_CHECKING:
    from payments.models import JournalEntry


NOUNS = {
    "authorize": "authorisation",
    "capture": "capture",
    "cancel": "release",
    "lapse": "lapse",
    "refund": "refund",
    "dispute": "dispute",
}
"""The acts of `gateways.base.Kind`, as people say them."""


class Entry(StrEnum):
    STARTED = "started"
    CAPTURE_REQUESTED = "capture_requested"
    CANCEL_REQUESTED = "cancel_requested"
    REFUND_REQUESTED = "refund_requested"
    SENT_AGAIN = "sent_again"
    UNDER_WAY = "under_way"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"
    AUTHORIZED = "authorized"
    AUTHORIZATION_CONFIRMED = "authorization_confirmed"
    DECLINED = "declined"
    CAPTURED = "captured"
    CAPTURE_FAILED = "capture_failed"
    CANCELED = "canceled"
    CANCEL_FAILED = "cancel_failed"
    CANCEL_CONFIRMED = "cancel_confirmed"
    LAPSED = "lapsed"
    NEVER_HAPPENED = "never_happened"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    REFUND_RETURNED = "refund_returned"
    LATE = "late"
    CORRECTED = "corrected"
    CONTRADICTION = "contradiction"
    MISMATCH = "mismatch"
    SILENCE = "silence"
    REVIEWED = "reviewed"


WITHDRAWN = "The gateway now says that the {kind} of {amount} failed, although it had worked. A person must look."
"""A contradiction that carries the code of a refusal."""

SENTENCES: dict[Entry, str] = {
    Entry.STARTED: "Payment of {amount} started.",
    Entry.CAPTURE_REQUESTED: "Capture of {amount} requested.",
    Entry.CANCEL_REQUESTED: "Release of the hold requested.",
    Entry.REFUND_REQUESTED: "Refund of {amount} requested and reserved.",
    Entry.SENT_AGAIN: "Nobody knew of the {kind}; the same request was sent again.",
    Entry.UNDER_WAY: "The gateway works on the {kind}.",
    Entry.UNKNOWN: "No certain answer about the {kind}: outcome unknown, the gateway will be asked.",
    Entry.NOT_SENT: "The {kind} never left us: nothing happened.",
    Entry.AUTHORIZED: "{amount} authorised: held on the card, not charged.",
    Entry.AUTHORIZATION_CONFIRMED: "The authorisation was confirmed after the capture.",
    Entry.DECLINED: "The payment was declined.",
    Entry.CAPTURED: "{amount} captured: charged to the card.",
    Entry.CAPTURE_FAILED: "The capture was refused; the hold stands.",
    Entry.CANCELED: "The hold was released; nothing was charged.",
    Entry.CANCEL_FAILED: "The gateway refused to release the hold.",
    Entry.CANCEL_CONFIRMED: "The gateway confirmed that nothing is held.",
    Entry.LAPSED: "The hold lapsed; nothing was charged.",
    Entry.NEVER_HAPPENED: "The gateway never received the payment; nothing was charged.",
    Entry.REFUNDED: "{amount} refunded.",
    Entry.REFUND_FAILED: "The refund was refused; the money is still with us.",
    Entry.REFUND_RETURNED: "A refund of {amount} came back: the buyer did not get it.",
    Entry.LATE: "A success was reported after we had closed the payment; the gateway is asked.",
    Entry.CORRECTED: "We had closed this payment; the gateway reports {a_kind} of {amount}. Corrected to match.",
    Entry.CONTRADICTION: "The gateway reports {a_kind} of {amount} that cannot follow from here. A person must look.",
    Entry.MISMATCH: "Evidence does not match this payment and changed nothing. A person must look.",
    Entry.SILENCE: "The gateway could not tell what became of the {kind}. A person must look.",
    Entry.REVIEWED: "Looked at and cleared.",
}


def sentence(row: JournalEntry, *, currency: str) -> str:
    """One plain sentence for a journal row."""
    evidence = row.evidence or {}
    minor = evidence.get("amount")
    noun = NOUNS.get(evidence.get("kind", ""), "payment")
    withdrawn = row.entry == Entry.CONTRADICTION and evidence.get("code")
    text = (WITHDRAWN if withdrawn else SENTENCES[Entry(row.entry)]).format(
        amount=display(Money(minor, currency)) if minor is not None else "the amount",
        kind=noun,
        a_kind=f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}",
    )
    details = [evidence[key] for key in ("code", "detail") if evidence.get(key)]
    return f"{text} ({', '.join(details)})" if details else text
