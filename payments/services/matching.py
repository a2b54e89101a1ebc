"""Which payment and which transaction a fact speaks of (house.md 6), and whether it fits them (I20)."""

from __future__ import annotations

import uuid

from payments.gateways.base import Fact, Kind
from payments.gateways.models import MerchantAccount
from payments.models import Origin, Transaction
from payments.services.room import Room


def payment_of(account: MerchantAccount, fact: Fact) -> uuid.UUID | None:
    """The payment by the provider's reference or our own request id; None when we know neither."""
    of_account = Transaction.objects.filter(account=account)
    for names in (
        {"kind": Kind.AUTHORIZE, "request_id": fact.payment.request_id},
        {"kind": Kind.AUTHORIZE, "gateway_reference": fact.payment.gateway_reference},
        {"kind": fact.kind, "gateway_reference": fact.gateway_reference},
        {"request_id": fact.request_id},
    ):
        if all(names.values()):
            found = of_account.filter(**names).values_list("payment_id", flat=True).first()
            if found is not None:
                return found
    return None


def transaction_of(room: Room, fact: Fact) -> Transaction | None:
    """The transaction with its reference; else with our request id; else the one open one of that kind and amount."""
    if fact.kind is Kind.AUTHORIZE:
        return room.authorization
    same_kind = [tx for tx in room.transactions if tx.kind == fact.kind]
    for tx in same_kind:
        if tx.gateway_reference and tx.gateway_reference in (fact.gateway_reference, fact.request_id):
            return tx
    for tx in same_kind:
        if tx.request_id and tx.request_id == fact.request_id:
            return tx
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
    if tx is None:
        return ""
    if fact.amount is not None and fact.amount.minor != tx.amount_minor:
        return f"its amount is {fact.amount}, ours is {tx.amount}"
    if tx.request_id and fact.request_id and tx.request_id != fact.request_id and tx.origin == Origin.OURS:
        return "it names another request"
    other_reference = tx.gateway_reference and fact.gateway_reference and tx.gateway_reference != fact.gateway_reference
    if other_reference and tx.origin == Origin.OURS:
        return "it names another reference at the gateway"
    return ""
