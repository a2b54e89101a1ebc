"""Documents that start a payment: `pay` and `createPaymentSession` (antom.md 3.6, 3.7)."""

from __future__ import annotations

from datetime import timedelta

from core import ports
from core.sealing import Secret
from payments.gateways.antom.amounts import write_amount
from payments.gateways.antom.document import Document
from payments.gateways.antom.exact import write_id, write_moment, write_text, write_url
from payments.gateways.antom.write_device import write_device
from payments.gateways.antom.write_order import write_order
from payments.gateways.base import AuthorizeRequest, CaptureMode, InvalidRequest

PAY_EXPIRY_LIMIT = timedelta(minutes=10)
SESSION_EXPIRY_LIMIT = timedelta(hours=1)


def pay_document(request: AuthorizeRequest, token: Secret, settlement_currency: str | None) -> Document:
    """`pay` with a saved card (3.6 b). Raises InvalidRequest."""
    return {
        **_head(request),
        "paymentMethod": {
            "paymentMethodType": "CARD",
            "paymentMethodId": write_text("paymentMethodId", token.reveal(), 2048, needed=True),
            "paymentMethodMetaData": {"isCardOnFile": True, "is3DSAuthentication": False},
        },
        "paymentFactor": _factor(request),
        **_tail(request, settlement_currency),
        "paymentExpiryTime": write_moment("paymentExpiryTime", request.expires_at, within=PAY_EXPIRY_LIMIT),
    }


def session_document(request: AuthorizeRequest, settlement_currency: str | None) -> Document:
    """`createPaymentSession`: the buyer's app or browser presents the card (3.7). Raises InvalidRequest."""
    factor = _factor(request)
    if request.save_card:
        write_text("referenceBuyerId", request.order.buyer.reference, 64, needed=True)
        factor["storePaymentMethodForBuyer"] = True
    document = {
        **_head(request),
        "paymentMethod": {"paymentMethodType": "CARD"},
        "paymentFactor": factor,
        **_tail(request, settlement_currency),
    }
    expiry = write_moment("paymentSessionExpiryTime", request.expires_at, within=SESSION_EXPIRY_LIMIT)
    document["paymentSessionExpiryTime"] = expiry
    if request.expires_at <= ports.now() + PAY_EXPIRY_LIMIT:
        # A payment submitted in the session's last minute ends with the session, so absence is final then (I15).
        document["paymentExpiryTime"] = expiry
    return document


def _head(request: AuthorizeRequest) -> Document:
    if request.order.total != request.amount:
        raise InvalidRequest("orderAmount", "must equal paymentAmount")
    return {
        "productCode": "CASHIER_PAYMENT",
        "paymentRequestId": write_id("paymentRequestId", request.request_id),
        "order": write_order(request.order),
        "paymentAmount": write_amount("paymentAmount", request.amount),
    }


def _factor(request: AuthorizeRequest) -> Document:
    return {"isAuthorization": True, "captureMode": CaptureMode(request.capture_mode).value}


def _tail(request: AuthorizeRequest, settlement_currency: str | None) -> Document:
    return {
        "settlementStrategy": {"settlementCurrency": settlement_currency or request.amount.currency},
        "env": write_device(request.device),
        "paymentNotifyUrl": write_url("paymentNotifyUrl", request.notify_url),
        "paymentRedirectUrl": write_url("paymentRedirectUrl", request.return_url),
    }
