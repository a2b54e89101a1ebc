"""Proving the books: fold the journal again and compare it with every stored sum and projection (I5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max, Sum

from core import ports
from core.money import display
from orders.models import Order
from orders.services import status_of
from payments.gateways.base import Kind, Review
from payments.journal import NOUNS, sentence
from payments.models import DisputeStatus, JournalEntry, NotificationEvent, Origin, Payment, Transaction
from payments.services import meanings
from payments.services.room import DOUBTS, is_doubtful
from payments.states import CORRECTIONS, MOVES, OPEN, State, Status

SUMS = ("authorized", "captured", "released", "refund_reserved", "refunded")


def verify_books() -> list[str]:
    """One line per difference; empty when every sum, state and projection follows from the journal."""
    return [*_payments(), *_transactions(), *_orders()]


def _payments() -> Iterator[str]:
    folds: dict[object, dict[str, Any]] = {
        row["payment_id"]: dict(row)
        for row in JournalEntry.objects.order_by()
        .values("payment_id")
        .annotate(length=Count("id"), last=Max("seq"), **{name: Sum(f"{name}_delta") for name in SUMS})
    }
    for payment in Payment.objects.order_by().iterator(chunk_size=1000):
        fold = folds.get(payment.pk)
        if fold is None:
            yield f"{payment.public_id}: no journal"
            continue
        for name in SUMS:
            stored, told = getattr(payment, f"{name}_minor"), fold[name]
            if stored != told:
                yield f"{payment.public_id}: {name} is {stored}, the journal says {told}"
        if fold["length"] != fold["last"] or fold["length"] != payment.journal_length:
            yield f"{payment.public_id}: the journal has a gap"
    yield from _chains()


def _chains() -> Iterator[str]:
    """Each entry starts in the state where the one before it ended, and the last ends in the stored state."""
    state: dict[object, str] = {}
    rows = JournalEntry.objects.order_by("payment_id", "seq").values_list(
        "payment_id", "payment__public_id", "payment__state", "seq", "state_before", "state_after"
    )
    ends: dict[object, tuple[str, str]] = {}
    legal = {(before, after) for (before, _), after in [*MOVES.items(), *CORRECTIONS.items()]}
    for payment_id, public_id, stored, seq, before, after in rows.iterator(chunk_size=5000):
        expected = state.get(payment_id, State.PENDING)
        if before != expected:
            yield f"{public_id}: entry {seq} starts in {before}, the one before ended in {expected}"
        if before != after and (before, after) not in legal:
            yield f"{public_id}: entry {seq} goes from {before} to {after}, which cannot happen"
        state[payment_id], ends[payment_id] = after, (public_id, stored)
    for key, (public_id, stored) in ends.items():
        if state[key] != stored:
            yield f"{public_id}: state is {stored}, the journal ends in {state[key]}"


def _transactions() -> Iterator[str]:
    """What succeeded adds up to the sums; what is reserved is open."""
    rows = (
        Transaction.objects.order_by()
        .values("payment_id", "kind", "status", "origin")
        .annotate(total=Sum("amount_minor"))
    )
    captured: dict[object, int] = {}
    refunded: dict[object, int] = {}
    reserved: dict[object, int] = {}
    for row in rows:
        if row["kind"] == Kind.CAPTURE and row["status"] == Status.SUCCEEDED:
            captured[row["payment_id"]] = captured.get(row["payment_id"], 0) + row["total"]
        if row["kind"] == Kind.REFUND and row["status"] == Status.SUCCEEDED:
            refunded[row["payment_id"]] = refunded.get(row["payment_id"], 0) + row["total"]
        if row["kind"] == Kind.REFUND and row["status"] in OPEN and row["origin"] == Origin.OURS:
            reserved[row["payment_id"]] = reserved.get(row["payment_id"], 0) + row["total"]
    columns = ("pk", "public_id", "captured_minor", "refunded_minor", "refund_reserved_minor")
    for payment_id, public_id, *sums in Payment.objects.order_by().values_list(*columns).iterator(chunk_size=5000):
        told = (captured.get(payment_id, 0), refunded.get(payment_id, 0), reserved.get(payment_id, 0))
        for name, stored, transactions in zip(("captured", "refunded", "refund reserved"), sums, told, strict=True):
            if stored != transactions:
                yield f"{public_id}: {name} is {stored}, its transactions say {transactions}"


def _orders() -> Iterator[str]:
    sums = {
        row["order_id"]: row
        for row in Payment.objects.order_by()
        .values("order_id")
        .annotate(
            captured=Sum("captured_minor"), refunded=Sum("refunded_minor"), returning=Sum("refund_reserved_minor")
        )
    }
    rows = Payment.objects.order_by().only(*DOUBTS, "order_id").iterator(chunk_size=5000)
    doubtful = {payment.order_id for payment in rows if is_doubtful(payment)}
    for order in Order.objects.order_by().iterator(chunk_size=1000):
        row = sums.get(order.pk, {"captured": 0, "refunded": 0, "returning": 0})
        told = (order.paid_minor, order.refunded_minor, order.due_minor)
        meant = (row["captured"], row["refunded"], max(order.total_minor - row["captured"], 0))
        if told != meant:
            yield f"{order.public_id}: paid, refunded, due are {told}, its payments say {meant}"
        safe = order.pk not in doubtful and row["captured"] >= order.total_minor
        safe = safe and row["refunded"] + row["returning"] < row["captured"]
        if order.safe_to_ship != safe:
            yield f"{order.public_id}: safe to ship is {order.safe_to_ship}, its payments say {safe}"
        if order.status != status_of(order.total_minor, order.held_minor, row["captured"], row["refunded"]):
            yield f"{order.public_id}: status {order.status} does not follow from its money"


def explain(payment: Payment) -> list[str]:
    """The story of one payment in plain sentences, oldest first, and what is still open."""
    lines = [
        f"Payment {payment.public_id}, attempt {payment.attempt} for order {payment.order_number}: "
        f"{display(payment.amount)} by {payment.masked_card} through {payment.account_name}."
    ]
    for entry in payment.journal.select_related("actor"):
        who = f" by {entry.actor}" if entry.actor else ""
        why = f" Reason: {entry.reason}." if entry.reason else ""
        lines.append(
            f"{entry.at:%Y-%m-%d %H:%M:%S} UTC  {sentence(entry, currency=payment.currency)} "
            f"[learned from: {entry.get_source_display().lower()}{who}]{why}"
        )
    ignored = NotificationEvent.objects.filter(payment=payment).aggregate(n=Sum("repeats"))["n"] or 0
    if ignored:
        lines.append(f"{ignored} repeated notifications ignored.")
    lines += [*_checks_told(payment), *_requests_told(payment), *_disputes_told(payment)]
    if payment.review == Review.RUNNING:
        lines.append("The gateway reviews this payment: neither capture nor ship until it ends.")
    if payment.needs_review:
        lines.append(f"A person must look: {payment.review_reason}")
    lines.append(
        f"Now {payment.state.replace('_', ' ')}: held {display(payment.money(payment.held_minor))}, "
        f"captured {display(payment.money(payment.captured_minor))}, "
        f"refunded {display(payment.money(payment.refunded_minor))}."
    )
    return lines


def _checks_told(payment: Payment) -> Iterator[str]:
    for check in meanings.checks_of(payment):
        yield f"{check.name}: {check}."
    for name, words in [*meanings.secured(payment), *meanings.risk_words(payment)]:
        yield f"{name}: {words}."
    for name, value in (
        ("Network transaction id", payment.network_transaction_id),
        ("Authorisation code", payment.authorization_code),
        ("The issuer’s words", meanings.issuers_words(payment)),
    ):
        if value:
            yield f"{name}: {value}."


def _requests_told(payment: Payment) -> Iterator[str]:
    """Who took each request, why one was refused, and what has no answer yet."""
    for tx in payment.transactions.order_by("id"):
        noun = NOUNS[tx.kind]
        if acquirer := meanings.acquirer_words(tx):
            yield f"Acquirer of the {noun}: {acquirer}."
        if tx.failure_code:
            meaning = meanings.meaning_of(payment.account, tx)
            told = f" {meaning.about} {meaning.next_step}" if meaning else ""
            yield f"The {noun} was refused with {tx.failure_code}.{told}"
        if tx.is_open:
            when = f"; the gateway is asked at {tx.next_at:%H:%M:%S} UTC" if tx.next_at else ""
            heard = f"; should have heard by {tx.heard_by:%Y-%m-%d %H:%M} UTC" if tx.heard_by else ""
            yield f"Still open: {noun} of {display(tx.amount)}, {tx.status}{when}{heard}."


def _disputes_told(payment: Payment) -> Iterator[str]:
    for dispute in payment.disputes.order_by("id"):
        amount = f" of {display(dispute.amount)}" if dispute.amount else ""
        until = ""
        if dispute.status == DisputeStatus.OPEN and dispute.due_at:
            passed = "the time to answer ended" if dispute.due_at <= ports.now() else "answer by"
            until = f"; {passed} {dispute.due_at:%Y-%m-%d %H:%M} UTC"
        yield f"Dispute {dispute.reference}{amount}: {dispute.get_status_display().lower()}{until}."
