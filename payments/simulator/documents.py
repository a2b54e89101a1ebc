"""Writing the provider's documents from rows (antom.md 3 and 6). Pure of side effects."""

from __future__ import annotations

import json
from typing import Any

from payments.simulator import buyer_actions, card_details, clock
from payments.simulator.models import Capture, Increase, Payment, Refund, Status
from payments.simulator.routing import acquirer_info

Document = dict[str, Any]

UNKNOWN_CODES = frozenset(
    {
        "PAYMENT_IN_PROCESS",
        "CAPTURE_IN_PROCESS",
        "REFUND_IN_PROCESS",
        "VERIFICATION_IN_PROCESS",
        "UNKNOWN_EXCEPTION",
        "REQUEST_TRAFFIC_EXCEED_LIMIT",
    }
)
_MESSAGES = {
    "SUCCESS": "success.",
    "INVALID_SIGNATURE": "The signature is invalid.",
    "UNKNOWN_EXCEPTION": "An API calling is failed, which is caused by unknown reasons.",
    "ORDER_NOT_EXIST": "The order does not exist.",
    "VAULTING_NOT_EXIST": "The vaulting does not exist.",
}


def result(code: str, message: str = "") -> Document:
    """{"result": {…}}: S for SUCCESS, U for the codes that say unknown or running, F for the rest (antom.md 2.4)."""
    status = "S" if code == "SUCCESS" else "U" if code in UNKNOWN_CODES else "F"
    text = message or _MESSAGES.get(code) or code.replace("_", " ").lower()
    return {"result": {"resultCode": code, "resultStatus": status, "resultMessage": text[:256]}}


def pay_answer(payment: Payment) -> Document:
    facts = _payment_facts(payment, succeeded=payment.result_code == "SUCCESS")
    return {**result(payment.result_code), **facts, **buyer_actions.in_answer(payment)}


def payment_inquiry(payment: Payment) -> Document:
    return {
        **result("SUCCESS"),
        "paymentStatus": payment.status,
        "paymentResultCode": payment.status_code,
        "paymentResultMessage": result(payment.status_code)["result"]["resultMessage"],
        **_payment_facts(payment, succeeded=payment.paid_at is not None),
        **_review_facts(payment),
        **buyer_actions.in_inquiry(payment),
        "transactions": transactions(payment),
    }


def payment_notification(payment: Payment) -> Document:
    return {
        "notifyType": "PAYMENT_RESULT",
        **result(payment.result_code),
        **_payment_facts(payment, succeeded=payment.result_code == "SUCCESS"),
        **_review_facts(payment),
        "paymentMethodType": "CARD",
    }


def pending_notification(payment: Payment) -> Document:
    """The buyer has finished; the S in it does not mean paid (antom.md 3.9)."""
    return {
        "notifyType": "PAYMENT_PENDING",
        **result("SUCCESS"),
        **_payment_facts(payment, succeeded=False),
        "paymentMethodType": "CARD",
    }


def cancel_answer(payment: Payment) -> Document:
    return {
        **result("SUCCESS"),
        "paymentId": payment.payment_id,
        "paymentRequestId": payment.request_id,
        "cancelTime": clock.stamp(payment.cancelled_at or payment.created_at),
        "acquirerInfo": acquirer_info(payment.acquirer, "VOID", payment.payment_id),
    }


def capture_answer(capture: Capture) -> Document:
    document = {**result(capture.result_code), "captureRequestId": capture.request_id}
    if capture.parent is None or capture.status == Status.FAIL:
        return document
    return {**document, **_capture_facts(capture)}


def capture_notification(capture: Capture) -> Document:
    return {
        "notifyType": "CAPTURE_RESULT",
        **result(capture.result_code),
        "captureRequestId": capture.request_id,
        **_capture_facts(capture),
    }


def refund_answer(refund: Refund) -> Document:
    """The same answer for ever, also after a reversal."""
    document = {**result(refund.result_code), "refundRequestId": refund.request_id}
    if refund.parent is None or (refund.status == Status.FAIL and not refund.reversed_at):
        return document
    return {**document, **_refund_facts(refund)}


def refund_inquiry(refund: Refund) -> Document:
    return {
        **result("SUCCESS"),
        "refundStatus": refund.status,
        "refundRequestId": refund.request_id,
        **_refund_facts(refund),
    }


def refund_notification(refund: Refund) -> Document:
    return {
        "notifyType": "REFUND_RESULT",
        **result(_code_now(refund)),
        "refundStatus": refund.status,
        "refundRequestId": refund.request_id,
        **_refund_facts(refund),
    }


def increase_answer(increase: Increase) -> Document:
    return {**result(increase.result_code), **_increase_facts(increase)}


def increase_notification(increase: Increase) -> Document:
    payment = increase.parent
    told = {"notifyType": "UPDATE_AMOUNT_RESULT", **increase_answer(increase)}
    if payment is not None:
        told["paymentRequestId"] = payment.request_id
        told["acquirerInfo"] = acquirer_info(payment.acquirer, "INC", increase.update_id)
    if payment is not None and payment.auth_expires_at and increase.status == Status.SUCCESS:
        told["authExpiryTime"] = clock.stamp(payment.auth_expires_at)
    return told


def transactions(payment: Payment) -> list[Document]:
    """Everything that was asked of one payment, oldest first (antom.md 3.8)."""
    rows = [_authorization(payment)]
    for increase in payment.increases.order_by("pk"):
        rows.append(_transaction("INCREMENTAL", increase.update_id, increase.request_id, increase, payment))
    for capture in payment.captures.order_by("pk"):
        rows.append(_transaction("CAPTURE", capture.capture_id, capture.request_id, capture, payment))
    for refund in payment.refunds.order_by("pk"):
        rows.append(_transaction("REFUND", refund.refund_id, refund.request_id, refund, payment))
    if payment.cancelled_at is not None:
        rows.append(_release(payment))
    return rows


def with_other_amount(document: Document) -> Document:
    """The same document, every money amount one unit higher."""
    changed = {}
    for name, value in document.items():
        if isinstance(value, dict) and value.keys() == {"currency", "value"}:
            value = {**value, "value": str(int(value["value"]) + 1)}
        changed[name] = value
    return changed


def encode(document: Document) -> bytes:
    """The bytes that are signed and sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def money(currency: str, minor: int) -> Document:
    return {"currency": currency, "value": str(minor)}


def _payment_facts(payment: Payment, *, succeeded: bool) -> Document:
    facts: Document = {
        "paymentRequestId": payment.request_id,
        "paymentId": payment.payment_id,
        "paymentAmount": money(payment.currency, payment.amount),
        "paymentCreateTime": clock.stamp(payment.created_at),
    }
    if succeeded and payment.paid_at and payment.auth_expires_at:
        facts["paymentTime"] = clock.stamp(payment.paid_at)
        facts["authExpiryTime"] = clock.stamp(payment.auth_expires_at)
        facts["acquirerReferenceNo"] = "73" + payment.payment_id[-21:]
    facts["paymentResultInfo"] = card_details.result_info(payment, succeeded=succeeded)
    facts["acquirerInfo"] = acquirer_info(payment.acquirer, "PAY", payment.payment_id)
    if succeeded:
        facts["acquirerInfo"] |= {"acquirerResultCode": "00", "acquirerResultMessage": "Approved"}
    elif payment.status == Status.FAIL:
        facts["acquirerInfo"] |= {"acquirerResultCode": "05", "acquirerResultMessage": "Not approved"}
    return facts


def _review_facts(payment: Payment) -> Document:
    """Manual review after the authorization (antom.md 3.8)."""
    if not payment.review_status:
        return {}
    ruled = {"PROCESSING": "REVIEW"}.get(payment.review_status, payment.review_status)
    risk = {"riskAuthDecision": "ACCEPT", "riskDecision": "REVIEW", "postRiskDecision": ruled}
    return {
        "authReviewStatus": payment.review_status,
        "authReviewSource": "ANTOM_SHIELD",
        "popRiskDecisionResultInfo": risk,
    }


def _code_now(move: Capture | Refund | Increase) -> str:
    return "PROCESS_FAIL" if isinstance(move, Refund) and move.reversed_at else move.result_code


def _authorization(payment: Payment) -> Document:
    status = Status.SUCCESS if payment.paid_at else payment.status
    return {
        "transactionType": "AUTHORIZATION",
        "transactionStatus": status,
        "transactionId": payment.payment_id,
        "transactionRequestId": payment.request_id,
        "transactionAmount": money(payment.currency, payment.amount),
        "transactionTime": clock.stamp(payment.paid_at or payment.created_at),
        "transactionResult": result(payment.result_code)["result"],
        "acquirerInfo": acquirer_info(payment.acquirer, "PAY", payment.payment_id),
    }


def _transaction(
    kind: str, own_id: str, request_id: str, move: Capture | Refund | Increase, payment: Payment
) -> Document:
    return {
        "transactionType": kind,
        "transactionStatus": move.status,
        "transactionId": own_id,
        "transactionRequestId": request_id,
        "transactionAmount": money(move.currency, move.amount),
        "transactionTime": clock.stamp(move.done_at or move.created_at),
        "transactionResult": result(_code_now(move))["result"],
        "acquirerInfo": acquirer_info(payment.acquirer, kind[:3], own_id),
    }


def _release(payment: Payment) -> Document:
    """VOID of an authorization (ours or by lapse), CANCEL of an order that was never paid; no request id exists."""
    moment = payment.cancelled_at or payment.created_at
    return {
        "transactionType": "VOID" if payment.paid_at else "CANCEL",
        "transactionStatus": Status.SUCCESS,
        "transactionAmount": money(payment.currency, payment.voided or payment.amount),
        "transactionTime": clock.stamp(moment),
        "transactionResult": result("SUCCESS")["result"],
        "acquirerInfo": acquirer_info(payment.acquirer, "VOID", payment.payment_id),
    }


def _capture_facts(capture: Capture) -> Document:
    payment = capture.parent
    facts = {
        "captureId": capture.capture_id,
        "paymentId": capture.asked_payment_id,
        "captureAmount": money(capture.currency, capture.amount),
        "acquirerReferenceNo": "74" + capture.capture_id[-21:],
        "acquirerInfo": acquirer_info(payment.acquirer if payment else "", "CAP", capture.capture_id),
    }
    return {**facts, "captureTime": clock.stamp(capture.done_at)} if capture.done_at else facts


def _increase_facts(increase: Increase) -> Document:
    return {
        "updateRequestId": increase.request_id,
        "paymentId": increase.asked_payment_id,
        "amount": money(increase.currency, increase.amount),
    }


def _refund_facts(refund: Refund) -> Document:
    payment = refund.parent
    facts = {
        "refundId": refund.refund_id,
        "paymentId": refund.asked_payment_id,
        "refundAmount": money(refund.currency, refund.amount),
        "acquirerReferenceNo": "75" + refund.refund_id[-21:],
        "acquirerInfo": acquirer_info(payment.acquirer if payment else "", "REF", refund.refund_id),
    }
    if refund.status == Status.SUCCESS or refund.reversed_at:
        facts["arn"] = "74" + refund.refund_id[-21:]
    return {**facts, "refundTime": clock.stamp(refund.done_at)} if refund.done_at else facts
