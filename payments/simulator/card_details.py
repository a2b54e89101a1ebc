"""paymentResultInfo (antom.md 6): what the provider tells about the card behind a payment."""

from __future__ import annotations

from typing import Any

from payments.simulator.models import Payment, Status


def result_info(payment: Payment, *, succeeded: bool) -> dict[str, Any]:
    if not payment.last4:
        return {}
    info = _of_the_card(payment)
    if payment.three_ds:
        info["threeDSResult"] = payment.three_ds
    if payment.exemption:
        info["exemptionRequested"] = payment.exemption
    if succeeded:
        info |= _of_the_approval(payment)
    elif payment.status == Status.FAIL:
        info |= {"refusalCodeRaw": "05", "refusalReasonRaw": payment.status_code, "merchantAdviceCode": "02"}
    return info


def _of_the_card(payment: Payment) -> dict[str, Any]:
    return {
        "cardNo": "*" * 12 + payment.last4,
        "cardBrand": payment.brand,
        "lastFour": payment.last4,
        "expiryMonth": payment.expiry_month,
        "expiryYear": payment.expiry_year,
        "funding": payment.traits.get("funding", "CREDIT"),
        "cardCategory": payment.traits.get("category", "CONSUMER"),
        "issuingCountry": payment.traits.get("country", "DE"),
        "issuerName": "Simulated Bank",
        "fingerprint": payment.fingerprint,
        "credentialTypeUsed": "PAN",
    }


def _of_the_approval(payment: Payment) -> dict[str, Any]:
    info = {
        "avsResultRaw": payment.avs_result,
        "cvvResultRaw": payment.cvv_result,
        "networkTransactionId": payment.network_transaction_id,
        "authorizationCode": payment.authorization_code,
        "rrn": payment.payment_id[-12:],
        "incrementalAuthorizationAvailable": bool(payment.traits.get("incremental")),
    }
    return {**info, "cardToken": payment.card_token} if payment.card_token else info
