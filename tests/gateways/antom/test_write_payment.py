"""`pay` and `createPaymentSession`, whole and exact (antom.md 3.6, 3.7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.money import Money
from core.sealing import Secret
from payments.gateways.antom.write_payment import Merchant, pay_document, session_document
from payments.gateways.base import CaptureMode, InvalidRequest
from tests.gateways.antom.examples import (
    MERCHANT,
    NOW,
    REQUEST_ID,
    TOKEN,
    authorize,
    device,
    order,
    refusal_of,
    with_address,
    with_buyer,
)


@pytest.mark.promise("I7")
def test_the_whole_pay_document():
    document = pay_document(authorize(), TOKEN, MERCHANT)
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
            "paymentMethodMetaData": {
                "isCardOnFile": True,
                "is3DSAuthentication": False,
                "enableAuthenticationUpgrade": True,
            },
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
    document = session_document(authorize(card_token=None, save_card=True), Merchant(settlement_currency="USD"))
    assert document["paymentMethod"] == {
        "paymentMethodType": "CARD",
        "paymentMethodMetaData": {
            "isCardOnFile": False,
            "is3DSAuthentication": False,
            "enableAuthenticationUpgrade": True,
            "tokenize": True,
        },
    }
    assert document["paymentFactor"] == {
        "isAuthorization": True,
        "captureMode": "MANUAL",
        "storePaymentMethodForBuyer": True,
    }
    assert document["settlementStrategy"] == {"settlementCurrency": "USD"}
    assert document["paymentSessionExpiryTime"] == document["paymentExpiryTime"] == "2026-01-05T10:16:11+00:00"


@pytest.mark.parametrize("forced", [True, False])
def test_3ds_is_asked_for_when_we_want_it_and_allowed_when_the_issuer_does(forced):
    request = authorize(force_three_ds=forced)
    for document, on_file in (
        (pay_document(request, TOKEN, MERCHANT), True),
        (session_document(request, MERCHANT), False),
    ):
        assert document["paymentMethod"]["paymentMethodMetaData"] == {
            "isCardOnFile": on_file,
            "is3DSAuthentication": forced,
            "enableAuthenticationUpgrade": True,
        }


@pytest.mark.parametrize("mode", list(CaptureMode))
def test_who_captures_is_always_said(mode):
    for document in (
        pay_document(authorize(capture_mode=mode), TOKEN, MERCHANT),
        session_document(authorize(capture_mode=mode), MERCHANT),
    ):
        assert document["paymentFactor"] == {"isAuthorization": True, "captureMode": mode.value}


@pytest.mark.parametrize(("minutes", "said"), [(9, True), (10, False), (30, False)])
def test_a_session_ends_its_payment_too_when_that_is_near(minutes, said):
    document = session_document(authorize(expires_at=NOW + timedelta(minutes=minutes)), MERCHANT)
    assert ("paymentExpiryTime" in document) is said
    assert document["paymentSessionExpiryTime"]


def test_a_long_session_has_no_payment_expiry_and_keeps_no_card_unasked():
    document = session_document(authorize(card_token=None, expires_at=NOW + timedelta(minutes=30)), MERCHANT)
    assert "paymentExpiryTime" not in document
    assert "storePaymentMethodForBuyer" not in document["paymentFactor"]
    assert "tokenize" not in document["paymentMethod"]["paymentMethodMetaData"]


BAD_PAYMENTS = {
    "paymentRequestId": [authorize(request_id="a b"), authorize(request_id=""), authorize(request_id="x" * 65)],
    "orderAmount": [authorize(order=order(total=Money(1, "EUR")))],
    "paymentMethodId": [authorize(card_token=Secret("")), authorize(card_token=Secret("x" * 2049))],
    "paymentNotifyUrl": [authorize(notify_url="/notify/"), authorize(notify_url="https://" + "x" * 2048)],
    "paymentRedirectUrl": [authorize(return_url="javascript:alert(1)")],
    "paymentExpiryTime": [
        authorize(expires_at=NOW + timedelta(minutes=10)),
        authorize(expires_at=NOW),
        authorize(expires_at=NOW - timedelta(seconds=1)),
        authorize(expires_at=NOW.replace(tzinfo=None)),
    ],
}


@pytest.mark.parametrize(
    ("field", "request_"), [(field, request) for field, requests in BAD_PAYMENTS.items() for request in requests]
)
def test_what_the_provider_would_refuse_is_refused_by_its_name(field, request_):
    refusal = refusal_of(request_)
    assert refusal.field == field
    assert "xxxx" not in str(refusal)


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        ("paymentSessionExpiryTime", authorize(expires_at=NOW + timedelta(minutes=60))),
        ("paymentSessionExpiryTime", authorize(expires_at=NOW)),
        ("referenceBuyerId", replace(with_buyer(reference=""), save_card=True)),
    ],
)
def test_what_a_session_would_be_refused_for(field, request_):
    with pytest.raises(InvalidRequest) as caught:
        session_document(replace(request_, card_token=None), MERCHANT)
    assert caught.value.field == field


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
    document = pay_document(replace(request, device=odd), TOKEN, MERCHANT)
    assert document["env"] == {"terminalType": "APP", "osType": "IOS", "clientIp": "192.0.2.10"}
    assert "state" not in document["order"]["shipping"]["shippingAddress"]
