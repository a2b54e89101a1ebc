"""What somebody should look at first on a page: one sentence and one button each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from core import ports
from core.desk import distance, moment, relative, zoned
from core.models import User
from core.money import display
from payments.admin import dispute_words, silence, words
from payments.admin.buttons import NO_ANSWERS, not_allowed, why_no_refund
from payments.admin.came_back import came_back
from payments.admin.story import Story
from payments.gateways.base import Review
from payments.models import BuyerRefundRequest, Dispute, DisputeStatus, Payment, Transaction
from payments.states import CLOSED, State, Status


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
    more: str = ""
    """What else there is to say, less loudly."""


def attention(user: User, story: Story, asks: Iterable[BuyerRefundRequest] = (), told: str = "") -> list[Attention]:
    """`told`: public id of a transaction that the page speaks of already."""
    now = ports.now()
    found = [_dispute(dispute) for dispute in story.disputes if dispute.status in _WANTS_A_PERSON]
    for payment in story.payments:
        found += _flagged(user, payment)
        found += _rejected(user, payment)
        found += [_came_back(user, story, payment, tx) for tx in came_back(story, payment)]
        for tx in story.open_of(payment):
            if tx.status == Status.UNKNOWN and tx.public_id != told:
                found.append(_unknown(user, payment, tx, now))
            elif silence.is_silent(tx):
                found.append(_silent(user, payment, tx))
        found += _hold(user, payment, now)
    return [*found, *(_asked(user, ask) for ask in asks)]


_WANTS_A_PERSON = (DisputeStatus.OPEN, DisputeStatus.JUDGED)


def _dispute(dispute: Dispute) -> Attention:
    url = reverse("admin:payments_dispute_change", args=[dispute.pk])
    if dispute.status == DisputeStatus.JUDGED:
        return Attention("balance", "warn", "The dispute was judged: confirm who won.", "Look…", url)
    text = f"The buyer’s bank disputes {dispute_words.amount_of(dispute)}. {dispute_words.answer_by(dispute)}"
    return Attention("gavel", "bad", text, "Look…" if dispute_words.is_past_due(dispute) else "Answer…", url)


def _flagged(user: User, payment: Payment) -> Iterable[Attention]:
    if payment.needs_review:
        url = reverse("admin:payments_payment_review", args=[payment.pk])
        text = f"Attempt {payment.attempt}: a person must look."
        yield Attention("flag", "bad", text, "Review…", url, payment.review_reason, not_allowed(user, "review"))


def _rejected(user: User, payment: Payment) -> Iterable[Attention]:
    """Money that is taken is only proposed for a refund; a hold was released by itself."""
    if payment.review != Review.REJECTED:
        return
    text = "The gateway’s review rejected this payment: do not ship."
    if payment.refundable_minor:
        url = reverse("admin:payments_payment_refund", args=[payment.pk])
        left = display(payment.money(payment.refundable_minor))
        why_not = not_allowed(user, "refund")
        yield Attention("gpp_bad", "bad", f"{text} {left} was taken; give it back.", "Refund…", url, reason=why_not)
    elif payment.state in CLOSED:
        how = "lapsed" if payment.state == State.EXPIRED else "was released"
        yield Attention("gpp_bad", "warn", f"{text} The hold {how}; nothing was charged.")
    elif payment.held_minor:
        yield Attention("gpp_bad", "warn", f"{text} The hold is being released.")


def _came_back(user: User, story: Story, payment: Payment, tx: Transaction) -> Attention:
    return Attention(
        "assignment_return",
        "warn",
        f"A refund of {display(tx.amount)} came back: the buyer did not get it.",
        "Refund…",
        reverse("admin:payments_payment_refund", args=[payment.pk]),
        reason=why_no_refund(user, payment, story.open_of(payment)),
    )


def _hold(user: User, payment: Payment, now: datetime) -> Iterable[Attention]:
    ends = payment.hold_ends_at
    if not (payment.held_minor and ends and ends - now < timedelta(hours=words.SOON_HOURS)):
        return
    text = f"Hold ended {zoned(ends)}."
    if ends > now:
        text = f"Hold lapses in {distance(ends, now)}, {zoned(ends)}."
    url = reverse("admin:payments_payment_capture", args=[payment.pk])
    capturable = payment.capture_mode == "MANUAL" and ends > now and payment.review in (Review.NONE, Review.ACCEPTED)
    ours = ("Capture…", url) if capturable else ("", "")
    yield Attention("lock_clock", "warn", text, *ours, reason=not_allowed(user, "capture"))


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
        reason=not_allowed(user, "inquire"),
    )


def _silent(user: User, payment: Payment, tx: Transaction) -> Attention:
    kind = words.KINDS[tx.kind].lower()
    return Attention(
        "notifications_paused",
        "warn",
        f"The gateway should have told the end of the {kind} of {display(tx.amount)} by {moment(tx.heard_by)}.",
        "Check with gateway…",
        reverse("admin:payments_payment_inquire", args=[payment.pk]),
        reason=not_allowed(user, "inquire"),
    )


def _asked(user: User, ask: BuyerRefundRequest) -> Attention:
    url = reverse("admin:payments_buyerrefundrequest_answer", args=[ask.pk])
    why_not = "" if user.has_perm("payments.change_buyerrefundrequest") else NO_ANSWERS
    text = "The buyer asks for the money back."
    return Attention("mark_email_unread", "warn", text, "Answer…", url, ask.reason, why_not)
