"""notifyDispute, which has neither `result` nor `notifyType`, and the answers about disputes (antom.md 3.18)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from payments.simulator import clock, documents
from payments.simulator.models import Capture, Dispute, Status
from payments.simulator.routing import acquirer_info

_REASONS = {
    "10.4": "Fraud: card absent",
    "13.1": "Goods or services not received",
    "13.3": "Not as described",
    "4837": "No cardholder authorisation",
    "4853": "Not as described",
}
_SCHEMES = {"VISA": "Visa", "MASTERCARD": "Mastercard", "MAESTRO": "Mastercard", "AMEX": "American Express"}


def notification(dispute: Dispute, event: str, now: datetime) -> dict[str, Any]:
    return {
        "disputeNotificationType": event,
        **_names(dispute),
        **_facts(dispute),
        **_what_happened(dispute, event, now),
        "acquirerInfo": acquirer_info(dispute.parent.acquirer, "DSP", dispute.dispute_id),
    }


def answer(dispute: Dispute) -> dict[str, Any]:
    resolved = clock.stamp(dispute.acted_at or dispute.opened_at)
    return {
        **documents.result("SUCCESS"),
        "disputeId": dispute.dispute_id,
        "disputeResolutionTime": resolved,
        "acquirerInfo": acquirer_info(dispute.parent.acquirer, "DSP", dispute.dispute_id),
    }


def evidence(content: str, kind: str) -> dict[str, Any]:
    return {**documents.result("SUCCESS"), "disputeEvidence": content, "disputeEvidenceFormat": kind}


def paper(dispute: Dispute, *, drafted: bool) -> list[str]:
    """The lines of the form to fill in, or of the draft that a machine makes of it."""
    head = ["SIMULATED - no real money", f"Defence of dispute {dispute.dispute_id}"]
    if not drafted:
        return [*head, "Order, delivery, correspondence:"]
    return [*head, "drafted by a machine: read every word before you send it", f"Claim: {_reason(dispute)}"]


def disputed_capture(dispute: Dispute) -> Capture | None:
    return dispute.parent.captures.filter(status=Status.SUCCESS).order_by("pk").first()


def _names(dispute: Dispute) -> dict[str, Any]:
    capture = disputed_capture(dispute)
    return {
        "paymentRequestId": dispute.parent.request_id,
        "paymentId": dispute.parent.payment_id,
        "disputeId": dispute.dispute_id,
        **({"captureId": capture.capture_id, "arn": "74" + capture.capture_id[-21:]} if capture else {}),
    }


def _facts(dispute: Dispute) -> dict[str, Any]:
    brand = dispute.parent.brand
    return {
        "disputeType": dispute.kind,
        "disputeTime": clock.stamp(dispute.opened_at),
        "disputeAmount": documents.money(dispute.parent.currency, dispute.amount),
        "disputeReasonCode": dispute.reason_code,
        "disputeReasonMsg": _reason(dispute),
        "disputeSource": _SCHEMES.get(brand, brand.title()),
        "defenseDueTime": clock.stamp(dispute.due_at),
        "defendable": dispute.stage == Dispute.Stage.OPEN,
    }


def _reason(dispute: Dispute) -> str:
    return _REASONS.get(dispute.reason_code, "The cardholder does not agree")


def _what_happened(dispute: Dispute, event: str, now: datetime) -> dict[str, Any]:
    moment = clock.stamp(now)
    if event == "DISPUTE_JUDGED":
        return {
            "disputeJudgedTime": moment,
            "disputeJudgedAmount": documents.money(dispute.parent.currency, dispute.amount),
            "disputeJudgedResult": dispute.result,
        }
    if event == "DISPUTE_ACCEPTED":
        return {"disputeAcceptReason": dispute.accept_reason, "disputeAcceptTime": moment}
    times = {"DISPUTE_CANCELLED": "disputeCancelledTime", "DEFENSE_SUPPLIED": "defenseSuppliedTime"}
    return {times[event]: moment} if event in times else {}
