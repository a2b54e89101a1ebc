"""Placing an order, and the only writer of its money projections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from core import hot, ports
from core.errors import InvalidInput, NotYours
from core.models import User
from core.money import MAX_MINOR
from orders.models import CapturePolicy, Order, OrderLine, OrderStatus, Product

ORDER_LIFE = timedelta(hours=24)
MAX_LINES = 100
MAX_QUANTITY = 999
_READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Item:
    sku: str
    quantity: int


def place_order(
    *,
    buyer: User,
    items: Sequence[Item],
    buyer_details: Mapping[str, str] | None = None,
    shipping: Mapping[str, Any] | None = None,
    description: str = "",
) -> Order:
    """Freeze prices, currency and capture policy from the catalogue (I7). Must run inside an atomic block.

    Raises InvalidInput for unknown products, mixed currencies, too many lines or too large a total.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("place_order runs inside the block that claims its key")
    products = _products(items)
    currency = _one_currency(products)
    total = sum(products[item.sku].unit_price_minor * item.quantity for item in items)
    if total > MAX_MINOR:
        raise InvalidInput("The total has more than 16 digits. Order less at a time.", field="items")
    at = ports.now()
    order = Order.objects.create(
        number=_number(),
        buyer=buyer,
        description=description or _describe(items, products),
        currency=currency,
        total_minor=total,
        due_minor=total,
        capture_policy=_policy(products),
        buyer_details=_buyer_details(buyer, buyer_details or {}),
        shipping=dict(shipping) if shipping else None,
        placed_at=at,
        expires_at=at + ORDER_LIFE,
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position,
            product=(product := products[item.sku]),
            sku=product.sku,
            name=product.name,
            category=product.category,
            url=product.url,
            quantity=item.quantity,
            unit_minor=product.unit_price_minor,
        )
        for position, item in enumerate(items, start=1)
    )
    return order


def order_of(buyer: User, public_id: str) -> Order:
    """The buyer's own order. Raises NotYours, the same for an absent and a foreign one (I26)."""
    order = Order.objects.filter(buyer=buyer, public_id=public_id).prefetch_related("lines").first()
    if order is None:
        raise NotYours
    return order


def note_money(
    order: Order, *, held: int, captured: int, refunded: int, certain: bool, returning: int = 0
) -> hot.Update | None:
    """Note what the payments of a locked order add up to; the write, if anything is new. Minor units of its currency.

    `returning`: refunds that are on their way. Nothing is safe to ship when everything goes back.
    `certain` is False while a payment of the order is under review: then nothing is safe to ship (I9).
    """
    told = {
        "held_minor": held,
        "paid_minor": captured,
        "refunded_minor": refunded,
        "due_minor": max(order.total_minor - captured, 0),
        "status": status_of(order.total_minor, held, captured, refunded),
        "safe_to_ship": certain and captured >= order.total_minor and refunded + returning < captured,
    }
    news = {name: value for name, value in told.items() if getattr(order, name) != value}
    for name, value in news.items():
        setattr(order, name, value)
    return hot.Update(Order, {"id": order.pk}, news) if news else None


def status_of(total: int, held: int, captured: int, refunded: int) -> OrderStatus:
    """What the sums of an order mean, minor units."""
    if captured == 0:
        return OrderStatus.AUTHORIZED if held else OrderStatus.AWAITING_PAYMENT
    if refunded >= captured:
        return OrderStatus.REFUNDED
    if refunded:
        return OrderStatus.PARTLY_REFUNDED
    if captured > total:
        return OrderStatus.OVERPAID
    return OrderStatus.PAID if captured == total else OrderStatus.PARTLY_PAID


def _products(items: Sequence[Item]) -> dict[str, Product]:
    if not items:
        raise InvalidInput("An order needs at least one product.", field="items")
    if len(items) > MAX_LINES:
        raise InvalidInput(f"An order has at most {MAX_LINES} lines.", field="items")
    if len({item.sku for item in items}) != len(items):
        raise InvalidInput("A product stands in two lines. Put the quantity in one.", field="items")
    for item in items:
        if not 1 <= item.quantity <= MAX_QUANTITY:
            raise InvalidInput(f"A quantity is between 1 and {MAX_QUANTITY}.", field="items")
    found = {product.sku: product for product in Product.objects.filter(sku__in=[i.sku for i in items], active=True)}
    for place, item in enumerate(items):
        if item.sku not in found:
            raise InvalidInput("This product is not on sale.", field=f"items.{place}.sku", code="unknown_product")
    return found


def _one_currency(products: Mapping[str, Product]) -> str:
    currencies = {product.currency for product in products.values()}
    if len(currencies) > 1:
        raise InvalidInput(
            "The products are priced in different currencies. Place one order for each.",
            field="items",
            code="mixed_currencies",
        )
    return currencies.pop()


def _policy(products: Mapping[str, Product]) -> str:
    manual = any(product.capture_policy == CapturePolicy.MANUAL for product in products.values())
    return CapturePolicy.MANUAL if manual else CapturePolicy.AUTOMATIC


def _describe(items: Sequence[Item], products: Mapping[str, Product]) -> str:
    first = products[items[0].sku].name
    more = f" and {len(items) - 1} more" if len(items) > 1 else ""
    return first[: 256 - len(more)] + more


def _buyer_details(buyer: User, given: Mapping[str, str]) -> dict[str, str]:
    known = {
        "first": buyer.first_name,
        "last": buyer.last_name,
        "full": buyer.get_full_name(),
        "phone": buyer.phone,
        "email": buyer.email,
    }
    return {**known, **{key: value for key, value in given.items() if value}}


def _number() -> str:
    return "P-" + "".join(_READABLE[byte % 32] for byte in ports.new_uuid().bytes[-8:])
