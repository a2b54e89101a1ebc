"""Payments: authorise, look up, cancel (antom.md 3.6 to 3.10, 5.1, 5.4)."""

from __future__ import annotations

import secrets
from datetime import timedelta

from payments.simulator import (
    capturing,
    cards,
    clock,
    documents,
    forms,
    routing,
    standing,
    switchboard,
    three_ds,
    vault,
)
from payments.simulator.cards import CardFacts
from payments.simulator.desk import Desk, schedule
from payments.simulator.documents import Document
from payments.simulator.models import OPEN, Payment, Status
from payments.simulator.scenarios import Plan

RISK_AMOUNT = 11


def pay(desk: Desk, form: forms.PayForm) -> Document:
    known = standing.payment_by_request(desk, form.request_id)
    if known is not None:
        same = (known.currency, known.amount, known.method_token) == (form.currency, form.amount, form.method_token)
        return documents.pay_answer(known) if same else documents.result("REPEAT_REQ_INCONSISTENT")
    card = form.card or vault.card_of_token(desk.client_id, form.method_token)
    return documents.pay_answer(open_payment(desk, form, card))


def open_payment(desk: Desk, form: forms.PayForm, card: CardFacts | None) -> Payment:
    """Write the payment, decide it, and set in motion what follows."""
    payment = _write_payment(desk, form, card)
    refusal = _why_refused(desk, payment, form, card)
    if refusal or card is None:
        standing.refuse(desk, payment, refusal or "INVALID_PAYMENT_METHOD_META_DATA")
    elif three_ds.needs_challenge(desk, form, card):
        three_ds.open_challenge(desk, payment, form)
    else:
        three_ds.without_challenge(payment, form, card)
        _decide(desk, payment)
    return payment


def _decide(desk: Desk, payment: Payment) -> None:
    """The bank says yes, or nothing yet."""
    if not (desk.pending or desk.pending_status):
        authorize(desk, payment)
        return
    if desk.pending_status:
        payment.status = Status.PENDING
    payment.save()
    if desk.pending_status:
        document = documents.pending_notification(payment)
        desk.announce(document, request_id=payment.request_id, url=payment.notify_url)
    then = "SUCCESS" if desk.plan.then == "S" else desk.plan.code or "DO_NOT_HONOR"
    schedule("settle_payment", payment.pk, desk.later(desk.plan.wait(desk.knobs.time_scale)), code=then)
    schedule("close_payment", payment.pk, payment.expires_at)


def _write_payment(desk: Desk, form: forms.PayForm, card: CardFacts | None) -> Payment:
    payment = Payment(
        client_id=desk.client_id,
        request_id=form.request_id,
        payment_id=desk.new_id("194010800100"),
        currency=form.currency,
        amount=form.amount,
        manual_capture=form.manual_capture and not cards.is_automatic_only(card),
        method_token=form.method_token,
        tokenize=form.tokenize and not form.method_token,
        redirect_url=form.redirect_url,
        notify_url=form.notify_url,
        plan=desk.plan.without_outcome().as_json(),
        created_at=desk.now,
        expires_at=clock.read(form.expires_at) if form.expires_at else desk.now + forms.PAYMENT_LIFE,
        status=Status.PROCESSING,
        result_code="PAYMENT_IN_PROCESS",
        status_code="PAYMENT_IN_PROCESS",
    )
    if card is not None:
        for name in ("brand", "last4", "expiry_month", "expiry_year", "fingerprint", "behaviour"):
            setattr(payment, name, getattr(card, name))
        payment.traits = cards.traits_of(card)
        payment.avs_result = card.avs or form.avs or "U"
        said = card.cvv_said or form.cvv
        payment.cvv_result = (card.cvv or said) if said else "X"
    payment.tried = routing.route(
        brand=payment.brand,
        currency=payment.currency,
        amount=payment.amount,
        reference=payment.payment_id,
        mode=desk.knobs.routing,
    )
    payment.acquirer = payment.tried[-1]
    payment.save()
    return payment


def _why_refused(desk: Desk, payment: Payment, form: forms.PayForm, card: CardFacts | None) -> str:
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
    return cards.refusal_of(card.behaviour) or three_ds.why_refused(form, card)


def authorize(desk: Desk, payment: Payment) -> None:
    payment.status = Status.SUCCESS
    payment.result_code = payment.status_code = "SUCCESS"
    payment.authorized = payment.amount
    payment.paid_at = desk.now
    payment.auth_expires_at = desk.now + timedelta(days=desk.knobs.hold_days)
    payment.network_transaction_id = f"{secrets.randbelow(10**15):015d}"
    payment.authorization_code = f"{secrets.randbelow(10**6):06d}"
    payment.review_status = "PROCESSING" if desk.review else ""
    if payment.tokenize:
        payment.card_token = vault.mint_token(payment.client_id, vault.facts_of(payment)).token
    payment.save()
    desk.announce(documents.payment_notification(payment), request_id=payment.request_id, url=payment.notify_url)
    if not desk.review:
        capturing.expect_automatic_capture(desk, payment)
    elif desk.plan.seconds is not None:
        decision = "ACCEPT" if desk.plan.then == "S" else "REJECT"
        schedule("decide_review", payment.pk, desk.later(desk.plan.seconds), decision=decision)


def settle_payment(payment: Payment, code: str) -> bool:
    """An open payment ends. False when it had ended already."""
    standing.let_time_pass(payment, clock.now())
    if payment.status not in OPEN:
        return False
    desk = Desk(payment.client_id, Plan.from_json(payment.plan), switchboard.knobs())
    if code == "SUCCESS":
        authorize(desk, payment)
    else:
        standing.refuse(desk, payment, code)
    return True


def inquire_payment(desk: Desk, form: forms.NameForm) -> Document:
    payment = standing.find_payment(desk, form)
    return documents.payment_inquiry(payment) if payment else documents.result("ORDER_NOT_EXIST")


def cancel(desk: Desk, form: forms.NameForm) -> Document:
    """antom.md 3.10, 5.4: whole, before capture, no notification."""
    payment = standing.find_payment(desk, form)
    if payment is None:
        return documents.result("ORDER_NOT_EXIST")
    if payment.status == Status.CANCELLED:
        return documents.result("CANCEL_WINDOW_EXCEED") if payment.lapsed else documents.cancel_answer(payment)
    busy = payment.captures.exclude(status=Status.FAIL).exists()
    if payment.status == Status.FAIL or (busy and not desk.knobs.permissive):
        return documents.result("ORDER_STATUS_INVALID")
    if payment.status in OPEN:
        payment.result_code = "ORDER_IS_CANCELED"
    standing.release(payment, desk.now)
    return documents.cancel_answer(payment)
