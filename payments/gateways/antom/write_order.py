"""`order`: what is bought, by whom, and where it goes (antom.md 3.6). All of it raises InvalidRequest."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from payments.gateways.antom.amounts import write_amount
from payments.gateways.antom.document import Document
from payments.gateways.antom.exact import without_empty, write_text, write_texts
from payments.gateways.base import Address, BuyerFacts, InvalidRequest, LineFacts, Name, OrderFacts, ShippingFacts


def write_order(order: OrderFacts, *, us_merchant: bool = False) -> Document:
    """The whole object. `us_merchant`: registered in the United States, whose postal codes are shorter (2.3)."""
    if len(order.lines) > 100:
        raise InvalidRequest("goods", "may hold at most 100 items")
    return without_empty(
        {
            "referenceOrderId": write_text("referenceOrderId", order.reference, 64, needed=True),
            "orderDescription": write_text("orderDescription", order.description, 256, needed=True),
            "orderAmount": write_amount("orderAmount", order.total),
            "goods": [_goods(line) for line in order.lines],
            "shipping": _shipping(order.shipping, us_merchant) if order.shipping else None,
            "buyer": _buyer(order.buyer),
        }
    )


def _goods(line: LineFacts) -> Document:
    if line.quantity < 1:
        raise InvalidRequest("goodsQuantity", "must be at least one")
    return without_empty(
        {
            "referenceGoodsId": write_text("referenceGoodsId", line.reference, 64, needed=True),
            "goodsName": write_text("goodsName", line.name, 256, needed=True),
            "goodsCategory": write_text("goodsCategory", line.category, 64),
            # A present has no price, and the provider takes no zero.
            "goodsUnitAmount": write_amount("goodsUnitAmount", line.unit) if line.unit.minor else None,
            "goodsQuantity": str(line.quantity),
            "goodsUrl": write_text("goodsUrl", line.url, 2048),
        }
    )


def _shipping(shipping: ShippingFacts, us_merchant: bool) -> Document:
    return without_empty(
        {
            "shippingName": _name(shipping.name),
            "shippingAddress": _address(shipping.address, us_merchant),
            **write_texts(
                {
                    "shippingCarrier": (shipping.carrier, 128),
                    "shippingPhoneNo": (shipping.phone, 16),
                    "shipToEmail": (shipping.email, 64),
                }
            ),
        }
    )


def _buyer(buyer: BuyerFacts) -> Document:
    return without_empty(
        {
            "referenceBuyerId": write_text("referenceBuyerId", buyer.reference, 64),
            "buyerName": _name(buyer.name),
            **write_texts({"buyerPhoneNo": (buyer.phone, 24), "buyerEmail": (buyer.email, 64)}),
            "buyerRegistrationTime": _registration(buyer.registered_at) if buyer.registered_at else None,
            "successfulOrderCount": _count(buyer.successful_orders),
        }
    )


def _registration(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise InvalidRequest("buyerRegistrationTime", "needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _count(orders: int | None) -> int | None:
    if orders is not None and orders < 0:
        raise InvalidRequest("successfulOrderCount", "must not be negative")
    return orders


def _name(name: Name) -> Document:
    return write_texts(
        {
            "firstName": (name.first, 32),
            "middleName": (name.middle, 32),
            "lastName": (name.last, 32),
            "fullName": (name.full, 128),
        }
    )


def _address(address: Address, us_merchant: bool) -> Document:
    if address.region and not re.fullmatch(r"[A-Z]{2}", address.region):
        raise InvalidRequest("region", "must be two upper-case letters")
    if us_merchant and not re.fullmatch(r"[A-Za-z0-9 -]{0,10}", address.zip_code):
        raise InvalidRequest("zipCode", "may have at most 10 letters, digits, hyphens and blanks")
    return write_texts(
        {
            "region": (address.region, 2),
            # Many real names are longer than the eight characters that fit; half a name would be wrong (2.3).
            "state": (address.state if len(address.state) <= 8 else "", 8),
            "city": (address.city, 32),
            "address1": (address.line1, 256),
            "address2": (address.line2, 256),
            "zipCode": (address.zip_code, 32),
        }
    )
