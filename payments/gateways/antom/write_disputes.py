"""Documents about a dispute (antom.md 3.18). All of them raise InvalidRequest."""

from __future__ import annotations

import base64

from payments.gateways.antom.document import Document
from payments.gateways.antom.exact import write_text
from payments.gateways.base import InvalidRequest
from payments.gateways.disputes import EvidenceKind

MAX_EVIDENCE = 1_000_000
"""Characters of base64 (2.3)."""

_EVIDENCE_TYPES = {
    EvidenceKind.TEMPLATE: "DISPUTE_EVIDENCE_TEMPLATE",
    EvidenceKind.FILE: "DISPUTE_EVIDENCE_FILE",
    EvidenceKind.AI: "DISPUTE_EVIDENCE_AI",
}


def accept_document(reference: str) -> Document:
    """`acceptDispute`."""
    return {"disputeId": write_text("disputeId", reference, 64, needed=True)}


def defend_document(reference: str, evidence: bytes) -> Document:
    """`supplyDefenseDocument`."""
    if not evidence:
        raise InvalidRequest("disputeEvidence", "is required")
    if 4 * -(-len(evidence) // 3) > MAX_EVIDENCE:
        raise InvalidRequest("disputeEvidence", f"is longer than {MAX_EVIDENCE:,} characters of base64")
    return {**accept_document(reference), "disputeEvidence": base64.b64encode(evidence).decode()}


def evidence_document(reference: str, kind: EvidenceKind) -> Document:
    """`downloadDisputeEvidence`."""
    return {**accept_document(reference), "disputeEvidenceType": _EVIDENCE_TYPES[kind]}
