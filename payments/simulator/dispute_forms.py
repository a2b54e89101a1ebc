"""Reading what the merchant says about a dispute (antom.md 3.18)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from payments.simulator.fields import Fields

EVIDENCE_LIMIT = 1_000_000  # base64 characters
KINDS = ("DISPUTE_EVIDENCE_TEMPLATE", "DISPUTE_EVIDENCE_FILE", "DISPUTE_EVIDENCE_AI")


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeForm:
    request_id: str  # the disputeId: no other name exists for it


@dataclass(frozen=True, slots=True, kw_only=True)
class DefenseForm:
    request_id: str
    evidence: str  # base64


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceForm:
    request_id: str
    kind: str


def read_accept(document: dict[str, Any], secret: bytes) -> DisputeForm:
    return DisputeForm(request_id=Fields(document).id("disputeId"))


def read_defense(document: dict[str, Any], secret: bytes) -> DefenseForm:
    root = Fields(document)
    evidence = root.text("disputeEvidence", EVIDENCE_LIMIT, required=True)
    try:
        base64.b64decode(evidence, validate=True)
    except binascii.Error:
        raise root.refuse("disputeEvidence", "must be base64") from None
    return DefenseForm(request_id=root.id("disputeId"), evidence=evidence)


def read_evidence(document: dict[str, Any], secret: bytes) -> EvidenceForm:
    root = Fields(document)
    return EvidenceForm(request_id=root.id("disputeId"), kind=root.word("disputeEvidenceType", KINDS, required=True))
