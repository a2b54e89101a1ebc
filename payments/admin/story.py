"""What the order page and the payment page tell: money, timeline, tables. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.urls import reverse

from core import ports
from core.desk import Pill, moment, relative
from core.money import Money, display
from payments.admin import words
from payments.journal import sentence
from payments.models import JournalEntry, NotificationEvent, Payment, Source, Transaction
from payments.services.books import SUMS
from payments.states import Status

TIMELINE_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the money panel."""

    name: str
    amount: str
    notes: tuple[str, ...] = ()
    strong: bool = False


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


@dataclass(slots=True)
class Story:
    """Everything known about some payments of one order."""

    currency: str
    payments: list[Payment]
    transactions: list[Transaction]
    journal: list[JournalEntry]
    repeats: int
    truncated: bool
    differences: list[str] = field(default_factory=list)

    def of(self, payment: Payment) -> list[Transaction]:
        return [tx for tx in self.transactions if tx.payment_id == payment.pk]

    def open_of(self, payment: Payment) -> list[Transaction]:
        return words.open_ones(self.of(payment))


def read(payments: Sequence[Payment], currency: str) -> Story:
    """Four queries, whatever the number of payments."""
    ids = [payment.pk for payment in payments]
    transactions = list(
        Transaction.objects.filter(payment_id__in=ids).select_related("actor").order_by("created_at", "id")
    )
    rows = list(
        JournalEntry.objects.filter(payment_id__in=ids)
        .select_related("actor", "transaction")
        .order_by("-at", "-id")[: TIMELINE_AT_MOST + 1]
    )
    folds: dict[Any, dict[str, Any]] = {
        row["payment_id"]: dict(row)
        for row in JournalEntry.objects.filter(payment_id__in=ids)
        .order_by()
        .values("payment_id")
        .annotate(**{name: Sum(f"{name}_delta") for name in SUMS})
    }
    repeats = NotificationEvent.objects.filter(payment_id__in=ids).aggregate(n=Sum("repeats"))["n"] or 0
    story = Story(
        currency, list(payments), transactions, rows[:TIMELINE_AT_MOST], repeats, len(rows) > TIMELINE_AT_MOST
    )
    for payment in payments:
        for name in SUMS:
            stored, told = getattr(payment, f"{name}_minor"), folds.get(payment.pk, {}).get(name) or 0
            if stored != told:
                story.differences.append(
                    f"Attempt {payment.attempt}: {name.replace('_', ' ')} is {display(payment.money(stored))}, "
                    f"the journal says {display(payment.money(told))}."
                )
    return story


# --- money ----------------------------------------------------------------------------------------------------------


def money_rows(story: Story, total: int, name: str) -> list[Row]:
    def text(minor: int) -> str:
        return display(Money(minor, story.currency))

    def total_of(column: str) -> int:
        return sum(getattr(payment, column) for payment in story.payments)

    held = sum(payment.held_minor for payment in story.payments)
    captured, refunded = total_of("captured_minor"), total_of("refunded_minor")
    released, on_its_way = total_of("released_minor"), total_of("refund_reserved_minor")
    returned = sum(tx.amount_minor for tx in story.transactions if tx.status == Status.RETURNED)
    authorized_notes = [f"{text(held)} still held"] * bool(held) + [f"{text(released)} released"] * bool(released)
    refund_notes = [f"{text(on_its_way)} on its way"] * bool(on_its_way)
    refund_notes += [f"{text(returned)} came back"] * bool(returned)
    return [
        Row(name, text(total)),
        Row("Authorised", text(total_of("authorized_minor")), tuple(authorized_notes)),
        Row("Captured", text(captured)),
        Row("Refunded", text(refunded), tuple(refund_notes)),
        Row("Kept", text(captured - refunded), strong=True),
    ]


# --- timeline -------------------------------------------------------------------------------------------------------


LEARNED = {
    Source.BUYER: "asked by the buyer",
    Source.OPERATOR: "asked by a colleague",
    Source.ANSWER: "reply to our request",
    Source.NOTIFICATION: "notification",
    Source.INQUIRY: "inquiry",
    Source.RESOLVER: "automatic check",
}


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
            )
        )
        kept[payment.pk] -= entry.captured_delta - entry.refunded_delta
    return told


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


def still_open(story: Story) -> list[str]:
    """Silence is told too."""
    now = ports.now()
    lines = []
    for tx in words.open_ones(story.transactions):
        if tx.next_at is None:
            when = "nobody asks any more"
        elif tx.next_at <= now:
            when = "the gateway is about to be asked"
        else:
            when = f"next question {relative(tx.next_at, now)}, at {moment(tx.next_at)}"
        lines.append(f"No news yet of the {words.KINDS[tx.kind].lower()} of {display(tx.amount)}: {when}.")
    return lines


# --- tables ---------------------------------------------------------------------------------------------------------


def payment_table(story: Story) -> list[dict[str, Any]]:
    confirmed: dict[Any, JournalEntry] = {}
    for entry in story.journal:
        confirmed.setdefault(entry.payment_id, entry)
    rows = []
    for payment in story.payments:
        last = confirmed.get(payment.pk)
        rows.append(
            {
                "payment": payment,
                "url": reverse("admin:payments_payment_change", args=[payment.pk]),
                "card": card(payment),
                "checks": checks(payment),
                "pill": words.payment_pill(payment, story.open_of(payment)),
                "amount": display(payment.amount),
                "confirmed": f"{LEARNED[Source(last.source)]}, {moment(last.at)}" if last else "–",
            }
        )
    return rows


def card(payment: Payment) -> str:
    if not payment.last_four:
        return "New card"
    expiry = (
        f" · {payment.expiry_month:02}/{payment.expiry_year}" if payment.expiry_month and payment.expiry_year else ""
    )
    return f"{payment.brand.title()} •••• {payment.last_four}{expiry}"


def checks(payment: Payment) -> list[tuple[str, str]]:
    """What the issuer said about the card, as far as it was told."""
    details = payment.details or {}
    found = [(name, str(details[key])) for key, name in _CHECKS.items() if details.get(key)]
    secure = details.get("three_ds")
    if isinstance(secure, dict):
        found += [(f"3-D Secure {key.replace('_', ' ')}", str(value)) for key, value in secure.items() if value]
    return found


_CHECKS = {"avs": "Address check (AVS)", "cvv": "Security code", "authorization_code": "Authorisation code"}


def transaction_table(story: Story) -> list[dict[str, Any]]:
    attempts = {payment.pk: payment.attempt for payment in story.payments}
    return [
        {
            "tx": tx,
            "attempt": attempts[tx.payment_id],
            "kind": words.KINDS[tx.kind],
            "pill": words.STATUSES[tx.status],
            "amount": display(tx.amount),
            "by": words.by_whom(tx),
            "reason": words.reason(tx.reason),
            "when": moment(tx.created_at),
            "failure": " – ".join(part for part in (tx.failure_code, tx.failure_message) if part),
        }
        for tx in story.transactions
    ]


def pill_of(story: Story, payment: Payment) -> Pill:
    return words.payment_pill(payment, story.open_of(payment))
