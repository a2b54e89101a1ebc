"""Fills a database of ours: python -m tests.bench.prepare {"orders": [first, last], "payments": [first, last]}

Prints what the load needs: a bearer token and a card of each buyer. With {"only_one": true}: the rows that others
are made from, and nothing else.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.http import HttpRequest

if TYPE_CHECKING:
    from payments.gateways.models import MerchantAccount

FIRST_EMAIL = "buyer0@shop.example"


def make_templates() -> None:
    """Buyers with cards, one order to be paid, and one payment that the application made with the gateway."""
    from core.models import User
    from tests import factories
    from tests.bench import environment
    from vaulting.models import BoundCard

    account = factories.make_account("antom", environment.CREDENTIALS)
    make_buyers(account)
    product = factories.make_product()
    first = User.objects.get(email=FIRST_EMAIL)
    factories.make_order(first, product)
    paid = factories.make_order(first, product)
    payment = factories.start(first, paid, BoundCard.objects.get(buyer=first))
    if payment.state != "authorized":
        raise SystemExit(f"the gateway did not approve: {payment.state} {payment.failure_code}")


def make_buyers(account: MerchantAccount) -> None:
    """Their ids and those of their cards are counted."""
    from core.models import User
    from tests import factories
    from tests.bench import ids

    for place in range(ids.BUYERS):
        email = f"buyer{place}@shop.example"
        buyer = User(id=ids.row_id(place, ids.BUYER), username=email, email=email, first_name="Ada", last_name="Byron")
        buyer.set_unusable_password()
        buyer.save(force_insert=True)
        card_id = f"card_{ids.padded(place)}"
        factories.make_card(buyer, account, id=ids.row_id(place, ids.CARD), public_id=card_id)


def bearer_tokens() -> list[str]:
    """As the app gets them: a session of its own and a signed token for each buyer."""
    from allauth.headless.tokens.strategies.jwt.internal import create_access_token

    from core.models import User
    from tests.bench import ids

    tokens = []
    for place in range(ids.BUYERS):
        buyer = User.objects.get(pk=ids.row_id(place, ids.BUYER))
        request = HttpRequest()
        request.session = SessionStore()
        login(request, buyer, backend=settings.AUTHENTICATION_BACKENDS[0])
        request.session.save()
        tokens.append(create_access_token(buyer, request.session, {}))
    return tokens


def main(wanted: dict[str, Any]) -> None:
    django.setup()
    from orders.models import Order
    from payments.models import Payment
    from tests.bench import rows

    if wanted.get("only_one"):
        call_command("migrate", verbosity=0)
        make_templates()
        return
    rows.install()
    rows.payments(Payment.objects.get(), *wanted["payments"])
    rows.orders(Order.objects.get(payments=None, status="awaiting_payment"), *wanted["orders"])
    rows.analyze()
    print(json.dumps({"tokens": bearer_tokens()}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
