"""Refunds (antom.md 3.13 to 3.15)."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Sum

from payments.simulator import documents, forms, standing
from payments.simulator.desk import Desk, schedule
from payments.simulator.documents import Document
from payments.simulator.models import Payment, Refund, Status


def refund(desk: Desk, form: forms.RefundForm) -> Document:
    known = Refund.objects.filter(client_id=desk.client_id, request_id=form.request_id).first()
    if known is not None:
        same = (known.currency, known.amount) == (form.currency, form.amount)
        return documents.refund_answer(known) if same else documents.result("REPEAT_REQ_INCONSISTENT")
    payment = standing.find_payment(desk, forms.NameForm(request_id="", gateway_id=form.payment_id))
    refusal = desk.refusal or _why_not_refund(desk, payment, form)
    refund = Refund.objects.create(
        client_id=desk.client_id,
        parent=payment,
        request_id=form.request_id,
        asked_payment_id=form.payment_id,
        refund_id=desk.new_id("194010801300"),
        currency=form.currency,
        amount=form.amount,
        notify_url=form.notify_url,
        plan=desk.plan.without_outcome().as_json(),
        created_at=desk.now,
        status=Status.FAIL if refusal else Status.PROCESSING,
        result_code=refusal or "REFUND_IN_PROCESS",
    )
    if not refusal and desk.pending:
        then = "SUCCESS" if desk.plan.then == "S" else desk.plan.code or "PROCESS_FAIL"
        schedule("settle_refund", refund.pk, desk.later(desk.plan.wait(desk.knobs.time_scale)), code=then)
    elif not refusal:
        settle_refund(desk, refund, "SUCCESS")
    return documents.refund_answer(refund)


def _why_not_refund(desk: Desk, payment: Payment | None, form: forms.RefundForm) -> str:
    """antom.md 3.13, 5.4: only captured money, in time, never more than is left, what is under way counted in."""
    if payment is None:
        return "ORDER_NOT_EXIST"
    if payment.currency != form.currency:
        return "CURRENCY_NOT_SUPPORT"
    if desk.knobs.permissive:
        return ""
    if payment.status == Status.CANCELLED:
        return "ORDER_IS_CANCELED"
    if payment.captured == 0:
        return "ORDER_STATUS_INVALID"
    if form.capture_id and not payment.captures.filter(capture_id=form.capture_id, status=Status.SUCCESS).exists():
        return "PARAM_ILLEGAL"
    if payment.paid_at and desk.now >= payment.paid_at + timedelta(days=desk.knobs.refund_days):
        return "REFUND_WINDOW_EXCEED"
    given = payment.refunds.exclude(status=Status.FAIL).aggregate(total=Sum("amount"))["total"] or 0
    return "REFUND_AMOUNT_EXCEED" if given + form.amount > payment.captured else ""


def settle_refund(desk: Desk, refund: Refund, code: str) -> None:
    payment = refund.parent
    if payment is None:
        return
    refund.status = Status.SUCCESS if code == "SUCCESS" else Status.FAIL
    refund.result_code = code
    refund.done_at = desk.now
    refund.save()
    if code == "SUCCESS":
        payment.refunded += refund.amount
        payment.save()
    desk.announce(documents.refund_notification(refund), request_id=refund.request_id, url=refund.notify_url)


def refund_unasked(desk: Desk, payment: Payment, request_id: str, amount: int, notify_url: str) -> Refund:
    """A refund that somebody made in the provider's dashboard."""
    refund = Refund.objects.create(
        client_id=payment.client_id,
        parent=payment,
        request_id=request_id,
        asked_payment_id=payment.payment_id,
        refund_id=desk.new_id("194010801300"),
        currency=payment.currency,
        amount=amount,
        notify_url=notify_url,
        created_at=desk.now,
        status=Status.PROCESSING,
        result_code="REFUND_IN_PROCESS",
    )
    settle_refund(desk, refund, "SUCCESS")
    return refund


def reverse(desk: Desk, refund: Refund) -> None:
    """SUCCESS becomes FAIL: the money is the merchant's again (antom.md 3.15)."""
    payment = refund.parent
    if payment is None:
        return
    refund.status, refund.reversed_at = Status.FAIL, desk.now
    refund.save()
    payment.refunded -= refund.amount
    payment.save()
    desk.announce(documents.refund_notification(refund), request_id=refund.request_id, url=refund.notify_url)


def inquire_refund(desk: Desk, form: forms.NameForm) -> Document:
    refunds = Refund.objects.filter(client_id=desk.client_id)
    named = {"refund_id": form.gateway_id} if form.gateway_id else {"request_id": form.request_id}
    refund = refunds.filter(**named).first()
    return documents.refund_inquiry(refund) if refund else documents.result("ORDER_NOT_EXIST")
