"""3DS: when the buyer must prove who they are, where, and what is known afterwards (antom.md 3.6 and 6)."""

from __future__ import annotations

import secrets
import uuid
from base64 import b64encode
from typing import Any

from payments.simulator import cards
from payments.simulator.cards import CardFacts
from payments.simulator.desk import Desk, schedule
from payments.simulator.forms import PayForm
from payments.simulator.models import Challenge, Payment

VERSION = "2.2.0"
_MASTERCARD = ("MASTERCARD", "MAESTRO")


def why_refused(form: PayForm, card: CardFacts) -> str:
    """An issuer that wants 3DS takes no payment without it, unless the gateway may ask for it by itself."""
    missing = card.behaviour == cards.WANTS_3DS and not (form.asks_3ds or form.done_3ds or form.earlier)
    return "AUTHENTICATION_REQUIRED" if missing and not form.may_upgrade else ""


def needs_challenge(desk: Desk, form: PayForm, card: CardFacts) -> bool:
    if desk.challenge:
        return True
    if card.behaviour == cards.EXEMPT:
        return False
    upgraded = card.behaviour == cards.WANTS_3DS and not (form.done_3ds or form.earlier)
    return form.asks_3ds or upgraded


def open_challenge(desk: Desk, payment: Payment, form: PayForm) -> None:
    """The payment stays PROCESSING until the page is answered or the order closes."""
    Challenge.objects.create(
        parent=payment,
        token=secrets.token_urlsafe(32),
        site=form.site,
        by_form=desk.plan.scenario == "challenge_form",
        in_app=form.terminal == "APP",
        then_code="SUCCESS" if desk.plan.then == "S" else desk.plan.code or "DO_NOT_HONOR",
        created_at=desk.now,
    )
    schedule("close_payment", payment.pk, payment.expires_at)


def without_challenge(payment: Payment, form: PayForm, card: CardFacts) -> None:
    """What is known of 3DS when nobody was asked: an exemption, or the result that the merchant brought along."""
    if form.done_3ds:
        payment.three_ds = {"threeDSVersion": VERSION, **form.done_3ds, "challenged": False}
    elif card.behaviour == cards.EXEMPT and form.asks_3ds:
        payment.exemption = "lowValue"
        payment.three_ds = {
            "threeDSVersion": VERSION,
            "eci": _eci(payment.brand, passed=False),
            "challenged": False,
            "exemptionType": payment.exemption,
        }


def passed(brand: str) -> dict[str, Any]:
    return {**_asked(brand, passed=True), "cavv": b64encode(secrets.token_bytes(20)).decode(), "paResStatus": "Y"}


def failed(brand: str) -> dict[str, Any]:
    return {**_asked(brand, passed=False), "threeDStransactionStatusReason": "01", "paResStatus": "N"}


def abandoned(brand: str) -> dict[str, Any]:
    return {**_asked(brand, passed=False), "challengeCancel": "01", "paResStatus": "N"}


def _asked(brand: str, *, passed: bool) -> dict[str, Any]:
    return {
        "threeDSVersion": VERSION,
        "eci": _eci(brand, passed=passed),
        "dsTransactionId": str(uuid.uuid4()),
        "challenged": True,
        "threeDSOffered": True,
    }


def _eci(brand: str, *, passed: bool) -> str:
    if brand in _MASTERCARD:
        return "02" if passed else "00"
    return "05" if passed else "07"
