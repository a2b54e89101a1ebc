"""Facts from verified notifications (antom.md 3.4, 3.9, 3.12, 3.15, 3.18, 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from payments.gateways.antom.amounts import read_amount
from payments.gateways.antom.document import Document, Unreadable
from payments.gateways.antom.meaning import reported
from payments.gateways.antom.operations import Operation
from payments.gateways.antom.read_details import read_details
from payments.gateways.antom.read_disputes import dispute_event, read_dispute
from payments.gateways.antom.read_increases import read_increase
from payments.gateways.antom.read_refunds import read_refund_result
from payments.gateways.antom.read_vaulting import read_vaulting_result, speaks_of_vaulting
from payments.gateways.antom.result import is_code, read_result
from payments.gateways.antom.tolerant import read_id, read_moment, read_needed_id, read_payment_moment, read_text
from payments.gateways.base import Approved, Fact, Kind, Outcome, PaymentRef, Pending, Unknown
from payments.gateways.disputes import DisputeFact
from payments.gateways.vaults import VaultingFact

ACKNOWLEDGEMENT = b'{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}'
"""What the provider counts as received (section 4)."""

TOPIC_OF = {
    "PAYMENT_RESULT": "payment",
    "PAYMENT_PENDING": "payment",
    "CAPTURE_RESULT": "payment",
    "UPDATE_AMOUNT_RESULT": "payment",
    "REFUND_RESULT": "refund",
}
"""Which of our addresses a message belongs to (section 4)."""


DISPUTES = "dispute"
"""The topic whose messages have neither `notifyType` nor `result` (3.18)."""

VAULTING = "vaulting"
"""The topic whose messages need no `notifyType`: they are known by their address (pitfall 15)."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What one message says. `problem`: it was understood, and cannot be."""

    facts: tuple[Fact, ...] = ()
    disputes: tuple[DisputeFact, ...] = ()
    vaultings: tuple[VaultingFact, ...] = ()
    problem: str = ""


def kind_of(topic: str, document: Document) -> str:
    """The provider's word for a message; empty when it has none, but for those of vaulting."""
    name = read_text(document, "notifyType", 64) or dispute_event(document)
    return name if is_code(name) else "VAULTING" if topic == VAULTING else ""


def read_notice(topic: str, document: Document) -> Meant:
    """What a verified message says; nothing for a type that we do not use. Raises Unreadable with the problem."""
    name = read_text(document, "notifyType", 64)
    if topic == DISPUTES or (not name and dispute_event(document)):
        return _read_dispute_notice(topic, document)
    if topic == VAULTING or (name not in TOPIC_OF and speaks_of_vaulting(document)):
        return _read_vaulting_notice(topic, name, document)
    if topic not in TOPIC_OF.values():
        raise Unreadable("no such topic")
    if not is_code(name):
        raise Unreadable("notifyType is missing")
    if TOPIC_OF.get(name, topic) != topic:
        raise Unreadable(f"{name} does not belong to the topic {topic}")
    reader = _READERS.get(name)
    fact = reader(document) if reader else None
    return Meant() if fact is None else Meant(facts=(fact,))


def _read_dispute_notice(topic: str, document: Document) -> Meant:
    if topic != DISPUTES:
        raise Unreadable(f"a dispute does not belong to the topic {topic}")
    if not dispute_event(document):
        raise Unreadable("disputeNotificationType is missing")
    return Meant(disputes=(read_dispute(document),))


def _read_vaulting_notice(topic: str, name: str, document: Document) -> Meant:
    """Whatever name it has, unless it is that of another message."""
    if topic != VAULTING:
        raise Unreadable(f"a vaulting does not belong to the topic {topic}")
    if name in TOPIC_OF:
        raise Unreadable(f"{name} does not belong to the topic {topic}")
    fact = read_vaulting_result(document)
    return Meant(vaultings=(fact,), problem=fact.outcome.reason if isinstance(fact.outcome, Unknown) else "")


def _read_payment_result(document: Document) -> Fact:
    """The final word on an authorization (3.9)."""
    fact = _authorization(document, reported(Operation.PAY, read_result(document)))
    return replace(fact, occurred_at=read_payment_moment(document))


def _read_payment_pending(document: Document) -> Fact:
    """The buyer is done and the money is not confirmed, whatever `result` says (pitfall 17)."""
    return _authorization(document, Pending())


def _authorization(document: Document, outcome: Outcome) -> Fact:
    request_id = read_needed_id(document, "paymentRequestId")
    approved = isinstance(outcome, Approved)
    reference = read_needed_id(document, "paymentId") if approved else read_id(document, "paymentId")
    return Fact(
        payment=PaymentRef(request_id=request_id, gateway_reference=reference),
        kind=Kind.AUTHORIZE,
        request_id=request_id,
        gateway_reference=reference,
        outcome=outcome,
        amount=read_amount(document, "paymentAmount", needed=approved),
        details=read_details(document),
    )


def _read_capture_result(document: Document) -> Fact:
    """Also of automatic captures, whose captureRequestId we never minted (3.12)."""
    outcome = reported(Operation.CAPTURE, read_result(document))
    request_id = read_id(document, "captureRequestId")
    reference = read_id(document, "captureId")
    if request_id is None and reference is None:
        raise Unreadable("captureRequestId is missing")
    return Fact(
        payment=PaymentRef(
            request_id=read_id(document, "paymentRequestId"), gateway_reference=read_needed_id(document, "paymentId")
        ),
        kind=Kind.CAPTURE,
        request_id=request_id,
        gateway_reference=reference,
        outcome=outcome,
        amount=read_amount(document, "captureAmount", needed=isinstance(outcome, Approved)),
        occurred_at=read_moment(document, "captureTime"),
        details=read_details(document),
    )


_READERS: Mapping[str, Callable[[Document], Fact | None]] = {
    "PAYMENT_RESULT": _read_payment_result,
    "PAYMENT_PENDING": _read_payment_pending,
    "CAPTURE_RESULT": _read_capture_result,
    "UPDATE_AMOUNT_RESULT": read_increase,
    "REFUND_RESULT": read_refund_result,
}
