"""What a person can do about a payment, and what they should look at first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from core import ports
from core.desk import distance, moment, relative
from core.models import User
from core.money import display
from payments.admin import words
from payments.admin.story import Story
from payments.gateways.base import Kind, Verb
from payments.models import BuyerRefundRequest, Payment, Transaction
from payments.services.rules import possibilities
from payments.states import CLOSED, STANDING, Status


@dataclass(frozen=True, slots=True)
class Action:
    label: str
    icon: str
    url: str
    reason: str = ""
    """Why not; empty when possible."""
    posts: bool = False
    tone: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Attention:
    icon: str
    tone: str
    sentence: str
    label: str = ""
    url: str = ""
    quote: str = ""
    """Words of a stranger, shown as such."""
    reason: str = ""
    """Why the button cannot be pressed; empty when it can."""


# --- actions --------------------------------------------------------------------------------------------------------


def acting(payments: Sequence[Payment]) -> Payment | None:
    """The payment that an order's buttons are about: the standing one, else the newest with money, else the newest."""
    newest = sorted(payments, key=lambda payment: -payment.attempt)
    for wanted in (
        lambda p: p.state in STANDING and not p.needs_review,
        lambda p: p.held_minor or p.refundable_minor,
        lambda p: p.state not in CLOSED,
        lambda p: True,
    ):
        found = next((payment for payment in newest if wanted(payment)), None)
        if found is not None:
            return found
    return None


def actions(user: User, payment: Payment | None, open_transactions: Sequence[Transaction], back: str) -> list[Action]:
    """Always the same buttons in the same order; what is impossible says why."""
    if payment is None:
        nobody = "Nobody has tried to pay yet."
        return [Action(label, icon, "", nobody, id=verb) for verb, label, icon in _BUTTONS]
    busy = any(tx.kind != Kind.AUTHORIZE and tx.origin == "ours" for tx in open_transactions)
    possible = possibilities(payment, busy=busy)
    found = []
    for verb, label, icon in _BUTTONS:
        reason = _not_allowed(user, verb)
        if verb in possible:
            reason = possible[Verb(verb)].reason or reason
        url = reverse(f"admin:payments_payment_{verb}", args=[payment.pk])
        found.append(
            Action(label, icon, f"{url}?back={back}" if verb == "inquire" else url, reason, verb == "inquire", id=verb)
        )
    return found


NO_ANSWERS = "Your role does not include answering refund requests."
_BUTTONS = (
    (Verb.CAPTURE.value, "Capture…", "download"),
    (Verb.CANCEL.value, "Release hold…", "lock_open"),
    (Verb.REFUND.value, "Refund…", "undo"),
    ("inquire", "Check with gateway now", "sync"),
)


def _not_allowed(user: User, verb: str) -> str:
    return "" if user.has_perm(f"payments.{verb}") else f"Your role does not include “{verb}”."


# --- attention ------------------------------------------------------------------------------------------------------


def attention(user: User, story: Story, asks: Iterable[BuyerRefundRequest] = (), told: str = "") -> list[Attention]:
    """One sentence and one button each. `told`: public id of a transaction that the page speaks of already."""
    found: list[Attention] = []
    now = ports.now()
    for payment in story.payments:
        if payment.needs_review:
            url = reverse("admin:payments_payment_review", args=[payment.pk])
            text = f"Attempt {payment.attempt}: a person must look."
            why_not = _not_allowed(user, "review")
            found.append(Attention("flag", "bad", text, "Review…", url, payment.review_reason, why_not))
        for tx in story.open_of(payment):
            if tx.status == Status.UNKNOWN and tx.public_id != told:
                found.append(_unknown(user, payment, tx, now))
        ends = payment.hold_ends_at
        if payment.held_minor and ends and ends - now < timedelta(hours=words.SOON_HOURS):
            url = reverse("admin:payments_payment_capture", args=[payment.pk])
            text = f"Hold ended at {moment(ends)}."
            if ends > now:
                text = f"Hold lapses in {distance(ends, now)}, at {moment(ends)}."
            ours = ("Capture…", url) if payment.capture_mode == "MANUAL" and ends > now else ("", "")
            found.append(Attention("lock_clock", "warn", text, *ours, reason=_not_allowed(user, "capture")))
    for ask in asks:
        url = reverse("admin:payments_buyerrefundrequest_answer", args=[ask.pk])
        text = "The buyer asks for the money back."
        why_not = "" if user.has_perm("payments.change_buyerrefundrequest") else NO_ANSWERS
        found.append(Attention("mark_email_unread", "warn", text, "Answer…", url, ask.reason, why_not))
    return found


def _unknown(user: User, payment: Payment, tx: Transaction, now: datetime) -> Attention:
    kind = words.KINDS[tx.kind].lower()
    asked = ""
    if tx.next_at:
        asked = " The gateway is about to be asked again."
        if tx.next_at > now:
            asked = f" The gateway is asked again {relative(tx.next_at, now)}."
    return Attention(
        "help",
        "warn",
        f"Nobody knows yet what became of the {kind} of {display(tx.amount)}, "
        f"sent {relative(tx.created_at, now)}.{asked}",
        "Check with gateway…",
        reverse("admin:payments_payment_inquire", args=[payment.pk]),
        reason=_not_allowed(user, "inquire"),
    )
