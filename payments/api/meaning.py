"""What a payment means to its buyer: one word, whether it is settled, when to ask again, and what to try."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core import ports
from payments.api.addresses import continue_url
from payments.gateways.base import CaptureMode, Category, Kind
from payments.models import Origin, Payment, Transaction
from payments.states import CLOSED, State, Status


class Outcome(StrEnum):
    PAID = "paid"
    PARTLY_PAID = "partly_paid"
    HELD = "held"
    PROCESSING = "processing"
    UNKNOWN = "unknown"
    ACTION_REQUIRED = "action_required"
    DECLINED = "declined"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly_refunded"
    UNDER_REVIEW = "under_review"


BY_STATE: dict[State, Outcome] = {
    State.PARTIALLY_CAPTURED: Outcome.PARTLY_PAID,
    State.CAPTURED: Outcome.PAID,
    State.PARTIALLY_REFUNDED: Outcome.PARTLY_REFUNDED,
    State.REFUNDED: Outcome.REFUNDED,
    State.FAILED: Outcome.DECLINED,
    State.CANCELED: Outcome.CANCELED,
    State.EXPIRED: Outcome.EXPIRED,
}
UNSETTLED = frozenset({Outcome.PROCESSING, Outcome.UNKNOWN, Outcome.ACTION_REQUIRED, Outcome.UNDER_REVIEW})
ASK_AGAIN = {Outcome.UNDER_REVIEW: 60, Outcome.ACTION_REQUIRED: 3, Outcome.PROCESSING: 2, Outcome.UNKNOWN: 3}
"""Seconds until it is worth asking again."""


class Try(StrEnum):
    """What a buyer may try next. Reasons that would help somebody who tests stolen cards are not told (I30)."""

    TRY_AGAIN = "try_again"
    OTHER_CARD = "other_card"
    CALL_BANK = "call_bank"


TO_TRY = {
    Category.TRY_AGAIN: Try.TRY_AGAIN,
    Category.OTHER_CARD: Try.OTHER_CARD,
    Category.CALL_BANK: Try.CALL_BANK,
    Category.FIX_DATA: Try.OTHER_CARD,
    Category.FRAUD: Try.OTHER_CARD,
    Category.CONFIGURATION: Try.TRY_AGAIN,
    Category.NOT_AUTHENTICATED: Try.TRY_AGAIN,
}
SENTENCES = {
    Try.TRY_AGAIN: "The payment did not go through and nothing was charged. Try again in a moment.",
    Try.OTHER_CARD: "The card was declined and nothing was charged. Check its details, or use another card.",
    Try.CALL_BANK: "The bank declined the payment and nothing was charged. Ask your bank, or use another card.",
}
OF_CATEGORY = {
    Category.NOT_AUTHENTICATED: "Your bank’s check that it is you was not completed, and nothing was charged. "
    "Try again and confirm the payment with your bank, or use another card.",
    Category.CONFIGURATION: "The payment could not be taken, and nothing was charged. Check what you entered; if it is "
    "right, something must be mended at the shop first.",
}
"""Where more can be said than what to try."""
TIME_IS_OVER = "The time to pay is over and nothing was charged. Start again."


@dataclass(frozen=True, slots=True)
class Meaning:
    outcome: Outcome
    settled: bool
    """Nothing will change by waiting: 201 instead of 202."""
    retry_after: int | None
    """Seconds; None when settled."""
    next_action: dict[str, Any] | None
    failure: dict[str, str] | None
    safe_to_retry: bool
    """Another payment of the order cannot charge twice."""


def meaning_of(payment: Payment) -> Meaning:
    """Reads the payment and its open requests; writes nothing (I25)."""
    open_ones = [tx for tx in payment.transactions.all() if tx.is_open and tx.origin == Origin.OURS]
    action = _next_action(payment, open_ones)
    outcome = _outcome(payment, open_ones, action)
    settled = outcome not in UNSETTLED
    return Meaning(
        outcome=outcome,
        settled=settled,
        retry_after=None if settled else ASK_AGAIN[outcome],
        next_action=action,
        failure=_failure(payment),
        safe_to_retry=State(payment.state) in CLOSED and not payment.needs_review,
    )


def _outcome(payment: Payment, open_ones: list[Transaction], action: dict[str, Any] | None) -> Outcome:
    if payment.needs_review:
        return Outcome.UNDER_REVIEW
    state = State(payment.state)
    if state is State.AUTHORIZED:
        return Outcome.HELD if payment.capture_mode == CaptureMode.MANUAL else Outcome.PROCESSING
    if state is not State.PENDING:
        return BY_STATE[state]
    if any(tx.status == Status.UNKNOWN for tx in open_ones):
        return Outcome.UNKNOWN
    return Outcome.ACTION_REQUIRED if action else Outcome.PROCESSING


def _next_action(payment: Payment, open_ones: list[Transaction]) -> dict[str, Any] | None:
    """None as soon as it is useless: the payment moved on, its time is over, or it is being given up."""
    if payment.state != State.PENDING or payment.needs_review or payment.next_action is None:
        return None
    if any(tx.kind != Kind.AUTHORIZE for tx in open_ones):
        return None
    told: dict[str, Any] = json.loads(bytes(payment.next_action))
    if told["type"] == "redirect":
        told["continue_url"] = continue_url(payment)
    ends = min(payment.expires_at, _moment(told.get("expires_at")) or payment.expires_at)
    return told if ports.now() < ends else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _failure(payment: Payment) -> dict[str, str] | None:
    if payment.state == State.EXPIRED:
        return _told(Try.TRY_AGAIN, TIME_IS_OVER)
    if payment.state != State.FAILED:
        return None
    if payment.failure_category not in set(Category):
        return _told(Try.OTHER_CARD, SENTENCES[Try.OTHER_CARD])
    category = Category(payment.failure_category)
    return _told(TO_TRY[category], sentence_for(category))


def sentence_for(category: Category) -> str:
    """What a buyer reads about a refusal."""
    return OF_CATEGORY.get(category) or SENTENCES[TO_TRY[category]]


def _told(what: Try, text: str) -> dict[str, str]:
    return {"code": what.value, "category": what.value, "text": text, "try": what.value}
