"""Reading the merchant's documents (antom.md 2 and 3): a raw dict becomes a small typed form or a refused field.

Forms are plain data without a card number, so that a form can wait in the database (`late`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from payments.simulator import clock
from payments.simulator.cards import CardFacts, look_at

ID = re.compile(r"[A-Za-z0-9_-]+")
_CURRENCY = re.compile(r"[A-Z]{3}")
_AMOUNT = re.compile(r"[1-9][0-9]{0,15}")
_TWO_DIGITS = re.compile(r"[0-9]{2}")
PAYMENT_LIFE = timedelta(minutes=14)
SESSION_LIFE = timedelta(hours=1)
_SLACK = timedelta(minutes=1)  # between two clocks, for "within the next hour"


class Illegal(Exception):
    """PARAM_ILLEGAL: the text names the field by its path in the document."""


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
    session_expires_at: str = ""


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
class RefundForm:
    request_id: str
    payment_id: str
    currency: str
    amount: int
    notify_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NameForm:
    """cancel and the inquiries: one thing under either of its names; the provider's id wins."""

    request_id: str
    gateway_id: str


Form = PayForm | SubmitForm | CaptureForm | RefundForm | NameForm


class Fields:
    """One JSON object with its path, read field by field; absent and null mean the same (antom.md 2.1)."""

    def __init__(self, values: dict[str, Any], path: str = "") -> None:
        self.values = values
        self.path = path

    def name(self, field: str) -> str:
        return f"{self.path}.{field}" if self.path else field

    def refuse(self, field: str, why: str) -> Illegal:
        return Illegal(f"{self.name(field)} {why}")

    def text(self, field: str, most: int, *, required: bool = False) -> str:
        value = self.values.get(field)
        if value is None or value == "":
            if required:
                raise self.refuse(field, "is required")
            return ""
        if not isinstance(value, str):
            raise self.refuse(field, "must be a string")
        if len(value) > most:
            raise self.refuse(field, f"must have at most {most} characters")
        return value

    def id(self, field: str, *, required: bool = True) -> str:
        value = self.text(field, 64, required=required)
        if value and not ID.fullmatch(value):
            raise self.refuse(field, "must consist of letters, digits, _ and -")
        return value

    def word(self, field: str, allowed: tuple[str, ...], *, required: bool = False) -> str:
        value = self.text(field, 64, required=required).upper()
        if value and value not in allowed:
            raise self.refuse(field, f"must be one of {', '.join(allowed)}")
        return value

    def flag(self, field: str) -> bool:
        """true and "true" alike."""
        value = self.values.get(field)
        if value in (None, "", False, "false"):
            return False
        if value in (True, "true"):
            return True
        raise self.refuse(field, "must be true or false")

    def integer(self, field: str, low: int, high: int) -> int | None:
        value = self.values.get(field)
        if value is None or value == "":
            return None
        try:
            number = int(value) if isinstance(value, str) else value
        except ValueError:
            raise self.refuse(field, "must be an integer") from None
        if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
            raise self.refuse(field, f"must be an integer from {low} to {high}")
        return number

    def child(self, field: str, *, required: bool = False) -> Fields:
        value = self.values.get(field)
        if value is None:
            if required:
                raise self.refuse(field, "is required")
            return Fields({}, self.name(field))
        if not isinstance(value, dict):
            raise self.refuse(field, "must be an object")
        return Fields(value, self.name(field))

    def children(self, field: str, most: int) -> list[Fields]:
        value = self.values.get(field) or []
        if not isinstance(value, list) or len(value) > most:
            raise self.refuse(field, f"must be a list of at most {most}")
        if not all(isinstance(item, dict) for item in value):
            raise self.refuse(field, "must hold objects")
        return [Fields(item, f"{self.name(field)}[{index}]") for index, item in enumerate(value)]

    def url(self, field: str, most: int = 2048, *, required: bool = False) -> str:
        value = self.text(field, most, required=required)
        try:
            parts = urlsplit(value)
        except ValueError:
            raise self.refuse(field, "must be a URL") from None
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise self.refuse(field, "must be an absolute http(s) URL")
        return value

    def moment(self, field: str) -> str:
        value = self.text(field, 64)
        try:
            return clock.read(value).isoformat() if value else ""
        except ValueError:
            raise self.refuse(field, "must be ISO 8601 with an offset") from None

    def amount(self, field: str) -> tuple[str, int]:
        """(currency, minor units) under the grammar of antom.md 2.2."""
        pair = self.child(field, required=True)
        currency = pair.text("currency", 3, required=True)
        value = pair.text("value", 16, required=True)
        if not _CURRENCY.fullmatch(currency):
            raise pair.refuse("currency", "must be three upper-case letters")
        if not _AMOUNT.fullmatch(value):
            raise pair.refuse("value", "must be 1 to 16 digits, positive, without leading zeros")
        if currency == "IDR" and int(value) % 100:
            raise pair.refuse("value", "must be a multiple of 100 for IDR")
        return currency, int(value)


def read_pay(document: dict[str, Any], secret: bytes) -> PayForm:
    """antom.md 3.6. Card data, when present, is turned into facts at once."""
    root = Fields(document)
    common = _read_common(root)
    _read_env(root.child("env", required=True), required=True)
    method = root.child("paymentMethod", required=True)
    token, card = common["method_token"], None
    details = method.child("paymentMethodMetaData")
    if not token:
        card = read_card(details, secret, number_field="cardNo")
    return PayForm(**common, card=card)


def read_session(document: dict[str, Any], secret: bytes) -> PayForm:
    """antom.md 3.7."""
    root = Fields(document)
    common = _read_common(root)
    root.word("productScene", ("CHECKOUT_PAYMENT", "ELEMENT_PAYMENT", "EASY_PAY"))
    root.text("locale", 8)
    if "env" in document:
        _read_env(root.child("env"), required=False)
    life_ends = root.moment("paymentSessionExpiryTime")
    now = clock.now()
    if life_ends and not now < clock.read(life_ends) <= now + SESSION_LIFE + _SLACK:
        raise root.refuse("paymentSessionExpiryTime", "must lie within the next hour")
    return PayForm(**common, card=None, session_expires_at=life_ends or (now + SESSION_LIFE).isoformat())


def read_capture(document: dict[str, Any], secret: bytes) -> CaptureForm:
    root = Fields(document)
    request_id, payment_id = root.id("captureRequestId"), root.text("paymentId", 64, required=True)
    currency, amount = root.amount("captureAmount")
    kind = root.word("captureType", ("FINAL", "NON_FINAL"))
    is_last = root.flag("isLastCapture") or kind == "FINAL"
    return CaptureForm(request_id=request_id, payment_id=payment_id, currency=currency, amount=amount, is_last=is_last)


def read_refund(document: dict[str, Any], secret: bytes) -> RefundForm:
    root = Fields(document)
    request_id, payment_id = root.id("refundRequestId"), root.text("paymentId", 64, required=True)
    currency, amount = root.amount("refundAmount")
    root.text("refundReason", 256)
    root.text("referenceRefundId", 64)
    root.text("captureId", 64)
    notify_url = root.url("refundNotifyUrl", 1024)
    return RefundForm(
        request_id=request_id, payment_id=payment_id, currency=currency, amount=amount, notify_url=notify_url
    )


def read_payment_name(document: dict[str, Any], secret: bytes) -> NameForm:
    return _read_name(Fields(document), "paymentRequestId", "paymentId")


def read_refund_name(document: dict[str, Any], secret: bytes) -> NameForm:
    return _read_name(Fields(document), "refundRequestId", "refundId")


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
    _read_order(order)
    currency, amount = root.amount("paymentAmount")
    method = root.child("paymentMethod", required=True)
    method.word("paymentMethodType", ("CARD",), required=True)
    token = method.text("paymentMethodId", 128)
    details = method.child("paymentMethodMetaData")
    details.flag("isCardOnFile")
    details.flag("is3DSAuthentication")
    factor = root.child("paymentFactor", required=True)
    if not factor.flag("isAuthorization"):
        raise factor.refuse("isAuthorization", "must be true for cards")
    keep = factor.flag("storePaymentMethodForBuyer")
    if keep and not order.child("buyer").text("referenceBuyerId", 64):
        raise order.child("buyer").refuse("referenceBuyerId", "is required to store the card")
    settlement = root.child("settlementStrategy", required=True)
    if not _CURRENCY.fullmatch(settlement.text("settlementCurrency", 3, required=True)):
        raise settlement.refuse("settlementCurrency", "must be three upper-case letters")
    root.url("paymentRedirectUrl", required=True)
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
        "expires_at": root.moment("paymentExpiryTime"),
    }


_GOODS = {"goodsCategory": 64, "goodsBrand": 32, "goodsUrl": 2048}
_BUYER = {"referenceBuyerId": 64, "buyerPhoneNo": 24, "buyerEmail": 64}
_SHIPPING = {"shippingPhoneNo": 16, "shipToEmail": 64, "shippingCarrier": 128}
_NAME = {"firstName": 32, "middleName": 32, "lastName": 32, "fullName": 128}
_ADDRESS = {"region": 2, "state": 8, "city": 32, "address1": 256, "address2": 256, "zipCode": 32}


def _read_order(order: Fields) -> None:
    order.text("referenceOrderId", 64, required=True)
    order.text("orderDescription", 256, required=True)
    order.amount("orderAmount")
    for goods in order.children("goods", 100):
        goods.text("referenceGoodsId", 64, required=True)
        goods.text("goodsName", 256, required=True)
        _within(goods, _GOODS)
    _within(order.child("buyer"), _BUYER)
    _within(order.child("buyer").child("buyerName"), _NAME)
    shipping = order.child("shipping")
    _within(shipping, _SHIPPING)
    _within(shipping.child("shippingName"), _NAME)
    _within(shipping.child("shippingAddress"), _ADDRESS)


def _within(fields: Fields, lengths: dict[str, int]) -> None:
    for field, most in lengths.items():
        fields.text(field, most)


def _read_env(env: Fields, *, required: bool) -> None:
    terminal = env.word("terminalType", ("WEB", "WAP", "APP", "MINI_APP"), required=required)
    env.word("osType", ("IOS", "ANDROID"), required=required and terminal != "WEB")
    env.text("clientIp", 64, required=required)
    depth = env.integer("colorDepth", 1, 48)
    if depth is not None and depth not in (1, 4, 8, 15, 16, 24, 30, 32, 48):
        raise env.refuse("colorDepth", "must be 1, 4, 8, 15, 16, 24, 30, 32 or 48")
    env.integer("screenHeight", 1, 100_000)
    env.integer("screenWidth", 1, 100_000)
    env.integer("timeZoneOffset", -720, 720)
    env.text("deviceBrand", 64)
    env.text("deviceModel", 128)
    env.text("extendInfo", 2048)


def _read_name(root: Fields, ours: str, theirs: str) -> NameForm:
    form = NameForm(request_id=root.text(ours, 64), gateway_id=root.text(theirs, 64))
    if not form.request_id and not form.gateway_id:
        raise root.refuse(ours, f"or {theirs} is required")
    return form
