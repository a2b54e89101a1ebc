"""Captures, ours and the provider's own (antom.md 3.11, 3.12, 5.3)."""

from __future__ import annotations

from django.db.models import Sum

from payments.simulator import documents, forms, routing, standing, switchboard
from payments.simulator.desk import Desk, note, schedule
from payments.simulator.documents import Document
from payments.simulator.models import Capture, Payment, Status
from payments.simulator.scenarios import Answer, Plan
from payments.simulator.switchboard import Knobs

_REVIEWED = {"PROCESSING": "ORDER_STATUS_INVALID", "REJECT": "RISK_REJECT"}  # taken only after ACCEPT


def capture(desk: Desk, form: forms.CaptureForm) -> Document:
    known = Capture.objects.filter(client_id=desk.client_id, request_id=form.request_id).first()
    if known is not None:
        same = (known.currency, known.amount) == (form.currency, form.amount)
        return documents.capture_answer(known) if same else documents.result("REPEAT_REQ_INCONSISTENT")
    payment = standing.find_payment(desk, forms.NameForm(request_id="", gateway_id=form.payment_id))
    refusal = desk.refusal or _why_not_capture(desk.knobs, payment, form)
    capture = Capture.objects.create(
        client_id=desk.client_id,
        parent=payment,
        request_id=form.request_id,
        asked_payment_id=form.payment_id,
        capture_id=desk.new_id("194010890100"),
        currency=form.currency,
        amount=form.amount,
        is_last=form.is_last,
        plan=desk.plan.without_outcome().as_json(),
        created_at=desk.now,
        status=Status.FAIL if refusal else Status.PROCESSING,
        result_code=refusal or "CAPTURE_IN_PROCESS",
    )
    if not refusal:
        _settle_or_wait(desk, capture)
    return documents.capture_answer(capture)


def _why_not_capture(knobs: Knobs, payment: Payment | None, form: forms.CaptureForm) -> str:
    """antom.md 3.11 and 5.3. Permissive: whatever is known and in its own currency."""
    if payment is None:
        return "AUTH_NOT_FOUND"
    if payment.currency != form.currency:
        return "CURRENCY_NOT_SUPPORT"
    if knobs.permissive:
        return ""
    if payment.status == Status.CANCELLED:
        return "AUTH_EXPIRED" if payment.lapsed else "AUTH_CANCELLED" if payment.paid_at else "ORDER_IS_CANCELED"
    if payment.status != Status.SUCCESS or not payment.manual_capture:
        return "ORDER_STATUS_INVALID"
    if payment.review_status in _REVIEWED:
        return _REVIEWED[payment.review_status]
    taken = payment.captures.exclude(status=Status.FAIL)
    if knobs.capture_rule == "up_to":
        if taken.filter(is_last=True).exists():
            return "ORDER_STATUS_INVALID"
        total = taken.aggregate(total=Sum("amount"))["total"] or 0
        return "CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT" if total + form.amount > payment.authorized else ""
    if taken.exists():
        return "MULTI_CAPTURE_NOT_SUPPORTED"
    if form.amount > payment.authorized:
        return "CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT"
    return "PARAM_ILLEGAL" if form.amount < payment.authorized else ""


def _settle_or_wait(desk: Desk, capture: Capture) -> None:
    if desk.pending:
        then = "SUCCESS" if desk.plan.then == "S" else desk.plan.code or "PROCESS_FAIL"
        schedule("settle_capture", capture.pk, desk.later(desk.plan.wait(desk.knobs.time_scale)), code=then)
    else:
        settle_capture(desk, capture, desk.refusal or "SUCCESS")


def settle_capture(desk: Desk, capture: Capture, code: str) -> None:
    payment = capture.parent
    if payment is None:
        return
    capture.status = Status.SUCCESS if code == "SUCCESS" else Status.FAIL
    capture.result_code = code
    capture.done_at = desk.now
    capture.save()
    if code == "SUCCESS":
        payment.captured += capture.amount
        if capture.is_last and payment.captured < payment.authorized:
            payment.voided = payment.authorized - payment.captured
        payment.save()
    desk.announce(documents.capture_notification(capture), request_id=capture.request_id, url=payment.notify_url)


def expect_automatic_capture(desk: Desk, payment: Payment) -> None:
    """Some Korean routes have no capture step: there it is taken as it is authorised (antom.md 5.3)."""
    if payment.acquirer in routing.WITHOUT_CAPTURE:
        auto_capture(payment)
    elif not payment.manual_capture:
        wait = desk.knobs.auto_capture_seconds / desk.knobs.time_scale
        schedule("auto_capture", payment.pk, desk.later(wait))


def auto_capture(payment: Payment) -> None:
    """The provider's own act: `AUTO_<paymentId>`, notified like any other capture (antom.md 3.12)."""
    if payment.status != Status.SUCCESS or payment.captures.exclude(status=Status.FAIL).exists():
        return
    request_id = f"AUTO_{payment.payment_id}"
    plan = switchboard.claim("autoCapture", request_id)
    desk = Desk(payment.client_id, plan or Plan.from_json(payment.plan), switchboard.knobs())
    desk.alters = desk.plan.card.answer is Answer.OTHER_AMOUNT
    capture = capture_unasked(desk, payment, request_id, payment.authorized)
    note(payment.client_id, "autoCapture", request_id, capture.result_code, plan.scenario if plan else "")


def capture_unasked(desk: Desk, payment: Payment, request_id: str, amount: int) -> Capture:
    """A capture that no merchant asked for."""
    capture = Capture.objects.create(
        client_id=payment.client_id,
        parent=payment,
        request_id=request_id,
        asked_payment_id=payment.payment_id,
        capture_id=desk.new_id("194010890100"),
        currency=payment.currency,
        amount=amount,
        plan=desk.plan.without_outcome().as_json(),
        created_at=desk.now,
        status=Status.PROCESSING,
        result_code="CAPTURE_IN_PROCESS",
    )
    _settle_or_wait(desk, capture)
    return capture
