"""The words of the journal: what happened, as a stable name for programs and a sentence for people."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from core.money import Money, display
from payments.states import TAKEN

if TYPE_CHECKING:
    from payments.models import JournalEntry


NOUNS = {
    "authorize": "authorisation",
    "capture": "capture",
    "cancel": "release",
    "lapse": "lapse",
    "refund": "refund",
}
"""The acts of `gateways.base.Kind`, as people say them."""


class Entry(StrEnum):
    STARTED = "started"
    CAPTURE_REQUESTED = "capture_requested"
    CANCEL_REQUESTED = "cancel_requested"
    REFUND_REQUESTED = "refund_requested"
    SENT = "sent"
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
    OVERDUE = "overdue"
    THEIR_REVIEW = "their_review"
    THEIR_REVIEW_ACCEPTED = "their_review_accepted"
    THEIR_REVIEW_REJECTED = "their_review_rejected"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_DUE = "dispute_due"
    DISPUTE_DEFENDED = "dispute_defended"
    DISPUTE_ACCEPTED = "dispute_accepted"
    DISPUTE_JUDGED = "dispute_judged"
    DISPUTE_CANCELED = "dispute_canceled"
    DISPUTE_RESOLVED = "dispute_resolved"
    DISPUTE_ACCEPT_REQUESTED = "dispute_accept_requested"
    DISPUTE_DEFENCE_REQUESTED = "dispute_defence_requested"
    DISPUTE_ACT_UNKNOWN = "dispute_act_unknown"
    DISPUTE_ACT_FAILED = "dispute_act_failed"
    DISPUTE_CONFIRMED = "dispute_confirmed"


WITHDRAWN = "The gateway now says that the {kind} of {amount} failed, although it had worked. A person must look."
"""A contradiction that carries the code of a refusal."""

THE_REST = {
    Entry.CANCELED: "The rest of the hold was released; what was captured is not touched.",
    Entry.LAPSED: "The rest of the hold lapsed; what was captured is not touched.",
}
"""Where some of the money was taken before."""

SENTENCES: dict[Entry, str] = {
    Entry.STARTED: "Payment of {amount} started.",
    Entry.CAPTURE_REQUESTED: "Capture of {amount} requested.",
    Entry.CANCEL_REQUESTED: "Release of the hold requested.",
    Entry.REFUND_REQUESTED: "Refund of {amount} requested and reserved.",
    Entry.SENT: "The request for the {kind} was sent.",
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
    Entry.OVERDUE: "No word about the {kind}, which should have come by now. The gateway is asked on.",
    Entry.THEIR_REVIEW: "The gateway reviews this payment: neither capture nor ship until it ends.",
    Entry.THEIR_REVIEW_ACCEPTED: "The gateway’s review ended well.",
    Entry.THEIR_REVIEW_REJECTED: "The gateway’s review rejected this payment: do not ship.",
    Entry.DISPUTE_OPENED: "The buyer’s bank disputes {amount}.",
    Entry.DISPUTE_DUE: "The time to answer the dispute is almost over.",
    Entry.DISPUTE_DEFENDED: "The gateway has our evidence about the dispute.",
    Entry.DISPUTE_ACCEPTED: "The dispute was accepted: {amount} goes back to the buyer.",
    Entry.DISPUTE_JUDGED: "The dispute was judged. Confirm who won.",
    Entry.DISPUTE_CANCELED: "The dispute was withdrawn.",
    Entry.DISPUTE_RESOLVED: "The dispute was settled by a rule agreed on before.",
    Entry.DISPUTE_ACCEPT_REQUESTED: "Giving up the disputed {amount} was requested.",
    Entry.DISPUTE_DEFENCE_REQUESTED: "Evidence about the dispute was sent.",
    Entry.DISPUTE_ACT_UNKNOWN: "No certain answer about the dispute. Sending the same again is safe.",
    Entry.DISPUTE_ACT_FAILED: "The gateway refused what we sent about the dispute.",
    Entry.DISPUTE_CONFIRMED: "A colleague confirmed how the dispute ended.",
}


def sentence(row: JournalEntry, *, currency: str) -> str:
    """One plain sentence for a journal row."""
    evidence = row.evidence or {}
    minor = evidence.get("amount")
    noun = NOUNS.get(evidence.get("kind", ""), "payment")
    withdrawn = row.entry == Entry.CONTRADICTION and evidence.get("code")
    entry = Entry(row.entry)
    told = THE_REST.get(entry) if row.state_before in TAKEN else None
    text = (WITHDRAWN if withdrawn else told or SENTENCES[entry]).format(
        amount=display(Money(minor, currency)) if minor is not None else "the amount",
        kind=noun,
        a_kind=f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}",
    )
    details = [evidence[key] for key in ("code", "detail") if evidence.get(key)]
    return f"{text} ({', '.join(details)})" if details else text
