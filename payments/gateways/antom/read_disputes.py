"""What is told about disputes: answers to our acts, files, and messages (antom.md 3.18)."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from core.money import Money
from payments.gateways.antom.amounts import read_amount
from payments.gateways.antom.document import Document, Unreadable
from payments.gateways.antom.meaning import outcome_of
from payments.gateways.antom.operations import Operation
from payments.gateways.antom.read_details import read_acquirer
from payments.gateways.antom.result import Answer, Reply
from payments.gateways.antom.tolerant import (
    read_fitting_id,
    read_free_text,
    read_id,
    read_moment,
    read_needed_id,
    read_text,
    read_value,
    refuse_other_ids,
)
from payments.gateways.base import Approved, Declined, NotAttempted, Outcome, PaymentRef, Pending, Unknown
from payments.gateways.disputes import DisputeEvent, DisputeFact, EvidenceFile

MAX_EVIDENCE_ANSWER = 2 * 1024 * 1024

EVENTS = {
    "DISPUTE_CREATED": DisputeEvent.OPENED,
    "DEFENSE_DUE_ALERT": DisputeEvent.DUE_SOON,
    "DEFENSE_SUPPLIED": DisputeEvent.DEFENDED,
    "DISPUTE_ACCEPTED": DisputeEvent.ACCEPTED,
    "DISPUTE_JUDGED": DisputeEvent.JUDGED,
    "DISPUTE_CANCELLED": DisputeEvent.CANCELED,
    "RDR_RESOLVED": DisputeEvent.RESOLVED,
}
_TIMES = {
    DisputeEvent.OPENED: "disputeTime",
    DisputeEvent.DEFENDED: "defenseSuppliedTime",
    DisputeEvent.ACCEPTED: "disputeAcceptTime",
    DisputeEvent.JUDGED: "disputeJudgedTime",
    DisputeEvent.CANCELED: "disputeCancelledTime",
    DisputeEvent.RESOLVED: "disputeJudgedTime",
}
"""When it happened, by event; a reminder has no time of its own."""
_SUFFIXES = {"PDF": "pdf", "WORD": "docx", "ZIP": "zip", "JPG": "jpg"}


# --- answers --------------------------------------------------------------------------------------------------------


def read_act(operation: Operation, reference: str, reply: Reply) -> Outcome:
    """What became of accepting or defending; a repeat of what was done already is Approved."""
    if not isinstance(reply, Answer):
        return reply
    outcome = outcome_of(operation, reply)
    if isinstance(outcome, Unknown | NotAttempted):
        return outcome
    # REPEAT_REQUEST has status F, and a refusal need not repeat the id.
    return _about(reference, reply, needed=reply.result.status == "S") or outcome


def read_evidence(reference: str, reply: Reply) -> EvidenceFile | Declined | NotAttempted | Unknown:
    """The file of `downloadDisputeEvidence`."""
    if not isinstance(reply, Answer):
        return reply
    outcome = outcome_of(Operation.DISPUTE_EVIDENCE, reply)
    if isinstance(outcome, Pending):
        return Unknown(f"{reply.result.status} {reply.result.code}")
    if not isinstance(outcome, Approved):
        return outcome
    return _about(reference, reply, needed=False) or _file(reply.document)


def _about(reference: str, answer: Answer, *, needed: bool) -> Unknown | None:
    """Unknown when the answer is about another dispute, or about none when it must be about ours."""
    try:
        refuse_other_ids(answer.document, {"disputeId": reference})
        if needed:
            read_needed_id(answer.document, "disputeId")
    except Unreadable as error:
        return Unknown(str(error))
    return None


def _file(document: Document) -> EvidenceFile | Unknown:
    suffix = _SUFFIXES.get(read_text(document, "disputeEvidenceFormat", 64).upper())
    if suffix is None:
        return Unknown("disputeEvidenceFormat is missing or unknown")
    try:
        content = base64.b64decode(read_text(document, "disputeEvidence", MAX_EVIDENCE_ANSWER), validate=True)
    except (binascii.Error, ValueError):
        return Unknown("disputeEvidence is not base64")
    return EvidenceFile(content, suffix) if content else Unknown("disputeEvidence is missing")


# --- messages -------------------------------------------------------------------------------------------------------


def dispute_event(document: Document) -> str:
    """The provider's word for a message about a dispute; empty for any other message."""
    return read_text(document, "disputeNotificationType", 64)


def read_dispute(document: Document) -> DisputeFact:
    """`notifyDispute`. Raises Unreadable without an event that we know, the dispute's id and the payment's."""
    event = EVENTS.get(dispute_event(document))
    if event is None:
        raise Unreadable("disputeNotificationType is unknown")
    payment = PaymentRef(
        request_id=read_id(document, "paymentRequestId"), gateway_reference=read_id(document, "paymentId")
    )
    if payment.request_id is None and payment.gateway_reference is None:
        raise Unreadable("paymentId is missing")
    return DisputeFact(
        payment=payment,
        reference=read_needed_id(document, "disputeId"),
        event=event,
        kind=read_text(document, "disputeType", 64).lower(),
        amount=_amount(document, "disputeAmount"),
        capture_reference=read_fitting_id(document, "captureId"),
        reason_code=read_text(document, "disputeReasonCode", 64),
        reason=read_free_text(document, "disputeReasonMsg"),
        network=read_text(document, "disputeSource", 64),
        arn=read_text(document, "arn", 64),
        opened_at=read_moment(document, "disputeTime"),
        due_at=read_moment(document, "defenseDueTime"),
        defendable={"true": True, "false": False}.get(read_text(document, "defendable").lower()),
        auto_defended=read_free_text(document, "autoDefendReason"),
        verdict=read_text(document, "disputeJudgedResult", 64),
        judged_amount=_amount(document, "disputeJudgedAmount"),
        accepted_because=read_text(document, "disputeAcceptReason", 64),
        occurred_at=_occurred_at(document, event),
        acquirer=read_acquirer(document),
        comment=_comment(document),
    )


def _comment(document: Document) -> str:
    """Somebody at the bank wrote it, perhaps in several lines; here it is one."""
    name = "issuerComments"
    told = read_value(document, name)
    return read_free_text({name: " ".join(told.split())}, name) if isinstance(told, str) else ""


def _amount(document: Document, name: str) -> Money | None:
    """None also for one that cannot be read: the dispute matters more."""
    try:
        return read_amount(document, name)
    except Unreadable:
        return None


def _occurred_at(document: Document, event: DisputeEvent) -> datetime | None:
    return read_moment(document, _TIMES[event]) if event in _TIMES else None
