"""What the order page and the payment page tell: money, what is open, tables. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, Sum
from django.urls import reverse

from core import ports
from core.desk import Pill, moment
from core.money import Money, display
from payments.admin import checks, silence, words
from payments.journal import Entry
from payments.models import Dispute, JournalEntry, NotificationEvent, Payment, Source, Transaction
from payments.services import meanings
from payments.services.books import SUMS
from payments.states import Status

TIMELINE_AT_MOST = 200
LEARNED = {
    Source.BUYER: "asked by the buyer",
    Source.OPERATOR: "asked by a colleague",
    Source.ANSWER: "reply to our request",
    Source.NOTIFICATION: "notification",
    Source.INQUIRY: "inquiry",
    Source.RESOLVER: "automatic check",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the money panel."""

    name: str
    amount: str
    notes: tuple[str, ...] = ()
    strong: bool = False


@dataclass(slots=True)
class Story:
    """Everything known about some payments of one order."""

    currency: str
    payments: list[Payment]
    transactions: list[Transaction]
    journal: list[JournalEntry]
    repeats: int
    truncated: bool
    disputes: list[Dispute] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    lapsed_minor: int = 0
    """What of the released money nobody let go: its hold ended by itself."""

    def of(self, payment: Payment) -> list[Transaction]:
        return [tx for tx in self.transactions if tx.payment_id == payment.pk]

    def open_of(self, payment: Payment) -> list[Transaction]:
        return words.open_ones(self.of(payment))


def read(payments: Sequence[Payment], currency: str) -> Story:
    """Five queries, whatever the number of payments."""
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
        .annotate(
            lapsed=Sum("released_delta", filter=Q(entry=Entry.LAPSED)),
            **{name: Sum(f"{name}_delta") for name in SUMS},
        )
    }
    repeats = NotificationEvent.objects.filter(payment_id__in=ids).aggregate(n=Sum("repeats"))["n"] or 0
    story = Story(
        currency, list(payments), transactions, rows[:TIMELINE_AT_MOST], repeats, len(rows) > TIMELINE_AT_MOST
    )
    story.disputes = list(Dispute.objects.filter(payment_id__in=ids).order_by("id"))
    for payment in payments:
        # A correction may have taken it back.
        story.lapsed_minor += min(folds.get(payment.pk, {}).get("lapsed") or 0, payment.released_minor)
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
    disputed = total_of("disputed_minor")
    returned = sum(tx.amount_minor for tx in story.transactions if tx.status == Status.RETURNED)
    let_go = released - story.lapsed_minor
    authorized_notes = [f"{text(held)} still held"] * bool(held) + [f"{text(let_go)} released"] * bool(let_go)
    authorized_notes += [f"{text(story.lapsed_minor)} lapsed"] * bool(story.lapsed_minor)
    refund_notes = [f"{text(on_its_way)} on its way"] * bool(on_its_way)
    refund_notes += [f"{text(returned)} came back"] * bool(returned)
    return [
        Row(name, text(total)),
        Row("Authorised", text(total_of("authorized_minor")), tuple(authorized_notes)),
        Row("Captured", text(captured)),
        Row("Refunded", text(refunded), tuple(refund_notes)),
        *([Row("Disputed", text(disputed), ("not ours until the bank says so",))] if disputed else []),
        Row("Kept", text(captured - refunded - disputed), strong=True),
    ]


# --- silence ----------------------------------------------------------------------------------------------------------


def still_open(story: Story) -> list[str]:
    """Silence is told too."""
    now = ports.now()
    lines = [silence.still_open_line(tx, now) for tx in words.open_ones(story.transactions)]
    return lines + [line for payment in story.payments if (line := silence.expected_capture_line(payment, now))]


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
                "checks": checks.summary(payment),
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


def transaction_table(story: Story) -> list[dict[str, Any]]:
    payments = {payment.pk: payment for payment in story.payments}
    return [
        {
            "tx": tx,
            "attempt": payments[tx.payment_id].attempt,
            "kind": words.KINDS[tx.kind],
            "pill": words.STATUSES[tx.status],
            "amount": display(tx.amount),
            "by": words.by_whom(tx),
            "reason": words.reason(tx.reason),
            "when": moment(tx.created_at),
            "refusal": checks.refusal(payments[tx.payment_id], tx),
            "acquirer": meanings.acquirer_words(tx),
        }
        for tx in story.transactions
    ]


def pill_of(story: Story, payment: Payment) -> Pill:
    return words.payment_pill(payment, story.open_of(payment))
