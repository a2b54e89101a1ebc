"""Which payment and which transaction a fact speaks of (house.md 6), and whether it fits them (I20)."""

from __future__ import annotations

import uuid

from core import hot
from payments.gateways.base import Approved, CaptureMode, Fact, Kind
from payments.gateways.models import MerchantAccount
from payments.models import Origin, Transaction
from payments.services.room import Room
from payments.states import Status


def payment_of(account: MerchantAccount, fact: Fact) -> uuid.UUID | None:
    """The payment by the provider's reference or our own request id; None when we know neither."""
    named = fact.payment
    for select, names in (
        (_BY_REQUEST, (Kind.AUTHORIZE, named.request_id)),
        (_BY_REFERENCE, (Kind.AUTHORIZE, named.gateway_reference)),
        (_BY_REFERENCE, (fact.kind, fact.gateway_reference)),
        (_BY_REQUEST, (fact.kind, fact.request_id)),
    ):
        if names[1] and (found := select.one(account.pk, *names)):
            return found.payment_id
    return None


_BY_REQUEST = hot.Select(lambda: Transaction.objects.only("payment_id").order_by(), "account_id", "kind", "request_id")
_BY_REFERENCE = hot.Select(
    lambda: Transaction.objects.only("payment_id").order_by(), "account_id", "kind", "gateway_reference"
)


def transaction_of(room: Room, fact: Fact) -> Transaction | None:
    """The transaction with its reference; else with our request id; else the one open one of that kind and amount."""
    if fact.kind is Kind.AUTHORIZE:
        return room.authorization
    same_kind = [tx for tx in room.transactions if tx.kind == fact.kind]
    if fact.kind is Kind.CANCEL:
        # Named after the payment, so the reference is the same for every cancel: the one that is asked about is meant.
        same_kind.sort(key=lambda tx: (tx.request_id != fact.request_id, not tx.is_open))
        return next((tx for tx in same_kind if _is_this_cancel(tx, fact)), None)
    for tx in same_kind:
        if tx.gateway_reference and tx.gateway_reference in (fact.gateway_reference, fact.request_id):
            return tx
    for tx in same_kind:
        if tx.request_id and tx.request_id == fact.request_id:
            return tx
    if fact.kind is Kind.CAPTURE and fact.gateway_reference is None and (known := _automatic_capture(room, fact)):
        return known
    if fact.request_id is None:
        fitting = [
            tx
            for tx in same_kind
            if tx.is_open
            and tx.origin == Origin.OURS
            and tx.gateway_reference is None
            and fact.amount in (None, tx.amount)
        ]
        if len(fitting) == 1:
            return fitting[0]
    return None


def _is_this_cancel(tx: Transaction, fact: Fact) -> bool:
    if tx.request_id and tx.request_id == fact.request_id:
        return True
    if fact.request_id is None and tx.is_open and tx.origin == Origin.OURS:
        return True
    return bool(tx.gateway_reference) and tx.gateway_reference in (fact.gateway_reference, fact.request_id)


def _automatic_capture(room: Room, fact: Fact) -> Transaction | None:
    """An automatic capture that is told again without its own reference: only one can have worked."""
    if room.payment.capture_mode != CaptureMode.AUTOMATIC or fact.outcome != Approved():
        return None
    captures = [tx for tx in room.transactions if tx.kind == Kind.CAPTURE and tx.status == Status.SUCCEEDED]
    return captures[0] if len(captures) == 1 and fact.amount in (None, captures[0].amount) else None


def mismatch(room: Room, tx: Transaction | None, fact: Fact) -> str:
    """Why this evidence must not touch this payment; empty when every field fits."""
    authorization = room.authorization
    if fact.payment.request_id and fact.payment.request_id != authorization.request_id:
        return "it names another payment request"
    if (
        fact.payment.gateway_reference
        and authorization.gateway_reference
        and fact.payment.gateway_reference != authorization.gateway_reference
    ):
        return "it names another payment at the gateway"
    if fact.amount is not None and fact.amount.currency != room.payment.currency:
        return f"its currency is {fact.amount.currency}"
    if fact.amount is not None and fact.amount.minor <= 0:
        return "its amount is nothing"
    if _names_another_payment(room, tx, fact):
        return "its reference belongs to another payment"
    if tx is None:
        unsaid = fact.kind is Kind.REFUND and fact.amount is None and fact.outcome == Approved()
        return "it does not say how much" if unsaid else ""
    if fact.amount is not None and fact.amount.minor != tx.amount_minor:
        return f"its amount is {fact.amount}, ours is {tx.amount}"
    if tx.request_id and fact.request_id and tx.request_id != fact.request_id and tx.origin == Origin.OURS:
        return "it names another request"
    other_reference = tx.gateway_reference and fact.gateway_reference and tx.gateway_reference != fact.gateway_reference
    if other_reference and tx.origin == Origin.OURS:
        return "it names another reference at the gateway"
    return ""


def _names_another_payment(room: Room, tx: Transaction | None, fact: Fact) -> bool:
    """Whether a reference that is new here is known as another payment's; each names one act in the whole account."""
    own = fact.gateway_reference or (fact.request_id if tx is None else None)
    new = {
        (kind, reference)
        for kind, reference, known in (
            (fact.kind, own, tx.gateway_reference if tx else None),
            (Kind.AUTHORIZE, fact.payment.gateway_reference, room.authorization.gateway_reference),
        )
        if reference and reference != known
    }
    found = (_BY_REFERENCE.one(room.payment.account_id, kind, reference) for kind, reference in new)
    return any(tx is not None and tx.payment_id != room.payment.pk for tx in found)
