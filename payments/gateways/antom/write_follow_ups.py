"""Documents about a payment that exists: capture, cancel, refund and the inquiries (antom.md 3.8 to 3.14)."""

from __future__ import annotations

from payments.gateways.antom.amounts import write_amount
from payments.gateways.antom.document import Document
from payments.gateways.antom.exact import without_empty, write_id, write_text, write_url
from payments.gateways.base import (
    CancelRequest,
    CaptureRequest,
    InquiryRequest,
    InvalidRequest,
    PaymentRef,
    RefundRequest,
)


def capture_document(request: CaptureRequest) -> Document:
    """`capture`: once, all of it (3.11, 5.3). Raises InvalidRequest."""
    if not request.final:
        raise InvalidRequest("isLastCapture", "Antom captures once")
    return {
        "captureRequestId": write_id("captureRequestId", request.request_id),
        "paymentId": write_text("paymentId", request.payment.gateway_reference or "", 64, needed=True),
        "captureAmount": write_amount("captureAmount", request.amount),
    }


def cancel_document(request: CancelRequest) -> Document:
    """`cancel`: by the provider's id when known, else by ours (3.10). Raises InvalidRequest."""
    return _payment_named(request.payment)


def refund_document(request: RefundRequest) -> Document:
    """`refund` (3.13). Raises InvalidRequest."""
    return without_empty(
        {
            "refundRequestId": write_id("refundRequestId", request.request_id),
            "paymentId": write_text("paymentId", request.payment.gateway_reference or "", 64, needed=True),
            "captureId": write_text("captureId", request.capture_reference or "", 64),
            "refundAmount": write_amount("refundAmount", request.amount),
            "refundReason": write_text("refundReason", request.reason, 256),
            "refundNotifyUrl": write_url("refundNotifyUrl", request.notify_url, 1024),
        }
    )


def inquiry_document(request: InquiryRequest) -> Document:
    """`inquiryPayment` (3.8). Raises InvalidRequest."""
    return _payment_named(request.payment)


def refund_inquiry_document(refund_request_id: str) -> Document:
    """`inquiryRefund` (3.14). Raises InvalidRequest."""
    return {"refundRequestId": write_id("refundRequestId", refund_request_id)}


def _payment_named(payment: PaymentRef) -> Document:
    if payment.gateway_reference:
        return {"paymentId": write_text("paymentId", payment.gateway_reference, 64)}
    return {"paymentRequestId": write_id("paymentRequestId", payment.request_id)}
