"""Documents that start a payment: `pay` and `createPaymentSession` (antom.md 3.6, 3.7)."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Merchant:
    """What requests need to know about our account. Without `settlement_currency` the payment's own is meant."""

    settlement_currency: str | None = None
    in_the_us: bool = False
    confirmed_currencies: frozenset[str] = frozenset()
    """Beyond its table, those that the vendor confirmed to us."""
    forget_tokens: bool = False
    """Whether the vendor is told to forget a saved card."""


def pay_document(request: AuthorizeRequest, token: Secret, merchant: Merchant) -> Document:
    """`pay` with a saved card (3.6 b). Raises InvalidRequest."""
    return {
        **_head(request, merchant),
        "paymentMethod": {
            "paymentMethodType": "CARD",
            "paymentMethodId": write_text("paymentMethodId", token.reveal(), 2048, needed=True),
            "paymentMethodMetaData": _card(request, on_file=True),
        },
        "paymentFactor": _factor(request),
        **_tail(request, merchant),
        "paymentExpiryTime": write_moment("paymentExpiryTime", request.expires_at, within=PAY_EXPIRY_LIMIT),
    }


def session_document(request: AuthorizeRequest, merchant: Merchant) -> Document:
    """`createPaymentSession`: the buyer's app or browser presents the card (3.7). Raises InvalidRequest."""
    factor, card = _factor(request), _card(request, on_file=False)
    if request.save_card:
        # The newer word and the older one: an account that knows only one of them ignores the other (2.1).
        write_text("referenceBuyerId", request.order.buyer.reference, 64, needed=True)
        factor["storePaymentMethodForBuyer"] = True
        card["tokenize"] = True
    document = {
        **_head(request, merchant),
        "paymentMethod": {"paymentMethodType": "CARD", "paymentMethodMetaData": card},
        "paymentFactor": factor,
        **_tail(request, merchant),
    }
    expiry = write_moment("paymentSessionExpiryTime", request.expires_at, within=SESSION_EXPIRY_LIMIT)
    document["paymentSessionExpiryTime"] = expiry
    if request.expires_at < ports.now() + PAY_EXPIRY_LIMIT:
        # A payment submitted in the session's last minute ends with the session, so absence is final then (I15).
        document["paymentExpiryTime"] = expiry
    return document


def _head(request: AuthorizeRequest, merchant: Merchant) -> Document:
    if request.order.total != request.amount:
        raise InvalidRequest("orderAmount", "must equal paymentAmount")
    return {
        "productCode": "CASHIER_PAYMENT",
        "paymentRequestId": write_id("paymentRequestId", request.request_id),
        "order": write_order(request.order, us_merchant=merchant.in_the_us),
        "paymentAmount": write_amount("paymentAmount", request.amount),
    }


def _card(request: AuthorizeRequest, *, on_file: bool) -> Document:
    """3DS when we want it, and always when the issuer wants it (3.6)."""
    return {
        "isCardOnFile": on_file,
        "is3DSAuthentication": request.force_three_ds,
        "enableAuthenticationUpgrade": True,
    }


def _factor(request: AuthorizeRequest) -> Document:
    return {"isAuthorization": True, "captureMode": CaptureMode(request.capture_mode).value}


def _tail(request: AuthorizeRequest, merchant: Merchant) -> Document:
    return {
        "settlementStrategy": {"settlementCurrency": merchant.settlement_currency or request.amount.currency},
        "env": write_device(request.device),
        "paymentNotifyUrl": write_url("paymentNotifyUrl", request.notify_url),
        "paymentRedirectUrl": write_url("paymentRedirectUrl", request.return_url),
    }
