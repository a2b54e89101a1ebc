"""Asking the gateway what became of a payment, and acting on silence. The one resolver (reliability.md 0.2).

The ask never moves money by itself. What follows an answer is decided here: wait, send the same request again where
the provider documents that as safe, or, for an authorization whose time is over, cancel it and only then end it.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from core import ports
from core.models import User
from payments.gateways.base import (
    Approved,
    CaptureMode,
    Fact,
    InquiryRequest,
    Kind,
    Known,
    NotFound,
    PaymentRef,
    Review,
    Unknown,
    Verb,
)
from payments.gateways.http import CalledInsideTransaction
from payments.gateways.registry import gateway_for
from payments.journal import NOUNS, Entry
from payments.models import JournalEntry, Origin, Payment, Source, Transaction
from payments.services import timing
from payments.services.calls import execute, fresh_window, payment_ref
from payments.services.outcomes import FROZEN, apply_facts
from payments.services.room import Room, enter
from payments.states import CLOSED, OPEN, State, Status

log = logging.getLogger(__name__)

ASK_AT_MOST_EVERY = timedelta(seconds=2)
"""“I have paid” may be tapped as often as people like; the gateway is asked this often."""
CANCELS_AT_MOST = 3
"""Of one expired authorization, each refused; then a person decides."""
BETWEEN_CANCELS = timedelta(hours=1)
REPEATABLE = {Kind.CAPTURE: Verb.CAPTURE, Kind.CANCEL: Verb.CANCEL, Kind.REFUND: Verb.REFUND}


@dataclass(frozen=True, slots=True)
class Heard:
    """What an inquiry said: `absent` are our open request ids that the provider surely does not know."""

    answer: Known | NotFound | Unknown
    absent: frozenset[str]


def refresh_payment(*, payment_id: uuid.UUID, actor: User | None = None) -> Payment:
    """“I have paid” and “check with gateway now”: ask once, bounded in rate, and say what is known."""
    if not may_ask_now(payment_id):
        return Payment.objects.select_related("order").get(pk=payment_id)
    return ask_gateway(payment_id, actor=actor)


def may_ask_now(payment_id: uuid.UUID) -> bool:
    """Whether nobody asked just now; of several who come at once, one may."""
    at = ports.now()
    with transaction.atomic(durable=True):
        rested = Q(asked_at=None) | Q(asked_at__lte=at - ASK_AT_MOST_EVERY)
        return Payment.objects.filter(rested, pk=payment_id).update(asked_at=at) == 1


def ask_gateway(payment_id: uuid.UUID, *, actor: User | None = None, source: Source = Source.INQUIRY) -> Payment:
    """Inquire and write down what is told."""
    _inquire(payment_id, actor=actor, source=source)
    return Payment.objects.select_related("order").get(pk=payment_id)


def is_told(payment_id: uuid.UUID) -> bool:
    """Inquire and write down what is told. False while the gateway gives no certain answer: ask again."""
    if not may_ask_now(payment_id):
        return False
    return not isinstance(_inquire(payment_id, actor=None, source=Source.INQUIRY).answer, Unknown)


def resolve_payment(payment_id: uuid.UUID) -> list[str]:
    """Ask, then act on what nobody knows. Returns one line for each thing done."""
    heard = _inquire(payment_id, actor=None, source=Source.RESOLVER)
    payment = Payment.objects.get(pk=payment_id)
    done = [f"{payment.public_id} asked: {_words(heard)}; now {payment.state}"]
    for tx in _open_of_ours(payment_id):
        line = _act_on(payment, tx, heard)
        if line:
            done.append(line)
    _watch_holds(payment_id, heard)
    _schedule(payment_id, heard)
    return done


# --- asking ---------------------------------------------------------------------------------------------------------


def _inquire(payment_id: uuid.UUID, *, actor: User | None, source: Source) -> Heard:
    payment = Payment.objects.select_related("account").get(pk=payment_id)
    open_before = _open_of_ours(payment_id)
    request = InquiryRequest(
        payment=payment_ref(payment), amount=payment.amount, refund_request_ids=_refund_ids(payment_id)
    )
    _note_asking(payment_id, counts=source is Source.RESOLVER)
    ports.crash_point("resolve.before_inquiry")
    try:
        answer = gateway_for(payment.account).inquire(request)
    except CalledInsideTransaction:
        raise
    except Exception as error:
        log.exception("the inquiry about payment %s broke", payment.public_id)
        answer = Unknown(f"our own error: {type(error).__name__}")
    ports.crash_point("resolve.after_inquiry")
    absent: frozenset[str] = frozenset()
    if isinstance(answer, Known):
        apply_facts(payment_id=payment_id, facts=answer.facts, source=source, actor=actor)
        if answer.complete:
            told = {fact.request_id for fact in answer.facts}
            absent = frozenset(str(tx.request_id) for tx in open_before if tx.request_id not in told)
            absent -= _told_by_their_effect(open_before, answer.facts)
    elif isinstance(answer, NotFound):
        absent = frozenset(str(tx.request_id) for tx in open_before)
    return Heard(answer, absent)


def _refund_ids(payment_id: uuid.UUID) -> tuple[str, ...]:
    """Newest first: a gateway asks about so many at a time, and the open one is the newest."""
    rows = Transaction.objects.filter(payment_id=payment_id, kind=Kind.REFUND, request_id__isnull=False)
    rows = rows.order_by("-id")
    return tuple(str(value) for value in rows.values_list("request_id", flat=True))


def _told_by_their_effect(open_ones: Sequence[Transaction], facts: Sequence[Fact]) -> frozenset[str]:
    """An authorization or cancel is told by the payment's own status, without our request id."""
    kinds = {fact.kind for fact in facts}
    return frozenset(
        str(tx.request_id) for tx in open_ones if tx.kind in (Kind.AUTHORIZE, Kind.CANCEL) and tx.kind in kinds
    )


def _note_asking(payment_id: uuid.UUID, *, counts: bool) -> None:
    """Only the resolver climbs the ladder: a buyer who taps often must not use up its questions."""
    with transaction.atomic(durable=True):
        Payment.objects.filter(pk=payment_id).update(asked_at=ports.now())
        if not counts:
            return
        Transaction.objects.filter(payment_id=payment_id, status__in=sorted(OPEN), origin=Origin.OURS).update(
            attempts=F("attempts") + 1
        )


def _open_of_ours(payment_id: uuid.UUID) -> list[Transaction]:
    return list(Transaction.objects.filter(payment_id=payment_id, status__in=sorted(OPEN), origin=Origin.OURS))


# --- acting on silence ----------------------------------------------------------------------------------------------


def _act_on(payment: Payment, tx: Transaction, heard: Heard) -> str:
    """What to do about one request that is still open after the ask."""
    at = ports.now()
    if tx.kind == Kind.AUTHORIZE:
        return _end_authorization(payment, tx) if at >= timing.absence_is_final(payment.expires_at) else ""
    if isinstance(heard.answer, Unknown) or tx.request_id not in heard.absent:
        return ""
    if _is_taken_on(tx) or _may_be_under_way(tx, at):
        return ""
    unseen = isinstance(heard.answer, NotFound) and at < timing.absence_is_final(payment.expires_at)
    if tx.kind == Kind.CANCEL and unseen:
        return ""
    if tx.failure_code == FROZEN:
        return f"{payment.public_id} {tx.kind} frozen for review"
    if forbidden := _why_not_again(payment, tx):
        _flag(payment.pk, forbidden)
        return f"{payment.public_id} {tx.kind} needs a person"
    if tx.kind == Kind.CAPTURE and payment.review == Review.RUNNING:
        return ""
    if not _may_be_sent(payment, tx):
        _flag(payment.pk, f"Nobody knows what became of the {NOUNS[tx.kind]}, and it may not be repeated.")
        return f"{payment.public_id} {tx.kind} needs a person"
    return _send_again(tx)


def _why_not_again(payment: Payment, tx: Transaction) -> str:
    """What a person could not ask for any more is not repeated either; whether the first one arrived is still asked."""
    if tx.kind == Kind.CAPTURE and payment.review == Review.REJECTED:
        return "The gateway’s review rejected this payment, and an earlier capture has no certain end."
    if tx.kind == Kind.REFUND and payment.captured_minor < (
        payment.refunded_minor + payment.refund_reserved_minor + payment.disputed_minor
    ):
        return "The buyer’s bank took this money back, and an earlier refund of it has no certain end."
    return ""


def _is_taken_on(tx: Transaction) -> bool:
    """The provider said that it works on it (`send_by` is gone then): from there on we only ask (antom.md 10, 21)."""
    return tx.send_by is None


def _may_be_under_way(tx: Transaction, at: datetime) -> bool:
    """Nobody recorded an answer yet, and whoever sends it may still be sending or waiting (the zombie fence)."""
    return tx.status == Status.PENDING and tx.send_by is not None and at < timing.surely_silent(tx.send_by)


def _may_be_sent(payment: Payment, tx: Transaction) -> bool:
    """A repeat needs the provider's word that it is safe; what never left us is no repeat."""
    return tx.sends == 0 or REPEATABLE[Kind(tx.kind)] in gateway_for(payment.account).repeat_is_safe


def _end_authorization(payment: Payment, authorization: Transaction) -> str:
    """Its time is over: cancel by our id, and only then believe that nothing can come (I15)."""
    standing = next((tx for tx in _open_of_ours(payment.pk) if tx.kind == Kind.CANCEL), None)
    if standing is not None:
        if standing.failure_code == FROZEN or _is_taken_on(standing):
            return ""
        waits = _may_be_under_way(standing, ports.now()) or not _may_be_sent(payment, standing)
        return "" if waits else _send_again(standing)
    refused = _refused_cancels(payment.pk)
    if len(refused) >= CANCELS_AT_MOST:
        _flag(payment.pk, "The gateway neither ends the authorisation nor lets us cancel it.")
        return f"{payment.public_id} authorization needs a person"
    if refused and ports.now() < refused[-1].created_at + BETWEEN_CANCELS:
        return ""
    send_before, send_by = fresh_window()
    with enter(payment.pk, source=Source.RESOLVER) as room:
        if not room.authorization.is_open or room.open_follow_up() is not None:
            return ""
        cancel = room.add_transaction(
            kind=Kind.CANCEL,
            amount_minor=payment.amount_minor,
            request_id=ports.new_public_id("C"),
            reason="expired",
            send_by=send_by,
            next_at=timing.surely_silent(send_by),
        )
        room.record(Entry.CANCEL_REQUESTED, cancel, reason="expired")
    applied = execute(cancel.pk, send_before=send_before)
    return f"{payment.public_id} expired authorization canceled; now {applied.payment.state}"


def _refused_cancels(payment_id: uuid.UUID) -> list[Transaction]:
    """Cancels of an expired authorization that the gateway refused, although it was still open afterwards."""
    found = Transaction.objects.filter(payment_id=payment_id, kind=Kind.CANCEL, reason="expired", status=Status.FAILED)
    return list(found.exclude(failure_code__in=["nothing_to_cancel", "not_sent"]).order_by("created_at"))


def _send_again(tx: Transaction) -> str:
    """The same request with the same id, in a new window; nobody else can still be sending it."""
    send_before, send_by = fresh_window()
    with enter(tx.payment_id, source=Source.RESOLVER) as room:
        mine = next(t for t in room.transactions if t.pk == tx.pk)
        if not mine.is_open or mine.sends != tx.sends:
            return ""
        room.set_status(mine, Status.PENDING)
        mine.send_by = send_by
        mine.next_at = timing.surely_silent(send_by)
        room.touch(mine)
        room.record(Entry.SENT_AGAIN if mine.sends else Entry.SENT, mine)
    applied = execute(tx.pk, send_before=send_before)
    return f"{applied.payment.public_id} {tx.kind} sent again; now {applied.payment.state}"


def _watch_holds(payment_id: uuid.UUID, heard: Heard) -> None:
    """A hold past its end, confirmed by a complete answer without a capture, has lapsed (antom.md 5.5).

    When the answer tells of another hold than ours, and not how long that one stands, a person has been called, who
    may release it.
    """
    if not (isinstance(heard.answer, Known) and heard.answer.complete):
        return
    payment = Payment.objects.get(pk=payment_id)
    if payment.hold_ends_at is None or payment.asked_at is None or _is_another_hold(payment, heard.answer.facts):
        return
    over = payment.asked_at >= payment.hold_ends_at + timing.SKEW  # an older answer tells of a hold that still stood
    if over and payment.held_minor and not _open_of_ours(payment_id):
        lapse = Fact(
            payment=PaymentRef(request_id=None, gateway_reference=None),
            kind=Kind.LAPSE,
            request_id=None,
            gateway_reference=None,
            outcome=Approved(),
            amount=None,
            occurred_at=payment.hold_ends_at,
        )
        apply_facts(payment_id=payment_id, facts=(lapse,), source=Source.RESOLVER)


def _is_another_hold(payment: Payment, facts: Iterable[Fact]) -> bool:
    told = [fact for fact in facts if fact.kind is Kind.AUTHORIZE]
    changed = [fact for fact in told if isinstance(fact.outcome, Unknown) and fact.outcome.contradicts]
    if any(fact.details.hold_ends_at for fact in changed):
        return False
    return bool(changed) or any(fact.amount not in (None, payment.amount) for fact in told)


def _schedule(payment_id: uuid.UUID, heard: Heard) -> None:
    """When to come back; after the last rung of the ladder a person is asked (I16)."""
    with enter(payment_id, source=Source.RESOLVER) as room:
        for tx in room.transactions:
            if tx.is_open and tx.origin == Origin.OURS:
                _schedule_transaction(room, tx)
        _schedule_payment(room, answered=_tells_all(room.payment, heard))


def _tells_all(payment: Payment, heard: Heard) -> bool:
    match heard.answer:
        case Known(complete=complete):
            return complete
        case NotFound():
            return not payment.held_minor
        case Unknown():
            return False


def _schedule_transaction(room: Room, tx: Transaction) -> None:
    if tx.heard_by and room.at >= tx.heard_by:
        _note_overdue(room, tx)
    if tx.next_at is None or tx.next_at > room.at:  # None: a person was asked already
        return
    tx.next_at = timing.next_question(tx.attempts, room.at)
    if tx.kind == Kind.AUTHORIZE and room.at < (final := timing.absence_is_final(room.payment.expires_at)):
        tx.next_at = min(tx.next_at or final, final)
    room.touch(tx)
    if tx.next_at is None:
        room.record(Entry.SILENCE, tx)
        room.flag(f"The gateway could not tell what became of the {NOUNS[tx.kind]}.")


def _note_overdue(room: Room, tx: Transaction) -> None:
    """“Should have heard by …” has passed: told once, while the questions go on."""
    noted = JournalEntry.objects.filter(payment=room.payment, transaction=tx, entry=Entry.OVERDUE)
    if not noted.exists():
        room.record(Entry.OVERDUE, tx)


def _schedule_payment(room: Room, *, answered: bool) -> None:
    payment = room.payment
    if payment.next_at is None or payment.asked_at is None or payment.next_at > payment.asked_at:
        return  # not due, or only since this answer: then the next question is still to be asked
    automatic = payment.state == State.AUTHORIZED and payment.capture_mode == CaptureMode.AUTOMATIC
    waiting = automatic and payment.capture_expected_by is not None
    again = waiting or not answered
    payment.attempts = payment.attempts + 1 if again else 0
    soon = timing.next_question(payment.attempts, room.at) if again else None
    payment.next_at = soon or _end_of_hold(room)
    if payment.review == Review.RUNNING and soon is None and room.state not in CLOSED:
        payment.next_at = timing.next_review_question(room.at, payment.hold_ends_at)
    room.touch_payment()
    if payment.attempts == len(timing.LADDER) and not payment.needs_review:
        room.record(Entry.SILENCE, room.authorization)
        room.flag("The automatic capture never came." if waiting else "The gateway gave no certain answer.")


def _end_of_hold(room: Room) -> datetime | None:
    """Held money is watched until the hold is over, also after a person was asked."""
    payment = room.payment
    if not payment.held_minor or payment.hold_ends_at is None:
        return None
    over = payment.hold_ends_at + timing.SKEW
    return over if over > room.at else room.at + timedelta(hours=1)


def _flag(payment_id: uuid.UUID, reason: str) -> None:
    with enter(payment_id, source=Source.RESOLVER) as room:
        if not room.payment.needs_review:
            room.record(Entry.SILENCE, room.open_follow_up())
            room.flag(reason)


def _words(heard: Heard) -> str:
    match heard.answer:
        case Known(facts=facts):
            return f"the gateway told {len(facts)} facts"
        case NotFound():
            return "the gateway does not know it"
        case Unknown(reason):
            return f"no certain answer ({reason})"


# --- the batch ------------------------------------------------------------------------------------------------------


def reconcile(*, limit: int = 50, going: Callable[[], bool] = lambda: True) -> list[str]:
    """Resolve every payment that is due, at most `limit`. Returns one line for each thing done.

    Asked before each payment: when `going` says no, the rest of the batch is given back.
    """
    lines: list[str] = []
    owner = ports.random_text(12)
    for payment_id in claim_due(owner=owner, limit=limit):
        try:
            lines += resolve_payment(payment_id) if going() else []
        except Exception as error:
            log.exception("payment %s could not be resolved", payment_id)
            lines.append(f"{payment_id} failed: {type(error).__name__}")
            _retry_later(payment_id, f"{type(error).__name__}")
        finally:
            release(payment_id, owner=owner)
    return lines


def claim_due(*, owner: str, limit: int) -> list[uuid.UUID]:
    """Payments that are due themselves or through an open transaction, leased to `owner`; nobody gets one twice."""
    at = ports.now()
    with transaction.atomic(durable=True):
        due = Transaction.objects.filter(next_at__lte=at).order_by("next_at").values_list("payment_id", flat=True)
        by_transaction = list(due[: limit * 2])
        rows = (
            Payment.objects.select_for_update(skip_locked=True)
            .filter(Q(next_at__lte=at) | Q(pk__in=by_transaction))
            .filter(Q(lease_until=None) | Q(lease_until__lt=at))
            .order_by("id")[:limit]
        )
        ids = [payment.pk for payment in rows]
        Payment.objects.filter(pk__in=ids).update(lease_owner=owner, lease_until=at + timing.LEASE)
        ports.crash_point("resolve.leasing")
    ports.crash_point("resolve.leased")
    return ids


def release(payment_id: uuid.UUID, *, owner: str) -> None:
    with transaction.atomic(durable=True):
        Payment.objects.filter(pk=payment_id, lease_owner=owner).update(lease_owner="", lease_until=None)


def _retry_later(payment_id: uuid.UUID, error: str) -> None:
    with transaction.atomic(durable=True):
        later = ports.now() + timedelta(seconds=settings.SEND_WITHIN_SECONDS)
        Payment.objects.filter(pk=payment_id).update(next_at=later, last_error=error[:200])
        Transaction.objects.filter(payment_id=payment_id, next_at__lte=ports.now()).update(next_at=later)
