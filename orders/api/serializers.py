"""What an order looks like to the app, and what the app may say when it places one."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api import Email, ManyOf, MoneyBody, Phone, StrictSerializer, Text, Whole, money_body
from orders.models import CapturePolicy, Order, OrderLine, OrderStatus
from orders.services import MAX_LINES, MAX_QUANTITY

# --- in ---------------------------------------------------------------------------------------------------------------


class ItemIn(StrictSerializer):
    shown_only = frozenset({"name", "unit", "amount", "price", "currency"})

    sku = Text(max_length=64, may_hold_digits=True)
    quantity = Whole(min_value=1, max_value=MAX_QUANTITY)


class NameIn(StrictSerializer):
    first = Text(max_length=32, required=False)
    last = Text(max_length=32, required=False)
    middle = Text(max_length=32, required=False)
    full = Text(max_length=128, required=False)


class AddressIn(StrictSerializer):
    region = Text(max_length=2, min_length=2, help_text="ISO 3166-1 alpha-2.")
    state = Text(max_length=8, required=False)
    city = Text(max_length=32, required=False)
    line1 = Text(max_length=256, required=False)
    line2 = Text(max_length=256, required=False)
    zip_code = Text(max_length=32, required=False)


class ShippingIn(StrictSerializer):
    name = NameIn()
    address = AddressIn()
    carrier = Text(max_length=128, required=False)
    phone = Phone(required=False)
    email = Email(required=False)


class BuyerIn(StrictSerializer):
    first = Text(max_length=32, required=False)
    last = Text(max_length=32, required=False)
    full = Text(max_length=128, required=False)
    phone = Phone(required=False)
    email = Email(required=False)


class OrderIn(StrictSerializer):
    """Products and quantities; the price is ours (I7)."""

    items = ManyOf(child=ItemIn(), min_length=1, max_length=MAX_LINES)
    description = Text(max_length=256, required=False)
    shipping = ShippingIn(required=False)
    buyer = BuyerIn(required=False)


# --- out --------------------------------------------------------------------------------------------------------------


class NameOut(serializers.Serializer[Any]):
    first = serializers.CharField(required=False)
    last = serializers.CharField(required=False)
    middle = serializers.CharField(required=False)
    full = serializers.CharField(required=False)


class AddressOut(serializers.Serializer[Any]):
    region = serializers.CharField(required=False)
    state = serializers.CharField(required=False)
    city = serializers.CharField(required=False)
    line1 = serializers.CharField(required=False)
    line2 = serializers.CharField(required=False)
    zip_code = serializers.CharField(required=False)


class ShippingOut(serializers.Serializer[Any]):
    name = NameOut(required=False)
    address = AddressOut(required=False)
    carrier = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)
    email = serializers.CharField(required=False)


class LineOut(serializers.Serializer[Any]):
    sku = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    url = serializers.CharField()
    quantity = serializers.IntegerField()
    unit = MoneyBody()
    amount = MoneyBody()


class OrderSummary(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField(help_text="For people; `id` is for programs.")
    description = serializers.CharField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    placed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="Until when a payment may start.")
    capture_policy = serializers.ChoiceField(choices=CapturePolicy.choices)
    total = MoneyBody()
    due = MoneyBody(help_text="What is not captured yet.")
    paid = MoneyBody(help_text="What is captured.")
    refunded = MoneyBody()
    held = MoneyBody(help_text="Reserved on a card, not charged.")
    safe_to_ship = serializers.BooleanField(help_text="True only when what is due is captured.")


class OrderOut(OrderSummary):
    lines = LineOut(many=True)
    shipping = ShippingOut(allow_null=True)


OrderIn.shown_only = frozenset(OrderOut().fields) - frozenset(OrderIn().fields) | {"amount", "state", "merchant"}


SUMMARY_COLUMNS = (
    *("public_id", "number", "description", "currency", "status", "placed_at", "expires_at", "capture_policy"),
    *("total_minor", "due_minor", "paid_minor", "refunded_minor", "held_minor", "safe_to_ship"),
)
"""What `order_summary` reads."""


def order_summary(order: Order) -> dict[str, Any]:
    """In the shape of OrderSummary; the renderer writes the values as they are, so no serializer goes over them."""
    return {
        "id": order.public_id,
        "number": order.number,
        "description": order.description,
        "currency": order.currency,
        "status": order.status,
        "placed_at": order.placed_at,
        "expires_at": order.expires_at,
        "capture_policy": order.capture_policy,
        "total": money_body(order.total),
        "due": money_body(order.money(order.due_minor)),
        "paid": money_body(order.money(order.paid_minor)),
        "refunded": money_body(order.money(order.refunded_minor)),
        "held": money_body(order.money(order.held_minor)),
        "safe_to_ship": order.safe_to_ship,
    }


def order_facts(order: Order) -> dict[str, Any]:
    """In the shape of OrderOut."""
    return {
        **order_summary(order),
        "lines": [_line(order, line) for line in order.lines.all()],
        "shipping": _shipping(order.shipping),
    }


def _line(order: Order, line: OrderLine) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "name": line.name,
        "category": line.category,
        "url": line.url,
        "quantity": line.quantity,
        "unit": money_body(order.money(line.unit_minor)),
        "amount": money_body(order.money(line.amount_minor)),
    }


def _shipping(kept: dict[str, Any] | None) -> dict[str, Any] | None:
    """Only what is documented, in that order: the column may hold more, and PostgreSQL sorts the keys of its JSON."""
    if kept is None:
        return None
    told = _only(_SHIPPING, kept)
    return told | {part: _only(names, told[part]) for part, names in _PARTS.items() if part in told}


def _only(names: tuple[str, ...], kept: dict[str, Any]) -> dict[str, Any]:
    return {name: kept[name] for name in names if name in kept}


_SHIPPING = tuple(ShippingOut().fields)
_PARTS = {"name": tuple(NameOut().fields), "address": tuple(AddressOut().fields)}
