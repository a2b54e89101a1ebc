"""Writing the provider's documents about kept cards from rows (antom.md 3.1, 3.3, 3.4). Pure of side effects."""

from __future__ import annotations

from payments.simulator import clock, documents, sessions
from payments.simulator.buyer_actions import page_of
from payments.simulator.documents import Document
from payments.simulator.models import Challenge, Status, Vaulting
from payments.simulator.routing import acquirer_info


def session_answer(vaulting: Vaulting, secret: bytes) -> Document:
    if vaulting.opening_code != "SUCCESS":
        return documents.result(vaulting.opening_code)
    shown = {
        "paymentSessionConfig": {"productScene": "VAULTING", "paymentMethodCategoryType": "CARD"},
        "paymentSessionFactor": {"vaultingRequestId": vaulting.request_id},
    }
    return {
        **documents.result("SUCCESS"),
        "vaultingSessionData": sessions.wrap(vaulting.session_id, shown, secret),
        "vaultingSessionId": vaulting.session_id,
        "vaultingSessionExpiryTime": clock.stamp(vaulting.expires_at),
    }


def bind_answer(vaulting: Vaulting) -> Document:
    """For the card element, not for the merchant: no token in it."""
    return {**documents.result(vaulting.status_code), **_where_to_go(vaulting)}


def inquiry(vaulting: Vaulting) -> Document:
    told = {
        **documents.result("SUCCESS"),
        "vaultingRequestId": vaulting.request_id,
        "vaultingStatus": vaulting.status,
        **_where_to_go(vaulting),
        **_card(vaulting),
        **_acquirer(vaulting),
    }
    if vaulting.status_code:
        told["vaultingResultCode"] = vaulting.status_code
        told["vaultingResultMessage"] = documents.result(vaulting.status_code)["result"]["resultMessage"]
    return told


def notification(vaulting: Vaulting) -> Document:
    """It has no notifyType: the merchant knows it by its address."""
    return {
        **documents.result(vaulting.status_code),
        "vaultingRequestId": vaulting.request_id,
        "vaultingStatus": vaulting.status,
        "vaultingCreateTime": clock.stamp(vaulting.created_at),
        **_card(vaulting),
        **_acquirer(vaulting),
    }


def _where_to_go(vaulting: Vaulting) -> Document:
    if vaulting.status != Status.PROCESSING:
        return {}
    challenge = Challenge.objects.filter(vaulting=vaulting, answer="").first()
    return {"normalUrl": page_of(challenge)} if challenge else {}


def _card(vaulting: Vaulting) -> Document:
    if vaulting.token is None:
        return {}
    card = {
        "brand": vaulting.brand,
        "cardToken": vaulting.token.token,
        "maskedCardNo": "*" * 12 + vaulting.last4,
        "expiryMonth": vaulting.expiry_month,
        "expiryYear": vaulting.expiry_year,
        "funding": vaulting.traits.get("funding", "CREDIT"),
        "issuingCountry": vaulting.traits.get("country", "DE"),
        "issuerName": "Simulated Bank",
        "fingerprint": vaulting.fingerprint,
        "networkTransactionId": vaulting.network_transaction_id,
    }
    return {"paymentMethodDetail": {"paymentMethodType": "CARD", "card": card}}


def _acquirer(vaulting: Vaulting) -> Document:
    if not vaulting.acquirer:
        return {}
    info = acquirer_info(vaulting.acquirer, "VLT", vaulting.request_id)
    if vaulting.status == Status.SUCCESS:
        info |= {"acquirerResultCode": "00", "acquirerResultMessage": "Approved"}
    elif vaulting.status == Status.FAIL:
        info |= {"acquirerResultCode": "05", "acquirerResultMessage": "Not approved"}
    return {"acquirerInfo": info}
