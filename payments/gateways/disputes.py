"""What a provider tells about a dispute, and what we may do about one. A dispute moves no money by itself here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from core.money import Money

if TYPE_CHECKING:
    from payments.gateways.base import PaymentRef


class DisputeEvent(StrEnum):
    """What happened to a dispute; they arrive in any order."""

    OPENED = "opened"
    DUE_SOON = "due_soon"
    DEFENDED = "defended"
    ACCEPTED = "accepted"
    JUDGED = "judged"
    CANCELED = "canceled"
    RESOLVED = "resolved"
    """Settled by a rule agreed on before, without us."""


class EvidenceKind(StrEnum):
    TEMPLATE = "template"
    """What the provider wants to be filled in."""
    FILE = "file"
    """What was submitted or what the other side says."""
    AI = "ai"
    """A draft that the provider's machine made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFact:
    """One message about one dispute. Only `payment`, `reference` and `event` are sure to be told."""

    payment: PaymentRef
    reference: str
    """The provider's id of the dispute."""
    event: DisputeEvent
    kind: str = ""
    """chargeback, retrieval_request, compliance_request; the provider's word in lower case where it has another."""
    amount: Money | None = None
    capture_reference: str | None = None
    reason_code: str = ""
    reason: str = ""
    network: str = ""
    """The card scheme."""
    arn: str = ""
    opened_at: datetime | None = None
    due_at: datetime | None = None
    """Until when a defence may be sent."""
    defendable: bool | None = None
    auto_defended: str = ""
    """Why the provider defends it by itself; empty when it does not."""
    verdict: str = ""
    """The provider's own word; who won is for a person to confirm."""
    judged_amount: Money | None = None
    accepted_because: str = ""
    occurred_at: datetime | None = None
    acquirer: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    """What the cardholder's bank says about it."""


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """`suffix` as the file's name ends: pdf, docx, zip, jpg."""

    content: bytes
    suffix: str
