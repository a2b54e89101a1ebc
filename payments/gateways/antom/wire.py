"""Antom's documents and words (antom.md 2 and 3): plain data in, documents out; documents in, facts out.

Exact when writing: a value that the provider would refuse raises InvalidRequest before a byte is sent. Tolerant when
reading: names in any case, booleans and integers as text, null as absent, unknown fields ignored; but a value that
carries meaning and cannot be read raises Unreadable, which never means failed (I12). The provider's words stop here.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

from core import ports
from core.money import Money, exponent
from core.sealing import Secret
from payments.gateways.base import (
    Address,
    Approved,
    AuthorizeRequest,
    BuyerFacts,
    CancelRequest,
    CaptureMode,
    CaptureRequest,
    CardFacts,
    Category,
    Declined,
    Details,
    DeviceFacts,
    Fact,
    InquiryRequest,
    InvalidRequest,
    Kind,
    LineFacts,
    Name,
    NotAttempted,
    OrderFacts,
    Outcome,
    PaymentRef,
    Pending,
    Redirect,
    RefundRequest,
    SdkSession,
    ShippingFacts,
    Unknown,
)

Document: TypeAlias = dict[str, Any]

ACKNOWLEDGEMENT = b'{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}'
"""What the provider counts as received (section 4)."""

PAY_EXPIRY_LIMIT = timedelta(minutes=10)
SESSION_EXPIRY_LIMIT = timedelta(hours=1)


class Unreadable(ValueError):
    """A document that cannot be understood. The text names the field and holds nothing of the document."""


class Operation(StrEnum):
    """The path after `/ams/api/v1/`."""

    PAY = "payments/pay"
    SESSION = "payments/createPaymentSession"
    CAPTURE = "payments/capture"
    CANCEL = "payments/cancel"
    REFUND = "payments/refund"
    PAYMENT_INQUIRY = "payments/inquiryPayment"
    REFUND_INQUIRY = "payments/inquiryRefund"


def path_of(operation: str, client_id: str) -> str:
    """The path that is sent and signed: sandbox clients have one more segment (1.1)."""
    prefix = "/ams/sandbox/api" if client_id.startswith("SANDBOX_") else "/ams/api"
    return f"{prefix}/v1/{operation}"


# --- words: what a result code means, per operation -----------------------------------------------------------------


class Word(StrEnum):
    """The meaning of one row of a code table."""

    DONE = "done"
    RUNNING = "running"
    REFUSED = "refused"
    NOT_PROCESSED = "not_processed"
    """Refused before anything was looked at (3.0)."""
    ABSENT = "absent"
    """The provider does not know what we speak of."""
    OPEN = "open"
    """Says nothing about the thing that was asked for."""
    FROZEN = "frozen"
    """Our own request id was used with other values: a person must look (I13)."""


@dataclass(frozen=True, slots=True)
class Row:
    """A code counts only together with its documented status; any other pair says nothing."""

    status: str
    word: Word
    category: Category | None = None


Table: TypeAlias = Mapping[str, Row]


def _rows(status: str, word: Word, category: Category | None, codes: str) -> dict[str, Row]:
    return {code: Row(status, word, category) for code in codes.split()}


def _refused(category: Category, codes: str) -> dict[str, Row]:
    return _rows("F", Word.REFUSED, category, codes)


def _table(*parts: Mapping[str, Row]) -> Table:
    return MappingProxyType({code: row for part in parts for code, row in part.items()})


BEFORE_PROCESSING = frozenset(
    {
        "INVALID_SIGNATURE",
        "SIGNATURE_INVALID",
        "KEY_NOT_FOUND",
        "UNKNOWN_CLIENT",
        "CLIENT_INVALID",
        "INVALID_CLIENT_STATUS",
        "CLIENT_FORBIDDEN_ACCESS_API",
        "ACCESS_DENIED",
        "INVALID_API",
        "API_INVALID",
        "NO_INTERFACE_DEF",
        "METHOD_NOT_SUPPORTED",
        "MEDIA_TYPE_NOT_ACCEPTABLE",
        "OAUTH_FAILED",
    }
)
"""Protocol codes of 3.0: the request was not looked at. PARAM_ILLEGAL joins them when the answer is unsigned."""

_COMMON = {
    **_rows("S", Word.DONE, None, "SUCCESS"),
    **_rows("F", Word.NOT_PROCESSED, Category.CONFIGURATION, " ".join(sorted(BEFORE_PROCESSING))),
    **_rows("F", Word.FROZEN, None, "REPEAT_REQ_INCONSISTENT"),
    **_rows("U", Word.OPEN, None, "UNKNOWN_EXCEPTION REQUEST_TRAFFIC_EXCEED_LIMIT"),
    **_refused(Category.CONFIGURATION, "PARAM_ILLEGAL"),
    # Despite its name SYSTEM_ERROR is final (pitfall 8).
    **_refused(Category.TRY_AGAIN, "PROCESS_FAIL SYSTEM_ERROR"),
}

_PAY_REFUSALS = {
    **_refused(
        Category.TRY_AGAIN,
        "AUTHENTICATION_REQUIRED USER_PAYMENT_VERIFICATION_FAILED ORDER_IS_CANCELED ORDER_IS_CLOSED ORDER_NOT_EXIST "
        "ORDER_STATUS_INVALID EXPIRED_CODE INVALID_PAYMENT_CODE INVALID_ACCESS_TOKEN INCORRECT_BLIKCODE",
    ),
    **_refused(
        Category.OTHER_CARD,
        "CARD_NOT_SUPPORTED SELECTED_CARD_BRAND_NOT_AVAILABLE USER_BALANCE_NOT_ENOUGH USER_AMOUNT_EXCEED_LIMIT "
        "PAYMENT_AMOUNT_EXCEED_LIMIT PAYMENT_COUNT_EXCEED_LIMIT VERIFY_TIMES_EXCEED_LIMIT USER_STATUS_ABNORMAL "
        "USER_NOT_EXIST USER_KYC_NOT_QUALIFIED PAYMENT_NOT_QUALIFIED PAYMENT_PROHIBITED INVALID_CARD "
        "INVALID_PAYMENT_METHOD_META_DATA",
    ),
    **_refused(Category.CALL_BANK, "DO_NOT_HONOR ISSUER_REJECTS_TRANSACTION"),
    **_refused(
        Category.FIX_DATA,
        "INVALID_CARD_NUMBER INVALID_EXPIRATION_DATE INVALID_EXPIRY_DATE_FORMAT VERIFY_UNMATCHED",
    ),
    **_refused(Category.FRAUD, "FRAUD_REJECT RISK_REJECT SUSPECTED_CARD SUSPECTED_RISK"),
    **_refused(
        Category.CONFIGURATION,
        "INVALID_AMOUNT CURRENCY_NOT_SUPPORT SETTLE_CONTRACT_NOT_MATCH NO_PAY_OPTIONS INVALID_CONTRACT "
        "INVALID_MERCHANT_STATUS MERCHANT_NOT_REGISTERED MERCHANT_KYB_NOT_QUALIFIED MERCHANT_BALANCE_NOT_ENOUGH",
    ),
}

_INQUIRY = {
    # The inquiry failed; that says nothing about the thing (pitfall 16).
    **_rows(
        "F",
        Word.OPEN,
        None,
        "PARAM_ILLEGAL PROCESS_FAIL SYSTEM_ERROR RISK_REJECT " + " ".join(sorted(BEFORE_PROCESSING)),
    ),
    **_rows("U", Word.OPEN, None, "UNKNOWN_EXCEPTION REQUEST_TRAFFIC_EXCEED_LIMIT PAYMENT_IN_PROCESS"),
    **_rows("S", Word.DONE, None, "SUCCESS"),
    **_rows("F", Word.ABSENT, None, "ORDER_NOT_EXIST"),
}

TABLES: Mapping[Operation, Table] = MappingProxyType(
    {
        Operation.PAY: _table(_COMMON, _PAY_REFUSALS, _rows("U", Word.RUNNING, None, "PAYMENT_IN_PROCESS")),
        Operation.SESSION: _table(_COMMON, _PAY_REFUSALS),
        Operation.CAPTURE: _table(
            _COMMON,
            _rows("U", Word.RUNNING, None, "CAPTURE_IN_PROCESS"),
            _refused(
                Category.TRY_AGAIN,
                "AUTH_EXPIRED AUTH_CANCELLED ORDER_IS_CANCELED ORDER_STATUS_INVALID PAYMENT_COUNT_EXCEED_LIMIT "
                "USER_AMOUNT_EXCEED_LIMIT USER_BALANCE_NOT_ENOUGH USER_NOT_EXIST USER_STATUS_ABNORMAL",
            ),
            _refused(Category.FRAUD, "RISK_REJECT"),
            _refused(
                Category.CONFIGURATION,
                "AUTH_NOT_FOUND CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT MULTI_CAPTURE_NOT_SUPPORTED CURRENCY_NOT_SUPPORT "
                "INVALID_CONTRACT NO_PAY_OPTIONS",
            ),
        ),
        Operation.CANCEL: _table(
            _COMMON,
            _rows("F", Word.ABSENT, None, "ORDER_NOT_EXIST"),
            _refused(Category.TRY_AGAIN, "CANCEL_WINDOW_EXCEED ORDER_STATUS_INVALID PAYMENT_METHOD_NOT_SUPPORTED"),
            _refused(Category.CONFIGURATION, "MERCHANT_BALANCE_NOT_ENOUGH"),
        ),
        Operation.REFUND: _table(
            _COMMON,
            _rows("U", Word.RUNNING, None, "REFUND_IN_PROCESS"),
            _refused(
                Category.TRY_AGAIN,
                "REFUND_WINDOW_EXCEED ORDER_STATUS_INVALID ORDER_IS_CLOSED ORDER_IS_CANCELED ORDER_NOT_EXIST "
                "MULTIPLE_REFUNDS_NOT_SUPPORTED PARTIAL_REFUND_NOT_SUPPORTED REFUND_NOT_SUPPORTED "
                "PAYMENT_METHOD_NOT_SUPPORTED",
            ),
            _refused(Category.FRAUD, "RISK_REJECT"),
            _refused(
                Category.CONFIGURATION,
                "REFUND_AMOUNT_EXCEED MERCHANT_BALANCE_NOT_ENOUGH CURRENCY_NOT_SUPPORT INVALID_MERCHANT_STATUS",
            ),
        ),
        Operation.PAYMENT_INQUIRY: _table(_INQUIRY),
        Operation.REFUND_INQUIRY: _table(_INQUIRY),
    }
)

INQUIRIES = frozenset({Operation.PAYMENT_INQUIRY, Operation.REFUND_INQUIRY})


@dataclass(frozen=True, slots=True)
class Result:
    """The `result` object (2.4). `message` is for operators and logs only."""

    code: str
    status: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A document that came back with HTTP 200. `signed` means: present and verified."""

    document: Document
    result: Result
    signed: bool


def row_of(operation: Operation, result: Result) -> Row | None:
    """The row of this pair of code and status; None when the code has none with this status.

    An unknown code behaves by its status (2.4): F refuses, except for an inquiry; everything else stays open.
    """
    known = TABLES[operation].get(result.code)
    if known is not None:
        return known if known.status == result.status else None
    if result.status == "F" and operation not in INQUIRIES:
        return Row("F", Word.REFUSED, Category.TRY_AGAIN)
    return None


def outcome_of(operation: Operation, answer: Answer) -> Outcome:
    """What an answer to one of our requests means, before it is compared with the request."""
    return meaning(operation, answer.result) if answer.signed else _unsigned(answer.result)


def meaning(operation: Operation, result: Result) -> Outcome:
    """What a signed result means."""
    row = row_of(operation, result)
    word = Word.OPEN if row is None else row.word
    if word is Word.DONE:
        return Approved()
    if word is Word.RUNNING:
        return Pending()
    if word is Word.REFUSED:
        return Declined(result.code, _category(row), result.message)
    if word is Word.NOT_PROCESSED:
        return NotAttempted(f"refused before processing: {result.code}")
    if word is Word.ABSENT:
        return NotAttempted("unknown to the provider", absent=True)
    if word is Word.FROZEN:
        return Unknown(f"repeated with other values: {result.code}")
    return Unknown(f"{result.status} {result.code}")


def _unsigned(result: Result) -> Outcome:
    """Nobody vouches for it: it may only say that the request was not looked at (1.4)."""
    if result.status == "F" and (result.code in BEFORE_PROCESSING or result.code == "PARAM_ILLEGAL"):
        return NotAttempted(f"refused before processing: {result.code}")
    return Unknown(f"unsigned answer: {result.status} {result.code}")


def _category(row: Row | None) -> Category:
    return row.category if row and row.category else Category.TRY_AGAIN


def _reported(operation: Operation, status: str, code: str, message: str = "") -> Outcome:
    """What the provider reports about an act that it knows: a code raised before processing is a plain refusal here."""
    outcome = meaning(operation, Result(code, status, message))
    if isinstance(outcome, NotAttempted):
        return Declined(code, Category.CONFIGURATION, message)
    return outcome


# --- reading values -------------------------------------------------------------------------------------------------

_CODE = re.compile(r"[A-Za-z0-9_]{1,64}")
_NUMBER_RUN = re.compile(r"\d(?:[ -]?\d){11,18}")


def parse(body: bytes) -> Document:
    """A JSON object. Raises Unreadable."""
    try:
        document = json.loads(body, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise Unreadable("the document is not JSON") from None
    if not isinstance(document, dict):
        raise Unreadable("the document is not an object")
    return document


def read_answer(body: bytes, *, signed: bool) -> Answer:
    """Raises Unreadable when there is no result to branch on."""
    document = parse(body)
    return Answer(document, read_result(document), signed)


def read_result(document: Document, name: str = "result") -> Result:
    """Raises Unreadable when code or status are missing or not words."""
    result = _object(document, name)
    code, status = _text(result, "resultCode"), _text(result, "resultStatus")
    if not _CODE.fullmatch(code) or status not in ("S", "F", "U"):
        raise Unreadable(f"{name} is missing or unknown")
    return Result(code, status, _free_text(result, "resultMessage"))


def _get(document: Document, name: str) -> Any:
    """The value of a name in any case (pitfall 18); None when absent."""
    if name in document:
        return document[name]
    wanted = name.lower()
    return next((value for key, value in document.items() if key.lower() == wanted), None)


def _object(document: Document, name: str) -> Document:
    value = _get(document, name)
    return value if isinstance(value, dict) else {}


def _text(document: Document, name: str, limit: int = 256) -> str:
    """A short printable text, also from a boolean or an integer; empty when absent or of no use."""
    value = _get(document, name)
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value) if isinstance(value, str | int) else ""
    return text if len(text) <= limit and text.isprintable() else ""


def _free_text(document: Document, name: str) -> str:
    """Words of the provider for people, without anything that could be a card number (I31)."""
    return _NUMBER_RUN.sub("****", _text(document, name))


def _reference(document: Document, name: str) -> str | None:
    """An id of ours or theirs, at most 64 characters; None when absent. Raises Unreadable for anything else."""
    value = _get(document, name)
    if value is None or value == "":
        return None
    text = _text(document, name, 64)
    if not text:
        raise Unreadable(f"{name} is not an id")
    return text


def _needed(document: Document, name: str) -> str:
    value = _reference(document, name)
    if value is None:
        raise Unreadable(f"{name} is missing")
    return value


def read_amount(document: Document, name: str) -> Money | None:
    """`{"currency", "value"}` in minor units; None when absent. Raises Unreadable."""
    value = _get(document, name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is not an amount")
    digits = _text(value, "value")
    if not re.fullmatch(r"[0-9]{1,16}", digits):
        raise Unreadable(f"{name} is not an amount")
    try:
        return Money(int(digits), _text(value, "currency"))
    except ValueError:
        raise Unreadable(f"{name} has no known currency") from None


def _needed_amount(document: Document, name: str) -> Money:
    value = read_amount(document, name)
    if value is None:
        raise Unreadable(f"{name} is missing")
    return value


def read_moment(document: Document, name: str) -> datetime | None:
    """ISO 8601 with offset as aware UTC; None when absent, without offset or unreadable."""
    try:
        moment = datetime.fromisoformat(_text(document, name))
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _whole(document: Document, name: str) -> int | None:
    text = _text(document, name)
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else None


# --- writing values -------------------------------------------------------------------------------------------------


def encode(document: Document) -> bytes:
    """Serialised once: these bytes are signed and sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def write_amount(name: str, money: Money) -> dict[str, str]:
    """Digits in minor units (2.2). Raises InvalidRequest for what the provider would refuse."""
    if exponent(money.currency) > 2:
        raise InvalidRequest(name, f"{money.currency} has more than two decimals, which is not supported")
    if money.minor <= 0:
        raise InvalidRequest(name, "must be more than nothing")
    if money.currency == "IDR" and money.minor % 100:
        raise InvalidRequest(name, "IDR must be whole rupiah, a multiple of 100")
    return {"currency": money.currency, "value": str(money.minor)}


def _write(name: str, value: str, limit: int, *, needed: bool = False) -> str:
    """Never cut. Raises InvalidRequest, without the value."""
    if needed and not value:
        raise InvalidRequest(name, "is required")
    if len(value) > limit:
        raise InvalidRequest(name, f"is longer than {limit} characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidRequest(name, "holds characters that cannot be sent") from None
    return value


def _write_id(name: str, value: str | None) -> str:
    """An id that we minted: letters, digits, `_` and `-` only (2.3)."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value or ""):
        raise InvalidRequest(name, "must be 1 to 64 of A-Z a-z 0-9 _ -")
    return value or ""


def _write_url(name: str, value: str, limit: int = 2048) -> str:
    if not re.match(r"https?://[^\s]", value):
        raise InvalidRequest(name, "must be an https address")
    return _write(name, value, limit)


def _write_moment(name: str, moment: datetime, *, within: timedelta) -> str:
    if moment.tzinfo is None:
        raise InvalidRequest(name, "needs a time zone")
    if moment > ports.now() + within:
        raise InvalidRequest(name, f"may be at most {int(within.total_seconds() // 60)} minutes away")
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _without_empty(document: Document) -> Document:
    return {name: value for name, value in document.items() if value not in ("", None, {}, [])}


# --- documents out --------------------------------------------------------------------------------------------------


def pay_document(request: AuthorizeRequest, token: Secret, settlement_currency: str | None) -> Document:
    """`pay` with a saved card (3.6 b). Raises InvalidRequest."""
    return {
        **_payment_head(request),
        "paymentMethod": {
            "paymentMethodType": "CARD",
            "paymentMethodId": _write("paymentMethodId", token.reveal(), 2048, needed=True),
            "paymentMethodMetaData": {"isCardOnFile": True, "is3DSAuthentication": False},
        },
        "paymentFactor": _payment_factor(request),
        **_payment_tail(request, settlement_currency),
        "paymentExpiryTime": _write_moment("paymentExpiryTime", request.expires_at, within=PAY_EXPIRY_LIMIT),
    }


def session_document(request: AuthorizeRequest, settlement_currency: str | None) -> Document:
    """`createPaymentSession`: the buyer's app or browser presents the card (3.7). Raises InvalidRequest."""
    factor = _payment_factor(request)
    if request.save_card:
        _write("referenceBuyerId", request.order.buyer.reference, 64, needed=True)
        factor["storePaymentMethodForBuyer"] = True
    document = {
        **_payment_head(request),
        "paymentMethod": {"paymentMethodType": "CARD"},
        "paymentFactor": factor,
        **_payment_tail(request, settlement_currency),
    }
    expiry = _write_moment("paymentSessionExpiryTime", request.expires_at, within=SESSION_EXPIRY_LIMIT)
    document["paymentSessionExpiryTime"] = expiry
    if request.expires_at <= ports.now() + PAY_EXPIRY_LIMIT:
        # A payment submitted in the session's last minute ends with the session, so absence is final then (I15).
        document["paymentExpiryTime"] = expiry
    return document


def _payment_head(request: AuthorizeRequest) -> Document:
    if request.order.total != request.amount:
        raise InvalidRequest("orderAmount", "must equal paymentAmount")
    return {
        "productCode": "CASHIER_PAYMENT",
        "paymentRequestId": _write_id("paymentRequestId", request.request_id),
        "order": _order(request.order),
        "paymentAmount": write_amount("paymentAmount", request.amount),
    }


def _payment_factor(request: AuthorizeRequest) -> Document:
    return {"isAuthorization": True, "captureMode": CaptureMode(request.capture_mode).value}


def _payment_tail(request: AuthorizeRequest, settlement_currency: str | None) -> Document:
    return {
        "settlementStrategy": {"settlementCurrency": settlement_currency or request.amount.currency},
        "env": _env(request.device),
        "paymentNotifyUrl": _write_url("paymentNotifyUrl", request.notify_url),
        "paymentRedirectUrl": _write_url("paymentRedirectUrl", request.return_url),
    }


def _order(order: OrderFacts) -> Document:
    if len(order.lines) > 100:
        raise InvalidRequest("goods", "may hold at most 100 items")
    return _without_empty(
        {
            "referenceOrderId": _write("referenceOrderId", order.reference, 64, needed=True),
            "orderDescription": _write("orderDescription", order.description, 256, needed=True),
            "orderAmount": write_amount("orderAmount", order.total),
            "goods": [_goods(line) for line in order.lines],
            "shipping": _shipping(order.shipping) if order.shipping else None,
            "buyer": _buyer(order.buyer),
        }
    )


def _goods(line: LineFacts) -> Document:
    return _without_empty(
        {
            "referenceGoodsId": _write("referenceGoodsId", line.reference, 64, needed=True),
            "goodsName": _write("goodsName", line.name, 256, needed=True),
            "goodsCategory": _write("goodsCategory", line.category, 64),
            # A present has no price, and the provider takes no zero.
            "goodsUnitAmount": write_amount("goodsUnitAmount", line.unit) if line.unit.minor else None,
            "goodsQuantity": str(line.quantity),
            "goodsUrl": _write("goodsUrl", line.url, 2048),
        }
    )


def _shipping(shipping: ShippingFacts) -> Document:
    return _without_empty(
        {
            "shippingName": _name(shipping.name),
            "shippingAddress": _address(shipping.address),
            "shippingCarrier": _write("shippingCarrier", shipping.carrier, 128),
            "shippingPhoneNo": _write("shippingPhoneNo", shipping.phone, 16),
            "shipToEmail": _write("shipToEmail", shipping.email, 64),
        }
    )


def _buyer(buyer: BuyerFacts) -> Document:
    return _without_empty(
        {
            "referenceBuyerId": _write("referenceBuyerId", buyer.reference, 64),
            "buyerName": _name(buyer.name),
            "buyerPhoneNo": _write("buyerPhoneNo", buyer.phone, 24),
            "buyerEmail": _write("buyerEmail", buyer.email, 64),
        }
    )


def _name(name: Name) -> Document:
    return _without_empty(
        {
            "firstName": _write("firstName", name.first, 32),
            "middleName": _write("middleName", name.middle, 32),
            "lastName": _write("lastName", name.last, 32),
            "fullName": _write("fullName", name.full, 128),
        }
    )


def _address(address: Address) -> Document:
    if address.region and not re.fullmatch(r"[A-Z]{2}", address.region):
        raise InvalidRequest("region", "must be two upper-case letters")
    return _without_empty(
        {
            "region": address.region,
            # Many real names are longer than the eight characters that fit; half a name would be wrong (2.3).
            "state": _write("state", address.state, 8) if len(address.state) <= 8 else "",
            "city": _write("city", address.city, 32),
            "address1": _write("address1", address.line1, 256),
            "address2": _write("address2", address.line2, 256),
            "zipCode": _write("zipCode", address.zip_code, 32),
        }
    )


_COLOR_DEPTHS = frozenset({1, 4, 8, 15, 16, 24, 30, 32, 48})


def _env(device: DeviceFacts) -> Document:
    """`env`: what the app or browser reports is optional, so a fact that does not fit is left out, never refused."""
    if device.terminal_type not in ("WEB", "WAP", "APP"):
        raise InvalidRequest("terminalType", "must be WEB, WAP or APP")
    if device.os_type not in ("IOS", "ANDROID") and (device.os_type or device.terminal_type != "WEB"):
        raise InvalidRequest("osType", "must be IOS or ANDROID")
    try:
        ipaddress.ip_address(device.client_ip)
    except ValueError:
        raise InvalidRequest("clientIp", "must be an IP address") from None
    return _without_empty(
        {
            "terminalType": device.terminal_type,
            "osType": device.os_type,
            "clientIp": device.client_ip,
            "browserInfo": _browser(device),
            "colorDepth": device.color_depth if device.color_depth in _COLOR_DEPTHS else None,
            "screenHeight": _between(device.screen_height, 1, 100_000),
            "screenWidth": _between(device.screen_width, 1, 100_000),
            "timeZoneOffset": _between(device.time_zone_offset, -720, 720),
            "deviceId": _fitting(device.device_id, 128),
        }
    )


def _browser(device: DeviceFacts) -> Document:
    return _without_empty(
        {
            "acceptHeader": _fitting(device.accept_header, 2048),
            "javaEnabled": device.java_enabled,
            # Only a script can have asked the browser about Java.
            "javaScriptEnabled": None if device.java_enabled is None else True,
            "language": _fitting(device.language, 64),
            "userAgent": _fitting(device.user_agent, 2048),
        }
    )


def _between(value: int | None, low: int, high: int) -> int | None:
    return value if value is not None and low <= value <= high else None


def _fitting(value: str, limit: int) -> str:
    return value if len(value) <= limit and value.isprintable() else ""


def capture_document(request: CaptureRequest) -> Document:
    """`capture`: once, all of it (3.11, 5.3). Raises InvalidRequest."""
    if not request.final:
        raise InvalidRequest("isLastCapture", "Antom captures once")
    return {
        "captureRequestId": _write_id("captureRequestId", request.request_id),
        "paymentId": _write("paymentId", request.payment.gateway_reference or "", 64, needed=True),
        "captureAmount": write_amount("captureAmount", request.amount),
    }


def cancel_document(request: CancelRequest) -> Document:
    """`cancel`: by the provider's id when known, else by ours (3.10). Raises InvalidRequest."""
    return _payment_named(request.payment)


def inquiry_document(request: InquiryRequest) -> Document:
    """`inquiryPayment` (3.8). Raises InvalidRequest."""
    return _payment_named(request.payment)


def _payment_named(payment: PaymentRef) -> Document:
    if payment.gateway_reference:
        return {"paymentId": _write("paymentId", payment.gateway_reference, 64)}
    return {"paymentRequestId": _write_id("paymentRequestId", payment.request_id)}


def refund_document(request: RefundRequest) -> Document:
    """`refund` (3.13). Raises InvalidRequest."""
    return _without_empty(
        {
            "refundRequestId": _write_id("refundRequestId", request.request_id),
            "paymentId": _write("paymentId", request.payment.gateway_reference or "", 64, needed=True),
            "captureId": _write("captureId", request.capture_reference or "", 64),
            "refundAmount": write_amount("refundAmount", request.amount),
            "refundReason": _write("refundReason", request.reason, 256),
            "refundNotifyUrl": _write_url("refundNotifyUrl", request.notify_url, 1024),
        }
    )


def refund_inquiry_document(refund_request_id: str) -> Document:
    """`inquiryRefund` (3.14). Raises InvalidRequest."""
    return {"refundRequestId": _write_id("refundRequestId", refund_request_id)}


# --- documents in: details ------------------------------------------------------------------------------------------

_THREE_DS = {
    "threeDSVersion": "version",
    "eci": "eci",
    "cavv": "cavv",
    "dsTransactionId": "ds_transaction_id",
    "xid": "xid",
    "threeDStransactionStatusReason": "status_reason",
    "challengeCancel": "challenge_cancel",
    "challenged": "challenged",
    "exemptionType": "exemption_type",
    "threeDSOffered": "offered",
    "paResStatus": "pares_status",
    "liabilityShift": "liability_shift",
}
_ACQUIRER = {
    "acquirerName": "name",
    "referenceRequestId": "reference_request_id",
    "acquirerTransactionId": "transaction_id",
    "acquirerMerchantId": "merchant_id",
    "acquirerMerchantName": "merchant_name",
    "acquirerResultCode": "result_code",
    "acquirerResultMessage": "result_message",
    "acquirerReasonDescription": "reason",
}
"""For operators; card token and fingerprint of the acquirer are left where they are."""
_REFERENCES = {"acquirerReferenceNo": "reference_no", "arn": "arn", "rrn": "rrn"}


def read_details(document: Document) -> Details:
    """What else a document about one act tells; nothing in here is needed, so nothing in here is refused."""
    info = {**_object(document, "cardInfo"), **_object(document, "paymentResultInfo")}
    three_ds = _object(info, "threeDSResult")
    acquirer = _object(document, "acquirerInfo") or _object(info, "acquirerInfo")
    return Details(
        card=_card(info),
        avs=_text(info, "avsResultRaw", 16),
        cvv=_text(info, "cvvResultRaw", 16),
        network_transaction_id=_text(info, "networkTransactionId"),
        authorization_code=_text(info, "authorizationCode", 64),
        three_ds=_renamed(three_ds, _THREE_DS) | _renamed(three_ds, {"caav": "cavv"}),
        acquirer=_renamed(acquirer, _ACQUIRER) | _renamed(info | document, _REFERENCES),
        hold_ends_at=read_moment(document, "authExpiryTime"),
    )


def _renamed(document: Document, names: Mapping[str, str]) -> dict[str, str]:
    found = {ours: _text(document, theirs) for theirs, ours in names.items()}
    return {name: value for name, value in found.items() if value}


def _card(info: Document) -> CardFacts | None:
    masked, token = _text(info, "cardNo"), _text(info, "cardToken", 2048)
    # The provider's mask is not trusted: four digits are all that is ever taken from it (I31).
    last_four = re.search(r"[0-9]{4}$", masked) or re.fullmatch(r"[0-9]{4}", _text(info, "lastFour"))
    year = _whole(info, "expiryYear")
    card = CardFacts(
        brand=_text(info, "cardBrand", 32),
        last_four=last_four.group() if last_four else "",
        expiry_month=_between(_whole(info, "expiryMonth"), 1, 12),
        expiry_year=2000 + year if year is not None and year < 100 else year,
        funding=_text(info, "funding", 32),
        issuing_country=_text(info, "issuingCountry", 2),
        token=Secret(token) if token else None,
    )
    return None if card == CardFacts() else card


def read_redirect(document: Document, *, plain_http: bool = False) -> Redirect | None:
    """Where the buyer must go, if anywhere. Only https leads out; http as well when we speak to a simulator (I34)."""
    form = _object(document, "redirectActionForm")
    url = _text(document, "normalUrl", 2048) or _text(document, "applinkUrl", 2048)
    method, fields = "GET", {}
    if not url:
        url = _text(form, "redirectUrl", 2048)
        method = "POST" if _text(form, "method").upper() == "POST" else "GET"
        fields = _form_fields(form)
    if not url.startswith(("https://", "http://") if plain_http else "https://"):
        return None
    return Redirect(url=url, method=method, fields=fields, app_links=_app_links(document))


def _form_fields(form: Document) -> dict[str, str]:
    try:
        parameters = parse(_text(form, "parameters", 20_000).encode())
    except Unreadable:
        return {}
    return {name: _text(parameters, name, 20_000) for name in parameters}


def _app_links(document: Document) -> dict[str, str]:
    scheme, link = _text(document, "schemeUrl", 2048), _text(document, "applinkUrl", 2048)
    links = {"ios": link, "android": link} if link.startswith("https://") else {}
    if re.match(r"[a-z][a-z0-9+.-]*://", scheme) and not scheme.startswith(("http:", "javascript:", "data:")):
        links["scheme"] = scheme
    return links


# --- documents in: answers ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bound:
    """What an answer must repeat of the request (I9, I20): ids by name, and the amount under its name.

    `identity` are the names of which an approval must hold at least one; a refusal may come without.
    """

    ids: Mapping[str, str | None]
    identity: tuple[str, ...]
    amount_name: str = ""
    amount: Money | None = None


def _bind(document: Document, outcome: Outcome, bound: Bound) -> Outcome:
    """The same outcome, or Unknown naming the first field that differs from what we asked."""
    if isinstance(outcome, Unknown | NotAttempted):
        return outcome
    try:
        for name, ours in bound.ids.items():
            theirs = _reference(document, name)
            if ours is not None and theirs is not None and theirs != ours:
                return Unknown(f"{name} is not ours")
        amount = read_amount(document, bound.amount_name) if bound.amount_name else None
    except Unreadable as error:
        return Unknown(str(error))
    if amount is not None and amount != bound.amount:
        return Unknown(f"{bound.amount_name} differs")
    if isinstance(outcome, Approved) and not any(_reference(document, name) for name in bound.identity):
        return Unknown(f"{bound.identity[0]} is missing")
    return outcome


def read_pay(request: AuthorizeRequest, answer: Answer, *, plain_http: bool = False) -> Fact:
    """The authorization after `pay` (3.6, decision table)."""
    document = answer.document
    bound = Bound({"paymentRequestId": request.request_id}, ("paymentRequestId",), "paymentAmount", request.amount)
    outcome = _bind(document, outcome_of(Operation.PAY, answer), bound)
    if isinstance(outcome, Unknown | NotAttempted):
        return authorization(request, outcome)
    reference = _optional_reference(document, "paymentId")
    if isinstance(outcome, Approved) and reference is None:
        return authorization(request, Unknown("paymentId is missing"))
    if isinstance(outcome, Pending):
        outcome = Pending(read_redirect(document, plain_http=plain_http))
    return replace(
        authorization(request, outcome, reference=reference),
        amount=read_amount(document, "paymentAmount"),
        occurred_at=_first_moment(document, "paymentTime", "paymentCreateTime"),
        details=read_details(document),
    )


def read_session(request: AuthorizeRequest, answer: Answer) -> Fact:
    """The opened session after `createPaymentSession` (3.7): nothing is paid, the buyer has yet to submit."""
    outcome = outcome_of(Operation.SESSION, answer)
    if not isinstance(outcome, Approved):
        return authorization(request, outcome)
    data = _text(answer.document, "paymentSessionData", 4096)
    if not data:
        return authorization(request, Unknown("paymentSessionData is missing"))
    ends = read_moment(answer.document, "paymentSessionExpiryTime") or request.expires_at
    opened = Pending(SdkSession(data=Secret(data), expires_at=ends))
    return authorization(request, opened, session=_optional_reference(answer.document, "paymentSessionId"))


def authorization(
    request: AuthorizeRequest, outcome: Outcome, *, reference: str | None = None, session: str | None = None
) -> Fact:
    """A fact about our AUTHORIZE with what we know ourselves."""
    return Fact(
        payment=PaymentRef(request_id=request.request_id, gateway_reference=reference, session=session),
        kind=Kind.AUTHORIZE,
        request_id=request.request_id,
        gateway_reference=reference,
        outcome=outcome,
        amount=None,
    )


def read_capture(request: CaptureRequest, answer: Answer) -> Fact:
    """The capture after `capture` (3.11); CAPTURE_IN_PROCESS is ordinary (pitfall 13)."""
    bound = Bound(
        {"captureRequestId": request.request_id, "paymentId": request.payment.gateway_reference},
        ("captureRequestId",),
        "captureAmount",
        request.amount,
    )
    return _follow_up(follow_up(Kind.CAPTURE, request), Operation.CAPTURE, answer, bound, "captureId", "captureTime")


def read_refund(request: RefundRequest, answer: Answer) -> Fact:
    """The refund after `refund` (3.13)."""
    bound = Bound(
        {"refundRequestId": request.request_id, "paymentId": request.payment.gateway_reference},
        ("refundRequestId",),
        "refundAmount",
        request.amount,
    )
    return _follow_up(follow_up(Kind.REFUND, request), Operation.REFUND, answer, bound, "refundId", "refundTime")


def read_cancel(request: CancelRequest, answer: Answer) -> Fact:
    """The cancel after `cancel` (3.10).

    A cancel has no id of its own at this provider: the payment's id is its key, so that is its reference at every door.
    """
    ours = request.payment
    bound = Bound(
        {"paymentId": ours.gateway_reference, "paymentRequestId": ours.request_id}, ("paymentId", "paymentRequestId")
    )
    fact = _follow_up(follow_up(Kind.CANCEL, request), Operation.CANCEL, answer, bound, "paymentId", "cancelTime")
    reference = fact.gateway_reference or ours.gateway_reference
    payment = replace(ours, gateway_reference=reference)
    return replace(fact, payment=payment, gateway_reference=reference if fact.outcome == Approved() else None)


def follow_up(kind: Kind, request: CaptureRequest | CancelRequest | RefundRequest) -> Fact:
    """A fact about a follow-up of ours of which nothing is known yet."""
    return Fact(
        payment=request.payment,
        kind=kind,
        request_id=request.request_id,
        gateway_reference=None,
        outcome=Unknown("not asked"),
        amount=None,
    )


def _follow_up(fact: Fact, operation: Operation, answer: Answer, bound: Bound, id_name: str, time_name: str) -> Fact:
    document = answer.document
    outcome = _bind(document, outcome_of(operation, answer), bound)
    if isinstance(outcome, Unknown | NotAttempted):
        return replace(fact, outcome=outcome)
    return replace(
        fact,
        outcome=outcome,
        gateway_reference=_optional_reference(document, id_name),
        amount=read_amount(document, bound.amount_name) if bound.amount_name else None,
        occurred_at=read_moment(document, time_name),
        details=read_details(document),
    )


def _optional_reference(document: Document, name: str) -> str | None:
    """None also for an id that does not fit: the act is known by our own id anyway."""
    try:
        return _reference(document, name)
    except Unreadable:
        return None


def _first_moment(document: Document, *names: str) -> datetime | None:
    return next((moment for name in names if (moment := read_moment(document, name))), None)


# --- documents in: inquiries ----------------------------------------------------------------------------------------


class Asked(StrEnum):
    """Whether an inquiry worked; what became of the thing is another question (pitfall 16)."""

    TOLD = "told"
    ABSENT = "absent"
    OPEN = "open"


def asked(operation: Operation, answer: Answer) -> Asked:
    """Only a signed SUCCESS tells, and only a signed ORDER_NOT_EXIST denies."""
    row = row_of(operation, answer.result) if answer.signed else None
    if row is not None and row.word is Word.DONE:
        return Asked.TOLD
    return Asked.ABSENT if row is not None and row.word is Word.ABSENT else Asked.OPEN


@dataclass(frozen=True, slots=True)
class History:
    """The acts of one payment as inquiryPayment lists them. `complete`: every entry was understood."""

    payment: PaymentRef
    facts: tuple[Fact, ...]
    complete: bool


def read_history(request: InquiryRequest, document: Document, *, plain_http: bool = False) -> History:
    """A successful inquiryPayment (3.8). Raises Unreadable when it is not about our payment or cannot be understood.

    An amount other than ours is passed on as it is: the core flags it.
    """
    ours = request.payment
    theirs = PaymentRef(
        request_id=_reference(document, "paymentRequestId"), gateway_reference=_reference(document, "paymentId")
    )
    if ours.request_id and theirs.request_id and ours.request_id != theirs.request_id:
        raise Unreadable("paymentRequestId is not ours")
    if ours.gateway_reference and theirs.gateway_reference and ours.gateway_reference != theirs.gateway_reference:
        raise Unreadable("paymentId is not ours")
    if not (ours.request_id and theirs.request_id) and not (ours.gateway_reference and theirs.gateway_reference):
        raise Unreadable("paymentRequestId is missing")
    payment = PaymentRef(
        request_id=ours.request_id or theirs.request_id,
        gateway_reference=ours.gateway_reference or theirs.gateway_reference,
        session=ours.session,
    )
    entries = list(_entries(document, payment))
    acts = [fact for fact in entries if fact is not None]
    status = _status_fact(document, payment, plain_http=plain_http)
    if status.kind is Kind.AUTHORIZE or not any(_is_cancelled(fact) for fact in acts):
        acts.insert(0, status)
    understood = not isinstance(status.outcome, Unknown) and None not in entries
    return History(payment, tuple(acts), understood)


def _is_cancelled(fact: Fact) -> bool:
    return fact.kind is Kind.CANCEL and isinstance(fact.outcome, Approved)


def _status_fact(document: Document, payment: PaymentRef, *, plain_http: bool) -> Fact:
    """What `paymentStatus` says: the authorization, or that the whole payment is cancelled."""
    status = _text(document, "paymentStatus", 64)
    if status == "CANCELLED":
        return Fact(
            payment=payment,
            kind=Kind.CANCEL,
            request_id=None,
            gateway_reference=payment.gateway_reference,
            outcome=Approved(),
            amount=None,
            details=read_details(document),
        )
    outcome = _payment_outcome(status, document)
    if outcome == Pending():
        outcome = Pending(read_redirect(document, plain_http=plain_http))
    return Fact(
        payment=payment,
        kind=Kind.AUTHORIZE,
        request_id=payment.request_id,
        gateway_reference=payment.gateway_reference,
        outcome=outcome,
        amount=read_amount(document, "paymentAmount"),
        occurred_at=_first_moment(document, "paymentTime", "paymentCreateTime"),
        details=read_details(document),
    )


def _payment_outcome(status: str, document: Document) -> Outcome:
    if status == "FAIL":
        code = _text(document, "paymentResultCode", 64)
        return _failure(Operation.PAY, code, _free_text(document, "paymentResultMessage"))
    return _STATUS.get(status) or Unknown("paymentStatus is missing or unknown")


_STATUS: Mapping[str, Outcome] = {"SUCCESS": Approved(), "PROCESSING": Pending(), "PENDING": Pending()}


def _failure(operation: Operation, code: str, message: str = "") -> Outcome:
    """A thing whose status is FAIL; the code only says why. SUCCESS and FAIL together say nothing."""
    if not _CODE.fullmatch(code):
        return Declined("FAIL", Category.TRY_AGAIN, message)
    return _reported(operation, "F", code, message)


_ENTRY_KINDS = {
    "CAPTURE": (Kind.CAPTURE, Operation.CAPTURE),
    "REFUND": (Kind.REFUND, Operation.REFUND),
    "VOID": (Kind.CANCEL, Operation.CANCEL),
    "CANCEL": (Kind.CANCEL, Operation.CANCEL),
}
_OTHER_ENTRIES = frozenset({"PAYMENT", "AUTHORIZATION", "INCREMENTAL"})
"""The first two say what `paymentStatus` says; the last changes the hold, which we never ask for."""


def _entries(document: Document, payment: PaymentRef) -> Iterator[Fact | None]:
    """A fact for each entry of `transactions[]` that is an act of its own; None for one that cannot be understood."""
    entries = _get(document, "transactions")
    if entries is None:
        return
    if not isinstance(entries, list):
        yield None
        return
    cancelled = False
    for entry in entries:
        kind = _text(entry, "transactionType", 64) if isinstance(entry, dict) else ""
        if kind in _OTHER_ENTRIES:
            continue
        fact = _entry_fact(entry, payment, *_ENTRY_KINDS[kind]) if kind in _ENTRY_KINDS else None
        if fact is not None and _is_cancelled(fact):
            if cancelled:  # CANCEL and VOID of the same release
                continue
            cancelled = True
        yield fact


def _entry_fact(entry: Document, payment: PaymentRef, kind: Kind, operation: Operation) -> Fact | None:
    try:
        ours, theirs = _reference(entry, "transactionRequestId"), _reference(entry, "transactionId")
        amount = read_amount(entry, "transactionAmount")
    except Unreadable:
        return None
    outcome = _entry_outcome(entry, operation)
    if kind is Kind.CANCEL:
        # Named as at every other door (see read_cancel), else one release would look like two.
        ours, theirs = None, payment.gateway_reference if outcome == Approved() else None
    elif ours is None and theirs is None:
        return None
    return Fact(
        payment=payment,
        kind=kind,
        request_id=ours,
        gateway_reference=theirs,
        outcome=outcome,
        amount=amount,
        occurred_at=read_moment(entry, "transactionTime"),
        details=read_details(entry),
    )


def _entry_outcome(entry: Document, operation: Operation) -> Outcome:
    status = _text(entry, "transactionStatus", 64)
    if status == "FAIL":
        result = _object(entry, "transactionResult")
        return _failure(operation, _text(result, "resultCode", 64), _free_text(result, "resultMessage"))
    return _STATUS.get(status) or Unknown("transactionStatus is missing or unknown")


def read_refund_status(refund_request_id: str, document: Document, payment: PaymentRef) -> Fact:
    """A successful inquiryRefund (3.14). Raises Unreadable when it is not about our refund or cannot be understood."""
    if _needed(document, "refundRequestId") != refund_request_id:
        raise Unreadable("refundRequestId is not ours")
    status = _text(document, "refundStatus", 64)
    outcome = Declined("FAIL", Category.TRY_AGAIN) if status == "FAIL" else _REFUND_STATUS.get(status)
    if outcome is None:
        raise Unreadable("refundStatus is missing or unknown")
    return _refund_fact(document, payment, refund_request_id, outcome)


_REFUND_STATUS: Mapping[str, Outcome] = {"SUCCESS": Approved(), "PROCESSING": Pending()}


def _refund_fact(document: Document, payment: PaymentRef, request_id: str | None, outcome: Outcome) -> Fact:
    return Fact(
        payment=payment,
        kind=Kind.REFUND,
        request_id=request_id,
        gateway_reference=_reference(document, "refundId"),
        outcome=outcome,
        amount=read_amount(document, "refundAmount"),
        occurred_at=read_moment(document, "refundTime"),
        details=read_details(document),
    )


# --- documents in: notifications ------------------------------------------------------------------------------------

TOPIC_OF = {
    "PAYMENT_RESULT": "payment",
    "PAYMENT_PENDING": "payment",
    "CAPTURE_RESULT": "payment",
    "UPDATE_AMOUNT_RESULT": "payment",
    "REFUND_RESULT": "refund",
}
"""Which of our addresses a message belongs to (section 4)."""


def notify_type(document: Document) -> str:
    """The provider's word for a message; empty when it has none."""
    name = _text(document, "notifyType", 64)
    return name if _CODE.fullmatch(name) else ""


def read_notice(topic: str, document: Document) -> tuple[Fact, ...]:
    """The facts of a verified message; none for a type that we do not use. Raises Unreadable with the problem."""
    name = notify_type(document)
    if topic not in TOPIC_OF.values():
        raise Unreadable("no such topic")
    if not name:
        raise Unreadable("notifyType is missing")
    if TOPIC_OF.get(name, topic) != topic:
        raise Unreadable(f"{name} does not belong to the topic {topic}")
    reader = _READERS.get(name)
    return () if reader is None else (reader(document),)


def _read_payment_result(document: Document) -> Fact:
    """The final word on an authorization (3.9)."""
    result = read_result(document)
    outcome = _told(Operation.PAY, result)
    approved = isinstance(outcome, Approved)
    return replace(
        _payment_notice(document, needed=approved),
        outcome=outcome,
        occurred_at=_first_moment(document, "paymentTime", "paymentCreateTime"),
    )


def _read_payment_pending(document: Document) -> Fact:
    """The buyer is done and the money is not confirmed, whatever `result` says (pitfall 17)."""
    return replace(_payment_notice(document, needed=False), outcome=Pending())


def _payment_notice(document: Document, *, needed: bool) -> Fact:
    request_id = _needed(document, "paymentRequestId")
    reference = _needed(document, "paymentId") if needed else _reference(document, "paymentId")
    amount = _needed_amount(document, "paymentAmount") if needed else read_amount(document, "paymentAmount")
    return Fact(
        payment=PaymentRef(request_id=request_id, gateway_reference=reference),
        kind=Kind.AUTHORIZE,
        request_id=request_id,
        gateway_reference=reference,
        outcome=Unknown("not read"),
        amount=amount,
        details=read_details(document),
    )


def _read_capture_result(document: Document) -> Fact:
    """Also of automatic captures, whose captureRequestId we never minted (3.12)."""
    outcome = _told(Operation.CAPTURE, read_result(document))
    approved = isinstance(outcome, Approved)
    request_id = _reference(document, "captureRequestId")
    reference = _reference(document, "captureId")
    if request_id is None and reference is None:
        raise Unreadable("captureRequestId is missing")
    return Fact(
        payment=PaymentRef(
            request_id=_reference(document, "paymentRequestId"), gateway_reference=_needed(document, "paymentId")
        ),
        kind=Kind.CAPTURE,
        request_id=request_id,
        gateway_reference=reference,
        outcome=outcome,
        amount=_needed_amount(document, "captureAmount") if approved else read_amount(document, "captureAmount"),
        occurred_at=read_moment(document, "captureTime"),
        details=read_details(document),
    )


def _read_refund_result(document: Document) -> Fact:
    """`refundStatus` beats `result`; a FAIL after a SUCCESS is a reversal, which the core decides (3.15)."""
    outcome = _refund_outcome(document)
    request_id = _reference(document, "refundRequestId")
    if request_id is None and _reference(document, "refundId") is None:
        raise Unreadable("refundRequestId is missing")
    if isinstance(outcome, Approved):
        _needed_amount(document, "refundAmount")
    payment = PaymentRef(
        request_id=_reference(document, "paymentRequestId"), gateway_reference=_reference(document, "paymentId")
    )
    return _refund_fact(document, payment, request_id, outcome)


def _refund_outcome(document: Document) -> Outcome:
    if _get(document, "refundStatus") is None:
        return _told(Operation.REFUND, read_result(document))
    status = _text(document, "refundStatus", 64)
    if status == "FAIL":
        result = _object(document, "result")
        refused = _text(result, "resultStatus") == "F"
        code = _text(result, "resultCode", 64) if refused else ""
        return _failure(Operation.REFUND, code, _free_text(result, "resultMessage"))
    if status not in _REFUND_STATUS:
        raise Unreadable("refundStatus is unknown")
    return _REFUND_STATUS[status]


def _told(operation: Operation, result: Result) -> Outcome:
    """What a message says about an act. Raises Unreadable when it decides nothing."""
    outcome = _reported(operation, result.status, result.code, result.message)
    if isinstance(outcome, Unknown):
        raise Unreadable(f"result decides nothing: {outcome.reason}")
    return outcome


_READERS = {
    "PAYMENT_RESULT": _read_payment_result,
    "PAYMENT_PENDING": _read_payment_pending,
    "CAPTURE_RESULT": _read_capture_result,
    "REFUND_RESULT": _read_refund_result,
}
