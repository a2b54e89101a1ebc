"""Disputes: what the provider tells, in any order, and the two things that we may do about one (antom.md 3.18).

A dispute moves no money here: what the provider takes back it tells in its settlement. Giving up and defending are
written before they are sent; a repeat is safe, so after silence a person may send the same again.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import ports
from core.money import Money
from payments.gateways.base import Kind, PaymentRef
from payments.gateways.disputes import DisputeEvent, DisputeFact
from payments.gateways.models import MerchantAccount
from payments.journal import Entry
from payments.models import (
    Dispute,
    DisputeAct,
    DisputeActKind,
    DisputeStatus,
    NotificationEvent,
    Payment,
    Source,
    Transaction,
)
from payments.services.room import Room, SomebodyWasFirst, enter
from payments.states import OPEN, Status

S = DisputeStatus
RANK = {
    S.OPEN: 0,
    S.DEFENDED: 1,
    S.ACCEPTED: 3,
    S.JUDGED: 3,
    S.CANCELED: 3,
    S.RESOLVED: 3,
    S.WON: 4,
    S.LOST: 4,
}
"""Messages come in any order: a status only ever gives way to one that is further on."""
STILL_OPEN = frozenset({S.OPEN, S.DEFENDED, S.JUDGED})
"""Nobody knows yet whose money it is in the end."""
OURS_AGAIN = frozenset({S.WON, S.CANCELED})
MAY_BE_ANSWERED = frozenset({S.OPEN, S.DEFENDED})
NO_MONEY = frozenset({"retrieval_request"})
"""Kinds of dispute that only ask for papers."""
_STATUS = {
    DisputeEvent.OPENED: S.OPEN,
    DisputeEvent.DUE_SOON: S.OPEN,
    DisputeEvent.DEFENDED: S.DEFENDED,
    DisputeEvent.ACCEPTED: S.ACCEPTED,
    DisputeEvent.JUDGED: S.JUDGED,
    DisputeEvent.CANCELED: S.CANCELED,
    DisputeEvent.RESOLVED: S.RESOLVED,
}
_ENTRIES = {
    DisputeEvent.OPENED: Entry.DISPUTE_OPENED,
    DisputeEvent.DUE_SOON: Entry.DISPUTE_DUE,
    DisputeEvent.DEFENDED: Entry.DISPUTE_DEFENDED,
    DisputeEvent.ACCEPTED: Entry.DISPUTE_ACCEPTED,
    DisputeEvent.JUDGED: Entry.DISPUTE_JUDGED,
    DisputeEvent.CANCELED: Entry.DISPUTE_CANCELED,
    DisputeEvent.RESOLVED: Entry.DISPUTE_RESOLVED,
}
_ORDER = {event: place for place, event in enumerate(DisputeEvent)}
"""How far on each message is; the enumeration goes that way."""
_ENDS = {DisputeEvent.DEFENDED: DisputeActKind.DEFEND, DisputeEvent.ACCEPTED: DisputeActKind.ACCEPT}
"""Which open act of ours a message confirms."""
FACTS = (
    "kind",
    "reason_code",
    "reason",
    "network",
    "arn",
    "opened_at",
    "due_at",
    "defendable",
    "auto_defended",
    "verdict",
)


@dataclass(frozen=True, slots=True)
class Told:
    """`problem` says why the message changed nothing; `changed` is False for a repeat."""

    payment_id: uuid.UUID | None
    changed: bool = False
    problem: str = ""


def apply_dispute(account: MerchantAccount, fact: DisputeFact, *, event: NotificationEvent | None = None) -> Told:
    """Write down what was told about a dispute. `payment_id` None: we do not know the payment (yet)."""
    payment_id = _payment_of(account, fact.payment)
    if payment_id is None:
        return Told(None)
    for last_try in (False, False, True):
        try:
            with enter(payment_id, source=Source.NOTIFICATION, event=event) as room:
                if problem := _why_not(room, fact):
                    return Told(payment_id, problem=problem)
                _learn(room, account, fact)
            return Told(payment_id, changed=room.changed)
        except SomebodyWasFirst:
            if last_try:
                raise
    raise AssertionError("unreachable")


def project(room: Room) -> None:
    """The payment's own columns about its disputes, for lists and for `safe_to_ship`."""
    rows = list(Dispute.objects.filter(payment=room.payment))
    waiting = [row.due_at for row in rows if row.status == S.OPEN and row.due_at]
    payment = room.payment
    payment.disputes_open = sum(row.status in STILL_OPEN for row in rows)
    taken = [row for row in rows if row.status not in OURS_AGAIN and row.kind not in NO_MONEY]
    payment.disputed_minor = sum(row.amount_minor or payment.captured_minor for row in taken)
    payment.dispute_due_at = min(waiting, default=None)
    room.touch_payment()


def record(room: Room, entry: Entry, dispute: Dispute, *, note: str = "", **evidence: Any) -> None:
    """An entry in the payment's journal that names the dispute."""
    named = {"dispute": dispute.public_id, "dispute_reference": dispute.reference, "amount": dispute.amount_minor}
    room.record(entry, note=note, **named, **evidence)  # type: ignore[arg-type]


def move(dispute: Dispute, status: DisputeStatus, at: datetime) -> bool:
    """Whether the dispute is further on now."""
    if RANK[status] <= RANK[S(dispute.status)]:
        return False
    dispute.status = status
    if status not in STILL_OPEN:
        dispute.ended_at = at
    return True


def _payment_of(account: MerchantAccount, ref: PaymentRef) -> uuid.UUID | None:
    of_account = Transaction.objects.filter(account=account, kind=Kind.AUTHORIZE)
    for names in ({"request_id": ref.request_id}, {"gateway_reference": ref.gateway_reference}):
        if all(names.values()):
            found = of_account.filter(**names).values_list("payment_id", flat=True).first()
            if found is not None:
                return found
    return None


def _why_not(room: Room, fact: DisputeFact) -> str:
    """Evidence that does not fit changes nothing (I20)."""
    ours, told = room.authorization, fact.payment
    pairs = ((told.request_id, ours.request_id), (told.gateway_reference, ours.gateway_reference))
    if any(theirs and known and theirs != known for theirs, known in pairs):
        return "the dispute names another payment"
    for amount in (fact.amount, fact.judged_amount):
        if amount is not None and (amount.currency != room.payment.currency or amount.minor <= 0):
            return f"the disputed amount is {amount}"
    others = Dispute.objects.filter(account_id=room.payment.account_id, reference=fact.reference)
    if others.exclude(payment=room.payment).exists():
        return "the dispute belongs to another payment"
    return ""


def _learn(room: Room, account: MerchantAccount, fact: DisputeFact) -> None:
    dispute = Dispute.objects.select_for_update().filter(account=account, reference=fact.reference).first()
    fresh = dispute is None
    if dispute is None:
        dispute = Dispute(
            payment=room.payment,
            account=account,
            reference=fact.reference,
            currency=room.payment.currency,
            created_at=room.at,
        )
    before = _as_known(dispute)
    _fill_in(dispute, fact)
    moved = move(dispute, _STATUS[fact.event], fact.occurred_at or room.at)
    confirmed = _confirm_act(dispute, fact.event, room.at)
    if not fresh and dispute.status not in MAY_BE_ANSWERED:
        _end_what_is_overtaken(dispute, room.at)
    if fresh and (fact.amount.minor if fact.amount else 1) > room.payment.captured_minor:
        room.flag("The buyer’s bank disputes money that we never took.")
    if not (fresh or moved or confirmed or before != _as_known(dispute)):
        return
    dispute.updated_at = room.at
    dispute.save()
    record(room, _ENTRIES[fact.event], dispute, verdict=fact.verdict)
    project(room)


def _as_known(dispute: Dispute) -> list[object]:
    return [*(getattr(dispute, name) for name in FACTS), dispute.amount_minor, dispute.judged_minor, dispute.details]


def _fill_in(dispute: Dispute, fact: DisputeFact) -> None:
    """A later message may leave out what an earlier one told; an older one only fills what is not known yet."""
    older = _ORDER[fact.event] < _ORDER[DisputeEvent(dispute.details.get("news", DisputeEvent.OPENED))]
    for name in FACTS:
        told = getattr(fact, name)
        if told not in ("", None) and not (older and getattr(dispute, name) not in ("", None)):
            limit = getattr(Dispute._meta.get_field(name), "max_length", None)
            setattr(dispute, name, told[:limit] if isinstance(told, str) else told)
    dispute.amount_minor = _minor(fact.amount) or dispute.amount_minor
    dispute.judged_minor = _minor(fact.judged_amount) or dispute.judged_minor
    told_more = {
        "news": "" if older else fact.event.value,
        "accepted_because": fact.accepted_because,
        "capture_reference": fact.capture_reference,
        "acquirer": dict(fact.acquirer),
        "comment": fact.comment,
    }
    dispute.details = {**dispute.details, **{key: value for key, value in told_more.items() if value}}


def _minor(amount: Money | None) -> int | None:
    return amount.minor if amount else None


def _confirm_act(dispute: Dispute, event: DisputeEvent, at: datetime) -> bool:
    """The provider's word ends an act of ours whose answer we never saw."""
    kind = _ENDS.get(event)
    if kind is None or dispute._state.adding:
        return False
    mine = DisputeAct.objects.filter(dispute=dispute, kind=kind, status__in=sorted(OPEN))
    return mine.update(status=Status.SUCCEEDED, ended_at=at) > 0


def _end_what_is_overtaken(dispute: Dispute, at: datetime) -> None:
    """The dispute is over: what we sent and never heard of changes nothing any more."""
    mine = DisputeAct.objects.filter(dispute=dispute, status__in=sorted(OPEN))
    mine.update(status=Status.FAILED, failure_code="overtaken", ended_at=at)


def disputes_of(payment: Payment) -> list[Dispute]:
    return list(Dispute.objects.filter(payment=payment).prefetch_related("acts__actor"))


def now_left(dispute: Dispute) -> bool:
    """Whether there is still time to answer."""
    return dispute.due_at is None or ports.now() < dispute.due_at
