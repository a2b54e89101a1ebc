"""The parts of a payment request that are checked but not kept: order, addresses, the buyer's device (antom.md 2.3)."""

from __future__ import annotations

import ipaddress

from payments.simulator.fields import Fields

TERMINALS = ("WEB", "WAP", "APP", "MINI_APP")
_GOODS = {"goodsCategory": 64, "goodsBrand": 32, "goodsSkuName": 256, "deliveryMethodType": 64}
_MANY = 10**9
_BUYER = {"referenceBuyerId": 64, "buyerPhoneNo": 24, "buyerEmail": 64}
_SHIPPING = {"shippingPhoneNo": 16, "shipToEmail": 64, "shippingCarrier": 128}
_NAME = {"firstName": 32, "middleName": 32, "lastName": 32, "fullName": 128}
_ADDRESS = {"region": 2, "state": 8, "city": 32, "address1": 256, "address2": 256, "zipCode": 32}


def read_order(order: Fields) -> None:
    order.text("referenceOrderId", 64, required=True)
    order.text("orderDescription", 256, required=True)
    order.amount("orderAmount")
    for goods in order.children("goods", 100):
        goods.text("referenceGoodsId", 64, required=True)
        goods.text("goodsName", 256, required=True)
        _within(goods, _GOODS)
        goods.url("goodsUrl")
        goods.url("goodsImageUrl")
        goods.integer("goodsQuantity", 1, _MANY)
        if goods.values.get("goodsUnitAmount") is not None:
            goods.amount("goodsUnitAmount")
    _read_buyer(order.child("buyer"))
    shipping = order.child("shipping")
    _within(shipping, _SHIPPING)
    _within(shipping.child("shippingName"), _NAME)
    _within(shipping.child("shippingAddress"), _ADDRESS)


def _read_buyer(buyer: Fields) -> None:
    _within(buyer, _BUYER)
    _within(buyer.child("buyerName"), _NAME)
    buyer.moment("buyerRegistrationTime")
    buyer.flag("isAccountVerified")
    buyer.integer("successfulOrderCount", 0, _MANY)


def _within(fields: Fields, lengths: dict[str, int]) -> None:
    for name, most in lengths.items():
        fields.text(name, most)


def read_terminal(env: Fields, *, required: bool) -> str:
    terminal = env.word("terminalType", TERMINALS, required=required)
    env.word("osType", ("IOS", "ANDROID"), required=required and terminal != "WEB")
    return terminal


def read_env(env: Fields, *, required: bool) -> str:
    """The terminal type."""
    terminal = read_terminal(env, required=required)
    address = env.text("clientIp", 64, required=required)
    if address and not _is_address(address):
        raise env.refuse("clientIp", "must be an IP address")
    for name in ("javaEnabled", "javaScriptEnabled"):
        env.child("browserInfo").flag(name)
    depth = env.integer("colorDepth", 1, 48)
    if depth is not None and depth not in (1, 4, 8, 15, 16, 24, 30, 32, 48):
        raise env.refuse("colorDepth", "must be 1, 4, 8, 15, 16, 24, 30, 32 or 48")
    env.integer("screenHeight", 1, 100_000)
    env.integer("screenWidth", 1, 100_000)
    env.integer("timeZoneOffset", -720, 720)
    env.text("deviceBrand", 64)
    env.text("deviceModel", 128)
    env.text("extendInfo", 2048)
    return terminal


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def read_address(address: Fields) -> dict[str, str]:
    return {name: text for name, most in _ADDRESS.items() if (text := address.text(name, most))}
