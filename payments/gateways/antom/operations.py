"""What can be asked of Antom, and under which path (antom.md 1.1, 1.2)."""

from __future__ import annotations

from enum import StrEnum


class Operation(StrEnum):
    """The path after `/ams/api/v1/`."""

    PAY = "payments/pay"
    SESSION = "payments/createPaymentSession"
    CAPTURE = "payments/capture"
    CANCEL = "payments/cancel"
    REFUND = "payments/refund"
    PAYMENT_INQUIRY = "payments/inquiryPayment"
    REFUND_INQUIRY = "payments/inquiryRefund"
    CONSULT = "payments/consult"
    ACCEPT_DISPUTE = "payments/acceptDispute"
    DEFEND_DISPUTE = "payments/supplyDefenseDocument"
    DISPUTE_EVIDENCE = "payments/downloadDisputeEvidence"
    VAULTING_SESSION = "vaults/createVaultingSession"
    VAULTING_INQUIRY = "vaults/inquireVaulting"
    FORGET = "vaults/deleteToken"


INQUIRIES = frozenset(
    {Operation.PAYMENT_INQUIRY, Operation.REFUND_INQUIRY, Operation.CONSULT, Operation.VAULTING_INQUIRY}
)
"""They only ask: whatever they answer changes nothing."""


def path_of(operation: str, client_id: str) -> str:
    """The path that is sent and signed: sandbox clients have one more segment (1.1)."""
    prefix = "/ams/sandbox/api" if client_id.startswith("SANDBOX_") else "/ams/api"
    return f"{prefix}/v1/{operation}"
