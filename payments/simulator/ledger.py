"""The provider's books: every operation that reads or moves simulated money, each in one atomic block.

SQLite runs in IMMEDIATE mode, so a block that writes has the books for itself: read, decide and write without races.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from payments.simulator import (
    capturing,
    clock,
    consulting,
    disputing,
    documents,
    forms,
    increasing,
    paying,
    refunding,
    sessions,
    standing,
    switchboard,
    vault,
    vault_forms,
    vaulting,
)
from payments.simulator.desk import Desk
from payments.simulator.documents import Document
from payments.simulator.models import Payment, PaymentSession, Refund, Status, Vaulting
from payments.simulator.scenarios import Answer, Outcome, Plan

_OPERATIONS: dict[str, Callable[[Desk, Any], Document]] = {
    "pay": paying.pay,
    "createPaymentSession": sessions.create_session,
    "submit": sessions.submit,
    "inquiryPayment": paying.inquire_payment,
    "capture": capturing.capture,
    "cancel": paying.cancel,
    "refund": refunding.refund,
    "inquiryRefund": refunding.inquire_refund,
    "updateAmount": increasing.update_amount,
    "consult": consulting.consult,
    "acceptDispute": disputing.accept,
    "supplyDefenseDocument": disputing.defend,
    "downloadDisputeEvidence": disputing.download,
    "createVaultingSession": vaulting.create_session,
    "bind": vaulting.bind,
    "inquireVaulting": vaulting.inquire,
    "deleteToken": vaulting.delete_token,
}


_REFUSABLE = frozenset(  # a refusal is repeated for ever
    {"pay", "submit", "capture", "refund", "updateAmount", "createVaultingSession", "bind"}
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A document for the wire, and the notifications that must leave before it."""

    document: Document
    first: list[int] = field(default_factory=list)

    @property
    def code(self) -> str:
        return str(self.document["result"]["resultCode"])


@transaction.atomic
def perform(operation: str, client_id: str, form: forms.Form, plan: Plan, secret: bytes) -> Reply:
    """Do one operation under a plan. `secret` belongs to the client and authenticates session tokens."""
    desk = Desk(client_id, plan, switchboard.knobs(), secret)
    desk.answering = True
    desk.alters = operation == "submit" and plan.card.answer is Answer.OTHER_AMOUNT
    refusal = plan.code if plan.card.outcome is Outcome.DECLINE else ""
    if refusal and (refusal in documents.UNKNOWN_CODES or operation not in _REFUSABLE):
        return Reply(documents.result(refusal))
    return Reply(_OPERATIONS[operation](desk, form), desk.first)


def name_of(client_id: str, form: forms.Form) -> str:
    """The merchant's id of the thing a request is about, also when it named ours."""
    if isinstance(form, forms.NameForm) and form.gateway_id:
        payment = Payment.objects.filter(client_id=client_id, payment_id=form.gateway_id).first()
        refund = None if payment else Refund.objects.filter(client_id=client_id, refund_id=form.gateway_id).first()
        found = payment or refund
        return found.request_id if found else form.request_id
    if isinstance(form, vault_forms.DeleteForm):
        bound = Vaulting.objects.filter(client_id=client_id, token__token=form.token).first()
        return bound.request_id if bound else ""
    return form.request_id


def behaviour_behind(client_id: str, form: forms.Form) -> str:
    """What the card of a pay, submit or bind request is known for: "", "refused" or a scenario."""
    if isinstance(form, forms.SubmitForm) and form.card is None:
        session = PaymentSession.objects.filter(client_id=client_id, request_id=form.request_id).first()
        card = vault.card_of_token(client_id, session.terms["method_token"]) if session else None
    elif isinstance(form, forms.PayForm | forms.SubmitForm | vault_forms.BindForm):
        card = form.card or vault.card_of_token(client_id, getattr(form, "method_token", ""))
    else:
        card = None
    return card.behaviour if card else ""


@transaction.atomic
def books(client_id: str = "", payment_request_id: str = "") -> list[dict[str, Any]]:
    """What the provider believes, newest last; sessions that nobody submitted are not in it."""
    rows = Payment.objects.order_by("pk").prefetch_related("captures", "refunds", "increases", "disputes")
    rows = rows.filter(client_id=client_id) if client_id else rows
    rows = rows.filter(request_id=payment_request_id) if payment_request_id else rows
    found = list(rows)
    for payment in found:
        standing.let_time_pass(payment, clock.now())
    return [_page(payment) for payment in found]


def _page(payment: Payment) -> dict[str, Any]:
    return {
        "client_id": payment.client_id,
        "payment_request_id": payment.request_id,
        "payment_id": payment.payment_id,
        "currency": payment.currency,
        "authorized": payment.authorized,
        "captured": payment.captured,
        "voided": payment.voided,
        "refunded": payment.refunded,
        "status": payment.status,
        "review": payment.review_status,
        "acquirers": payment.tried,
        "captures": [
            {"capture_request_id": c.request_id, "capture_id": c.capture_id, "amount": c.amount, "status": c.status}
            for c in payment.captures.all()
        ],
        "refunds": [
            {
                "refund_request_id": r.request_id,
                "refund_id": r.refund_id,
                "amount": r.amount,
                "status": r.status,
                "reversed": r.reversed_at is not None,
            }
            for r in payment.refunds.all()
        ],
        "increases": [
            {"update_request_id": i.request_id, "update_id": i.update_id, "amount": i.amount, "status": i.status}
            for i in payment.increases.all()
        ],
        "disputes": [
            {
                "dispute_id": d.dispute_id,
                "amount": d.amount,
                "type": d.kind,
                "reason_code": d.reason_code,
                "status": d.stage,
                "result": d.result,
                "due": clock.stamp(d.due_at),
            }
            for d in payment.disputes.all()
        ],
    }


@transaction.atomic
def expire_hold(request_id: str) -> bool:
    """Make an authorization lapse now. False when no such hold stands."""
    payment = Payment.objects.filter(request_id=request_id, status=Status.SUCCESS, captured=0).first()
    if payment is None:
        return False
    payment.auth_expires_at = clock.now()
    standing.let_time_pass(payment, payment.auth_expires_at)
    return payment.lapsed


@transaction.atomic
def forget_refund(request_id: str) -> bool:
    """Break the books on purpose: a refund disappears together with its money."""
    refund = Refund.objects.filter(request_id=request_id).first()
    if refund is None:
        return False
    if refund.parent is not None and refund.status == Status.SUCCESS:
        refund.parent.refunded -= refund.amount
        refund.parent.save()
    refund.delete()
    return True
