"""Documents and words: every row of the code tables, exact writing, tolerant reading (antom.md 2 and 3)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import ports
from core.money import MAX_MINOR, Money
from core.sealing import Secret
from payments.gateways.antom import wire
from payments.gateways.antom.wire import Answer, Asked, Operation, Result, Unreadable
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
    DeviceFacts,
    InquiryRequest,
    InvalidRequest,
    LineFacts,
    Name,
    NotAttempted,
    OrderFacts,
    Outcome,
    PaymentRef,
    Pending,
    Redirect,
    RefundRequest,
    ShippingFacts,
    Unknown,
)
from tests.gateways.antom.test_signing import VECTORS

NOW = datetime(2026, 1, 5, 10, 11, 11, tzinfo=UTC)
EUR300 = Money(30000, "EUR")
PAYMENT_ID = "20260105194010800100188570271800001"
REQUEST_ID = "PAY_20260105_0001"
REF = PaymentRef(request_id=REQUEST_ID, gateway_reference=PAYMENT_ID)
TOKEN = Secret("ALIPAYq0Vf3+/==")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "now", lambda: NOW)


def line(**changes: Any) -> LineFacts:
    facts = LineFacts(
        reference="mug-1", name="Mug", category="home/kitchen", url="https://shop.example/mug", quantity=2, unit=EUR300
    )
    return replace(facts, **changes)


def order(**changes: Any) -> OrderFacts:
    facts = OrderFacts(
        reference="ORDER_0001",
        description="Two mugs & one tray",
        total=EUR300,
        lines=(line(),),
        buyer=BuyerFacts(reference="buyer-17", name=Name(first="Tom", last="Jay"), email="b@shop.example"),
        shipping=ShippingFacts(
            name=Name(full="Tom Jay"),
            address=Address(
                region="CN",
                state="Zhejiang",
                city="Hangzhou",
                line1="Wuchang road",
                line2="Xihu",
                zip_code="310000",
            ),
            carrier="FedEx",
            phone="5551234",
            email="s@shop.example",
        ),
    )
    return replace(facts, **changes)


def device(**changes: Any) -> DeviceFacts:
    facts = DeviceFacts(
        terminal_type="WEB",
        client_ip="192.0.2.10",
        user_agent="Mozilla/5.0",
        accept_header="*/*",
        language="de_DE",
        java_enabled=False,
        color_depth=24,
        screen_height=900,
        screen_width=1440,
        time_zone_offset=-60,
    )
    return replace(facts, **changes)


def authorize(**changes: Any) -> AuthorizeRequest:
    request = AuthorizeRequest(
        request_id=REQUEST_ID,
        order=order(),
        device=device(),
        amount=EUR300,
        card_token=TOKEN,
        capture_mode=CaptureMode.MANUAL,
        save_card=False,
        notify_url="https://shop.example/notify/antom/payment/",
        return_url="https://shop.example/pay/return/x/",
        expires_at=NOW + timedelta(minutes=5),
    )
    return replace(request, **changes)


CAPTURE = CaptureRequest(request_id="CAP_20260105_0001", payment=REF, amount=EUR300)
CANCEL = CancelRequest(request_id="CAN_20260105_0001", payment=REF)
REFUND = RefundRequest(
    request_id="REF_20260105_0001",
    payment=REF,
    capture_reference="cap-1",
    amount=Money(10000, "EUR"),
    notify_url="https://shop.example/notify/antom/refund/",
    reason="size",
)
INQUIRY = InquiryRequest(payment=REF, amount=EUR300)


def result(code: str, status: str, message: str = "words") -> dict[str, str]:
    return {"resultCode": code, "resultStatus": status, "resultMessage": message}


def answer(code: str, status: str, *, signed: bool = True, **members: Any) -> Answer:
    document = {"result": result(code, status), **members}
    return wire.read_answer(json.dumps(document).encode(), signed=signed)


# --- code tables ----------------------------------------------------------------------------------------------------

C = Category
APPROVED, RUNNING, SKIPPED, OPEN = "approved", "pending", "not attempted", "unknown"

BEFORE = (
    "INVALID_SIGNATURE SIGNATURE_INVALID KEY_NOT_FOUND UNKNOWN_CLIENT CLIENT_INVALID INVALID_CLIENT_STATUS "
    "CLIENT_FORBIDDEN_ACCESS_API ACCESS_DENIED INVALID_API API_INVALID NO_INTERFACE_DEF METHOD_NOT_SUPPORTED "
    "MEDIA_TYPE_NOT_ACCEPTABLE OAUTH_FAILED"
)
COMMON = {
    ("F", SKIPPED): BEFORE,
    ("F", C.CONFIGURATION): "PARAM_ILLEGAL",
    ("F", C.TRY_AGAIN): "PROCESS_FAIL SYSTEM_ERROR A_CODE_OF_TOMORROW",
    ("F", OPEN): "REPEAT_REQ_INCONSISTENT",
    ("U", OPEN): "REQUEST_TRAFFIC_EXCEED_LIMIT UNKNOWN_EXCEPTION A_CODE_OF_TOMORROW PROCESS_FAIL SUCCESS",
    ("S", APPROVED): "SUCCESS",
    ("S", OPEN): "A_CODE_OF_TOMORROW PROCESS_FAIL KEY_NOT_FOUND",
}
PAY = {
    ("U", RUNNING): "PAYMENT_IN_PROCESS",
    ("F", OPEN): "SUCCESS PAYMENT_IN_PROCESS UNKNOWN_EXCEPTION",
    ("F", C.TRY_AGAIN): "AUTHENTICATION_REQUIRED USER_PAYMENT_VERIFICATION_FAILED ORDER_IS_CANCELED ORDER_IS_CLOSED "
    "ORDER_NOT_EXIST ORDER_STATUS_INVALID EXPIRED_CODE INVALID_PAYMENT_CODE INVALID_ACCESS_TOKEN INCORRECT_BLIKCODE",
    ("F", C.OTHER_CARD): "CARD_NOT_SUPPORTED SELECTED_CARD_BRAND_NOT_AVAILABLE USER_BALANCE_NOT_ENOUGH "
    "USER_AMOUNT_EXCEED_LIMIT PAYMENT_AMOUNT_EXCEED_LIMIT PAYMENT_COUNT_EXCEED_LIMIT VERIFY_TIMES_EXCEED_LIMIT "
    "USER_STATUS_ABNORMAL USER_NOT_EXIST USER_KYC_NOT_QUALIFIED PAYMENT_NOT_QUALIFIED PAYMENT_PROHIBITED INVALID_CARD "
    "INVALID_PAYMENT_METHOD_META_DATA",
    ("F", C.CALL_BANK): "DO_NOT_HONOR ISSUER_REJECTS_TRANSACTION",
    ("F", C.FIX_DATA): "INVALID_CARD_NUMBER INVALID_EXPIRATION_DATE INVALID_EXPIRY_DATE_FORMAT VERIFY_UNMATCHED",
    ("F", C.FRAUD): "FRAUD_REJECT RISK_REJECT SUSPECTED_CARD SUSPECTED_RISK",
    ("F", C.CONFIGURATION): "INVALID_AMOUNT CURRENCY_NOT_SUPPORT SETTLE_CONTRACT_NOT_MATCH NO_PAY_OPTIONS "
    "INVALID_CONTRACT INVALID_MERCHANT_STATUS MERCHANT_NOT_REGISTERED MERCHANT_KYB_NOT_QUALIFIED "
    "MERCHANT_BALANCE_NOT_ENOUGH",
}
CAPTURES = {
    ("U", RUNNING): "CAPTURE_IN_PROCESS",
    ("F", OPEN): "CAPTURE_IN_PROCESS",
    ("F", C.TRY_AGAIN): "AUTH_EXPIRED AUTH_CANCELLED ORDER_IS_CANCELED ORDER_STATUS_INVALID "
    "PAYMENT_COUNT_EXCEED_LIMIT USER_AMOUNT_EXCEED_LIMIT USER_BALANCE_NOT_ENOUGH USER_NOT_EXIST USER_STATUS_ABNORMAL",
    ("F", C.FRAUD): "RISK_REJECT",
    ("F", C.CONFIGURATION): "AUTH_NOT_FOUND CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT MULTI_CAPTURE_NOT_SUPPORTED "
    "CURRENCY_NOT_SUPPORT INVALID_CONTRACT NO_PAY_OPTIONS",
}
CANCELS = {
    ("F", SKIPPED): "ORDER_NOT_EXIST",
    ("F", C.TRY_AGAIN): "CANCEL_WINDOW_EXCEED ORDER_STATUS_INVALID PAYMENT_METHOD_NOT_SUPPORTED",
    ("F", C.CONFIGURATION): "MERCHANT_BALANCE_NOT_ENOUGH",
}
REFUNDS = {
    ("U", RUNNING): "REFUND_IN_PROCESS",
    ("F", C.TRY_AGAIN): "REFUND_WINDOW_EXCEED MULTIPLE_REFUNDS_NOT_SUPPORTED PARTIAL_REFUND_NOT_SUPPORTED "
    "REFUND_NOT_SUPPORTED PAYMENT_METHOD_NOT_SUPPORTED ORDER_STATUS_INVALID ORDER_IS_CLOSED ORDER_IS_CANCELED "
    "ORDER_NOT_EXIST",
    ("F", C.FRAUD): "RISK_REJECT",
    ("F", C.CONFIGURATION): "REFUND_AMOUNT_EXCEED MERCHANT_BALANCE_NOT_ENOUGH CURRENCY_NOT_SUPPORT "
    "INVALID_MERCHANT_STATUS",
}


def rows(operation: Operation, *tables: dict[tuple[str, Any], str]) -> list[tuple[Operation, str, str, Any]]:
    return [
        (operation, code, status, word)
        for table in tables
        for (status, word), codes in table.items()
        for code in codes.split()
    ]


ROWS = [
    *rows(Operation.PAY, COMMON, PAY),
    *rows(Operation.SESSION, COMMON),
    *rows(Operation.CAPTURE, COMMON, CAPTURES),
    *rows(Operation.CANCEL, COMMON, CANCELS),
    *rows(Operation.REFUND, COMMON, REFUNDS),
]


def word_of(outcome: Outcome) -> Any:
    match outcome:
        case Approved():
            return APPROVED
        case Pending():
            return RUNNING
        case Declined():
            return outcome.category
        case NotAttempted():
            return SKIPPED
        case Unknown():
            return OPEN


@pytest.mark.promise("I12")
@pytest.mark.parametrize(("operation", "code", "status", "expected"), ROWS)
def test_every_row_of_the_code_tables(operation, code, status, expected):
    outcome = wire.outcome_of(operation, answer(code, status))
    assert word_of(outcome) == expected
    if isinstance(outcome, Declined):
        assert (outcome.code, outcome.message) == (code, "words")


def test_no_row_of_a_table_is_without_a_test():
    tested = {(operation, code) for operation, code, _, _ in ROWS}
    acts = set(Operation) - wire.INQUIRIES - {Operation.SESSION}
    assert {(operation, code) for operation in acts for code in wire.TABLES[operation]} <= tested


@pytest.mark.promise("I13")
@pytest.mark.parametrize("operation", [Operation.PAY, Operation.CAPTURE, Operation.CANCEL, Operation.REFUND])
def test_a_repeat_with_other_values_freezes(operation):
    outcome = wire.outcome_of(operation, answer("REPEAT_REQ_INCONSISTENT", "F"))
    assert outcome == Unknown("repeated with other values: REPEAT_REQ_INCONSISTENT")


def test_a_cancel_of_nothing_was_not_attempted():
    outcome = wire.outcome_of(Operation.CANCEL, answer("ORDER_NOT_EXIST", "F"))
    assert outcome == NotAttempted("unknown to the provider", absent=True)


@pytest.mark.promise("I12")
@pytest.mark.parametrize("code", [*BEFORE.split(), "PARAM_ILLEGAL"])
def test_an_unsigned_protocol_refusal_was_not_attempted(code):
    outcome = wire.outcome_of(Operation.PAY, answer(code, "F", signed=False))
    assert outcome == NotAttempted(f"refused before processing: {code}")


@pytest.mark.promise("I12")
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SUCCESS", "S"),
        ("PAYMENT_IN_PROCESS", "U"),
        ("UNKNOWN_EXCEPTION", "U"),
        ("KEY_NOT_FOUND", "U"),
        ("DO_NOT_HONOR", "F"),
        ("PROCESS_FAIL", "F"),
        ("ORDER_NOT_EXIST", "F"),
        ("REPEAT_REQ_INCONSISTENT", "F"),
        ("A_CODE_OF_TOMORROW", "F"),
    ],
)
def test_any_other_unsigned_answer_is_unknown(code, status):
    for operation in (Operation.PAY, Operation.CAPTURE, Operation.CANCEL, Operation.REFUND):
        outcome = wire.outcome_of(operation, answer(code, status, signed=False))
        assert outcome == Unknown(f"unsigned answer: {status} {code}")


@pytest.mark.parametrize("operation", sorted(wire.INQUIRIES))
@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("SUCCESS", "S", Asked.TOLD),
        ("ORDER_NOT_EXIST", "F", Asked.ABSENT),
        ("ORDER_NOT_EXIST", "U", Asked.OPEN),
        *[(code, "F", Asked.OPEN) for code in ["PARAM_ILLEGAL", "PROCESS_FAIL", "SYSTEM_ERROR", "RISK_REJECT", "NEW"]],
        *[(code, "F", Asked.OPEN) for code in BEFORE.split()],
        *[
            (code, "U", Asked.OPEN)
            for code in ["PAYMENT_IN_PROCESS", "UNKNOWN_EXCEPTION", "REQUEST_TRAFFIC_EXCEED_LIMIT", "SUCCESS"]
        ],
    ],
)
def test_a_failed_inquiry_says_nothing(operation, code, status, expected):
    assert wire.asked(operation, answer(code, status)) is expected
    assert wire.asked(operation, answer(code, status, signed=False)) is Asked.OPEN


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe{",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        b'{"result":null}',
        b'{"result":{"resultCode":"SUCCESS"}}',
        b'{"result":{"resultCode":"SUCCESS","resultStatus":"X"}}',
        b'{"result":{"resultCode":"NO SUCH <b>","resultStatus":"S"}}',
        b'{"result":{"resultCode":' + b"9" * 5000 + b',"resultStatus":"S"}}',
    ],
)
@pytest.mark.promise("I12")
def test_an_answer_without_a_result_is_unreadable(body):
    with pytest.raises(Unreadable):
        wire.read_answer(body, signed=True)


# --- amounts --------------------------------------------------------------------------------------------------------


@pytest.mark.promise("I6")
@pytest.mark.parametrize("row", VECTORS["amounts"], ids=lambda row: f"{row['currency']} {row['major'] or row['value']}")
def test_every_amount_of_the_vectors(row):
    if row["valid"]:
        money = Money.from_major(row["major"], row["currency"])
        assert wire.write_amount("paymentAmount", money) == {"currency": row["currency"], "value": row["value"]}
        return
    with pytest.raises((InvalidRequest, Unreadable, ValueError)):
        if row["major"] is None:
            wire.read_amount({"a": {"currency": row["currency"], "value": row["value"]}}, "a")
        else:
            wire.write_amount("paymentAmount", Money.from_major(row["major"], row["currency"]))


SUPPORTED = [
    "CLP",
    "JPY",
    "KRW",
    "VND",
    "AUD",
    "BDT",
    "BRL",
    "CAD",
    "CNY",
    "EUR",
    "GBP",
    "HKD",
    "MXN",
    "MYR",
    "NZD",
    "PEN",
    "PHP",
    "PKR",
    "PLN",
    "SGD",
    "THB",
    "TWD",
    "USD",
]


@pytest.mark.promise("I6")
@given(st.sampled_from(SUPPORTED), st.integers(1, MAX_MINOR))
def test_an_amount_comes_back_as_it_was_written(currency, minor):
    money = Money(minor, currency)
    written = wire.write_amount("a", money)
    assert written["value"] == str(minor)
    assert wire.read_amount(json.loads(wire.encode({"a": written})), "a") == money


@pytest.mark.promise("I6")
@given(st.integers(1, MAX_MINOR // 100))
def test_whole_rupiah_come_back_and_others_are_refused(rupiah):
    money = Money(rupiah * 100, "IDR")
    assert wire.read_amount({"a": wire.write_amount("a", money)}, "a") == money
    with pytest.raises(InvalidRequest, match="IDR"):
        wire.write_amount("a", money - Money(1, "IDR"))


@pytest.mark.promise("I6")
@pytest.mark.parametrize("money", [Money(0, "EUR"), Money(-1, "EUR"), Money(1000, "KWD"), Money(10000, "CLF")])
def test_an_amount_that_cannot_be_sent_is_refused_by_name(money):
    with pytest.raises(InvalidRequest) as caught:
        wire.write_amount("captureAmount", money)
    assert caught.value.field == "captureAmount"


@pytest.mark.promise("I6")
@pytest.mark.parametrize(
    "value",
    [
        "text",
        [],
        {"currency": "EUR"},
        {"currency": "EUR", "value": ""},
        {"currency": "EUR", "value": "12.34"},
        {"currency": "EUR", "value": 12.34},
        {"currency": "EUR", "value": "1e3"},
        {"currency": "EUR", "value": "٣"},
        {"currency": "EUR", "value": "+1"},
        {"currency": "EUR", "value": True},
        {"currency": "eur", "value": "1"},
        {"currency": "XXX", "value": "1"},
        {"value": "1"},
    ],
)
def test_an_amount_that_is_none_is_unreadable(value):
    with pytest.raises(Unreadable, match=r"^paymentAmount "):
        wire.read_amount(wire.parse(json.dumps({"paymentAmount": value}).encode()), "paymentAmount")


def test_an_amount_may_be_a_number_or_absent():
    assert wire.read_amount({"a": {"currency": "EUR", "value": 5}}, "a") == Money(5, "EUR")
    assert wire.read_amount({"a": None}, "a") is None


# --- documents out --------------------------------------------------------------------------------------------------


@pytest.mark.promise("I7")
def test_the_whole_pay_document():
    document = wire.pay_document(authorize(), TOKEN, None)
    assert document == {
        "productCode": "CASHIER_PAYMENT",
        "paymentRequestId": REQUEST_ID,
        "order": {
            "referenceOrderId": "ORDER_0001",
            "orderDescription": "Two mugs & one tray",
            "orderAmount": {"currency": "EUR", "value": "30000"},
            "goods": [
                {
                    "referenceGoodsId": "mug-1",
                    "goodsName": "Mug",
                    "goodsCategory": "home/kitchen",
                    "goodsUnitAmount": {"currency": "EUR", "value": "30000"},
                    "goodsQuantity": "2",
                    "goodsUrl": "https://shop.example/mug",
                }
            ],
            "shipping": {
                "shippingName": {"fullName": "Tom Jay"},
                "shippingAddress": {
                    "region": "CN",
                    "state": "Zhejiang",
                    "city": "Hangzhou",
                    "address1": "Wuchang road",
                    "address2": "Xihu",
                    "zipCode": "310000",
                },
                "shippingCarrier": "FedEx",
                "shippingPhoneNo": "5551234",
                "shipToEmail": "s@shop.example",
            },
            "buyer": {
                "referenceBuyerId": "buyer-17",
                "buyerName": {"firstName": "Tom", "lastName": "Jay"},
                "buyerEmail": "b@shop.example",
            },
        },
        "paymentAmount": {"currency": "EUR", "value": "30000"},
        "paymentMethod": {
            "paymentMethodType": "CARD",
            "paymentMethodId": "ALIPAYq0Vf3+/==",
            "paymentMethodMetaData": {"isCardOnFile": True, "is3DSAuthentication": False},
        },
        "paymentFactor": {"isAuthorization": True, "captureMode": "MANUAL"},
        "settlementStrategy": {"settlementCurrency": "EUR"},
        "env": {
            "terminalType": "WEB",
            "clientIp": "192.0.2.10",
            "browserInfo": {
                "acceptHeader": "*/*",
                "javaEnabled": False,
                "javaScriptEnabled": True,
                "language": "de_DE",
                "userAgent": "Mozilla/5.0",
            },
            "colorDepth": 24,
            "screenHeight": 900,
            "screenWidth": 1440,
            "timeZoneOffset": -60,
        },
        "paymentNotifyUrl": "https://shop.example/notify/antom/payment/",
        "paymentRedirectUrl": "https://shop.example/pay/return/x/",
        "paymentExpiryTime": "2026-01-05T10:16:11+00:00",
    }


def test_the_session_document_has_no_token_and_its_own_expiry():
    document = wire.session_document(authorize(card_token=None, save_card=True), "USD")
    assert document["paymentMethod"] == {"paymentMethodType": "CARD"}
    assert document["paymentFactor"] == {
        "isAuthorization": True,
        "captureMode": "MANUAL",
        "storePaymentMethodForBuyer": True,
    }
    assert document["settlementStrategy"] == {"settlementCurrency": "USD"}
    assert document["paymentSessionExpiryTime"] == document["paymentExpiryTime"] == "2026-01-05T10:16:11+00:00"


def test_a_long_session_has_no_payment_expiry_and_keeps_no_card_unasked():
    document = wire.session_document(authorize(card_token=None, expires_at=NOW + timedelta(minutes=30)), None)
    assert "paymentExpiryTime" not in document
    assert "storePaymentMethodForBuyer" not in document["paymentFactor"]


def test_the_body_is_compact_utf8():
    assert wire.encode({"a": "Café ☕", "b": [1]}) == '{"a":"Café ☕","b":[1]}'.encode()


def test_follow_up_documents():
    assert wire.capture_document(CAPTURE) == {
        "captureRequestId": "CAP_20260105_0001",
        "paymentId": PAYMENT_ID,
        "captureAmount": {"currency": "EUR", "value": "30000"},
    }
    assert wire.cancel_document(CANCEL) == {"paymentId": PAYMENT_ID}
    silent = PaymentRef(request_id=REQUEST_ID, gateway_reference=None)
    assert wire.cancel_document(replace(CANCEL, payment=silent)) == {"paymentRequestId": REQUEST_ID}
    assert wire.inquiry_document(INQUIRY) == {"paymentId": PAYMENT_ID}
    assert wire.refund_document(REFUND) == {
        "refundRequestId": "REF_20260105_0001",
        "paymentId": PAYMENT_ID,
        "captureId": "cap-1",
        "refundAmount": {"currency": "EUR", "value": "10000"},
        "refundReason": "size",
        "refundNotifyUrl": "https://shop.example/notify/antom/refund/",
    }
    assert wire.refund_inquiry_document("REF_1") == {"refundRequestId": "REF_1"}


def with_buyer(**changes: Any) -> AuthorizeRequest:
    return authorize(order=order(buyer=replace(order().buyer, **changes)))


def with_address(**changes: Any) -> AuthorizeRequest:
    shipping = order().shipping
    assert shipping
    return authorize(order=order(shipping=replace(shipping, address=replace(shipping.address, **changes))))


def with_shipping(**changes: Any) -> AuthorizeRequest:
    shipping = order().shipping
    assert shipping
    return authorize(order=order(shipping=replace(shipping, **changes)))


def with_line(**changes: Any) -> AuthorizeRequest:
    return authorize(order=order(lines=(line(**changes),)))


BAD_PAYMENTS = {
    "paymentRequestId": [authorize(request_id="a b"), authorize(request_id=""), authorize(request_id="x" * 65)],
    "referenceOrderId": [authorize(order=order(reference="")), authorize(order=order(reference="x" * 65))],
    "orderDescription": [
        authorize(order=order(description="")),
        authorize(order=order(description="x" * 257)),
        authorize(order=order(description="\ud800")),
    ],
    "orderAmount": [authorize(order=order(total=Money(1, "EUR")))],
    "goods": [authorize(order=order(lines=(line(),) * 101))],
    "referenceGoodsId": [with_line(reference="x" * 65), with_line(reference="")],
    "goodsName": [with_line(name="x" * 257)],
    "goodsCategory": [with_line(category="x" * 65)],
    "goodsUrl": [with_line(url="x" * 2049)],
    "goodsUnitAmount": [with_line(unit=Money(1, "KWD")), with_line(unit=Money(-1, "EUR"))],
    "referenceBuyerId": [with_buyer(reference="x" * 65)],
    "buyerPhoneNo": [with_buyer(phone="1" * 25)],
    "buyerEmail": [with_buyer(email="x" * 65)],
    "firstName": [with_buyer(name=Name(first="x" * 33))],
    "middleName": [with_buyer(name=Name(middle="x" * 33))],
    "lastName": [with_buyer(name=Name(last="x" * 33))],
    "fullName": [with_buyer(name=Name(full="x" * 129))],
    "shippingCarrier": [with_shipping(carrier="x" * 129)],
    "shippingPhoneNo": [with_shipping(phone="1" * 17)],
    "shipToEmail": [with_shipping(email="x" * 65)],
    "region": [with_address(region="cn"), with_address(region="CHN")],
    "city": [with_address(city="x" * 33)],
    "address1": [with_address(line1="x" * 257)],
    "address2": [with_address(line2="x" * 257)],
    "zipCode": [with_address(zip_code="1" * 33)],
    "terminalType": [authorize(device=device(terminal_type="web"))],
    "osType": [authorize(device=device(terminal_type="APP")), authorize(device=device(os_type="Ios"))],
    "clientIp": [authorize(device=device(client_ip="")), authorize(device=device(client_ip="localhost"))],
    "paymentMethodId": [authorize(card_token=Secret("")), authorize(card_token=Secret("x" * 2049))],
    "paymentNotifyUrl": [authorize(notify_url="/notify/"), authorize(notify_url="https://" + "x" * 2048)],
    "paymentRedirectUrl": [authorize(return_url="javascript:alert(1)")],
    "paymentExpiryTime": [
        authorize(expires_at=NOW + timedelta(minutes=11)),
        authorize(expires_at=NOW.replace(tzinfo=None)),
    ],
}


@pytest.mark.parametrize(
    ("field", "request_"), [(field, request) for field, requests in BAD_PAYMENTS.items() for request in requests]
)
def test_what_the_provider_would_refuse_is_refused_by_its_name(field, request_):
    with pytest.raises(InvalidRequest) as caught:
        wire.pay_document(request_, request_.card_token, None)
    assert caught.value.field == field
    assert "xxxx" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        ("paymentSessionExpiryTime", authorize(expires_at=NOW + timedelta(minutes=61))),
        ("referenceBuyerId", replace(with_buyer(reference=""), save_card=True)),
    ],
)
def test_what_a_session_would_be_refused_for(field, request_):
    with pytest.raises(InvalidRequest) as caught:
        wire.session_document(replace(request_, card_token=None), None)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("isLastCapture", lambda: wire.capture_document(replace(CAPTURE, final=False))),
        ("paymentId", lambda: wire.capture_document(replace(CAPTURE, payment=replace(REF, gateway_reference=None)))),
        ("paymentId", lambda: wire.refund_document(replace(REFUND, payment=replace(REF, gateway_reference=None)))),
        ("paymentId", lambda: wire.cancel_document(CancelRequest(request_id="x", payment=long_reference()))),
        ("paymentRequestId", lambda: wire.cancel_document(CancelRequest(request_id="x", payment=nameless()))),
        ("captureId", lambda: wire.refund_document(replace(REFUND, capture_reference="x" * 65))),
        ("refundReason", lambda: wire.refund_document(replace(REFUND, reason="x" * 257))),
        ("refundNotifyUrl", lambda: wire.refund_document(replace(REFUND, notify_url="https://" + "x" * 1024))),
        ("refundRequestId", lambda: wire.refund_inquiry_document("a/b")),
    ],
)
def test_what_a_follow_up_would_be_refused_for(field, make):
    with pytest.raises(InvalidRequest) as caught:
        make()
    assert caught.value.field == field


def long_reference() -> PaymentRef:
    return PaymentRef(request_id=None, gateway_reference="x" * 65)


def nameless() -> PaymentRef:
    return PaymentRef(request_id=None, gateway_reference=None)


def test_what_is_optional_and_does_not_fit_is_left_out():
    odd = device(
        terminal_type="APP",
        os_type="IOS",
        user_agent="x" * 2049,
        accept_header="a\nb",
        language="",
        java_enabled=None,
        color_depth=7,
        screen_height=0,
        screen_width=None,
        time_zone_offset=-840,
        device_id="x" * 129,
    )
    request = with_address(state="Mecklenburg")
    document = wire.pay_document(replace(request, device=odd), TOKEN, None)
    assert document["env"] == {"terminalType": "APP", "osType": "IOS", "clientIp": "192.0.2.10"}
    assert "state" not in document["order"]["shipping"]["shippingAddress"]


def test_a_present_has_no_price_and_an_order_may_have_nothing_to_ship():
    request = authorize(order=order(lines=(line(unit=Money(0, "EUR")),), shipping=None))
    document = wire.pay_document(request, TOKEN, None)
    assert "goodsUnitAmount" not in document["order"]["goods"][0]
    assert "shipping" not in document["order"]


# --- tolerant reading -----------------------------------------------------------------------------------------------


def test_details_are_read_in_any_spelling():
    details = wire.read_details(
        {
            "authExpirytime": "2026-01-12T18:11:13+08:00",
            "acquirerReferenceNo": "7400",
            "arn": None,
            "cardInfo": {"funding": "CREDIT"},
            "paymentResultInfo": {
                "cardNo": "************0768",
                "cardBrand": "VISA",
                "expiryMonth": 12,
                "expiryYear": "29",
                "issuingCountry": "DE",
                "cardToken": "ALIPAYsecret",
                "avsResultRaw": "A",
                "cvvResultRaw": "Y",
                "networkTransactionId": "nti",
                "authorizationCode": "123456",
                "threeDSResult": {"caav": "typo", "challenged": True, "threeDSOffered": "true", "eci": "05"},
            },
            "acquirerInfo": {"acquirerName": "ACQ_ONE", "acquirerCardToken": "never"},
        }
    )
    assert details.card == CardFacts(
        brand="VISA",
        last_four="0768",
        expiry_month=12,
        expiry_year=2029,
        funding="CREDIT",
        issuing_country="DE",
        token=Secret("ALIPAYsecret"),
    )
    assert (details.avs, details.cvv) == ("A", "Y")
    assert (details.network_transaction_id, details.authorization_code) == ("nti", "123456")
    assert details.three_ds == {"cavv": "typo", "challenged": "true", "offered": "true", "eci": "05"}
    assert details.acquirer == {"name": "ACQ_ONE", "reference_no": "7400"}
    assert details.hold_ends_at == datetime(2026, 1, 12, 10, 11, 13, tzinfo=UTC)
    assert "secret" not in repr(details)


@pytest.mark.promise("I31")
@pytest.mark.parametrize(
    ("info", "last_four"),
    [
        ({"cardNo": "4111111111111111"}, "1111"),
        ({"cardNo": "411111******1234"}, "1234"),
        ({"cardNo": "****", "lastFour": "4321"}, "4321"),
        ({"lastFour": "54321"}, ""),
        ({"cardNo": "٣٣٣٣"}, ""),
    ],
)
def test_masks_of_the_provider_are_masked_again(info, last_four):
    details = wire.read_details({"paymentResultInfo": {**info, "cardBrand": "VISA"}})
    assert details.card == CardFacts(brand="VISA", last_four=last_four)


@pytest.mark.promise("I31")
def test_a_number_in_a_message_is_hidden():
    outcome = wire.outcome_of(
        Operation.PAY,
        wire.Answer({}, wire.read_result({"result": result("NO", "F", "card 4111 1111 1111 1111 no")}), True),
    )
    assert outcome == Declined("NO", Category.TRY_AGAIN, "card **** no")


def test_odd_details_are_ignored():
    odd = {
        "paymentResultInfo": {"expiryMonth": "13", "expiryYear": "2031", "cardBrand": "V\x00", "cardNo": ["x"]},
        "acquirerInfo": "text",
        "authExpiryTime": "2026-01-12T18:11:13",
        "AUTHEXPIRY": 1,
    }
    details = wire.read_details(odd)
    assert details.card == CardFacts(expiry_year=2031)
    assert (details.acquirer, details.hold_ends_at) == ({}, None)
    for moment in ("", "soon", "0001-01-01T00:00:00+23:00", True, None):
        assert wire.read_moment({"t": moment}, "t") is None


# --- redirects ------------------------------------------------------------------------------------------------------


@pytest.mark.promise("I34")
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"normalUrl": "https://g.example/3ds?a=1"}, Redirect(url="https://g.example/3ds?a=1")),
        (
            {"applinkUrl": "https://g.example/app", "schemeUrl": "alipays://pay"},
            Redirect(
                url="https://g.example/app",
                app_links={
                    "ios": "https://g.example/app",
                    "android": "https://g.example/app",
                    "scheme": "alipays://pay",
                },
            ),
        ),
        ({"normalUrl": "https://g.example/", "schemeUrl": "javascript://x"}, Redirect(url="https://g.example/")),
        (
            {
                "redirectActionForm": {
                    "method": "POST",
                    "redirectUrl": "https://g.example/f",
                    "parameters": '{"a":"b","n":1}',
                }
            },
            Redirect(url="https://g.example/f", method="POST", fields={"a": "b", "n": "1"}),
        ),
        (
            {"redirectActionForm": {"method": "GET", "redirectUrl": "https://g.example/f", "parameters": "no"}},
            Redirect(url="https://g.example/f"),
        ),
        ({"normalUrl": "javascript:alert(1)"}, None),
        ({"normalUrl": "http://g.example/"}, None),
        ({}, None),
    ],
)
def test_where_the_buyer_is_sent(document, expected):
    assert wire.read_redirect(document) == expected


def test_a_simulator_may_send_the_buyer_over_plain_http():
    assert wire.read_redirect({"normalUrl": "http://127.0.0.1/"}, plain_http=True) == Redirect(url="http://127.0.0.1/")


# --- paths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", VECTORS["pathMapping"], ids=lambda row: row["sentAndSignedPath"])
def test_the_path_follows_the_client_id(row):
    operation = row["path"].removeprefix("/ams/api/v1/")
    assert wire.path_of(operation, row["clientId"]) == row["sentAndSignedPath"]


def test_a_result_is_plain_data():
    assert wire.read_result({"RESULT": result("SUCCESS", "S")}) == Result("SUCCESS", "S", "words")
