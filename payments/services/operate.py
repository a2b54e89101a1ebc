"""Capture, cancel, refund: one way for operators, buyers and the resolver.

Each act: resolver first, then one commit (permission, what the caller saw, rule, reservation, row, journal),
then the call with nothing open, then one commit with the answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from core import ports
from core.errors import Forbidden, InvalidInput
from core.idempotency import Adopted, Answered, Ask, claim_key
from core.logs import holds_card_number
from core.models import IdempotencyKey, User
from core.money import display
from payments.errors import ActionNotAllowed, AmountNotAllowed, OperationInProgress, ReasonRequired, StalePage
from payments.gateways.base import InvalidRequest, Kind, Verb
from payments.gateways.registry import gateway_for
from payments.journal import Entry
from payments.models import Payment, Source, Transaction
from payments.services import timing
from payments.services.calls import execute, fresh_window
from payments.services.refresh import ask_gateway
from payments.services.room import Deltas, Room, SomebodyWasFirst, lock
from payments.services.rules import possibility, rule_of
from payments.states import State, Status

KINDS = {Verb.CAPTURE: Kind.CAPTURE, Verb.CANCEL: Kind.CANCEL, Verb.REFUND: Kind.REFUND}
REQUESTED = {
    Verb.CAPTURE: Entry.CAPTURE_REQUESTED,
    Verb.CANCEL: Entry.CANCEL_REQUESTED,
    Verb.REFUND: Entry.REFUND_REQUESTED,
}
SEEN = ("state", "authorized_minor", "captured_minor", "released_minor", "refund_reserved_minor", "refunded_minor")


@dataclass(frozen=True, slots=True)
class Operated:
    """The payment and its new transaction; or, when `answered`, what the same form or key was told before."""

    payment: Payment
    transaction: Transaction | None
    key: IdempotencyKey | None = None
    answered: Answered | None = None


def capture_payment(
    *,
    payment_id: uuid.UUID,
    actor: User,
    ask: Ask,
    amount_minor: int | None = None,
    final: bool = True,
    seen: Mapping[str, str] | None = None,
    reason: str = "",
    note: str = "",
    address: str | None = None,
) -> Operated:
    """Take held money. `amount_minor` None: all that is held. Raises as `operate`."""
    return operate(
        Verb.CAPTURE, payment_id, Source.OPERATOR, actor, ask, amount_minor, final, seen, reason, note, address
    )


def cancel_payment(
    *,
    payment_id: uuid.UUID,
    actor: User,
    ask: Ask,
    source: Source = Source.OPERATOR,
    seen: Mapping[str, str] | None = None,
    reason: str = "",
    note: str = "",
    address: str | None = None,
) -> Operated:
    """Release held money, or overtake an authorization that is still open. Raises as `operate`."""
    return operate(Verb.CANCEL, payment_id, source, actor, ask, None, True, seen, reason, note, address)


def refund_payment(
    *,
    payment_id: uuid.UUID,
    actor: User,
    ask: Ask,
    amount_minor: int | None = None,
    seen: Mapping[str, str] | None = None,
    reason: str = "",
    note: str = "",
    address: str | None = None,
) -> Operated:
    """Give captured money back. `amount_minor` None: everything left. Raises as `operate`."""
    return operate(
        Verb.REFUND, payment_id, Source.OPERATOR, actor, ask, amount_minor, True, seen, reason, note, address
    )


def operate(
    verb: Verb,
    payment_id: uuid.UUID,
    source: Source,
    actor: User,
    ask: Ask,
    amount_minor: int | None,
    final: bool,
    seen: Mapping[str, str] | None,
    reason: str,
    note: str,
    address: str | None,
) -> Operated:
    """Raises Forbidden, ReasonRequired, InvalidInput, StalePage, ActionNotAllowed, AmountNotAllowed,
    OperationInProgress, KeyReused, KeyInProgress. After the first commit nothing is raised."""
    if source is Source.OPERATOR:
        _refuse_without_permission(actor, verb)
        if not reason:
            raise ReasonRequired
    refuse_card_data(reason, note)
    ports.crash_point(f"{verb}.permitted")
    if not _answered_before(ask):
        _resolver_first(payment_id)
    ports.crash_point(f"{verb}.asked_first")
    try:
        made = _claim_and_write(verb, payment_id, source, actor, ask, amount_minor, final, seen, reason, note, address)
    except SomebodyWasFirst:
        raise OperationInProgress from None
    except IntegrityError as error:
        if "one_open_follow_up" in str(error) or "payments_transaction.payment_id" in str(error):
            raise OperationInProgress from None
        raise
    if isinstance(made, Answered):
        return Operated(Payment.objects.get(pk=payment_id), None, None, made)
    if isinstance(made, Adopted):
        return _what_became_of(made)
    tx, key, send_before = made
    ports.crash_point(f"{tx.kind}.written")
    applied = execute(tx.pk, send_before=send_before, actor=actor)
    tx.refresh_from_db()
    return Operated(applied.payment, tx, key)


def refuse_card_data(*texts: str) -> None:
    """What a colleague types is kept for ever and shown (I31). Raises InvalidInput."""
    if any(holds_card_number(text) for text in texts):
        raise InvalidInput("Never write down a card number.", field="note", code="card_data_refused")


def _claim_and_write(
    verb: Verb,
    payment_id: uuid.UUID,
    source: Source,
    actor: User,
    ask: Ask,
    amount_minor: int | None,
    final: bool,
    seen: Mapping[str, str] | None,
    reason: str,
    note: str,
    address: str | None,
) -> Answered | Adopted | tuple[Transaction, IdempotencyKey, float]:
    with transaction.atomic(durable=True):
        claim = claim_key(ask, subject=str(payment_id))
        if isinstance(claim, (Answered, Adopted)):
            return claim
        room = lock(payment_id, source=source, actor=actor, address=address)
        _refuse_without_permission_on(room, source, verb)
        refuse_stale(room.payment, seen)
        send_before, tx = _write(room, verb, amount_minor, final, reason, note)
        claim.key.subject = str(tx.pk)
        claim.key.save(update_fields=["subject"])
        room.close()
        ports.crash_point(f"{tx.kind}.before_commit")
    return tx, claim.key, send_before


def balances(payment: Payment) -> dict[str, str]:
    """What a person sees before deciding: sums, state, and the set of open transactions. Goes into the form."""
    open_ones = Transaction.objects.filter(payment=payment, status__in=[Status.PENDING, Status.UNKNOWN])
    return {
        **{name: str(getattr(payment, name)) for name in SEEN},
        "open": ",".join(sorted(open_ones.values_list("public_id", flat=True))),
    }


def refuse_stale(payment: Payment, seen: Mapping[str, str] | None) -> None:
    """Raises StalePage with then / now when a balance or the set of open transactions differs (not the version)."""
    if seen is None:
        return
    now = balances(payment)
    if any(seen.get(name) != value for name, value in now.items()):
        raise StalePage(then=_readable(payment, seen), now=_readable(payment, now))


def _write(
    room: Room, verb: Verb, amount_minor: int | None, final: bool, reason: str, note: str
) -> tuple[float, Transaction]:
    payment = room.payment
    possible = possibility(payment, verb, busy=room.open_follow_up() is not None)
    if room.open_follow_up() is not None:
        ports.crash_point(f"{verb}.refused_while_open")
        raise OperationInProgress
    if not possible.possible:
        raise ActionNotAllowed(possible.reason)
    amount = possible.max_minor if amount_minor is None else amount_minor
    _refuse_amount(payment, verb, amount, possible.max_minor)
    if verb is Verb.CAPTURE:
        _refuse_to_keep_the_rest(payment, amount, final)
        _refuse_to_charge_twice(room)
    send_before, send_by = fresh_window()
    tx = room.add_transaction(
        kind=KINDS[verb],
        amount_minor=amount,
        final=final,
        request_id=ports.new_public_id(KINDS[verb][0].upper()),
        actor=room.actor,
        reason=reason[:64],
        send_by=send_by,
        next_at=timing.surely_silent(send_by),
    )
    reserved = amount if verb is Verb.REFUND else 0
    room.record(REQUESTED[verb], tx, Deltas(refund_reserved=reserved), reason=reason[:64], note=note)
    return send_before, tx


def _refuse_amount(payment: Payment, verb: Verb, amount: int, most: int) -> None:
    rule = rule_of(payment, verb)
    if amount <= 0 or amount > most:
        raise AmountNotAllowed(
            f"The amount is between {display(payment.money(1))} and {display(payment.money(most))}.", max_minor=most
        )
    if amount != most and (rule.exact_amount or not rule.partial):
        raise AmountNotAllowed(
            rule.reason or f"Only the whole {display(payment.money(most))} is possible.",
            code="whole_amount_only",
            max_minor=most,
        )
    try:
        gateway_for(payment.account).check_amount(payment.money(amount))
    except InvalidRequest as refusal:
        raise AmountNotAllowed(f"The gateway does not take this: {refusal}", max_minor=most) from None


def _refuse_to_keep_the_rest(payment: Payment, amount: int, final: bool) -> None:
    rule = rule_of(payment, Verb.CAPTURE)
    if not final and (rule.exact_amount or not rule.partial):
        raise AmountNotAllowed("This gateway captures once: nothing more can follow.", max_minor=amount)


def _refuse_to_charge_twice(room: Room) -> None:
    """A late success may leave an order with two holds; only one of them is ever taken (I1)."""
    asked_or_done = [Status.PENDING, Status.UNKNOWN, Status.SUCCEEDED]
    captures = Transaction.objects.filter(payment__order=room.order, kind=Kind.CAPTURE, status__in=asked_or_done)
    if captures.exclude(payment=room.payment).exists():
        raise ActionNotAllowed("Another payment of this order is charged already: release this hold instead.")


def _refuse_without_permission(actor: User, verb: Verb) -> None:
    if not (actor.is_active and actor.is_staff and actor.has_perm(f"payments.{verb.value}")):
        raise Forbidden(f"Your role does not include “{verb.value}”. Ask somebody whose role does.")


def _refuse_without_permission_on(room: Room, source: Source, verb: Verb) -> None:
    """Once more on the fresh row: a role may have been taken away while the page was open (I28)."""
    assert room.actor is not None
    fresh = User.objects.get(pk=room.actor.pk)
    if source is Source.OPERATOR:
        _refuse_without_permission(fresh, verb)
    elif room.order.buyer_id != fresh.pk:
        raise Forbidden
    elif room.state is not State.PENDING:
        raise ActionNotAllowed("This payment can no longer be given up: ask for the money back with a refund request.")


def _resolver_first(payment_id: uuid.UUID) -> None:
    """An open follow-up with a recorded Unknown is asked about before anything new may follow."""
    unknown = Transaction.objects.filter(payment_id=payment_id, status=Status.UNKNOWN).exclude(kind=Kind.AUTHORIZE)
    if unknown.exists():
        ask_gateway(payment_id)


def _answered_before(ask: Ask) -> bool:
    """A replay calls no gateway (I24)."""
    return IdempotencyKey.objects.filter(
        principal=ask.principal, key_digest=ask.key_digest, status__isnull=False
    ).exists()


def _what_became_of(claim: Adopted) -> Operated:
    """The worker that wrote this request died before it answered: ask, and answer with what is known now (I24)."""
    written = Transaction.objects.select_related("payment").filter(pk=claim.subject)
    if written.get().is_open:
        ask_gateway(written.get().payment_id)
    tx = written.get()
    return Operated(tx.payment, tx, claim.key)


def _readable(payment: Payment, seen: Mapping[str, str]) -> list[list[str]]:
    rows = [["state", seen.get("state", "").replace("_", " ")]]
    for name in SEEN[1:]:
        text = seen.get(name, "")
        minor = int(text) if text.isdecimal() and len(text) <= 16 else None
        rows.append(
            [name.removesuffix("_minor").replace("_", " "), display(payment.money(minor)) if minor is not None else "?"]
        )
    rows.append(["operations under way", str(len([part for part in seen.get("open", "").split(",") if part]))])
    return rows
