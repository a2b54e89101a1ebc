"""`order`: exact, or refused by the name of the field (antom.md 2.3, 3.6)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from core.money import Money
from payments.gateways.antom.gateway import AntomGateway
from payments.gateways.antom.write_payment import Merchant, pay_document
from payments.gateways.base import InvalidRequest, Name
from tests.gateways.antom.examples import (
    MERCHANT,
    TOKEN,
    authorize,
    line,
    order,
    refusal_of,
    with_address,
    with_buyer,
    with_line,
    with_shipping,
)
from tests.gateways.antom.wire import CREDENTIALS

BAD_ORDERS = {
    "referenceOrderId": [authorize(order=order(reference="")), authorize(order=order(reference="x" * 65))],
    "orderDescription": [
        authorize(order=order(description="")),
        authorize(order=order(description="x" * 257)),
        authorize(order=order(description="\ud800")),
    ],
    "goods": [authorize(order=order(lines=(line(),) * 101))],
    "referenceGoodsId": [with_line(reference="x" * 65), with_line(reference="")],
    "goodsName": [with_line(name="x" * 257)],
    "goodsQuantity": [with_line(quantity=0), with_line(quantity=-1)],
    "goodsCategory": [with_line(category="x" * 65)],
    "goodsUrl": [with_line(url="x" * 2049)],
    "goodsUnitAmount": [with_line(unit=Money(1, "IDR")), with_line(unit=Money(-1, "EUR"))],
    "referenceBuyerId": [with_buyer(reference="x" * 65)],
    "buyerPhoneNo": [with_buyer(phone="1" * 25)],
    "buyerEmail": [with_buyer(email="x" * 65)],
    "buyerRegistrationTime": [with_buyer(registered_at=datetime(2026, 1, 1))],
    "successfulOrderCount": [with_buyer(successful_orders=-1)],
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
}


@pytest.mark.parametrize(
    ("field", "request_"), [(field, request) for field, requests in BAD_ORDERS.items() for request in requests]
)
def test_what_the_provider_would_refuse_is_refused_by_its_name(field, request_):
    refusal = refusal_of(request_)
    assert refusal.field == field
    assert "xxxx" not in str(refusal)


@pytest.mark.parametrize("orders", [0, 3])
def test_how_long_and_how_well_the_buyer_is_known(orders):
    berlin = timezone(timedelta(hours=2))
    since = datetime(2025, 7, 1, 1, 30, 59, 999999, tzinfo=berlin)
    buyer = pay_document(with_buyer(registered_at=since, successful_orders=orders), TOKEN, MERCHANT)["order"]["buyer"]
    assert buyer == {
        "referenceBuyerId": "buyer-17",
        "buyerName": {"firstName": "Tom", "lastName": "Jay"},
        "buyerEmail": "b@shop.example",
        "buyerRegistrationTime": "2025-06-30T23:30:59+00:00",
        "successfulOrderCount": orders,
    }


def test_a_present_has_no_price_and_an_order_may_have_nothing_to_ship():
    request = authorize(order=order(lines=(line(unit=Money(0, "EUR")),), shipping=None))
    document = pay_document(request, TOKEN, MERCHANT)
    assert "goodsUnitAmount" not in document["order"]["goods"][0]
    assert "shipping" not in document["order"]


@pytest.mark.parametrize(
    ("zip_code", "taken"),
    [("94107", True), ("94107-1234", True), ("SW1A 1AA", True), ("", True), ("94107-12345", False), ("9410_", False)],
)
def test_a_merchant_in_the_united_states_has_shorter_postal_codes(zip_code, taken):
    request = with_address(zip_code=zip_code)
    pay_document(request, TOKEN, MERCHANT)
    if taken:
        pay_document(request, TOKEN, Merchant(in_the_us=True))
        return
    with pytest.raises(InvalidRequest) as caught:
        pay_document(request, TOKEN, Merchant(in_the_us=True))
    assert caught.value.field == "zipCode"


@pytest.mark.parametrize(("host", "in_the_us"), [("open.antglobal-us.com", True), ("open-na-global.alipay.com", False)])
def test_the_address_of_the_gateway_says_where_the_merchant_is(host, in_the_us):
    gateway = AntomGateway.from_credentials({**CREDENTIALS, "url": f"https://{host}"})
    assert gateway.merchant.in_the_us is in_the_us
