"""Rows to start a story from, made through the services wherever a service exists."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.db import transaction

from core import idempotency, ports
from core.models import User
from orders.models import CapturePolicy, Order, Product
from orders.services import Item, place_order
from payments.gateways.base import DeviceFacts
from payments.gateways.models import MerchantAccount
from payments.models import Payment
from payments.services.start import start_payment
from vaulting.models import BoundCard

WEB = DeviceFacts(terminal_type="WEB", client_ip="192.0.2.10", user_agent="Mozilla/5.0", language="en_GB")
VERBS = ("capture", "cancel", "refund", "inquire", "review")


def make_user(email: str, **values: Any) -> User:
    return User.objects.create_user(username=email, email=email, password="long enough 42", **values)


def make_operator(email: str, *verbs: str) -> User:
    """A colleague who may look at everything and do `verbs`."""
    user = make_user(email, is_staff=True)
    views = Permission.objects.filter(codename__startswith="view_")
    user.user_permissions.set(
        [*views, *Permission.objects.filter(content_type__app_label="payments", codename__in=verbs)]
    )
    return user


def make_account(gateway: str = "fake", credentials: str = "fake", **values: Any) -> MerchantAccount:
    defaults = {
        "name": f"Shop {credentials}",
        "currencies": ["EUR", "JPY", "KWD", "USD", "IDR"],
        "card_brands": ["VISA", "MASTERCARD"],
    }
    return MerchantAccount.objects.create(gateway=gateway, credentials=credentials, **{**defaults, **values})


def make_product(sku: str = "MUG", price: int = 30000, currency: str = "EUR", manual: bool = False) -> Product:
    policy = CapturePolicy.MANUAL if manual else CapturePolicy.AUTOMATIC
    return Product.objects.create(
        sku=sku,
        name=f"Mug {sku}",
        category="Kitchen",
        url="https://shop.example/mug",
        unit_price_minor=price,
        currency=currency,
        capture_policy=policy,
    )


def make_order(buyer: User, product: Product, quantity: int = 1) -> Order:
    with transaction.atomic():
        return place_order(buyer=buyer, items=[Item(product.sku, quantity)])


def make_card(buyer: User, account: MerchantAccount, **values: Any) -> BoundCard:
    defaults = {"brand": "VISA", "last_four": "1111", "expiry_month": 12, "expiry_year": 2099}
    return BoundCard.objects.create(
        buyer=buyer,
        account=account,
        sealed_token=values.pop("token", "ALIPAYtoken+/==").encode(),
        created_at=ports.now(),
        **{**defaults, **values},
    )


def make_ask(principal: User, key: str | None = None, body: Any = None, route: str = "test") -> idempotency.Ask:
    return idempotency.ask(
        principal=principal, key=key or ports.random_text(24), method="POST", route=route, body=body or {}
    )


def start(buyer: User, order: Order, card: BoundCard | None = None, key: str | None = None) -> Payment:
    """A payment through the real service; with a saved card the fake gateway approves at once."""
    started = start_payment(
        buyer=buyer,
        order_id=order.public_id,
        card_id=card.public_id if card else None,
        device=WEB,
        save_card=False,
        ask=make_ask(buyer, key),
    )
    assert started.payment is not None
    return started.payment
