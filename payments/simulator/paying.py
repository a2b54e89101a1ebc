"""Payments and payment sessions: authorise, look up, cancel, lapse (antom.md 3.6 to 3.10, 5.1, 5.4)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64encode
from dataclasses import asdict
from datetime import datetime, timedelta

from payments.simulator import cards, clock, documents, forms, switchboard, vault
from payments.simulator.cards import CardFacts
from payments.simulator.desk import Desk, schedule
from payments.simulator.documents import Document
from payments.simulator.models import Payment, PaymentSession, Status
from payments.simulator.scenarios import Plan

RISK_AMOUNT = 11


def pay(desk: Desk, form: forms.PayForm) -> Document:
    known = payment_by_request(desk, form.request_id)
    if known is not None:
        same = (known.currency, known.amount, known.method_token) == (form.currency, form.amount, form.method_token)
        return documents.pay_answer(known) if same else documents.result("REPEAT_REQ_INCONSISTENT")
    card = form.card or vault.card_of_token(desk.client_id, form.method_token)
    return documents.pay_answer(_open_payment(desk, form, card))


def create_session(desk: Desk, form: forms.PayForm) -> Document:
    """The same answer for a repeat, so that a lost answer can be asked for again (antom.md 2.5, 3.7)."""
    if payment_by_request(desk, form.request_id) is not None:
        return documents.result("REPEAT_REQ_INCONSISTENT")
    session, fresh = PaymentSession.objects.get_or_create(
        client_id=desk.client_id,
        request_id=form.request_id,
        defaults={
            "session_id": secrets.token_urlsafe(30),
            "terms": asdict(form),
            "expires_at": clock.read(form.session_expires_at),
        },
    )
    terms = session.terms
    if not fresh and (terms["currency"], terms["amount"]) != (form.currency, form.amount):
        return documents.result("REPEAT_REQ_INCONSISTENT")
    return {
        **documents.result("SUCCESS"),
        "paymentSessionData": session_data(session, desk.secret),
        "paymentSessionId": session.session_id,
        "paymentSessionExpiryTime": clock.stamp(session.expires_at),
    }


def session_data(session: PaymentSession, secret: bytes) -> str:
    """`<token>&&SG&&111&&<base64 JSON>` (antom.md 7.5); the token names the session and proves that we issued it."""
    token = b64encode(f"{session.session_id}.".encode() + _session_mac(session.session_id, secret)).decode()
    terms = session.terms
    shown = {
        "paymentSessionConfig": {"productScene": "CASHIER_PAYMENT", "paymentMethodCategoryType": "CARD"},
        "paymentSessionFactor": {
            "paymentRequestId": session.request_id,
            "paymentAmount": documents.money(terms["currency"], terms["amount"]),
        },
    }
    return f"{token}&&SG&&111&&{b64encode(documents.encode(shown)).decode()}"


def session_token_is_ours(session_id: str, mac: bytes, secret: bytes) -> bool:
    return hmac.compare_digest(mac, _session_mac(session_id, secret))


def _session_mac(session_id: str, secret: bytes) -> bytes:
    return hmac.new(secret, b"session:" + session_id.encode(), hashlib.sha256).digest()


def submit(desk: Desk, form: forms.SubmitForm) -> Document:
    """The buyer's part: authorise what the session offered. A second submit reports the first."""
    session = PaymentSession.objects.get(client_id=desk.client_id, request_id=form.request_id)
    known = payment_by_request(desk, form.request_id)
    if known is not None:
        return documents.pay_answer(known)
    terms = forms.PayForm(**session.terms)
    if session.expires_at <= desk.now or (terms.expires_at and clock.read(terms.expires_at) <= desk.now):
        return documents.result("ORDER_IS_CLOSED")
    card = form.card or vault.card_of_token(desk.client_id, terms.method_token)
    return documents.pay_answer(_open_payment(desk, terms, card))


def _open_payment(desk: Desk, form: forms.PayForm, card: CardFacts | None) -> Payment:
    """Write the payment, decide it, and set in motion what follows."""
    expires_at = clock.read(form.expires_at) if form.expires_at else desk.now + forms.PAYMENT_LIFE
    payment = Payment(
        client_id=desk.client_id,
        request_id=form.request_id,
        payment_id=desk.new_id("194010800100"),
        currency=form.currency,
        amount=form.amount,
        manual_capture=form.manual_capture,
        method_token=form.method_token,
        tokenize=form.tokenize and not form.method_token,
        notify_url=form.notify_url,
        plan=desk.plan.without_outcome().as_json(),
        created_at=desk.now,
        expires_at=expires_at,
        status=Status.PROCESSING,
        result_code="PAYMENT_IN_PROCESS",
        status_code="PAYMENT_IN_PROCESS",
    )
    if card is not None:
        for name in ("brand", "last4", "expiry_month", "expiry_year", "fingerprint", "behaviour", "cvv_given"):
            setattr(payment, name, getattr(card, name))
    payment.save()
    refusal = _why_refused(desk, payment, card)
    if refusal:
        refuse(desk, payment, refusal)
    elif desk.pending:
        then = "SUCCESS" if desk.plan.then == "S" else desk.plan.code or "DO_NOT_HONOR"
        wait = desk.plan.wait(desk.knobs.time_scale)
        schedule("settle_payment", payment.pk, desk.later(wait), code=then)
        schedule("close_payment", payment.pk, expires_at)
    else:
        authorize(desk, payment)
    return payment


def _why_refused(desk: Desk, payment: Payment, card: CardFacts | None) -> str:
    """Result code of a refusal, "" to go on; the vendor's magic values are antom.md 8."""
    if payment.expires_at <= desk.now:
        return "ORDER_IS_CLOSED"
    if desk.refusal:
        return desk.refusal
    if card is None:
        return "INVALID_PAYMENT_METHOD_META_DATA"
    if payment.amount == RISK_AMOUNT:
        return "RISK_REJECT"
    if card.refusal or cards.expired(card.expiry_month, card.expiry_year, desk.now):
        return card.refusal or "INVALID_EXPIRATION_DATE"
    return cards.refusal_of(card.behaviour)


def authorize(desk: Desk, payment: Payment) -> None:
    payment.status = Status.SUCCESS
    payment.result_code = payment.status_code = "SUCCESS"
    payment.authorized = payment.amount
    payment.paid_at = desk.now
    payment.auth_expires_at = desk.now + timedelta(days=desk.knobs.hold_days)
    payment.network_transaction_id = f"{secrets.randbelow(10**15):015d}"
    if payment.tokenize:
        payment.card_token = vault.mint_token(payment.client_id, vault.facts_of(payment)).token
    payment.save()
    desk.announce(documents.payment_notification(payment), request_id=payment.request_id, url=payment.notify_url)
    if not payment.manual_capture:
        wait = desk.knobs.auto_capture_seconds / desk.knobs.time_scale
        schedule("auto_capture", payment.pk, desk.later(wait))


def refuse(desk: Desk, payment: Payment, code: str) -> None:
    payment.status = Status.FAIL
    payment.result_code = payment.status_code = code
    payment.save()
    desk.announce(documents.payment_notification(payment), request_id=payment.request_id, url=payment.notify_url)


def inquire_payment(desk: Desk, form: forms.NameForm) -> Document:
    payment = find_payment(desk, form)
    return documents.payment_inquiry(payment) if payment else documents.result("ORDER_NOT_EXIST")


def cancel(desk: Desk, form: forms.NameForm) -> Document:
    """antom.md 3.10, 5.4: whole, before capture, no notification."""
    payment = find_payment(desk, form)
    if payment is None:
        return documents.result("ORDER_NOT_EXIST")
    if payment.status == Status.CANCELLED:
        return documents.result("CANCEL_WINDOW_EXCEED") if payment.lapsed else documents.cancel_answer(payment)
    busy = payment.captures.exclude(status=Status.FAIL).exists()
    if payment.status == Status.FAIL or (busy and not desk.knobs.permissive):
        return documents.result("ORDER_STATUS_INVALID")
    if payment.status == Status.PROCESSING:
        payment.result_code = "ORDER_IS_CANCELED"
    _void(payment, desk.now)
    return documents.cancel_answer(payment)


def _void(payment: Payment, moment: datetime) -> None:
    payment.status = Status.CANCELLED
    payment.status_code = "ORDER_IS_CANCELED"
    payment.voided = payment.authorized - payment.captured
    payment.cancelled_at = moment
    payment.save()


def payment_by_request(desk: Desk, request_id: str) -> Payment | None:
    return find_payment(desk, forms.NameForm(request_id=request_id, gateway_id=""))


def find_payment(desk: Desk, form: forms.NameForm) -> Payment | None:
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
        _void(payment, ends)
