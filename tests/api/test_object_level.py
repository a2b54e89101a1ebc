"""Somebody else's and nobody's are the same nothing (I26)."""

from __future__ import annotations

import pytest

from payments.models import Payment
from tests import factories
from tests.api.app import WEB, refused
from tests.vaulting.tries import begin
from vaulting.models import BoundCard, VaultingSession

pytestmark = pytest.mark.promise("I26")

ROUTES = [
    ("get", "/orders/{order}/", None),
    ("get", "/orders/{order}/payment-methods/", None),
    ("get", "/orders/{order}/refund-requests/", None),
    ("post", "/orders/{order}/payments/", {"method": "new_card", "device": WEB}),
    ("post", "/orders/{order}/refund-requests/", {"reason": "Mine!"}),
    ("get", "/payments/{payment}/", None),
    ("post", "/payments/{payment}/refresh/", {}),
    ("post", "/payments/{payment}/cancel/", {}),
    ("get", "/cards/{card}/", None),
    ("patch", "/cards/{card}/", {"default": True}),
    ("delete", "/cards/{card}/", None),
    ("get", "/vaulting-sessions/{session}/", None),
    ("post", "/vaulting-sessions/{session}/refresh/", {}),
]


@pytest.mark.parametrize(("method", "address", "body"), ROUTES)
def test_foreign_and_unknown_ids_are_told_alike(
    app, other_app, buyer, manual_product, card, fake, method, address, body
):
    order = factories.make_order(buyer, manual_product)
    payment = factories.start(buyer, order, card)
    session = begin(buyer)

    def rows():
        return [list(model.objects.values()) for model in (Payment, BoundCard, VaultingSession)]

    calls, before = list(fake.log), rows()

    def ask(**ids):
        where, door = address.format(**ids), getattr(other_app, method)
        answer = door(where) if method in ("get", "delete") else door(where, body)
        document = refused(answer, 404, "not_found")
        document.pop("correlation_id"), document.pop("instance")
        headers = {name: value for name, value in answer.items() if name != "Content-Length"}
        return document, headers

    foreign = ask(order=order.public_id, payment=payment.public_id, card=card.public_id, session=session.public_id)
    nobodys = {"order": "ord", "payment": "pay", "card": "card", "session": "vs"}
    unknown = ask(**{name: f"{prefix}_{'0' * 22}" for name, prefix in nobodys.items()})
    assert foreign == unknown
    assert (fake.log, rows()) == (calls, before)


def test_a_list_holds_only_ones_own(app, other_app, buyer, product):
    factories.make_order(buyer, product)
    assert len(app.get("/orders/").json()["results"]) == 1
    assert other_app.get("/orders/").json()["results"] == []


def test_ids_are_public_and_random(app, product, manual_product, card):
    answer = app.pay(app.place(manual_product), card=card.public_id)
    payment = Payment.objects.get()
    told = answer.content.decode()
    assert len(answer.json()["id"]) == len("pay_") + 22  # 131 bits
    for internal in (payment.pk, payment.order_id, payment.account_id, card.pk):
        assert str(internal) not in told
        assert internal.hex not in told
