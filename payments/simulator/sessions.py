"""Payment sessions: an offer to pay that the buyer takes up in the card element (antom.md 3.7, 7.5)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64encode
from dataclasses import asdict
from typing import Any

from payments.simulator import clock, documents, forms, paying, standing, vault
from payments.simulator.desk import Desk
from payments.simulator.documents import Document
from payments.simulator.models import PaymentSession


def create_session(desk: Desk, form: forms.PayForm) -> Document:
    """The same answer for a repeat, so that a lost answer can be asked for again (antom.md 2.5, 3.7)."""
    if standing.payment_by_request(desk, form.request_id) is not None:
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
    terms = session.terms
    shown = {
        "paymentSessionConfig": {"productScene": "CASHIER_PAYMENT", "paymentMethodCategoryType": "CARD"},
        "paymentSessionFactor": {
            "paymentRequestId": session.request_id,
            "paymentAmount": documents.money(terms["currency"], terms["amount"]),
        },
    }
    return wrap(session.session_id, shown, secret)


def wrap(session_id: str, shown: dict[str, Any], secret: bytes) -> str:
    """`<token>&&SG&&111&&<base64 JSON>` (antom.md 7.5); the token names the session and proves that we issued it."""
    token = b64encode(f"{session_id}.".encode() + _session_mac(session_id, secret)).decode()
    return f"{token}&&SG&&111&&{b64encode(documents.encode(shown)).decode()}"


def session_token_is_ours(session_id: str, mac: bytes, secret: bytes) -> bool:
    return hmac.compare_digest(mac, _session_mac(session_id, secret))


def _session_mac(session_id: str, secret: bytes) -> bytes:
    return hmac.new(secret, b"session:" + session_id.encode(), hashlib.sha256).digest()


def submit(desk: Desk, form: forms.SubmitForm) -> Document:
    """The buyer's part: authorise what the session offered. A second submit reports the first."""
    session = PaymentSession.objects.get(client_id=desk.client_id, request_id=form.request_id)
    known = standing.payment_by_request(desk, form.request_id)
    if known is not None:
        return documents.pay_answer(known)
    terms = forms.PayForm(**session.terms)
    if session.expires_at <= desk.now or (terms.expires_at and clock.read(terms.expires_at) <= desk.now):
        return documents.result("ORDER_IS_CLOSED")
    card = form.card or vault.card_of_token(desk.client_id, terms.method_token)
    return documents.pay_answer(paying.open_payment(desk, terms, card))
