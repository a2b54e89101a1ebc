"""Placing, listing and showing orders."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import Serializer

from orders.api.serializers import OrderSummary
from orders.models import Order
from payments.api.serializers import PayableOrderOut
from tests import factories
from tests.api.app import refused

SHIPPING = {
    "name": {"first": "Bea", "last": "Buyer"},
    "address": {"region": "DE", "city": "Berlin", "line1": "Hauptstr. 1", "zip_code": "10827"},
    "carrier": "DHL",
    "phone": "+49 30 1234567",
    "email": "bea@shop.example",
}


def test_an_order_in_full(app, product):
    answer = app.post(
        "/orders/",
        {
            "items": [{"sku": "MUG", "quantity": 2}],
            "description": "Two mugs",
            "shipping": SHIPPING,
            "buyer": {"phone": "+49 30 7654321"},
        },
    )
    told = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == f"/api/v1/orders/{told['id']}/"
    assert told["total"] == told["due"] == {"minor": 60000, "currency": "EUR", "text": "€600.00"}
    assert told["paid"]["minor"] == told["held"]["minor"] == told["refunded"]["minor"] == 0
    assert (told["status"], told["capture_policy"], told["safe_to_ship"]) == ("awaiting_payment", "AUTOMATIC", False)
    assert told["lines"][0]["unit"]["minor"] == 30000
    assert told["shipping"]["address"]["city"] == "Berlin"
    assert (told["allowed_actions"], told["payments"], told["refund_requests"]) == (["pay"], [], [])
    assert app.get(f"/orders/{told['id']}/").json() == told
    assert Order.objects.get().buyer_details["phone"] == "+49 30 7654321"


@pytest.mark.parametrize(("currency", "price", "text"), [("JPY", 30000, "¥30,000"), ("KWD", 12345, "KWD\xa012.345")])
def test_amounts_have_the_decimals_of_their_currency(app, currency, price, text):
    factories.make_product("THING", price, currency)
    told = app.post("/orders/", {"items": [{"sku": "THING", "quantity": 1}]}).json()
    assert (told["total"]["minor"], told["total"]["text"].replace("JP¥", "¥")) == (price, text)


@pytest.mark.promise("I7")
def test_the_price_is_the_catalogues_and_frozen(app, product):
    order = app.place(product)
    product.unit_price_minor = 1
    product.save()
    assert app.get(f"/orders/{order}/").json()["total"]["minor"] == 30000


@pytest.mark.promise("I7")
@pytest.mark.promise("I27")
@pytest.mark.parametrize("name", ["total", "currency", "status", "due", "paid", "amount", "state", "merchant", "id"])
def test_no_price_total_or_state_is_taken_from_the_app(app, product, name):
    body = {"items": [{"sku": "MUG", "quantity": 1}], name: 1}
    document = refused(app.post("/orders/", body), 400, "read_only_field")
    assert document["errors"] == [{"field": name, "code": "read_only_field", "detail": "This cannot be set."}]
    assert Order.objects.count() == 0


@pytest.mark.promise("I7")
@pytest.mark.promise("I27")
@pytest.mark.parametrize("name", ["amount", "currency", "gateway", "captured", "state", "capture_mode", "merchant"])
def test_no_amount_or_gateway_is_taken_when_paying(app, product, fake, name):
    body = {"method": "new_card", "device": {"terminal_type": "WEB"}, name: "x"}
    refused(app.post(f"/orders/{app.place(product)}/payments/", body), 400, "read_only_field")
    assert fake.log == []


@pytest.mark.promise("I27")
def test_the_address_of_the_client_is_not_the_clients_to_say(app, product, fake):
    body = {"method": "new_card", "device": {"terminal_type": "WEB", "client_ip": "203.0.113.9"}}
    document = refused(app.post(f"/orders/{app.place(product)}/payments/", body), 400, "read_only_field")
    assert document["errors"][0]["field"] == "device.client_ip"


def test_orders_come_newest_first_page_by_page_without_counting(app, buyer, product):
    placed = [factories.make_order(buyer, product).public_id for _ in range(27)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        first = app.get("/orders/").json()
    assert [order["id"] for order in first["results"]] == placed[:1:-1]
    assert not any("COUNT(" in query["sql"].upper() for query in queries)
    assert len(queries) <= 6
    second = app.client.get(first["next"], headers={"Authorization": f"Bearer {app.token}"}).json()
    assert [order["id"] for order in second["results"]] == placed[1::-1]
    assert second["next"] is None
    back = app.client.get(second["previous"], headers={"Authorization": f"Bearer {app.token}"}).json()
    assert back["results"] == first["results"]


def test_a_cursor_shows_no_internal_key(app, buyer, product):
    import base64

    for _ in range(26):
        factories.make_order(buyer, product)
    cursor = app.get("/orders/").json()["next"].split("cursor=")[1]
    last = str(Order.objects.order_by("-id")[24].pk)
    assert last.encode() not in base64.urlsafe_b64decode(cursor.replace("%3D", "=") + "==")


def test_only_what_may_leave(app, buyer, product):
    ready, _ = factories.make_order(buyer, product), factories.make_order(buyer, product)
    Order.objects.filter(pk=ready.pk).update(safe_to_ship=True)
    assert [o["id"] for o in app.get("/orders/?safe_to_ship=true").json()["results"]] == [ready.public_id]
    assert len(app.get("/orders/?safe_to_ship=false").json()["results"]) == 1
    refused(app.get("/orders/?safe_to_ship=maybe"), 400, "invalid")


def word_for_word(body: dict[str, Any], shape: type[Serializer[Any]], **documented: Any) -> None:
    """The serializer's own word on plain data that was put together without it: keys, their order, every value."""
    assert list(body) == list(shape().fields)
    assert json.dumps(body) == json.dumps(json.loads(JSONRenderer().render(shape({**body, **documented}).data)))


def test_the_list_has_the_documented_shape(app, product, card):
    paid = app.place(product)
    app.pay(paid, card=card.public_id)
    app.place(product, 2)
    listed = app.get("/orders/").json()["results"]
    assert [order["status"] for order in listed] == ["awaiting_payment", "authorized"]
    for body, order in zip(listed, Order.objects.order_by("-id"), strict=True):
        word_for_word(body, OrderSummary, placed_at=order.placed_at, expires_at=order.expires_at)


@pytest.mark.parametrize("shipping", [SHIPPING, {"name": {}, "address": {"region": "DE"}}, None])
def test_an_order_has_the_documented_shape(app, product, card, shipping):
    items = [{"sku": "MUG", "quantity": 2}]
    told = app.post("/orders/", {"items": items} | ({"shipping": shipping} if shipping else {})).json()
    app.pay(told["id"], card=card.public_id)
    app.post(f"/orders/{told['id']}/refund-requests/", {"reason": "Broken"})
    body, order = app.get(f"/orders/{told['id']}/").json(), Order.objects.get()
    assert (len(body["payments"]), len(body["refund_requests"]), body["shipping"]) == (1, 1, shipping)
    asked = [body["refund_requests"][0] | {"created_at": order.refund_requests.get().created_at}]
    word_for_word(body, PayableOrderOut, placed_at=order.placed_at, expires_at=order.expires_at, refund_requests=asked)


def test_of_the_shipping_only_what_is_documented_leaves(app, product):
    order = app.place(product)
    kept = {"phone": "+49 1", "note": "x", "name": {"last": "Buyer", "first": "Bea", "title": "x"}}
    Order.objects.update(shipping=kept)
    told = app.get(f"/orders/{order}/").json()["shipping"]
    assert json.dumps(told) == json.dumps({"name": {"first": "Bea", "last": "Buyer"}, "phone": "+49 1"})


def test_the_list_reads_each_order_once(app, buyer, product):
    """No column that the list shows is left for a statement of its own."""
    for _ in range(3):
        factories.make_order(buyer, product)
    with CaptureQueriesContext(connection) as queries:
        assert len(app.get("/orders/").json()["results"]) == 3
    assert sum('FROM "orders_order"' in query["sql"] for query in queries) == 1


@pytest.mark.parametrize("cursor", ["x", "%00", "cD1hYmM=", "é", "g" * 600, ""])
def test_a_made_up_cursor(app, cursor):
    refused(app.get(f"/orders/?cursor={cursor}"), 400, "invalid_cursor")
