"""What may be done with a payment now, and if not, why not: one answer for buttons, API and services."""

from __future__ import annotations

from dataclasses import dataclass

from core import ports
from payments.gateways.base import CaptureMode, Kind, Review, Rule, Verb
from payments.gateways.registry import NotConfigured, gateway_for
from payments.models import Origin, Payment, Transaction
from payments.states import HELD, OPEN, State


@dataclass(frozen=True, slots=True)
class Possibility:
    """`reason` is the sentence shown when `possible` is False; `max_minor` what the act could move at most."""

    verb: Verb
    possible: bool
    reason: str = ""
    max_minor: int = 0


def rule_of(payment: Payment, verb: Verb) -> Rule:
    try:
        return gateway_for(payment.account).rules[verb]
    except NotConfigured:
        return Rule(supported=False, reason="The credentials of this account are missing.")


def has_open_follow_up(payment: Payment) -> bool:
    return (
        Transaction.objects.filter(payment=payment, status__in=sorted(OPEN), origin=Origin.OURS)
        .exclude(kind=Kind.AUTHORIZE)
        .exists()
    )


def possibilities(payment: Payment, *, busy: bool | None = None) -> dict[Verb, Possibility]:
    """Capture, cancel and refund of this payment, each with its reason when impossible."""
    busy = has_open_follow_up(payment) if busy is None else busy
    return {verb: possibility(payment, verb, busy=busy) for verb in (Verb.CAPTURE, Verb.CANCEL, Verb.REFUND)}


def possibility(payment: Payment, verb: Verb, *, busy: bool) -> Possibility:
    rule = rule_of(payment, verb)
    limit = _limit(payment, verb)
    reason = (
        (rule.reason or "This gateway does not offer it." if not rule.supported else "")
        or _why_not_in_this_state(payment, verb)
        or _why_not_any_more(payment, verb, rule)
        or ("Another operation on this payment has not ended yet." if busy else "")
    )
    return Possibility(verb, not reason, reason, limit if not reason else 0)


def _limit(payment: Payment, verb: Verb) -> int:
    if verb is Verb.REFUND:
        return payment.refundable_minor
    return payment.held_minor or (payment.amount_minor if payment.state == State.PENDING else 0)


def _why_not_in_this_state(payment: Payment, verb: Verb) -> str:
    state = State(payment.state)
    match verb:
        case Verb.CAPTURE:
            if payment.capture_mode == CaptureMode.AUTOMATIC and state in (State.PENDING, State.AUTHORIZED):
                return "The gateway captures this payment by itself."
            if not payment.held_minor:
                return "Nothing is held." if state is not State.PENDING else "The payment is not authorised yet."
            if payment.review == Review.RUNNING:
                return "The gateway reviews this payment: wait until its review ends."
            if payment.review == Review.REJECTED:
                return "The gateway’s review rejected this payment: release the hold."
            if state not in HELD:
                return "Money was given back already: the rest of the hold is left to end by itself."
        case Verb.CANCEL:
            if payment.captured_minor:
                return "The money is captured already: refund it instead."
            if state not in (State.PENDING, State.AUTHORIZED):
                return "Nothing is held."
        case Verb.REFUND:
            if state is State.PENDING:
                return "It is not certain yet whether anything was charged."
            if not payment.captured_minor:
                return "Nothing was charged, so nothing can be refunded."
            if not payment.refundable_minor and payment.disputed_minor:
                return "The buyer’s bank disputes this money: a refund would give it back twice. Answer the dispute."
            if not payment.refundable_minor and payment.refund_reserved_minor:
                return "Everything left is on its way back already; it is not confirmed yet."
            if not payment.refundable_minor:
                return "Everything is refunded already."
        case _:
            return "This gateway does not offer it."
    return ""


def _why_not_any_more(payment: Payment, verb: Verb, rule: Rule) -> str:
    at = ports.now()
    if verb is Verb.CAPTURE and payment.hold_ends_at and at >= payment.hold_ends_at:
        return f"The hold ended on {payment.hold_ends_at:%-d %B %Y at %H:%M} UTC."
    if verb is Verb.CAPTURE and payment.captured_minor and not rule.several:
        return rule.reason or "This gateway captures once."
    if verb is Verb.REFUND and payment.refunded_minor and not rule.several:
        return rule.reason or "This gateway refunds once."
    if verb in (Verb.CANCEL, Verb.REFUND) and rule.within and at >= payment.created_at + rule.within:
        return f"That was possible for {rule.within.days} days."
    return ""
