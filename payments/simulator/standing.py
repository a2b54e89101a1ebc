"""A payment as it stands: found, and what time, a refusal or a release has made of it (antom.md 5.1, 5.4)."""

from __future__ import annotations

from datetime import datetime

from payments.simulator import documents, switchboard
from payments.simulator.desk import Desk
from payments.simulator.forms import NameForm
from payments.simulator.models import Payment, Status
from payments.simulator.scenarios import Plan


def payment_by_request(desk: Desk, request_id: str) -> Payment | None:
    return find_payment(desk, NameForm(request_id=request_id, gateway_id=""))


def find_payment(desk: Desk, form: NameForm) -> Payment | None:
    """A payment as it stands now: what time has done to it is written down first."""
    named = {"payment_id": form.gateway_id} if form.gateway_id else {"request_id": form.request_id}
    payment = Payment.objects.filter(client_id=desk.client_id, **named).first()
    if payment is not None:
        let_time_pass(payment, desk.now)
    return payment


def let_time_pass(payment: Payment, now: datetime) -> None:
    if payment.status == Status.PROCESSING and payment.expires_at <= now:
        desk = Desk(payment.client_id, Plan.from_json(payment.plan), switchboard.knobs(), now=now)
        refuse(desk, payment, "ORDER_IS_CLOSED")
    ends = payment.auth_expires_at if payment.status == Status.SUCCESS else None
    if ends is not None and ends <= now and not payment.captures.exclude(status=Status.FAIL).exists():
        payment.lapsed = True
        release(payment, ends)


def release(payment: Payment, moment: datetime) -> None:
    payment.status = Status.CANCELLED
    payment.status_code = "ORDER_IS_CANCELED"
    payment.voided = payment.authorized - payment.captured
    payment.cancelled_at = moment
    payment.save()


def refuse(desk: Desk, payment: Payment, code: str) -> None:
    payment.status = Status.FAIL
    payment.result_code = payment.status_code = code
    payment.save()
    desk.announce(documents.payment_notification(payment), request_id=payment.request_id, url=payment.notify_url)
