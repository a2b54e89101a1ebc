"""The inbox: store a verified delivery once, acknowledge what is stored, apply it as often as it takes (I21, I22)."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from core import hot, ports
from payments.gateways.base import Delivery, Fact, Notice, Strength
from payments.gateways.models import MerchantAccount
from payments.gateways.registry import gateway_for
from payments.models import EventStatus, NotificationEvent, RefusedDelivery, Source
from payments.services import disputes, nudge, timing
from payments.services.matching import payment_of
from payments.services.outcomes import apply_facts
from payments.services.refresh import ask_gateway, is_told
from payments.services.room import Room
from vaulting.asking import ask_about
from vaulting.binding import apply_vaulting_fact

log = logging.getLogger(__name__)

KEPT_HEADERS = ("client-id", "request-time", "response-time", "signature", "content-type")
PATIENCE = (2, 5, 15, 60, 300, 1800, 3600, 21600)
"""Seconds between tries of an event that could not be applied yet; then a person looks."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a message. `again`: try once more; `written`: it stands in the row already."""

    status: EventStatus
    words: str
    payment_id: uuid.UUID | None = None
    again: bool = False
    written: bool = False


def store_delivery(account: MerchantAccount, notice: Notice, delivery: Delivery) -> tuple[NotificationEvent, bool]:
    """The stored event, and whether it is new. Committed when this returns."""
    at = ports.now()
    event = NotificationEvent(
        account=account,
        delivery_key=notice.delivery_key,
        topic=delivery.topic,
        kind=notice.kind[:64],
        strength=notice.strength,
        key_id=notice.key_id[:32],
        target=delivery.target[:300],
        headers={name: delivery.headers[name] for name in KEPT_HEADERS if name in delivery.headers},
        body=delivery.body,
        next_at=at,
        received_at=at,
        last_seen_at=at,
    )
    with transaction.atomic(durable=True):
        fresh = hot.insert_if_new(event)
        if not fresh:
            event = _seen_again(event, at)
        ports.crash_point("inbox.before_commit")
    ports.crash_point("inbox.after_commit")
    return event, fresh


def _seen_again(copy: NotificationEvent, at: datetime) -> NotificationEvent:
    seen = NotificationEvent.objects.filter(account=copy.account, delivery_key=copy.delivery_key)
    seen.update(repeats=F("repeats") + 1, last_seen_at=at)
    return seen.select_related("account").get()


def count_refused(gateway: str, reason: str, key_id: str, body: bytes) -> None:
    """A forged delivery leaves a counter and a digest, nothing else (I19)."""
    at = ports.now()
    values = {"last_digest": hashlib.sha256(body).hexdigest(), "last_key_id": key_id[:32], "last_at": at}
    with transaction.atomic(durable=True):
        row, _ = RefusedDelivery.objects.get_or_create(
            gateway=gateway[:20], reason=reason[:64], defaults={**values, "first_at": at}
        )
        RefusedDelivery.objects.filter(pk=row.pk).update(count=F("count") + 1, **values)


def apply_stored(*, event_id: uuid.UUID) -> NotificationEvent:
    """Read the stored bytes again and apply what they mean. A failure keeps the event, to be tried again."""
    event = NotificationEvent.objects.select_related("account").get(pk=event_id)
    return apply_read(event, lambda: gateway_for(event.account).read_notification(_delivery(event)))


def apply_read(event: NotificationEvent, read: Callable[[], Notice]) -> NotificationEvent:
    """The same for a row in hand; `read` gives what its bytes mean."""
    try:
        told = _apply(event, read())
    except Exception as error:
        log.exception("event %s could not be applied", event.pk)
        told = Verdict(EventStatus.STORED, f"failed: {type(error).__name__}", again=True)
    ports.crash_point("inbox.applied")
    if not told.written:
        _decide(event, told)
        with transaction.atomic(durable=True):
            hot.write([_noted(event)])
    nudge.apply_soon(event.pk, at=event.next_at)
    return event


def apply_due(*, limit: int = 100) -> list[str]:
    """Apply what is stored and due. Returns one line for each event."""
    at, owner = ports.now(), ports.random_text(12)
    with transaction.atomic(durable=True):
        rows = (
            NotificationEvent.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(next_at__lte=at)
            .filter(Q(lease_until=None) | Q(lease_until__lt=at))
            .order_by("next_at")[:limit]
        )
        ids = [event.pk for event in rows]
        NotificationEvent.objects.filter(pk__in=ids).update(lease_owner=owner, lease_until=at + timing.LEASE)
    ports.crash_point("inbox.claimed")
    events = [apply_stored(event_id=pk) for pk in ids]
    return [f"{event.kind or event.topic} {event.pk}: {event.status} {event.verdict}".rstrip() for event in events]


def _apply(event: NotificationEvent, notice: Notice) -> Verdict:
    if notice.problem:
        return Verdict(EventStatus.PROBLEM, notice.problem)
    if notice.disputes:
        return _apply_disputes(event, notice)
    if notice.vaultings:
        return _apply_vaultings(event, notice)
    if not notice.facts:
        return Verdict(EventStatus.NOTHING_NEW, "this kind of message changes nothing")
    by_payment: dict[uuid.UUID, list[Fact]] = {}
    for fact in notice.facts:
        payment_id = payment_of(event.account, fact)
        if payment_id is None:
            return Verdict(EventStatus.PARKED, "it speaks of something that we do not know yet", again=True)
        by_payment.setdefault(payment_id, []).append(fact)
    if event.strength == Strength.HINT:
        return _asked_instead(list(by_payment))
    told = [_apply_to(pk, facts, event, alone=len(by_payment) == 1) for pk, facts in by_payment.items()]
    return next((one for one in told if one.status != EventStatus.NOTHING_NEW), told[0])


def _apply_to(payment_id: uuid.UUID, facts: list[Fact], event: NotificationEvent, *, alone: bool) -> Verdict:
    """What a message does to one payment; when it speaks of no other, its verdict goes into the same commit."""
    known = Verdict(EventStatus.NOTHING_NEW, "known already", payment_id, written=alone)
    news = Verdict(EventStatus.APPLIED, "", payment_id, written=alone)
    attempts = event.attempts

    def note(room: Room) -> None:
        event.attempts = attempts
        _decide(event, news if room.changed else known)
        room.along.append(_noted(event))

    applied = apply_facts(
        payment_id=payment_id,
        facts=facts,
        source=Source.NOTIFICATION,
        event=event,
        finish=note if alone else None,
    )
    if applied.premature:
        ask_gateway(payment_id)
        return Verdict(EventStatus.PARKED, "it came before what it builds on", payment_id, again=True)
    return news if applied.changed else known


def _apply_disputes(event: NotificationEvent, notice: Notice) -> Verdict:
    """There is no inquiry about a dispute, so also an old message is believed: it only adds facts (antom.md 3.18)."""
    told = [disputes.apply_dispute(event.account, fact, event=event) for fact in notice.disputes]
    if any(one.payment_id is None for one in told):
        return Verdict(EventStatus.PARKED, "it speaks of something that we do not know yet", again=True)
    payment_id = told[0].payment_id
    if problem := next((one.problem for one in told if one.problem), ""):
        return Verdict(EventStatus.PROBLEM, problem, payment_id)
    if any(one.changed for one in told):
        return Verdict(EventStatus.APPLIED, "", payment_id)
    return Verdict(EventStatus.NOTHING_NEW, "known already", payment_id)


def _apply_vaultings(event: NotificationEvent, notice: Notice) -> Verdict:
    """What became of a try at binding a card. A hint only makes us ask."""
    if event.strength == Strength.HINT:
        told = [ask_about(event.account, fact.request_id) for fact in notice.vaultings]
        if not all(told):
            return Verdict(
                EventStatus.PARKED, "its time stamp is not fresh, and the gateway did not answer yet", again=True
            )
        return Verdict(EventStatus.HINT, "its time stamp is not fresh: the gateway was asked instead")
    applied = [apply_vaulting_fact(event.account, fact) for fact in notice.vaultings]
    if any(one.session is None for one in applied):
        return Verdict(EventStatus.PARKED, "it speaks of something that we do not know yet", again=True)
    if problem := next((one.problem for one in applied if one.problem), ""):
        return Verdict(EventStatus.PROBLEM, problem)
    if any(one.changed for one in applied):
        return Verdict(EventStatus.APPLIED, "")
    return Verdict(EventStatus.NOTHING_NEW, "known already")


def _asked_instead(payment_ids: list[uuid.UUID]) -> Verdict:
    """A hint proves nothing; what it points at is lost unless an inquiry is answered."""
    if all(is_told(payment_id) for payment_id in payment_ids):
        asked = "its time stamp is not fresh: the gateway was asked instead"
        return Verdict(EventStatus.HINT, asked, payment_ids[0])
    waiting = "its time stamp is not fresh, and the gateway did not answer yet"
    return Verdict(EventStatus.PARKED, waiting, payment_ids[0], again=True)


def _decide(event: NotificationEvent, told: Verdict) -> None:
    """Note the verdict on the row in hand, and when to try again."""
    event.attempts += 1
    event.status, event.verdict = told.status, told.words[:200]
    event.payment_id = told.payment_id or event.payment_id
    event.next_at = None
    if told.again and event.attempts <= len(PATIENCE):
        event.next_at = ports.now() + timedelta(seconds=PATIENCE[event.attempts - 1])
    elif told.again:
        event.status = EventStatus.PROBLEM
        event.verdict = f"given up after {event.attempts} tries: {told.words}"[:200]
    event.lease_owner, event.lease_until = "", None


def _noted(event: NotificationEvent) -> hot.Update:
    """An applied event stays applied, whoever else had it in hand."""
    told = {
        "attempts": event.attempts,
        "status": event.status,
        "verdict": event.verdict,
        "payment_id": event.payment_id,
        "next_at": event.next_at,
        "lease_owner": "",
        "lease_until": None,
    }
    return hot.Update(
        NotificationEvent, {"id": event.pk}, told, unless={"status": EventStatus.APPLIED}, missed=_applied_already
    )


def _applied_already() -> None:
    pass


def _delivery(event: NotificationEvent) -> Delivery:
    return Delivery(target=event.target, topic=event.topic, headers=event.headers, body=bytes(event.body))
