"""What a buyer owes: products, orders, their lines. Knows nothing of payments."""

from __future__ import annotations

from functools import partial

from django.db import models
from django.db.models import Q

from core import ports
from core.models import User, UUIDModel
from core.money import Money, display


class CapturePolicy(models.TextChoices):
    AUTOMATIC = "AUTOMATIC", "Charge as soon as it is authorised"
    MANUAL = "MANUAL", "Hold, and charge when a person captures"


class Product(UUIDModel):
    sku = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=64, blank=True)
    url = models.URLField(max_length=500, blank=True)
    unit_price_minor = models.BigIntegerField("unit price (minor units)")
    currency = models.CharField(max_length=3)
    capture_policy = models.CharField(max_length=9, choices=CapturePolicy, default=CapturePolicy.AUTOMATIC)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["sku"]
        constraints = [
            models.CheckConstraint(condition=Q(unit_price_minor__gt=0), name="product_price_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.sku})"

    @property
    def price(self) -> Money:
        return Money(self.unit_price_minor, self.currency)


class OrderStatus(models.TextChoices):
    """A projection of the money, written by `note_money` alone."""

    AWAITING_PAYMENT = "awaiting_payment", "Awaiting payment"
    AUTHORIZED = "authorized", "Authorised"
    PARTLY_PAID = "partly_paid", "Partly paid"
    PAID = "paid", "Paid"
    OVERPAID = "overpaid", "Overpaid"
    PARTLY_REFUNDED = "partly_refunded", "Partly refunded"
    REFUNDED = "refunded", "Refunded"


class Order(UUIDModel):
    """Frozen when placed: lines, prices, currency, capture policy, buyer.

    `number` is for people, `public_id` for programs.
    """

    public_id = models.CharField(
        max_length=32, unique=True, editable=False, default=partial(ports.new_public_id, "ord")
    )
    number = models.CharField(max_length=16, unique=True, editable=False)
    buyer = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="orders")
    description = models.CharField(max_length=256)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    capture_policy = models.CharField(max_length=9, choices=CapturePolicy)
    buyer_details = models.JSONField(default=dict)
    """{"first","middle","last","full","phone","email"} as it was when the order was placed."""
    shipping = models.JSONField(null=True, blank=True)
    """{"name": {...}, "address": {"region","state","city","line1","line2","zip_code"}, "carrier","phone","email"}."""
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    status = models.CharField(max_length=20, choices=OrderStatus, default=OrderStatus.AWAITING_PAYMENT, editable=False)
    held_minor = models.BigIntegerField(default=0, editable=False)
    paid_minor = models.BigIntegerField(default=0, editable=False)
    refunded_minor = models.BigIntegerField(default=0, editable=False)
    due_minor = models.BigIntegerField(editable=False)
    safe_to_ship = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(total_minor__gt=0), name="order_total_is_positive"),
            models.CheckConstraint(
                condition=Q(held_minor__gte=0) & Q(paid_minor__gte=0) & Q(refunded_minor__gte=0) & Q(due_minor__gte=0),
                name="order_projections_are_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="order_of_buyer"),
            models.Index(fields=["status", "-id"], name="order_by_status"),
            models.Index(fields=["safe_to_ship", "-id"], name="order_to_ship"),
            models.Index(fields=["total_minor"], name="order_by_total"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    @property
    def total_text(self) -> str:
        return display(self.total)


class OrderLine(UUIDModel):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, db_index=False, related_name="lines")
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=64, blank=True)
    url = models.URLField(max_length=500, blank=True)
    quantity = models.PositiveIntegerField()
    unit_minor = models.BigIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="one_line_per_position"),
            models.CheckConstraint(condition=Q(quantity__gt=0) & Q(unit_minor__gt=0), name="line_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

    @property
    def amount_minor(self) -> int:
        return self.quantity * self.unit_minor
