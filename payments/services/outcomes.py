"""The one room every answer enters: answers, notifications and inquiries all end in `apply_facts`.

Whoever arrives first does the work, the others find it done. Side effects hang on the move, not on the messenger.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from django.db import DatabaseError, transaction

from core import ports
from core.models import User
from payments.gateways.base import (
    Approved,
    Category,
    Declined,
    Details,
    Fact,
    Kind,
    NextAction,
    NotAttempted,
    Pending,
    Redirect,
    SdkSession,
    Terminal,
    Unknown,
    Verb,
)
from payments.gateways.registry import gateway_for
from payments.journal import NOUNS, Entry
from payments.models import NotificationEvent, Origin, Payment, Source, Transaction
from payments.services import nudge, their_review, timing
from payments.services.effects import EFFECTS, LATE_SUCCESS, succeed_lapse
from payments.services.matching import mismatch, transaction_of
from payments.services.room import Deltas, Room, SomebodyWasFirst, enter
from payments.states import CLOSED, Event, State, Status
from vaulting import consent
from vaulting.keeping import Consent, keep_card, lock_buyer

log = logging.getLogger(__name__)

FROZEN = "frozen"
"""Failure code of an open request that must not be sent again until a person has looked (I13)."""
MUST_BE_RELEASED = frozenset({LATE_SUCCESS, their_review.REJECTED_REASON})
_ORDER = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Applied:
    payment: Payment
    changed: bool
    """Whether the journal grew."""
    premature: bool
    """A fact speaks of money that we do not know to be captured yet; ask, then apply again."""


def apply_facts(
    *,
    payment_id: uuid.UUID,
    facts: Sequence[Fact],
    source: Source,
    actor: User | None = None,
    event: NotificationEvent | None = None,
    finish: Callable[[Room], None] | None = None,
) -> Applied:
    """Write down what a provider told, once, in one commit; the order in which facts arrive does not matter.

    `finish` writes what belongs into the same commit; it is not called when a fact came too early.
    """
    for last_try in (False, False, True):
        try:
            with enter(payment_id, source=source, actor=actor, event=event) as room:
                ordered = sorted(facts, key=lambda fact: _ORDER[fact.kind])
                taken = [apply_fact(room, fact) for fact in ordered]
                if finish is not None and all(taken):
                    finish(room)
            return Applied(room.payment, room.changed, not all(taken))
        except SomebodyWasFirst:
            if last_try:
                raise
    raise AssertionError("unreachable")


def apply_fact(room: Room, fact: Fact) -> bool:
    """False when the fact comes too early to be understood; nothing is written then."""
    tx = transaction_of(room, fact)
    if problem := mismatch(room, tx, fact):
        _quarantine(room, tx, fact, problem)
        return True
    match fact.outcome:
        case Approved():
            understood = _approved(room, tx, fact)
            if fact.kind is Kind.AUTHORIZE:
                their_review.follow(room, fact.details)
                _keep_card(room, fact.details)
            their_review.act_on_rejection(room)
            return understood
        case Declined() as refusal:
            _declined(room, tx, fact, refusal)
        case Pending(next_action):
            _pending(room, tx, fact, next_action)
        case NotAttempted(reason, absent, code):
            _not_attempted(room, tx, reason, absent=absent, code=code)
        case Unknown(reason, frozen, contradicts):
            if contradicts:
                reason_told = f"An answer about the {NOUNS[fact.kind]} does not fit: {reason}."
                room.raise_once(reason_told, Entry.MISMATCH, tx, detail=reason)
                _learn_later_end(room, fact)
            if room.source is Source.ANSWER or not contradicts:
                _unknown(room, tx, reason, frozen=frozen)
        case _:
            assert_never(fact.outcome)
    return True


# --- the five answers -----------------------------------------------------------------------------------------------


def _approved(room: Room, tx: Transaction | None, fact: Fact) -> bool:
    if fact.kind is Kind.LAPSE or (fact.kind is Kind.CANCEL and tx is None and _hold_is_over(room)):
        succeed_lapse(room)
        return True
    if (
        fact.kind is Kind.REFUND
        and tx is None
        and room.payment.captured_minor == 0
        and room.source is Source.NOTIFICATION
    ):
        return False
    if tx is None and _is_doubtful_capture(room, fact):
        return False
    if tx is None:
        if fact.kind is Kind.CANCEL and room.state in CLOSED:
            return True
        tx = _providers_own(room, fact, Status.PENDING)
    elif tx.status in (Status.SUCCEEDED, Status.RETURNED):
        _enrich(room, tx, fact)
        return True
    late = tx.status == Status.FAILED
    if late and _only_an_echo(room, fact):
        _ask_about_late_success(room, tx)
        return True
    _enrich(room, tx, fact)
    room.set_status(tx, Status.SUCCEEDED, corrected=late)
    tx.failure_code = tx.failure_category = tx.failure_message = ""
    EFFECTS[fact.kind](room, tx, fact, late)
    return True


def _declined(room: Room, tx: Transaction | None, fact: Fact, refusal: Declined) -> None:
    if tx is None:
        if fact.kind is Kind.CAPTURE:
            _automatic_capture_failed(room, fact, refusal)
        return
    if tx.status in (Status.FAILED, Status.RETURNED):
        return
    if tx.status == Status.SUCCEEDED:
        if fact.kind is Kind.REFUND:
            _refund_returned(room, tx, refusal)
        else:
            reason = f"The gateway now says that the {NOUNS[tx.kind]} failed."
            room.raise_once(reason, Entry.CONTRADICTION, tx, code=refusal.code)
        return
    _enrich(room, tx, fact)
    _fail(room, tx, refusal.code, refusal.category, refusal.message)


def _pending(room: Room, tx: Transaction | None, fact: Fact, next_action: NextAction | None) -> None:
    if tx is None or not tx.is_open:
        return
    first_word = tx.status == Status.UNKNOWN or (room.source is Source.ANSWER and tx.kind != Kind.AUTHORIZE)
    _enrich(room, tx, fact)
    room.set_status(tx, Status.PENDING)
    if tx.kind != Kind.AUTHORIZE:
        tx.send_by = None  # they have it: from here on it is asked about and never sent again
    if tx.heard_by is None:
        tx.heard_by = timing.heard_by(Kind(tx.kind), room.at, room.payment.expires_at)
    if next_action is not None:
        room.payment.next_action = _as_json(next_action)
        room.touch_payment()
    tx.next_at = _next_at(room, tx)
    if first_word:
        room.record(Entry.UNDER_WAY, tx)


def _not_attempted(room: Room, tx: Transaction | None, reason: str, *, absent: bool, code: str) -> None:
    if tx is None or not tx.is_open:
        return
    if absent and tx.kind == Kind.CANCEL:
        _nothing_to_cancel(room, tx, reason)
    elif tx.sends > 1 or (tx.kind == Kind.CANCEL and tx.actor_id is None):
        # An earlier one may have arrived; and a cancel that nobody but we wanted is sent until it arrives.
        _unknown(room, tx, reason)
    elif code:
        # It arrived, and was not looked at: repeating it is pointless until our side is put right.
        _fail(room, tx, code, Category.CONFIGURATION, "")
    else:
        _fail(room, tx, "not_sent", Category.TRY_AGAIN, reason, entry=Entry.NOT_SENT)


def _unknown(room: Room, tx: Transaction | None, reason: str, *, frozen: bool = False) -> None:
    if tx is None or not tx.is_open:
        return
    if frozen:
        tx.failure_code = FROZEN
        room.flag("The gateway says that we repeated a request with other values.")
    news = tx.status != Status.UNKNOWN
    room.set_status(tx, Status.UNKNOWN)
    tx.last_error = reason[:200]
    tx.next_at = _next_at(room, tx)
    if news:
        room.record(Entry.UNKNOWN, tx, detail=reason)
        nudge.resolve_soon(tx.payment_id, at=tx.next_at)


# --- what they have in common ---------------------------------------------------------------------------------------


def _fail(
    room: Room, tx: Transaction, code: str, category: str, message: str, *, entry: Entry = Entry.DECLINED
) -> None:
    """One open request of ours ends without effect; what it had reserved is free again."""
    room.set_status(tx, Status.FAILED)
    tx.failure_code, tx.failure_category, tx.failure_message = code[:64], category, message[:256]
    if tx.kind == Kind.AUTHORIZE:
        payment = room.payment
        payment.failure_code, payment.failure_category = code[:64], category
        payment.next_action, payment.next_at = None, None
        room.move(Event.DECLINED, entry, tx, Deltas(), code=code)
        return
    if entry is Entry.DECLINED:
        entry = {
            Kind.CAPTURE: Entry.CAPTURE_FAILED,
            Kind.CANCEL: Entry.CANCEL_FAILED,
            Kind.REFUND: Entry.REFUND_FAILED,
        }[Kind(tx.kind)]
    reserved = -tx.amount_minor if tx.kind == Kind.REFUND and tx.origin == Origin.OURS else 0
    room.record(entry, tx, Deltas(refund_reserved=reserved), code=code)
    if tx.kind == Kind.CANCEL and tx.reason in MUST_BE_RELEASED:
        room.flag("The gateway refuses to release a hold that must not stand.")
    if tx.kind in (Kind.CAPTURE, Kind.CANCEL):
        # The hold may be gone, or taken: look before a person decides.
        room.payment.next_at = room.at
        room.touch_payment()


def _nothing_to_cancel(room: Room, tx: Transaction, reason: str) -> None:
    """The provider knows no such payment: expected of one that is over, and denied of one that it had approved."""
    if room.authorization.is_open:
        _end_what_never_arrived(room, tx, reason)
    elif room.state in CLOSED:
        room.set_status(tx, Status.FAILED)
        tx.failure_code = "nothing_to_cancel"
        room.record(Entry.CANCEL_CONFIRMED, tx)
    else:
        room.flag("The gateway denies a payment that it had approved.")
        _fail(room, tx, "unknown_to_the_gateway", "configuration", reason)


def _end_what_never_arrived(room: Room, tx: Transaction, reason: str) -> None:
    """The provider knows no such payment. Final only when it was asked after nobody could bring one any more (I15)."""
    payment, authorization = room.payment, room.authorization
    final = timing.absence_is_final(payment.expires_at)
    if tx.sent_at is None or tx.sent_at < final:
        _unknown(room, tx, reason)
        tx.next_at = max(final, room.at)
        return
    room.set_status(tx, Status.FAILED)
    tx.failure_code = "nothing_to_cancel"
    room.set_status(authorization, Status.FAILED)
    authorization.failure_code, authorization.failure_category = "never_arrived", "try_again"
    payment.failure_code, payment.failure_category = "never_arrived", "try_again"
    payment.next_action, payment.next_at = None, None
    room.move(Event.LAPSED, Entry.NEVER_HAPPENED, authorization, Deltas())


def _refund_returned(room: Room, tx: Transaction, refusal: Declined) -> None:
    """A refund that had succeeded came back (antom.md 3.15): a correction, loudly."""
    room.set_status(tx, Status.RETURNED)
    tx.failure_code, tx.failure_category, tx.failure_message = (
        refusal.code[:64],
        refusal.category,
        refusal.message[:256],
    )
    left = room.payment.refunded_minor - tx.amount_minor
    event = Event.REFUND_RETURNED if left else Event.ALL_REFUNDS_RETURNED
    if not left and room.payment.held_minor:
        event = Event.ALL_REFUNDS_RETURNED_BESIDE_A_HOLD
    room.move(event, Entry.REFUND_RETURNED, tx, Deltas(refunded=-tx.amount_minor), code=refusal.code)


def _automatic_capture_failed(room: Room, fact: Fact, refusal: Declined) -> None:
    tx = _providers_own(room, fact, Status.FAILED)
    tx.failure_code, tx.failure_category, tx.failure_message = (
        refusal.code[:64],
        refusal.category,
        refusal.message[:256],
    )
    room.touch(tx)
    room.record(Entry.CAPTURE_FAILED, tx, code=refusal.code)
    room.flag("The gateway could not capture automatically.")
    room.payment.capture_expected_by = None


def _providers_own(room: Room, fact: Fact, status: Status) -> Transaction:
    """A new transaction for an act that the provider did by itself."""
    whole = {Kind.CAPTURE: room.payment.amount_minor, Kind.CANCEL: room.payment.held_minor or room.payment.amount_minor}
    return room.add_transaction(
        kind=fact.kind,
        origin=Origin.PROVIDER,
        status=status,
        amount_minor=fact.amount.minor if fact.amount else whole.get(fact.kind, room.payment.amount_minor),
        gateway_reference=fact.gateway_reference or fact.request_id,
        occurred_at=fact.occurred_at,
    )


def _quarantine(room: Room, tx: Transaction | None, fact: Fact, problem: str) -> None:
    """Stored and flagged; no sum and no state changes (I20). An answer leaves its own request unknown (I9, I12)."""
    reason = f"{_DOORS.get(room.source, 'An inquiry')} about the {NOUNS[fact.kind]} does not fit: {problem}."
    room.raise_once(reason, Entry.MISMATCH, tx, detail=reason, told=str(fact.amount) if fact.amount else "")
    if room.source is Source.ANSWER:
        _unknown(room, tx or room.authorization, problem)


_DOORS = {Source.ANSWER: "An answer", Source.NOTIFICATION: "A notification"}


def _is_doubtful_capture(room: Room, fact: Fact) -> bool:
    """A message about a capture of the provider's own that is not what was held: asked about before it is written."""
    payment = room.payment
    if fact.kind is not Kind.CAPTURE or fact.amount is None or room.source is not Source.NOTIFICATION:
        return False
    held = payment.held_minor if payment.authorized_minor else payment.amount_minor
    exact = gateway_for(payment.account).rules[Verb.CAPTURE].exact_amount
    return fact.amount.minor > held or (exact and fact.amount.minor != held)


def _hold_is_over(room: Room) -> bool:
    payment = room.payment
    ours = any(tx.kind == Kind.CANCEL and tx.is_open for tx in room.transactions)
    return payment.hold_ends_at is not None and room.at >= payment.hold_ends_at and not ours


def _only_an_echo(room: Room, fact: Fact) -> bool:
    """A message about an authorization that we canceled since: older news, unless a later inquiry says the same."""
    if fact.kind is not Kind.AUTHORIZE or room.state is not State.CANCELED:
        return False
    asked_at = room.payment.asked_at
    return (
        room.source in (Source.ANSWER, Source.NOTIFICATION) or asked_at is None or asked_at <= room.payment.updated_at
    )


def _ask_about_late_success(room: Room, tx: Transaction) -> None:
    if room.source in (Source.ANSWER, Source.NOTIFICATION) and not room.payment.needs_review:
        room.record(Entry.LATE, tx)
        room.flag("The gateway reported an authorisation after the cancel.")
    room.payment.next_at = room.at
    room.touch_payment()


def _enrich(room: Room, tx: Transaction, fact: Fact) -> None:
    """Keep what a later door tells in addition: references, times, the card as it may be shown."""
    if fact.gateway_reference and not tx.gateway_reference and not _is_no_reference_of_its_own(room, fact):
        tx.gateway_reference = fact.gateway_reference
        room.touch(tx)
    elif tx.origin == Origin.PROVIDER and fact.gateway_reference and tx.gateway_reference == fact.request_id:
        tx.gateway_reference = fact.gateway_reference  # until now it was known by the id of their request
        room.touch(tx)
    authorization = room.authorization
    if fact.payment.gateway_reference and not authorization.gateway_reference:
        authorization.gateway_reference = fact.payment.gateway_reference
        room.touch(authorization)
    if fact.occurred_at and not tx.occurred_at:
        tx.occurred_at = fact.occurred_at
        room.touch(tx)
    _learn_acquirer(room, tx, fact.details)
    if fact.kind is Kind.AUTHORIZE:
        _learn_card(room, fact.details)


def _learn_acquirer(room: Room, tx: Transaction, told: Details) -> None:
    if not told.acquirer:
        return
    known = {**tx.details, **told.acquirer}
    reference = known.get("arn") or known.get("reference_no") or known.get("transaction_id") or ""
    if (known, reference[:64]) != (tx.details, tx.acquirer_reference):
        tx.details, tx.acquirer_reference = known, reference[:64]
        room.touch(tx)


def _is_no_reference_of_its_own(room: Room, fact: Fact) -> bool:
    """A cancel is named after its payment; only the first that worked may carry that name."""
    if fact.kind is not Kind.CANCEL:
        return False
    taken = any(tx.kind == Kind.CANCEL and tx.gateway_reference == fact.gateway_reference for tx in room.transactions)
    return taken or not isinstance(fact.outcome, Approved)


def _keep_card(room: Room, told: Details) -> None:
    """The buyer ticked the box, and the provider made a token of the card that was charged: it is kept, once."""
    payment = room.payment
    if not payment.save_card or payment.card_id is not None or told.card is None or told.card.token is None:
        return
    try:
        with transaction.atomic():  # what became of the money is written, whatever becomes of the card
            kept = keep_card(
                buyer=lock_buyer(room.order.buyer_id),
                account=payment.account,
                told=told.card,
                consent=Consent(consent.CURRENT, payment.created_at),
                network_transaction_id=told.network_transaction_id,
            )
    except DatabaseError:
        log.exception("the card of payment %s could not be kept", payment.public_id)
        return
    payment.card = kept.card
    room.touch_payment()


def _learn_later_end(room: Room, fact: Fact) -> None:
    """What does not fit moves no sum; but a hold that stands longer is not called lapsed at its old end."""
    payment, told = room.payment, fact.details.hold_ends_at
    if told and payment.hold_ends_at and told > payment.hold_ends_at:
        payment.hold_ends_at = told
        room.touch_payment()


LEARNT = (
    *("brand", "last_four", "expiry_month", "expiry_year", "details", "hold_ends_at"),
    *("avs", "cvv", "eci", "authorization_code", "network_transaction_id"),
)


def _learn_card(room: Room, told: Details) -> None:
    """Checks and card as the provider tells them; what a later message leaves out stays."""
    payment = room.payment
    before = [getattr(payment, name) for name in LEARNT]
    if told.card and told.card.last_four:
        payment.brand = told.card.brand or payment.brand
        payment.last_four = told.card.last_four
        payment.expiry_month = told.card.expiry_month or payment.expiry_month
        payment.expiry_year = told.card.expiry_year or payment.expiry_year
    payment.avs = told.avs[:16] or payment.avs
    payment.cvv = told.cvv[:16] or payment.cvv
    payment.eci = told.three_ds.get("eci", "")[:4] or payment.eci
    payment.network_transaction_id = told.network_transaction_id[:256] or payment.network_transaction_id
    payment.authorization_code = told.authorization_code[:64] or payment.authorization_code
    named = {
        "three_ds": dict(told.three_ds),
        "acquirer": dict(told.acquirer),
        "refusal": dict(told.refusal),
        "risk": dict(told.risk),
        "credential": told.credential,
        "exemption": told.exemption,
        "allows": dict(told.allows),
        "funding": told.card.funding if told.card else "",
        "category": told.card.category if told.card else "",
        "issuer": told.card.issuer if told.card else "",
        "issuing_country": told.card.issuing_country if told.card else "",
    }
    payment.details = {**payment.details, **{key: value for key, value in named.items() if value}}
    if told.hold_ends_at:
        payment.hold_ends_at = told.hold_ends_at
        if payment.next_at and payment.next_at > told.hold_ends_at:
            payment.next_at = told.hold_ends_at
    if before != [getattr(payment, name) for name in LEARNT]:
        room.touch_payment()


def _next_at(room: Room, tx: Transaction) -> datetime | None:
    """When to ask about this open request; an authorization is asked about at the latest when absence is final.

    Never later than planned before. Where the ladder ends nothing changes: to give up is the resolver's to decide.
    """
    following = timing.next_question(tx.attempts, room.at)
    final = timing.absence_is_final(room.payment.expires_at)
    if tx.kind == Kind.AUTHORIZE and room.at < final:
        if tx.status == Status.PENDING and room.payment.card_id is None:
            following = room.at + timedelta(minutes=1)
        following = min(following or final, final)
    planned = tx.next_at if tx.next_at and tx.next_at > room.at else None
    alarm = tx.heard_by if tx.heard_by and tx.heard_by > room.at else None
    return min((moment for moment in (following, planned, alarm) if moment), default=tx.next_at)


def _as_json(action: NextAction) -> bytes:
    match action:
        case Redirect():
            told = {
                "type": "redirect",
                "url": action.url,
                "method": action.method,
                "fields": dict(action.fields),
                "app_links": dict(action.app_links),
            }
        case SdkSession():
            told = {
                "type": "present_card",
                "session_data": action.data.reveal(),
                "expires_at": action.expires_at.isoformat(),
            }
        case Terminal():
            told = {
                "type": "use_terminal",
                "session": action.session.reveal(),
                "expires_at": action.expires_at.isoformat(),
            }
        case _:
            assert_never(action)
    ports.crash_point("outcomes.next_action")
    return json.dumps(told).encode()
