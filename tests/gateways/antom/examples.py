"""Requests and answers that the tests of this adapter start from."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.money import Money
from core.sealing import Secret
from payments.gateways.antom.result import Answer, read_answer
from payments.gateways.antom.write_payment import Merchant, pay_document
from payments.gateways.base import (
    Address,
    AuthorizeRequest,
    BuyerFacts,
    CancelRequest,
    CaptureMode,
    CaptureRequest,
    DeviceFacts,
    InquiryRequest,
    InvalidRequest,
    LineFacts,
    Name,
    OrderFacts,
    PaymentRef,
    RefundRequest,
    ShippingFacts,
)

NOW = datetime(2026, 1, 5, 10, 11, 11, tzinfo=UTC)
EUR300 = Money(30000, "EUR")
PAYMENT_ID = "20260105194010800100188570271800001"
REQUEST_ID = "PAY_20260105_0001"
REF = PaymentRef(request_id=REQUEST_ID, gateway_reference=PAYMENT_ID)
MERCHANT = Merchant()
TOKEN = Secret("ALIPAYq0Vf3+/==")


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


def refusal_of(request: AuthorizeRequest) -> InvalidRequest:
    """Why paying with a saved card is refused."""
    with pytest.raises(InvalidRequest) as caught:
        pay_document(request, request.card_token, MERCHANT)
    return caught.value


BEFORE_PROCESSING = (
    "INVALID_SIGNATURE SIGNATURE_INVALID KEY_NOT_FOUND UNKNOWN_CLIENT CLIENT_INVALID INVALID_CLIENT_STATUS "
    "CLIENT_FORBIDDEN_ACCESS_API ACCESS_DENIED INVALID_API API_INVALID NO_INTERFACE_DEF METHOD_NOT_SUPPORTED "
    "MEDIA_TYPE_NOT_ACCEPTABLE OAUTH_FAILED"
)
"""Protocol codes: the request was not looked at (3.0)."""


def result(code: str, status: str, message: str = "words") -> dict[str, str]:
    return {"resultCode": code, "resultStatus": status, "resultMessage": message}


def answer(code: str, status: str, *, signed: bool = True, **members: Any) -> Answer:
    document = {"result": result(code, status), **members}
    return read_answer(json.dumps(document).encode(), signed=signed)
