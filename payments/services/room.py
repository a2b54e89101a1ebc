"""The locked payment: the only place where its state, its sums and its journal are written.

Locks in the order Order -> Payment -> Transaction (a courtesy that makes the loser wait); the guarantee is the
update that names the version it expects, and the constraints (reliability.md 0.5).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from core import hot, ports
from core.models import User
from orders.models import Order
from orders.services import note_money
from payments.gateways.base import Kind, Review
from payments.journal import Entry
from payments.models import JournalEntry, NotificationEvent, Origin, Payment, Source, Transaction
from payments.states import CLOSED, CORRECTIONS, MOVES, STANDING, STATUS_MOVES, Event, State, Status

_SUMS = ("authorized_minor", "captured_minor", "released_minor", "refund_reserved_minor", "refunded_minor")
DOUBTS = ("needs_review", "review", "disputes_open", "disputed_minor", "state")
_OF_THE_ORDER = frozenset({*_SUMS, *DOUBTS})
"""Columns of a payment that its order's projections stand on."""


_LOCKED = hot.Select(
    lambda: (
        Payment.objects.select_for_update(of=("self", "order"), no_key=True)
        .select_related("order", "account")
        .order_by()
    ),
    "id",
)
_TRANSACTIONS = hot.Select(lambda: Transaction.objects.order_by("id"), "payment_id")
_OF_ORDER = hot.Select(lambda: Payment.objects.only(*_SUMS, *DOUBTS).order_by(), "order_id")


class SomebodyWasFirst(RuntimeError):
    """The row changed under us: decide again from the fresh one."""


class SettledAlready(RuntimeError):
    """A bug of ours: somebody tried to rewrite what a request ended in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deltas:
    """Signed changes of a payment's sums, minor units."""

    authorized: int = 0
    captured: int = 0
    released: int = 0
    refund_reserved: int = 0
    refunded: int = 0


@dataclass(slots=True)
class Room:
    payment: Payment
    order: Order
    transactions: list[Transaction]
    source: Source
    actor: User | None
    address: str | None
    event: NotificationEvent | None
    at: datetime
    _seen: int
    _before: dict[uuid.UUID, dict[str, Any]] = field(default_factory=dict)
    """The rows' columns as they were read; empty for a payment that is only now written."""
    _entries: list[JournalEntry] = field(default_factory=list)
    _touched: set[uuid.UUID] = field(default_factory=set)
    _payment_touched: bool = False
    along: list[hot.Update] = field(default_factory=list)
    """What else belongs into the commit, written with the rest."""
    changed: bool = False
    """Whether anything was learned that the journal tells."""

    # --- reading ---

    @property
    def state(self) -> State:
        return State(self.payment.state)

    @property
    def authorization(self) -> Transaction:
        return next(tx for tx in self.transactions if tx.kind == Kind.AUTHORIZE)

    def open_follow_up(self) -> Transaction | None:
        return next(
            (t for t in self.transactions if t.is_open and t.origin == Origin.OURS and t.kind != Kind.AUTHORIZE), None
        )

    # --- writing ---

    def touch(self, tx: Transaction) -> None:
        self._touched.add(tx.pk)

    def touch_payment(self) -> None:
        self._payment_touched = True

    def set_status(self, tx: Transaction, status: Status, *, corrected: bool = False) -> None:
        """Follow STATUS_MOVES; what is settled changes only as a correction, journaled under its name (I18)."""
        before = Status(tx.status)
        if status is not before and status not in STATUS_MOVES[before] and not corrected:
            raise SettledAlready(f"{tx.kind} {tx.public_id} is {before} and cannot become {status}")
        tx.status = status
        if not tx.is_open:
            tx.next_at, tx.last_error = None, ""
        self.touch(tx)

    def add_transaction(self, **values: Any) -> Transaction:
        tx = Transaction(
            payment=self.payment,
            account_id=self.payment.account_id,
            currency=self.payment.currency,
            created_at=self.at,
            **values,
        )
        self.transactions.append(tx)
        return tx

    def flag(self, reason: str) -> None:
        """Put the payment under review; the first reason stands."""
        if not self.payment.needs_review:
            self.payment.needs_review = True
            self.payment.review_reason = reason[:200]
            self.touch_payment()

    def move(
        self, event: Event, entry: Entry, tx: Transaction | None, deltas: Deltas, *, late: bool = False, **evidence: Any
    ) -> None:
        """Follow MOVES; where it has no way, record and flag (or, for a late success, correct by name)."""
        before = self.state
        target = MOVES.get((before, event))
        if late:
            target = target or CORRECTIONS.get((before, event))
            entry = Entry.CORRECTED
            self.flag(f"Reported after we had closed it: {event.replace('_', ' ')}.")
        if target is None:
            target, entry = before, Entry.CONTRADICTION
            self.flag(f"The gateway reports {event.replace('_', ' ')}, which cannot follow {before.replace('_', ' ')}.")
        if target in STANDING and before not in STANDING and self._another_stands():
            self.flag("Another payment of this order stands as well.")
        self.payment.state = target
        self.record(entry, tx, deltas, before=before, **evidence)

    def raise_once(self, reason: str, entry: Entry, tx: Transaction | None, **evidence: Any) -> None:
        """Flag and record what contradicts us; the same evidence again, also after a person cleared it, is no news."""
        told = _evidence(tx, evidence)
        journal = JournalEntry.objects.filter(payment=self.payment, entry=entry, transaction=tx)
        known = [*journal.values_list("evidence", flat=True), *(new.evidence for new in self._entries)]
        if told not in known:
            self.record(entry, tx, **evidence)
            self.flag(reason)

    def _another_stands(self) -> bool:
        standing = Payment.objects.filter(order=self.order, needs_review=False, state__in=sorted(STANDING))
        return standing.exclude(pk=self.payment.pk).exists()

    def record(
        self,
        entry: Entry,
        tx: Transaction | None = None,
        deltas: Deltas | None = None,
        *,
        before: State | None = None,
        reason: str = "",
        note: str = "",
        occurred_at: datetime | None = None,
        **evidence: Any,
    ) -> None:
        """Append to the journal and add the deltas to the payment's sums."""
        deltas = deltas or Deltas()
        payment = self.payment
        payment.authorized_minor += deltas.authorized
        payment.captured_minor += deltas.captured
        payment.released_minor += deltas.released
        payment.refund_reserved_minor += deltas.refund_reserved
        payment.refunded_minor += deltas.refunded
        payment.journal_length += 1
        self._entries.append(
            JournalEntry(
                payment=payment,
                seq=payment.journal_length,
                transaction=tx,
                notification=self.event,
                entry=entry,
                state_before=before or payment.state,
                state_after=payment.state,
                authorized_delta=deltas.authorized,
                captured_delta=deltas.captured,
                released_delta=deltas.released,
                refund_reserved_delta=deltas.refund_reserved,
                refunded_delta=deltas.refunded,
                source=self.source,
                actor=self.actor,
                actor_address=self.address,
                reason=reason,
                note=note[:300],
                evidence=_evidence(tx, evidence),
                occurred_at=occurred_at or (tx.occurred_at if tx else None),
                at=self.at,
            )
        )
        self.changed = True
        self.touch_payment()

    def close(self) -> None:
        """Write everything once. Raises SomebodyWasFirst when the payment moved since it was read."""
        writes: list[hot.Insert | hot.Update] = [] if self._before else [hot.Insert(self.payment)]
        for tx in self.transactions:
            if tx._state.adding:
                writes.append(hot.Insert(tx))
            elif tx.pk in self._touched and (news := self._news_of(tx)):
                writes.append(hot.Update(Transaction, {"id": tx.pk}, news))
        if self._before and self._payment_touched:
            writes += self._payment_writes()
        writes += map(hot.Insert, self._entries)
        try:
            hot.write([*writes, *self.along])
        except IntegrityError as error:
            if self._before and _is_taken_seq(error):
                raise SomebodyWasFirst from error
            raise

    def _payment_writes(self) -> Iterator[hot.Update]:
        self.payment.updated_at = self.at
        self.payment.version = self._seen + 1
        news = self._news_of(self.payment)
        yield hot.Update(Payment, {"id": self.payment.pk, "version": self._seen}, news, missed=_somebody_was_first)
        if not _OF_THE_ORDER.isdisjoint(news) and (update := project_order(self.order, self.payment)):
            yield update

    def _news_of(self, row: Payment | Transaction) -> dict[str, Any]:
        """The columns that differ from what was read."""
        before = self._before[row.pk]
        return {name: value for name, value in _columns(row).items() if before[name] != value}


@contextmanager
def enter(
    payment_id: uuid.UUID,
    *,
    source: Source,
    actor: User | None = None,
    address: str | None = None,
    event: NotificationEvent | None = None,
) -> Iterator[Room]:
    """One durable block around one locked payment; committed when the `with` ends without an exception."""
    with transaction.atomic(durable=True):
        room = lock(payment_id, source=source, actor=actor, address=address, event=event)
        yield room
        room.close()
        ports.crash_point("room.before_commit")
    ports.crash_point("room.after_commit")


def lock(
    payment_id: uuid.UUID,
    *,
    source: Source,
    actor: User | None = None,
    address: str | None = None,
    event: NotificationEvent | None = None,
) -> Room:
    """Order and payment in one statement; whoever holds them is the only one who writes the transactions."""
    payment = _LOCKED.one(payment_id)
    if payment is None:
        raise Payment.DoesNotExist
    transactions = _TRANSACTIONS(payment_id)
    return Room(
        payment=payment,
        order=payment.order,
        transactions=transactions,
        source=source,
        actor=actor,
        address=address,
        event=event,
        at=ports.now(),
        _seen=payment.version,
        _before={payment.pk: _columns(payment), **{tx.pk: _columns(tx) for tx in transactions}},
    )


def begin(
    payment: Payment, order: Order, authorization: Transaction, *, actor: User | None, address: str | None
) -> Room:
    """The room of a payment that is not written yet, inside the block that locked its order."""
    return Room(
        payment=payment,
        order=order,
        transactions=[authorization],
        source=Source.BUYER,
        actor=actor,
        address=address,
        event=None,
        at=payment.created_at,
        _seen=payment.version,
    )


def _columns(row: Payment | Transaction) -> dict[str, Any]:
    return {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}


def project_order(order: Order, payment: Payment) -> hot.Update | None:
    """Add up the payments of a locked order, `payment` as it is in hand, and let `orders` note its projections."""
    rows = [row for row in _OF_ORDER(order.pk) if row.pk != payment.pk] + [payment]
    sums = {name: sum(getattr(row, name) for row in rows) for name in _SUMS}
    captured = sums["captured_minor"]
    return note_money(
        order,
        held=max(sums["authorized_minor"] - captured - sums["released_minor"], 0),
        captured=captured,
        refunded=sums["refunded_minor"],
        returning=sums["refund_reserved_minor"],
        certain=not any(map(is_doubtful, rows)),
    )


def _somebody_was_first() -> None:
    raise SomebodyWasFirst


def _is_taken_seq(error: IntegrityError) -> bool:
    """Somebody who moved the payment also wrote the next entry of its journal; on PostgreSQL that may show first."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) == "journal_is_numbered"


def is_doubtful(payment: Payment) -> bool:
    """Goods do not leave while a payment contradicts itself, is reviewed by the provider, or is disputed."""
    reviewed = payment.review in (Review.RUNNING, Review.REJECTED) and payment.state not in CLOSED
    return payment.needs_review or reviewed or payment.disputes_open > 0 or payment.disputed_minor > 0


def _evidence(tx: Transaction | None, extra: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if tx is not None:
        told = {
            "kind": tx.kind,
            "amount": tx.amount_minor,
            "request_id": tx.request_id,
            "gateway_reference": tx.gateway_reference,
        }
    return {key: value for key, value in {**told, **extra}.items() if value not in (None, "")}
