"""Closed lists of words for people: status pills, reasons, what an outcome means for the next step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from core import ports
from core.desk import Pill, distance, minute, zoned
from core.money import display
from orders.models import Order, OrderStatus
from payments.gateways.base import CaptureMode, Category, Kind, Review, Verb
from payments.models import AskStatus, EventStatus, Origin, Payment, Transaction
from payments.services import meanings
from payments.states import CLOSED, HELD, OPEN, State, Status

AWAITING = Pill("hourglass_empty", "Awaiting payment", "plain")
ACTING = Pill("touch_app", "Buyer must act", "calm")
UNDER_WAY = Pill("sync", "Under way", "calm")
AUTHORIZED = Pill("lock", "Authorised", "calm")
PARTLY_CAPTURED = Pill("lock_open", "Partly captured", "calm")
PAID = Pill("check_circle", "Paid", "good")
CAPTURED = Pill("check_circle", "Captured", "good")
PARTLY_REFUNDED = Pill("undo", "Partly refunded", "plain")
REFUNDED = Pill("undo", "Refunded", "plain")
RETURNING = Pill("sync", "Refund on its way", "calm")
CANCELED = Pill("block", "Cancelled", "plain")
LAPSED = Pill("event_busy", "Lapsed", "plain")
FAILED = Pill("cancel", "Not paid", "plain")
UNKNOWN = Pill("help", "Outcome unknown", "warn")
REVIEW = Pill("flag", "Needs review", "bad")
DISPUTED = Pill("gavel", "Disputed", "bad")
THEIR_REVIEW = Pill("policy", "In the gateway’s review", "warn")
OVERPAID = Pill("add_circle", "Overpaid", "warn")
UNDERPAID = Pill("remove_circle", "Underpaid", "warn")

LOST_TO_DISPUTE = Pill("gavel", "Lost to a dispute", "bad")

STATES: dict[str, Pill] = {
    State.PENDING: UNDER_WAY,
    State.AUTHORIZED: AUTHORIZED,
    State.PARTIALLY_CAPTURED: PARTLY_CAPTURED,
    State.CAPTURED: CAPTURED,
    State.PARTIALLY_REFUNDED: PARTLY_REFUNDED,
    State.REFUNDED: REFUNDED,
    State.FAILED: FAILED,
    State.CANCELED: CANCELED,
    State.EXPIRED: LAPSED,
}
STATUSES: dict[str, Pill] = {
    Status.PENDING: Pill("sync", "On its way", "calm"),
    Status.UNKNOWN: UNKNOWN,
    Status.SUCCEEDED: Pill("check_circle", "Done", "good"),
    Status.FAILED: Pill("cancel", "Refused", "plain"),
    Status.RETURNED: Pill("assignment_return", "Came back", "warn"),
}
EVENTS: dict[str, Pill] = {
    EventStatus.STORED: Pill("inbox", "Stored", "calm"),
    EventStatus.APPLIED: Pill("check_circle", "Applied", "good"),
    EventStatus.NOTHING_NEW: Pill("done", "Nothing new", "plain"),
    EventStatus.PARKED: Pill("pause_circle", "Parked", "warn"),
    EventStatus.HINT: Pill("lightbulb", "Hint: gateway asked", "calm"),
    EventStatus.PROBLEM: Pill("error", "Not understood", "bad"),
}
ASKS: dict[str, Pill] = {
    AskStatus.OPEN: Pill("mark_email_unread", "Waiting for you", "warn"),
    AskStatus.ANSWERED: Pill("check_circle", "Answered", "good"),
    AskStatus.DECLINED: Pill("block", "Declined", "plain"),
}
KINDS: dict[str, str] = {
    Kind.AUTHORIZE: "Authorisation",
    Kind.CAPTURE: "Capture",
    Kind.CANCEL: "Release",
    Kind.LAPSE: "Lapse",
    Kind.REFUND: "Refund",
}
REASONS: dict[str, list[tuple[str, str]]] = {
    Verb.REFUND: [
        ("buyer_asked", "The buyer asked"),
        ("damaged", "Damaged or wrong goods"),
        ("not_delivered", "Not delivered"),
        ("duplicate", "Paid twice"),
        ("fraud_suspected", "Fraud suspected"),
        ("goodwill", "Goodwill"),
        ("other", "Other (say what in the note)"),
    ],
    Verb.CAPTURE: [
        ("shipped", "The goods were shipped"),
        ("delivered", "The service was delivered"),
        ("agreed", "Agreed with the buyer"),
        ("other", "Other (say what in the note)"),
    ],
    Verb.CANCEL: [
        ("buyer_asked", "The buyer asked"),
        ("out_of_stock", "Out of stock"),
        ("duplicate", "Paid twice"),
        ("fraud_suspected", "Fraud suspected"),
        ("other", "Other (say what in the note)"),
    ],
    "review": [
        ("gateway_confirmed", "The gateway’s own records agree"),
        ("settled_elsewhere", "Settled at the gateway by hand"),
        ("buyer_agreed", "Agreed with the buyer"),
        ("other", "Other (say what in the note)"),
    ],
}
REASON_WORDS = {
    **{word: text for choices in REASONS.values() for word, text in choices},
    "other": "Other",
    "expired": "Time ran out",
    "rejected_in_review": "The gateway’s review rejected it",
}
NEXT_STEP: dict[str, str] = {
    Category.TRY_AGAIN: "Trying again later is safe.",
    Category.OTHER_CARD: "Ask the buyer for another card.",
    Category.CALL_BANK: "The buyer’s bank decides; ask the buyer to call it.",
    Category.FIX_DATA: "The provider could not use what we sent. Do not repeat it unchanged.",
    Category.FRAUD: "The provider suspects fraud. Do not repeat it.",
    Category.CONFIGURATION: "Our account at the provider does not allow it. Ask whoever looks after the account.",
    Category.NOT_AUTHENTICATED: "The buyer may try again, and has to confirm it with the bank.",
}
SOON_HOURS = 24


def reason(word: str) -> str:
    """A stored reason as people say it."""
    return "The buyer’s refund request" if word.startswith("buyer_request ") else REASON_WORDS.get(word, word)


def is_unknown(transactions: Iterable[Transaction]) -> bool:
    return any(tx.status == Status.UNKNOWN for tx in transactions)


def open_ones(transactions: Iterable[Transaction]) -> list[Transaction]:
    return [tx for tx in transactions if tx.status in OPEN]


def deadline(payment: Payment) -> datetime | None:
    """Until when something must happen: the hold's end while we hold money, else the attempt's."""
    if payment.state in HELD:
        return payment.hold_ends_at
    return payment.expires_at if payment.state == State.PENDING else None


def payment_pill(payment: Payment, open_transactions: Sequence[Transaction]) -> Pill:
    """`open_transactions`: the open ones of this payment."""
    if is_unknown(open_transactions):
        return UNKNOWN
    if payment.needs_review:
        return REVIEW
    if payment.disputes_open:
        return disputed([payment])
    if payment.disputed_minor:
        return LOST_TO_DISPUTE
    if payment.review == Review.RUNNING and payment.state not in CLOSED:
        return THEIR_REVIEW
    if payment.refund_reserved_minor:
        return RETURNING
    if payment.state == State.AUTHORIZED:
        return _authorized(payment)
    return STATES[payment.state]


def order_pill(order: Order, payments: Sequence[Payment], open_transactions: Sequence[Transaction]) -> Pill:
    """One derived word for the order; nobody sets it."""
    if is_unknown(open_transactions):
        return UNKNOWN
    if any(payment.needs_review for payment in payments):
        return REVIEW
    if any(payment.disputes_open for payment in payments):
        return disputed(payments)
    if any(payment.disputed_minor for payment in payments):
        return LOST_TO_DISPUTE
    if any(payment.review == Review.RUNNING and payment.state not in CLOSED for payment in payments):
        return THEIR_REVIEW
    if any(payment.refund_reserved_minor for payment in payments):
        return RETURNING
    match OrderStatus(order.status):
        case OrderStatus.AUTHORIZED:
            held = next((p for p in payments if p.state == State.AUTHORIZED), None)
            return _authorized(held) if held else AUTHORIZED
        case OrderStatus.PARTLY_PAID:
            return PARTLY_CAPTURED if order.held_minor else UNDERPAID
        case OrderStatus.PAID:
            return PAID
        case OrderStatus.OVERPAID:
            return OVERPAID
        case OrderStatus.PARTLY_REFUNDED:
            return PARTLY_REFUNDED
        case OrderStatus.REFUNDED:
            return REFUNDED
    return _nothing_paid(payments)


def deadline_in_list(payments: Iterable[Payment]) -> str:
    """The nearest one; an answer that somebody waits for is named."""
    payments = list(payments)
    due = min((payment.dispute_due_at for payment in payments if payment.dispute_due_at), default=None)
    if due is not None:
        return f"{'answer by' if due > ports.now() else 'past due'} {minute(due)}"
    return minute(min((at for payment in payments if (at := deadline(payment))), default=None))


def disputed(payments: Iterable[Payment]) -> Pill:
    """Until when the next answer is due; without a deadline it is the bank's turn, or a verdict to confirm."""
    due = min((payment.dispute_due_at for payment in payments if payment.dispute_due_at), default=None)
    if due is None:
        return DISPUTED
    word = "answer by" if due > ports.now() else "past due,"
    return replace(DISPUTED, note=f"{word} {zoned(due)}")


def _nothing_paid(payments: Sequence[Payment]) -> Pill:
    last = max(payments, key=lambda payment: payment.attempt, default=None)
    if last is None:
        return AWAITING
    return {
        State.PENDING: ACTING if last.card_id is None else UNDER_WAY,
        State.CANCELED: CANCELED,
        State.EXPIRED: LAPSED,
        State.FAILED: FAILED,
    }.get(State(last.state), AWAITING)


def _authorized(payment: Payment) -> Pill:
    if payment.capture_mode == CaptureMode.AUTOMATIC:
        return Pill("lock", "Authorised", "calm", "the gateway captures by itself")
    ends = payment.hold_ends_at
    if ends is None:
        return AUTHORIZED
    now = ports.now()
    if ends <= now:
        return Pill("lock_clock", "Authorised", "warn", f"hold ended {zoned(ends)}")
    tone = "warn" if (ends - now).total_seconds() < SOON_HOURS * 3600 else "calm"
    return Pill("lock", "Authorised", tone, f"capture by {zoned(ends)}, {distance(ends, now)} left")


def happened(payment: Payment, tx: Transaction) -> tuple[str, str]:
    """(tone, sentence) about one act, as true as we know it now; never “done” before it is confirmed."""
    what = _act(payment, tx)
    match Status(tx.status):
        case Status.SUCCEEDED:
            return "good", f"Confirmed by the gateway: {what}."
        case Status.PENDING:
            return "calm", f"On its way: {what}. It is not done until the gateway confirms it; this page will say so."
        case Status.UNKNOWN:
            return "warn", (
                f"Outcome unknown: {what}. The gateway gave no certain answer; we are asking it. Do not repeat it."
            )
        case Status.RETURNED:
            return "warn", f"It came back: {what}. The buyer did not get it."
        case Status.FAILED:
            why = " – ".join(part for part in (tx.failure_code, tx.failure_message) if part)
            meaning = meanings.meaning_of(payment.account, tx)
            known = NEXT_STEP.get(tx.failure_category, "Nothing was moved; trying again is safe.")
            step = meaning.next_step if meaning and meaning.ours_to_fix else known
            return "bad", f"Refused: {what}. {f'The gateway says: {why}. ' if why else ''}{step}"
    raise AssertionError(tx.status)


def _act(payment: Payment, tx: Transaction) -> str:
    amount, card = display(tx.amount), payment.masked_card
    return {
        Kind.AUTHORIZE: f"authorisation of {amount} on {card}",
        Kind.CAPTURE: f"capture of {amount} from {card}",
        Kind.CANCEL: f"release of the hold of {amount} on {card}",
        Kind.REFUND: f"return of {amount} to {card}",
    }.get(Kind(tx.kind), f"{tx.kind} of {amount}")


def by_whom(tx: Transaction) -> str:
    if tx.actor_id:
        return str(tx.actor)
    return (
        "Gateway, by itself" if tx.origin == Origin.PROVIDER else "Buyer" if tx.kind == Kind.AUTHORIZE else "Scheduler"
    )
