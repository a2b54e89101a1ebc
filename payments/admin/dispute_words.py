"""How a dispute is told: where it stands, until when to answer, what was sent, what is left to send."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from core import ports
from core.desk import Pill, distance, moment, zoned
from core.money import display
from payments.gateways.registry import NotConfigured
from payments.journal import Entry
from payments.models import Dispute, DisputeAct, DisputeActKind, DisputeStatus, JournalEntry
from payments.services.answer_dispute import why_not
from payments.states import OPEN, Status

NOT_ANSWERED = Pill("event_busy", "Not answered in time: lost", "bad")
PILLS: dict[str, Pill] = {
    DisputeStatus.OPEN: Pill("gavel", "Wants an answer", "bad"),
    DisputeStatus.DEFENDED: Pill("outgoing_mail", "Evidence sent", "calm"),
    DisputeStatus.ACCEPTED: Pill("money_off", "Given up", "plain"),
    DisputeStatus.JUDGED: Pill("balance", "Judged: confirm who won", "warn"),
    DisputeStatus.WON: Pill("check_circle", "Won", "good"),
    DisputeStatus.LOST: Pill("cancel", "Lost", "plain"),
    DisputeStatus.CANCELED: Pill("block", "Withdrawn", "plain"),
    DisputeStatus.RESOLVED: Pill("rule", "Settled by rule", "plain"),
}
PAST_DUE = Pill("event_busy", "Past due", "bad")
ACTS: dict[str, Pill] = {
    Status.PENDING: Pill("sync", "Sent, no answer yet", "calm"),
    Status.UNKNOWN: Pill("help", "No certain answer", "warn"),
    Status.SUCCEEDED: Pill("check_circle", "The gateway has it", "good"),
    Status.FAILED: Pill("cancel", "Refused", "bad"),
}
KINDS = {DisputeActKind.ACCEPT: "Giving up the money", DisputeActKind.DEFEND: "Evidence"}
NO_CREDENTIALS = "The credentials of this account are missing."
NO_EVIDENCE = "Nobody has sent evidence yet."
SOON_DAYS = 5
"""From here on the deadline is a warning."""


def amount_of(dispute: Dispute) -> str:
    return display(dispute.amount) if dispute.amount else "an amount that was not told"


def kind_of(dispute: Dispute) -> str:
    return (dispute.kind or "dispute").replace("_", " ").capitalize()


def pill_of(dispute: Dispute) -> Pill:
    if dispute.status == DisputeStatus.ACCEPTED and dispute.details.get("accepted_because") == "TIMEOUT":
        return NOT_ANSWERED
    return PAST_DUE if is_past_due(dispute) else PILLS[dispute.status]


def is_past_due(dispute: Dispute) -> bool:
    return dispute.status == DisputeStatus.OPEN and dispute.due_at is not None and dispute.due_at <= ports.now()


def countdown(due_at: datetime) -> str:
    """`9 days left`, or plainly that it is over."""
    now = ports.now()
    return f"{distance(due_at, now)} left" if due_at > now else f"past due since {distance(due_at, now)}"


def countdown_tone(due_at: datetime) -> str:
    days = (due_at - ports.now()).total_seconds() / 86400
    return "bad" if days < 1 else "warn" if days < SOON_DAYS else "calm"


def answer_by(dispute: Dispute) -> str:
    """One sentence about the deadline of an open dispute."""
    if dispute.due_at is None:
        return "The gateway told no deadline."
    if is_past_due(dispute):
        return f"Past due: the time to answer ended {zoned(dispute.due_at)}."
    return f"Answer by {zoned(dispute.due_at)}, {countdown(dispute.due_at)}."


def deadline(dispute: Dispute) -> str:
    """For a table of facts; empty where nobody waits for us."""
    waits = dispute.status == DisputeStatus.OPEN and dispute.due_at
    return f"{zoned(dispute.due_at)}, {countdown(dispute.due_at)}" if waits and dispute.due_at else ""


def attempts_left(dispute: Dispute, acts: Sequence[DisputeAct]) -> str:
    """Evidence counts once; a refused try does not."""
    if dispute.status not in (DisputeStatus.OPEN, DisputeStatus.DEFENDED):
        return "None: the dispute is over"
    if is_past_due(dispute):
        return "None: the time to answer is over"
    if dispute.status == DisputeStatus.DEFENDED or _sent(acts, Status.SUCCEEDED):
        return "None: evidence was sent, and it can be sent only once"
    if any(act.kind == DisputeActKind.DEFEND and act.status in OPEN for act in acts):
        return "None, unless the gateway says that it has nothing: send the same again"
    if dispute.defendable is False:
        return "None: the gateway says that it cannot be defended"
    return "1 – evidence can be sent once"


def _sent(acts: Sequence[DisputeAct], status: Status) -> bool:
    return any(act.kind == DisputeActKind.DEFEND and act.status == status for act in acts)


def has_evidence(dispute: Dispute, acts: Sequence[DisputeAct], journal: Iterable[JournalEntry]) -> bool:
    """Ours, also while nobody knows whether it arrived, or what the gateway has; `journal`: of this dispute."""
    return (
        dispute.status == DisputeStatus.DEFENDED
        or bool(dispute.auto_defended)
        or any(_sent(acts, status) for status in (Status.SUCCEEDED, *OPEN))
        or any(entry.entry == Entry.DISPUTE_DEFENDED for entry in journal)
    )


def evidence_sent(dispute: Dispute) -> str:
    """For whoever is about to give up: what the bank is looking at right now; empty when nothing."""
    ours = dispute.acts.filter(kind=DisputeActKind.DEFEND, status=Status.SUCCEEDED)
    act = ours.select_related("actor").defer("document").last()
    if act is not None:
        return f"{act.file_name} was sent {moment(act.created_at)} by {act.actor}."
    elsewhere = dispute.status == DisputeStatus.DEFENDED
    return "The gateway has evidence that was not sent from this desk." if elsewhere else ""


def refused_because(dispute: Dispute, kind: DisputeActKind) -> str:
    """Why the button is closed; empty when it is not."""
    try:
        return why_not(dispute, kind)
    except NotConfigured:
        return NO_CREDENTIALS


def why_not_verdict(dispute: Dispute) -> str:
    if dispute.status == DisputeStatus.JUDGED:
        return ""
    if dispute.status in (DisputeStatus.WON, DisputeStatus.LOST):
        return "A colleague confirmed it already."
    return "The dispute was not judged yet." if dispute.ended_at is None else "The dispute ended without a judgement."


def facts(dispute: Dispute) -> list[tuple[str, str]]:
    acquirer = dispute.details.get("acquirer")
    name = str(acquirer.get("name", "")) if isinstance(acquirer, dict) else ""
    reason = " – ".join(part for part in (dispute.reason_code, dispute.reason) if part)
    judged = display(dispute.payment.money(dispute.judged_minor)) if dispute.judged_minor else ""
    rows = [
        ("Kind", kind_of(dispute)),
        ("Disputed amount", amount_of(dispute)),
        ("Reason", reason),
        ("The issuer’s comment", str(dispute.details.get("comment", ""))),
        ("Card scheme", dispute.network),
        ("ARN", dispute.arn),
        ("Acquirer", name),
        ("Opened", moment(dispute.opened_at) if dispute.opened_at else ""),
        ("The gateway defends it", dispute.auto_defended),
        ("Verdict, in the gateway’s word", dispute.verdict),
        ("Judged amount", judged),
        ("Given up because", str(dispute.details.get("accepted_because", ""))),
        ("Ended", moment(dispute.ended_at) if dispute.ended_at else ""),
    ]
    return [(name, text) for name, text in rows if text]


def sent(acts: Sequence[DisputeAct]) -> list[dict[str, Any]]:
    """What we sent, newest first."""
    return [
        {
            "act": act,
            "kind": KINDS[DisputeActKind(act.kind)],
            "pill": ACTS[act.status],
            "by": str(act.actor),
            "when": moment(act.created_at),
            "failure": " – ".join(part for part in (act.failure_code, act.failure_message) if part),
        }
        for act in reversed(acts)
    ]


def table(disputes: Sequence[Dispute]) -> list[dict[str, Any]]:
    """The disputes of a payment or order, for its page."""
    return [
        {
            "dispute": dispute,
            "url": reverse("admin:payments_dispute_change", args=[dispute.pk]),
            "name": kind_of(dispute),
            "amount": amount_of(dispute),
            "pill": pill_of(dispute),
            "until": answer_by(dispute) if dispute.status == DisputeStatus.OPEN else "",
        }
        for dispute in disputes
    ]
