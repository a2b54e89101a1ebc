"""What the page says of a field is checked, so that a mistake of the merchant's shows here first (antom.md 2, 3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.simulator.merchant import Merchant
from tests.simulator_process import SimulatorProcess

MONEY = {"currency": "EUR", "value": "1500"}
GOODS = {
    "referenceGoodsId": "mug-1",
    "goodsName": "Mug",
    "goodsCategory": "home/kitchen",
    "goodsBrand": "Potter",
    "goodsUnitAmount": MONEY,
    "goodsQuantity": "2",
    "goodsSkuName": "Blue",
    "goodsUrl": "https://shop.example/mug",
    "goodsImageUrl": "https://shop.example/mug.jpg",
    "deliveryMethodType": "PHYSICAL",
}
BUYER = {
    "referenceBuyerId": "buyer-17",
    "buyerRegistrationTime": "2025-06-30T23:30:59+02:00",
    "isAccountVerified": True,
    "successfulOrderCount": 3,
}
ENV = {
    "terminalType": "APP",
    "osType": "IOS",
    "clientIp": "192.0.2.10",
    "browserInfo": {"acceptHeader": "*/*", "javaEnabled": False, "javaScriptEnabled": "true", "language": "de_DE"},
    "colorDepth": "24",
    "screenHeight": 900,
    "timeZoneOffset": -60,
}


def sent(merchant: Merchant, token: str, part: str, changes: dict[str, Any]) -> tuple[str, str]:
    """Code and words of the answer to a payment whose goods, buyer or env are changed."""
    document = merchant.payment(token, env={**ENV, **(changes if part == "env" else {})})
    document["order"]["goods"] = [{**GOODS, **(changes if part == "goods" else {})}]
    document["order"]["buyer"] = {**BUYER, **(changes if part == "buyer" else {})}
    result = merchant.post("pay", document).json["result"]
    return result["resultCode"], result["resultMessage"]


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("goods", {}),
        ("goods", {"goodsUnitAmount": None, "goodsQuantity": 2}),
        ("buyer", {"successfulOrderCount": "0", "isAccountVerified": "false"}),
        ("env", {"clientIp": "2001:db8::1"}),
    ],
)
def test_what_the_page_allows_is_taken(merchant: Merchant, token: str, part: str, changes: dict[str, Any]) -> None:
    assert sent(merchant, token, part, changes)[0] == "SUCCESS"


@pytest.mark.parametrize(
    ("part", "changes", "named"),
    [
        ("goods", {"goodsBrand": "x" * 33}, "order.goods[0].goodsBrand"),
        ("goods", {"goodsImageUrl": "x" * 2049}, "order.goods[0].goodsImageUrl"),
        ("goods", {"goodsImageUrl": "/mug.jpg"}, "order.goods[0].goodsImageUrl"),
        ("goods", {"goodsUnitAmount": {"currency": "EUR", "value": "0"}}, "order.goods[0].goodsUnitAmount.value"),
        ("goods", {"goodsUnitAmount": {"currency": "EUR", "value": 5}}, "order.goods[0].goodsUnitAmount.value"),
        ("goods", {"goodsQuantity": "0"}, "order.goods[0].goodsQuantity"),
        ("goods", {"goodsQuantity": "two"}, "order.goods[0].goodsQuantity"),
        ("goods", {"deliveryMethodType": 1}, "order.goods[0].deliveryMethodType"),
        ("buyer", {"buyerRegistrationTime": "2025-06-30"}, "order.buyer.buyerRegistrationTime"),
        ("buyer", {"isAccountVerified": "perhaps"}, "order.buyer.isAccountVerified"),
        ("buyer", {"successfulOrderCount": -1}, "order.buyer.successfulOrderCount"),
        ("env", {"clientIp": "localhost"}, "env.clientIp"),
        ("env", {"browserInfo": {"javaEnabled": "no"}}, "env.browserInfo.javaEnabled"),
        ("env", {"browserInfo": {"javaScriptEnabled": 1.5}}, "env.browserInfo.javaScriptEnabled"),
        ("env", {"osType": None}, "env.osType"),
    ],
)
def test_what_the_page_forbids_is_refused_by_name(
    merchant: Merchant, token: str, part: str, changes: dict[str, Any], named: str
) -> None:
    code, words = sent(merchant, token, part, changes)
    assert code == "PARAM_ILLEGAL"
    assert words.startswith(f"{named} ")


@pytest.mark.parametrize(("minutes", "code"), [(5, "SUCCESS"), (9.9, "SUCCESS"), (12, "PARAM_ILLEGAL")])
@pytest.mark.parametrize("operation", ["pay", "createPaymentSession"])
def test_a_payments_own_expiry_is_less_than_ten_minutes_away(
    merchant: Merchant, token: str, operation: str, minutes: float, code: str
) -> None:
    document = merchant.payment(token) if operation == "pay" else merchant.session()
    document["paymentExpiryTime"] = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(timespec="seconds")
    assert merchant.post(operation, document).code == code


@pytest.mark.parametrize(
    ("env", "code"),
    [
        ({"terminalType": "WEB"}, "SUCCESS"),
        ({"terminalType": "app", "osType": "ios"}, "SUCCESS"),
        ({"terminalType": "APP"}, "PARAM_ILLEGAL"),
        ({"terminalType": "WAP", "osType": "BEOS"}, "PARAM_ILLEGAL"),
    ],
)
def test_consult_wants_the_system_of_a_phone(merchant: Merchant, env: dict[str, str], code: str) -> None:
    document = {"productCode": "CASHIER_PAYMENT", "paymentAmount": MONEY, "env": env}
    assert merchant.post("consult", document).code == code


def test_a_refund_ends_with_its_window(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    paid = merchant.pay(token).json
    merchant.capture(paid["paymentId"])
    assert merchant.refund(paid["paymentId"], 1000).code == "SUCCESS"
    simulator.control("settings", {"refund_days": 0})
    assert merchant.refund(paid["paymentId"], 1000).code == "REFUND_WINDOW_EXCEED"
    assert simulator.books()[0]["refunded"] == 1000


def test_a_refund_names_a_capture_of_its_own_payment(merchant: Merchant, token: str) -> None:
    first, second = merchant.pay(token).json, merchant.pay(token).json
    captures = [merchant.capture(paid["paymentId"]).json["captureId"] for paid in (first, second)]
    assert merchant.refund(first["paymentId"], 1000, captureId=captures[1]).code == "PARAM_ILLEGAL"
    assert merchant.refund(first["paymentId"], 1000, captureId="nobody").code == "PARAM_ILLEGAL"
    assert merchant.refund(first["paymentId"], 1000, captureId=captures[0]).code == "SUCCESS"
