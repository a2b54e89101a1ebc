"""Facts about a refund from `refundStatus`: `inquiryRefund` and the message REFUND_RESULT (antom.md 3.14, 3.15)."""

from __future__ import annotations

from collections.abc import Mapping

from payments.gateways.antom.amounts import read_amount
from payments.gateways.antom.document import Document, Unreadable
from payments.gateways.antom.meaning import failure, reported
from payments.gateways.antom.operations import Operation
from payments.gateways.antom.read_details import read_details
from payments.gateways.antom.result import read_result
from payments.gateways.antom.tolerant import (
    read_free_text,
    read_id,
    read_moment,
    read_needed_id,
    read_object,
    read_text,
    read_value,
)
from payments.gateways.base import Approved, Category, Declined, Fact, Kind, Outcome, PaymentRef, Pending

_STATUS: Mapping[str, Outcome] = {
    "SUCCESS": Approved(),
    "PROCESSING": Pending(),
    "FAIL": Declined("FAIL", Category.TRY_AGAIN),
}


def read_refund_status(refund_request_id: str, document: Document, payment: PaymentRef) -> Fact:
    """A successful inquiryRefund (3.14). Raises Unreadable when it is not about our refund or cannot be understood."""
    if read_needed_id(document, "refundRequestId") != refund_request_id:
        raise Unreadable("refundRequestId is not ours")
    outcome = _STATUS.get(read_text(document, "refundStatus", 64))
    if outcome is None:
        raise Unreadable("refundStatus is missing or unknown")
    return _refund(document, payment, refund_request_id, outcome)


def read_refund_result(document: Document) -> Fact:
    """`refundStatus` beats `result`; a FAIL after a SUCCESS is a reversal, which the core decides (3.15)."""
    outcome = _notified_outcome(document)
    request_id = read_id(document, "refundRequestId")
    if request_id is None and read_id(document, "refundId") is None:
        raise Unreadable("refundRequestId is missing")
    if isinstance(outcome, Approved):
        read_amount(document, "refundAmount", needed=True)
    payment = PaymentRef(
        request_id=read_id(document, "paymentRequestId"), gateway_reference=read_id(document, "paymentId")
    )
    return _refund(document, payment, request_id, outcome)


def _notified_outcome(document: Document) -> Outcome:
    if read_value(document, "refundStatus") is None:
        return reported(Operation.REFUND, read_result(document))
    status = read_text(document, "refundStatus", 64)
    if status == "FAIL":
        result = read_object(document, "result")
        refused = read_text(result, "resultStatus") == "F"
        code = read_text(result, "resultCode", 64) if refused else ""
        return failure(Operation.REFUND, code, read_free_text(result, "resultMessage"))
    if status not in _STATUS:
        raise Unreadable("refundStatus is unknown")
    return _STATUS[status]


def _refund(document: Document, payment: PaymentRef, request_id: str | None, outcome: Outcome) -> Fact:
    return Fact(
        payment=payment,
        kind=Kind.REFUND,
        request_id=request_id,
        gateway_reference=read_id(document, "refundId"),
        outcome=outcome,
        amount=read_amount(document, "refundAmount"),
        occurred_at=read_moment(document, "refundTime"),
        details=read_details(document),
    )
