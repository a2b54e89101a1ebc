"""Captures, cancels, refunds and inquiries, whole and exact (antom.md 3.8 to 3.14)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.gateways.antom.write_follow_ups import (
    cancel_document,
    capture_document,
    inquiry_document,
    refund_document,
    refund_inquiry_document,
)
from payments.gateways.base import CancelRequest, InvalidRequest, PaymentRef
from tests.gateways.antom.examples import CANCEL, CAPTURE, INQUIRY, PAYMENT_ID, REF, REFUND, REQUEST_ID


def test_follow_up_documents():
    assert capture_document(CAPTURE) == {
        "captureRequestId": "CAP_20260105_0001",
        "paymentId": PAYMENT_ID,
        "captureAmount": {"currency": "EUR", "value": "30000"},
    }
    assert cancel_document(CANCEL) == {"paymentId": PAYMENT_ID}
    silent = PaymentRef(request_id=REQUEST_ID, gateway_reference=None)
    assert cancel_document(replace(CANCEL, payment=silent)) == {"paymentRequestId": REQUEST_ID}
    assert inquiry_document(INQUIRY) == {"paymentId": PAYMENT_ID}
    assert refund_document(REFUND) == {
        "refundRequestId": "REF_20260105_0001",
        "paymentId": PAYMENT_ID,
        "captureId": "cap-1",
        "refundAmount": {"currency": "EUR", "value": "10000"},
        "refundReason": "size",
        "refundNotifyUrl": "https://shop.example/notify/antom/refund/",
    }
    assert refund_inquiry_document("REF_1") == {"refundRequestId": "REF_1"}


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("isLastCapture", lambda: capture_document(replace(CAPTURE, final=False))),
        ("paymentId", lambda: capture_document(replace(CAPTURE, payment=replace(REF, gateway_reference=None)))),
        ("paymentId", lambda: refund_document(replace(REFUND, payment=replace(REF, gateway_reference=None)))),
        ("paymentId", lambda: cancel_document(CancelRequest(request_id="x", payment=long_reference()))),
        ("paymentRequestId", lambda: cancel_document(CancelRequest(request_id="x", payment=nameless()))),
        ("captureId", lambda: refund_document(replace(REFUND, capture_reference="x" * 65))),
        ("refundReason", lambda: refund_document(replace(REFUND, reason="x" * 257))),
        ("refundNotifyUrl", lambda: refund_document(replace(REFUND, notify_url="https://" + "x" * 1024))),
        ("refundRequestId", lambda: refund_inquiry_document("a/b")),
    ],
)
def test_what_a_follow_up_would_be_refused_for(field, make):
    with pytest.raises(InvalidRequest) as caught:
        make()
    assert caught.value.field == field


def long_reference() -> PaymentRef:
    return PaymentRef(request_id=None, gateway_reference="x" * 65)


def nameless() -> PaymentRef:
    return PaymentRef(request_id=None, gateway_reference=None)
