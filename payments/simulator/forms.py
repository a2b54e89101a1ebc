"""Reading the merchant's documents (antom.md 2 and 3): a raw dict becomes a small typed form or a refused field.

Forms are plain data without a card number, so that a form can wait in the database (`late`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from payments.simulator import cards, clock
from payments.simulator.cards import CardFacts, look_at
from payments.simulator.dispute_forms import DefenseForm, DisputeForm, EvidenceForm
from payments.simulator.fields import CURRENCY, Fields, Illegal
from payments.simulator.order_fields import read_address, read_env, read_order, read_terminal
from payments.simulator.vault_forms import BindForm, DeleteForm, InquireForm, VaultingForm

__all__ = ["Fields", "Illegal"]

_TWO_DIGITS = re.compile(r"[0-9]{2}")
PAYMENT_LIFE = timedelta(minutes=14)
SESSION_LIFE = timedelta(hours=1)
OWN_EXPIRY = timedelta(minutes=10)
_SLACK = timedelta(minutes=1)  # between two clocks, for "within the next hour" and the like


@dataclass(frozen=True, slots=True, kw_only=True)
class PayForm:
    """pay, and what a payment session promises to become (antom.md 3.6, 3.7). Amount in minor units; times ISO 8601."""

    request_id: str
    currency: str
    amount: int
    method_token: str
    card: CardFacts | None
    manual_capture: bool
    tokenize: bool
    notify_url: str
    expires_at: str  # paymentExpiryTime, "" when absent
    redirect_url: str = ""
    terminal: str = "WEB"
    asks_3ds: bool = False
    may_upgrade: bool = False  # enableAuthenticationUpgrade
    done_3ds: dict[str, str] = field(default_factory=dict)  # mpiData: 3DS that somebody else did
    earlier: str = ""  # networkTransactionId of the first payment of a series
    avs: str = ""  # letters of antom.md 6, as far as the document decides them
    cvv: str = ""
    session_expires_at: str = ""
    site: str = ""  # the address under which this simulator was called


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitForm:
    request_id: str
    card: CardFacts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureForm:
    request_id: str
    payment_id: str
    currency: str
    amount: int
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateForm:
    request_id: str
    payment_id: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundForm:
    request_id: str
    payment_id: str
    currency: str
    amount: int
    notify_url: str
    capture_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameForm:
    """cancel and the inquiries: one thing under either of its names; the provider's id wins."""

    request_id: str
    gateway_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultForm:
    currency: str
    allowed: list[str]
    blocked: list[str]
    request_id: str = ""


Form = (
    PayForm
    | SubmitForm
    | CaptureForm
    | UpdateForm
    | RefundForm
    | NameForm
    | DisputeForm
    | DefenseForm
    | EvidenceForm
    | ConsultForm
    | VaultingForm
    | BindForm
    | InquireForm
    | DeleteForm
)


def read_pay(document: dict[str, Any], secret: bytes) -> PayForm:
    """antom.md 3.6. Card data, when present, is turned into facts at once."""
    root = Fields(document)
    common = _read_common(root)
    terminal = read_env(root.child("env", required=True), required=True)
    details = root.child("paymentMethod", required=True).child("paymentMethodMetaData")
    card = None if common["method_token"] else read_card(details, secret, number_field="cardNo")
    return PayForm(**common, card=card, terminal=terminal, cvv=cards.cvv_letter(details.text("cvv", 4)))


def read_session(document: dict[str, Any], secret: bytes) -> PayForm:
    """antom.md 3.7."""
    root = Fields(document)
    common = _read_common(root)
    root.word("productScene", ("CHECKOUT_PAYMENT", "ELEMENT_PAYMENT", "EASY_PAY"))
    root.text("locale", 8)
    terminal = read_env(root.child("env"), required=False)
    life_ends = root.moment("paymentSessionExpiryTime")
    now = clock.now()
    if life_ends and not now < clock.read(life_ends) <= now + SESSION_LIFE + _SLACK:
        raise root.refuse("paymentSessionExpiryTime", "must lie within the next hour")
    session_ends = life_ends or (now + SESSION_LIFE).isoformat()
    return PayForm(**common, card=None, terminal=terminal or "WEB", session_expires_at=session_ends)


def read_capture(document: dict[str, Any], secret: bytes) -> CaptureForm:
    root = Fields(document)
    request_id, payment_id = root.id("captureRequestId"), root.text("paymentId", 64, required=True)
    currency, amount = root.amount("captureAmount")
    kind = root.word("captureType", ("FINAL", "NON_FINAL"))
    is_last = root.flag("isLastCapture") or kind == "FINAL"
    return CaptureForm(request_id=request_id, payment_id=payment_id, currency=currency, amount=amount, is_last=is_last)


def read_update(document: dict[str, Any], secret: bytes) -> UpdateForm:
    """antom.md 3.17."""
    root = Fields(document)
    request_id, payment_id = root.id("updateRequestId"), root.text("paymentId", 64, required=True)
    currency, amount = root.amount("amount")
    return UpdateForm(request_id=request_id, payment_id=payment_id, currency=currency, amount=amount)


def read_refund(document: dict[str, Any], secret: bytes) -> RefundForm:
    root = Fields(document)
    request_id, payment_id = root.id("refundRequestId"), root.text("paymentId", 64, required=True)
    currency, amount = root.amount("refundAmount")
    root.text("refundReason", 256)
    root.text("referenceRefundId", 64)
    return RefundForm(
        request_id=request_id,
        payment_id=payment_id,
        currency=currency,
        amount=amount,
        notify_url=root.url("refundNotifyUrl", 1024),
        capture_id=root.text("captureId", 64),
    )


def read_payment_name(document: dict[str, Any], secret: bytes) -> NameForm:
    return _read_name(Fields(document), "paymentRequestId", "paymentId")


def read_refund_name(document: dict[str, Any], secret: bytes) -> NameForm:
    return _read_name(Fields(document), "refundRequestId", "refundId")


def read_consult(document: dict[str, Any], secret: bytes) -> ConsultForm:
    """antom.md 3.16."""
    root = Fields(document)
    root.word("productCode", ("CASHIER_PAYMENT",), required=True)
    currency, _ = root.amount("paymentAmount")
    read_terminal(root.child("env", required=True), required=True)
    root.words("allowedPaymentMethodRegions")
    return ConsultForm(
        currency=currency,
        allowed=root.words("allowedPaymentMethods"),
        blocked=root.words("blockedPaymentMethods"),
    )


def read_card(fields: Fields, secret: bytes, *, number_field: str) -> CardFacts:
    """A typed-in card. Years may have two or four digits; month 13 is left to the card check."""
    number = fields.text(number_field, 32, required=True).replace(" ", "")
    month, year = fields.text("expiryMonth", 2, required=True), fields.text("expiryYear", 4, required=True)
    if not _TWO_DIGITS.fullmatch(month):
        raise fields.refuse("expiryMonth", "must be two digits")
    if not _TWO_DIGITS.fullmatch(year[-2:]) or len(year) not in (2, 4) or not year.isdigit():
        raise fields.refuse("expiryYear", "must be two digits")
    cvv = fields.text("cvv", 4)
    return look_at(number=number, month=month, year=year[-2:], cvv=cvv, secret=secret, today=clock.now())


def _read_common(root: Fields) -> dict[str, Any]:
    """What pay and createPaymentSession share, as arguments of PayForm."""
    root.word("productCode", ("CASHIER_PAYMENT",), required=True)
    request_id = root.id("paymentRequestId")
    order = root.child("order", required=True)
    read_order(order)
    currency, amount = root.amount("paymentAmount")
    method = root.child("paymentMethod", required=True)
    method.word("paymentMethodType", ("CARD",), required=True)
    token = method.text("paymentMethodId", 128)
    details = method.child("paymentMethodMetaData")
    details.flag("isCardOnFile")
    factor = root.child("paymentFactor", required=True)
    if not factor.flag("isAuthorization"):
        raise factor.refuse("isAuthorization", "must be true for cards")
    keep = factor.flag("storePaymentMethodForBuyer")
    if keep and not order.child("buyer").text("referenceBuyerId", 64):
        raise order.child("buyer").refuse("referenceBuyerId", "is required to store the card")
    settlement = root.child("settlementStrategy", required=True)
    if not CURRENCY.fullmatch(settlement.text("settlementCurrency", 3, required=True)):
        raise settlement.refuse("settlementCurrency", "must be three upper-case letters")
    for name in ("metadata", "passThroughMetadata"):
        root.text(name, 2048)
    return {
        "request_id": request_id,
        "currency": currency,
        "amount": amount,
        "method_token": token,
        "manual_capture": factor.word("captureMode", ("AUTOMATIC", "MANUAL")) == "MANUAL",
        "tokenize": details.flag("tokenize") or keep,
        "notify_url": root.url("paymentNotifyUrl"),
        "expires_at": _payment_expiry(root),
        "redirect_url": root.url("paymentRedirectUrl", required=True),
        **_read_authentication(details),
        "avs": cards.avs_letter(read_address(details.child("billingAddress"))),
    }


def _payment_expiry(root: Fields) -> str:
    """A time of the merchant's own is less than ten minutes away (antom.md 3.6)."""
    ends = root.moment("paymentExpiryTime")
    if ends and clock.read(ends) > clock.now() + OWN_EXPIRY + _SLACK:
        raise root.refuse("paymentExpiryTime", "must be less than 10 minutes away")
    return ends


def _read_authentication(details: Fields) -> dict[str, Any]:
    """Who does 3DS (antom.md 3.6): the gateway, somebody before it (MPI), or nobody because the buyer is away (MIT)."""
    mpi = details.child("mpiData")
    done = {name: text for name in ("threeDSVersion", "eci", "cavv", "dsTransactionId") if (text := mpi.text(name, 64))}
    asks = details.flag("is3DSAuthentication")
    if asks and done:
        raise mpi.refuse("eci", "is not allowed together with is3DSAuthentication")
    details.word("recurringType", ("SCHEDULED", "UNSCHEDULED"))
    return {
        "asks_3ds": asks,
        "may_upgrade": details.flag("enableAuthenticationUpgrade"),
        "done_3ds": done,
        "earlier": details.text("networkTransactionId", 256),
    }


def _read_name(root: Fields, ours: str, theirs: str) -> NameForm:
    form = NameForm(request_id=root.text(ours, 64), gateway_id=root.text(theirs, 64))
    if not form.request_id and not form.gateway_id:
        raise root.refuse(ours, f"or {theirs} is required")
    return form
