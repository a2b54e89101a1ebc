"""Documents about keeping a card: a session, the question what became of it, forgetting (antom.md 3.1, 3.3, 3.5)."""

from __future__ import annotations

from core.sealing import Secret
from payments.gateways.antom.document import Document
from payments.gateways.antom.exact import write_id, write_text, write_url
from payments.gateways.vaults import VaultingRequest


def vaulting_document(request: VaultingRequest) -> Document:
    """`createVaultingSession`. Raises InvalidRequest."""
    document: Document = {
        "paymentMethodType": "CARD",
        "vaultingRequestId": write_id("vaultingRequestId", request.request_id),
        "vaultingNotificationUrl": write_url("vaultingNotificationUrl", request.notify_url),
        "redirectUrl": write_url("redirectUrl", request.return_url),
    }
    if request.force_three_ds:  # not every product has this field, and false is what its absence says
        document["is3DSAuthentication"] = True
    return document


def vaulting_inquiry_document(request_id: str) -> Document:
    """`inquireVaulting`. Raises InvalidRequest."""
    return {"vaultingRequestId": write_id("vaultingRequestId", request_id)}


def forget_document(token: Secret) -> Document:
    """`deleteToken`. Raises InvalidRequest, without the token."""
    return {"token": write_text("token", token.reveal(), 2048, needed=True)}
