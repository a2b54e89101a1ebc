"""What the demo starts with: products, people, one account, one saved card each. Running it again changes nothing.

python -m payments.demo.seed <simulator> <people.json>     (with the application's environment)
"""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path
from typing import Any

import django
import requests

EUR_AUTO = [
    ("LAMP", "Reading lamp", "Lighting", 30000),
    ("MUG", "Stoneware mug", "Kitchen", 1850),
    ("THROW", "Wool throw", "Home", 8900),
    ("PRINT", "Framed print", "Home", 4500),
    ("DATES", "Dates, gift box", "Food", 1250),
]
EUR_MANUAL = [
    ("VASE", "Hand-blown vase, made to order", "Home", 12000),
    ("CHAIR", "Oak chair, made to order", "Furniture", 24900),
    ("RING", "Engraved ring", "Jewellery", 45000),
]
OTHERS = [
    ("TEA-JP", "Sencha, 500 g", "Food", 4800, "JPY", "AUTOMATIC"),
    ("BOWL-JP", "Tea bowl, fired to order", "Kitchen", 12000, "JPY", "MANUAL"),
    ("SCARF-GB", "Lambswool scarf", "Clothes", 5900, "GBP", "AUTOMATIC"),
    ("BOOK-US", "Field guide", "Books", 2495, "USD", "AUTOMATIC"),
    ("PERFUME-KW", "Oud perfume", "Gifts", 18500, "KWD", "AUTOMATIC"),
]
PRODUCTS = [
    *((*row, "EUR", "AUTOMATIC") for row in EUR_AUTO),
    *((*row, "EUR", "MANUAL") for row in EUR_MANUAL),
    *OTHERS,
]
"""(sku, name, category, minor units, currency, capture policy)"""

ACCOUNT = {
    "gateway": "antom",
    "mode": "TEST",
    "credentials": "antom_eu",
    "currencies": ["EUR", "USD", "GBP", "JPY", "KWD"],
    "card_brands": ["VISA", "MASTERCARD", "AMEX", "JCB"],
}
BUYERS = [
    ("bea@shop.example", "Bea", "Buyer", "4054695723100768"),
    ("ben@shop.example", "Ben", "Bauer", "5555555555554444"),
    ("sam@shop.example", "Sam", "Summer", "4054695723100768"),
]
"""(e-mail, first name, last name, number of the card that is saved for them at the simulator)"""
OPERATORS = [("viewer", "Vera"), ("cashier", "Carl"), ("refunder", "Rita")]
SUPERUSER = ("admin", "Ada")


def seed(simulator: str, people: Path) -> None:
    from payments.gateways.models import MerchantAccount
    from payments.roles import ensure_roles

    passwords = json.loads(people.read_text())["passwords"] if people.exists() else {}
    ensure_roles()
    for sku, name, category, minor, currency, policy in PRODUCTS:
        _product(sku, name, category, minor, currency, policy)
    account, _ = MerchantAccount.objects.update_or_create(name="Paydesk Europe", defaults=ACCOUNT)
    for email, first, last, number in BUYERS:
        buyer = _person(email, first, passwords, last_name=last, phone="+491520000000")
        _saved_card(buyer, account, simulator, number)
    for role, first in OPERATORS:
        _operator(f"{role}@shop.example", first, role, passwords)
    _person(f"{SUPERUSER[0]}@shop.example", SUPERUSER[1], passwords, is_staff=True, is_superuser=True)
    _write(people, passwords)


def _product(sku: str, name: str, category: str, minor: int, currency: str, policy: str) -> None:
    from orders.models import Product

    Product.objects.update_or_create(
        sku=sku,
        defaults={
            "name": name,
            "category": category,
            "url": f"https://shop.example/{sku.lower()}",
            "unit_price_minor": minor,
            "currency": currency,
            "capture_policy": policy,
        },
    )


def _person(email: str, first_name: str, passwords: dict[str, str], **values: Any) -> Any:
    """The user of that e-mail; a new one gets a throw-away password, kept in `passwords`."""
    from core.models import User

    values = {"first_name": first_name, "last_name": "", "email": email, **values}
    user, _ = User.objects.update_or_create(username=email, defaults=values)
    if email not in passwords or not user.check_password(passwords[email]):
        passwords[email] = f"demo-{secrets.token_hex(5)}"
        user.set_password(passwords[email])
        user.save()
    return user


def _operator(email: str, first_name: str, role: str, passwords: dict[str, str]) -> None:
    from django.contrib.auth.models import Group

    _person(email, first_name, passwords, is_staff=True).groups.set([Group.objects.get(name=role)])


def _saved_card(buyer: Any, account: Any, simulator: str, number: str) -> None:
    """The token comes from the provider; the number is known to nobody here but this seed."""
    from django.conf import settings

    from core import ports
    from vaulting.models import BoundCard

    if BoundCard.objects.filter(buyer=buyer, account=account).exists():
        return
    client_id = settings.GATEWAY_CREDENTIALS[account.credentials]["client_id"]
    card = {"client_id": client_id, "number": number, "expiry_month": 12, "expiry_year": 2039}
    reply = requests.post(f"{simulator}/control/tokens", json=card, timeout=10)
    reply.raise_for_status()
    minted = reply.json()
    BoundCard.objects.create(
        buyer=buyer,
        account=account,
        sealed_token=minted["token"].encode(),
        brand=minted["brand"],
        last_four=minted["last4"],
        expiry_month=12,
        expiry_year=2039,
        is_default=True,
        created_at=ports.now(),
    )


def _write(people: Path, passwords: dict[str, str]) -> None:
    buyers = [{"name": f"{first} {last}", "email": email} for email, first, last, _ in BUYERS]
    staff = [{"role": role, "email": f"{role}@shop.example"} for role, _ in (*OPERATORS, SUPERUSER)]
    for person in (*buyers, *staff):
        person["password"] = passwords[person["email"]]
    people.touch(mode=0o600)
    people.write_text(json.dumps({"passwords": passwords, "buyers": buyers, "operators": staff}, indent=1))


if __name__ == "__main__":
    django.setup()
    seed(sys.argv[1], Path(sys.argv[2]))
