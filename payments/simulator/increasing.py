"""updateAmount: the hold of an authorization grows (antom.md 3.17).

No page says so: `amount` is the whole new hold, the payment's own amount stays as it was, and the refusals are ours.
"""

from __future__ import annotations

from datetime import timedelta

from payments.simulator import documents, forms, standing
from payments.simulator.desk import Desk, schedule
from payments.simulator.documents import Document
from payments.simulator.models import Increase, Payment, Status


def update_amount(desk: Desk, form: forms.UpdateForm) -> Document:
    known = Increase.objects.filter(client_id=desk.client_id, request_id=form.request_id).first()
    if known is not None:
        same = (known.currency, known.amount) == (form.currency, form.amount)
        return documents.increase_answer(known) if same else documents.result("REPEAT_REQ_INCONSISTENT")
    payment = standing.find_payment(desk, forms.NameForm(request_id="", gateway_id=form.payment_id))
    refusal = desk.refusal or _why_not_at_all(payment, form) or (_why_not(payment, form.amount) if payment else "")
    increase = _write(desk, payment, form, refusal)
    if not refusal and desk.pending:
        then = "SUCCESS" if desk.plan.then == "S" else desk.plan.code or "PROCESS_FAIL"
        schedule("settle_increase", increase.pk, desk.later(desk.plan.wait(desk.knobs.time_scale)), code=then)
    elif not refusal:
        settle_increase(desk, increase, "SUCCESS")
    return documents.increase_answer(increase)


def increase_unasked(desk: Desk, payment: Payment, request_id: str, amount: int) -> Increase:
    """Somebody at the provider does it, whatever the card's programme."""
    form = forms.UpdateForm(
        request_id=request_id, payment_id=payment.payment_id, currency=payment.currency, amount=amount
    )
    increase = _write(desk, payment, form, "")
    settle_increase(desk, increase, "SUCCESS")
    return increase


def settle_increase(desk: Desk, increase: Increase, code: str) -> None:
    """What was captured or released meanwhile does not grow any more."""
    payment = increase.parent
    if payment is None:
        return
    code = _why_not(payment, increase.amount) or code if code == "SUCCESS" else code
    increase.status = Status.SUCCESS if code == "SUCCESS" else Status.FAIL
    increase.result_code = code
    increase.done_at = desk.now
    increase.save()
    if code == "SUCCESS":
        payment.authorized = increase.amount
        payment.auth_expires_at = desk.now + timedelta(days=desk.knobs.hold_days)
        payment.save()
    desk.announce(documents.increase_notification(increase), request_id=increase.request_id, url=payment.notify_url)


def _write(desk: Desk, payment: Payment | None, form: forms.UpdateForm, refusal: str) -> Increase:
    return Increase.objects.create(
        client_id=desk.client_id,
        parent=payment,
        request_id=form.request_id,
        asked_payment_id=form.payment_id,
        update_id=desk.new_id("194010891700"),
        currency=form.currency,
        amount=form.amount,
        plan=desk.plan.without_outcome().as_json(),
        created_at=desk.now,
        status=Status.FAIL if refusal else Status.PROCESSING,
        result_code=refusal or "PAYMENT_IN_PROCESS",
    )


def _why_not_at_all(payment: Payment | None, form: forms.UpdateForm) -> str:
    if payment is None:
        return "ORDER_NOT_EXIST"
    if payment.currency != form.currency:
        return "CURRENCY_NOT_SUPPORT"
    return "" if payment.traits.get("incremental") else "PAYMENT_METHOD_NOT_SUPPORTED"


def _why_not(payment: Payment, amount: int) -> str:
    """Only a hold that nobody has touched grows."""
    if payment.status == Status.CANCELLED:
        return "ORDER_IS_CANCELED"
    if payment.status != Status.SUCCESS or payment.captures.exclude(status=Status.FAIL).exists():
        return "ORDER_STATUS_INVALID"
    return "PARAM_ILLEGAL" if amount <= payment.authorized else ""
