"""What strangers and broken apps send: a clear refusal with a stable code, no 5xx, nothing stored, nothing repeated."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from core.models import IdempotencyKey
from orders.api import views
from orders.models import Order
from payments.models import Payment
from tests import factories
from tests.api.app import WEB, refused

NUMBER = "4111111111111111"
ITEM = {"sku": "MUG", "quantity": 1}


@pytest.fixture(autouse=True)
def nothing_is_written(request, transactional_db):
    yield
    if "places" not in request.fixturenames:
        assert (Order.objects.count(), Payment.objects.count(), IdempotencyKey.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "invalid"),
        (b"{", "malformed_json"),
        (b"[]", "malformed_json"),
        (b'"text"', "malformed_json"),
        (b"null", "malformed_json"),
        (b'{"items": NaN}', "malformed_json"),
        (b'{"items": -Infinity}', "malformed_json"),
        (b'{"items": 1e999}', "malformed_json"),
        (b'{"items": 9999999999999999999}', "malformed_json"),
        (b'{"items": ' + b"9" * 5000 + b"}", "malformed_json"),
        (b'{"items": [], "items": []}', "malformed_json"),
        (b'{"description": "a\\u0000b"}', "malformed_json"),
        (b'{"description": "a\x00b"}', "malformed_json"),
        (b'{"description": "\\ud800"}', "malformed_json"),
        (b'{"a\\u0000": 1}', "malformed_json"),
        (b'{"description": "\xff"}', "malformed_json"),
        (b'\xef\xbb\xbf{"items": []}', "malformed_json"),
        (b"[" * 20000, "malformed_json"),
        (b'{"a":' * 5000, "malformed_json"),
        (b'{"a":' * 11 + b"1" + b"}" * 11, "malformed_json"),
    ],
)
def test_malformed_json(app, product, raw, code):
    refused(app.post("/orders/", raw=raw), 400, code)


def test_too_large_a_body(app, product):
    refused(app.post("/orders/", raw=b'{"description":"' + b"x" * 33000 + b'"}'), 413, "body_too_large")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_another_content_type(app, product, kind):
    answer = app.post("/orders/", raw=b"items=1", **{"Content-Type": kind or "x"})
    refused(answer, 415, "unsupported_media_type")


def test_another_charset(app, product):
    refused(
        app.post("/orders/", {"items": [ITEM]}, **{"Content-Type": "application/json; charset=latin-1"}),
        415,
        "unsupported_media_type",
    )


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "items", "required"),
        ({"items": []}, "items", "min_length"),
        ({"items": {}}, "items", "not_a_list"),
        ({"items": "MUG"}, "items", "not_a_list"),
        ({"items": None}, "items", "null"),
        ({"items": [1]}, "items.0", "invalid"),
        ({"items": [ITEM] * 101}, "items", "max_length"),
        ({"items": [ITEM, ITEM]}, "items", "invalid"),
        ({"items": [{"sku": 0, "quantity": 1}]}, "items.0.sku", "invalid"),
        ({"items": [{"sku": "", "quantity": 1}]}, "items.0.sku", "blank"),
        ({"items": [{"sku": "x" * 65, "quantity": 1}]}, "items.0.sku", "max_length"),
        ({"items": [{"sku": "MUG", "quantity": "1"}]}, "items.0.quantity", "invalid"),
        ({"items": [{"sku": "MUG", "quantity": 1.0}]}, "items.0.quantity", "invalid"),
        ({"items": [{"sku": "MUG", "quantity": True}]}, "items.0.quantity", "invalid"),
        ({"items": [{"sku": "MUG", "quantity": 0}]}, "items.0.quantity", "min_value"),
        ({"items": [{"sku": "MUG", "quantity": -1}]}, "items.0.quantity", "min_value"),
        ({"items": [{"sku": "MUG", "quantity": 1000}]}, "items.0.quantity", "max_value"),
        ({"items": [{"sku": "MUG", "quantity": 10**17}]}, "items.0.quantity", "max_value"),
        ({"items": [{"sku": "nothing", "quantity": 1}]}, "items.0.sku", "unknown_product"),
        ({"items": [{**ITEM, "price": 1}]}, "items.0.price", "read_only_field"),
        ({"items": [{**ITEM, "colour": "red"}]}, "items.0.colour", "unknown_field"),
        ({"items": [ITEM], "description": "x" * 257}, "description", "max_length"),
        ({"items": [ITEM], "description": 5}, "description", "invalid"),
        ({"items": [ITEM], "coupon": "x"}, "coupon", "unknown_field"),
        ({"items": [ITEM], "buyer": {"email": "nobody"}}, "buyer.email", "invalid"),
        ({"items": [ITEM], "buyer": {"phone": "call me"}}, "buyer.phone", "invalid"),
        ({"items": [ITEM], "buyer": {"is_staff": True}}, "buyer.is_staff", "unknown_field"),
        ({"items": [ITEM], "shipping": {"name": {}}}, "shipping.address", "required"),
        ({"items": [ITEM], "shipping": []}, "shipping", "invalid"),
        ({"items": [ITEM], f"{'x' * 60}": 1}, "(not a name)", "unknown_field"),
        ({"items": [ITEM], "<script>": 1}, "(not a name)", "unknown_field"),
    ],
)
def test_an_order_that_cannot_be(app, product, body, field, code):
    answer = app.post("/orders/", body)
    document = refused(
        answer, 400, code if code in ("unknown_field", "read_only_field", "unknown_product") else "invalid"
    )
    assert (document["errors"][0]["field"], document["errors"][0]["code"]) == (field, code)


def test_products_of_two_currencies(app, product):
    factories.make_product("YEN", 500, "JPY")
    refused(app.post("/orders/", {"items": [ITEM, {"sku": "YEN", "quantity": 1}]}), 400, "mixed_currencies")


@pytest.mark.promise("I31")
@pytest.mark.parametrize(
    "body",
    [
        {"items": [ITEM], "description": f"please use {NUMBER}"},
        {"items": [ITEM], "description": "4111-1111 1111-1111"},
        {"items": [ITEM], "cvv": "737"},
        {"items": [ITEM], "card_number": NUMBER},
        {"items": [ITEM], NUMBER: 1},
        {"items": [ITEM], "buyer": {"full": NUMBER}},
        {"items": [ITEM], "buyer": {"phone": NUMBER}},
        {"items": [{"sku": NUMBER, "quantity": 1}]},
        {"items": NUMBER},
        {"items": [ITEM], "shipping": NUMBER},
    ],
)
def test_card_data_is_refused_and_never_repeated(app, product, body):
    answer = app.post("/orders/", body)
    assert answer.status_code == 400
    assert "4111" not in json.dumps(answer.json()["errors"])
    assert b"737" not in answer.content.replace(answer.json()["correlation_id"].encode(), b"")


@pytest.mark.promise("I31")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"method": "new_card", "device": WEB, "card_number": NUMBER}, "card_data_refused"),
        ({"method": "new_card", "device": WEB, "number": NUMBER, "cvv": "737"}, "card_data_refused"),
        ({"method": "new_card", "device": WEB, "token": "ALIPAYx"}, "card_data_refused"),
        ({"card": {"number": NUMBER}, "device": WEB}, "invalid"),
        ({"method": NUMBER, "device": WEB}, "invalid"),
        ({"method": "new_card", "device": {**WEB, "user_agent": NUMBER}}, "card_data_refused"),
        ({"method": "new_card", "device": {**WEB, "terminal_type": NUMBER}}, "invalid"),
        ({"method": "new_card", "device": {**WEB, "device_model": NUMBER}}, "card_data_refused"),
        ({"method": "new_card", "device": {**WEB, "os_version": NUMBER}}, "card_data_refused"),
    ],
)
def test_card_data_is_refused_when_paying(app, order_address, places, fake, body, code):
    answer = app.post(order_address, body)
    refused(answer, 400, code)
    assert NUMBER.encode() not in answer.content
    assert fake.log == []


@pytest.fixture
def places():
    """Marks tests that need an order of their own."""


@pytest.fixture
def order_address(app, product):
    return f"/orders/{app.place(product)}/payments/"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"device": WEB}, "method"),
        ({"method": "new_card", "card": "card_x", "device": WEB}, "method"),
        ({"method": "cash", "device": WEB}, "method"),
        ({"method": "new_card"}, "device"),
        ({"method": "new_card", "device": None}, "device"),
        ({"method": "new_card", "device": {}}, "device.terminal_type"),
        ({"method": "new_card", "device": {"terminal_type": "TV"}}, "device.terminal_type"),
        ({"method": "new_card", "device": {"terminal_type": ["WEB"]}}, "device.terminal_type"),
        ({"method": "new_card", "device": {"terminal_type": "APP"}}, "device.os_type"),
        ({"method": "new_card", "device": {**WEB, "color_depth": 7}}, "device.color_depth"),
        ({"method": "new_card", "device": {**WEB, "color_depth": True}}, "device.color_depth"),
        ({"method": "new_card", "device": {**WEB, "color_depth": "24"}}, "device.color_depth"),
        ({"method": "new_card", "device": {**WEB, "time_zone_offset": 721}}, "device.time_zone_offset"),
        ({"method": "new_card", "device": {**WEB, "java_enabled": 1}}, "device.java_enabled"),
        ({"method": "new_card", "device": {**WEB, "screen_width": 0}}, "device.screen_width"),
        ({"method": "new_card", "device": {**WEB, "user_agent": "x" * 1025}}, "device.user_agent"),
        ({"method": "new_card", "device": {**WEB, "device_token_id": "x" * 257}}, "device.device_token_id"),
        ({"method": "new_card", "device": {**WEB, "device_language": "x" * 33}}, "device.device_language"),
        ({"method": "new_card", "device": {**WEB, "device_brand": "x" * 65}}, "device.device_brand"),
        ({"method": "new_card", "device": {**WEB, "device_model": "x" * 129}}, "device.device_model"),
        ({"method": "new_card", "device": {**WEB, "os_version": "x" * 65}}, "device.os_version"),
        ({"method": "new_card", "device": {**WEB, "os_version": 17}}, "device.os_version"),
        ({"method": "new_card", "device": {**WEB, "java_script_enabled": "true"}}, "device.java_script_enabled"),
        ({"method": "new_card", "device": {**WEB, "java_script_enabled": None}}, "device.java_script_enabled"),
        ({"method": "new_card", "save_card": "yes", "device": WEB}, "save_card"),
        ({"card": "card_x", "save_card": True, "device": WEB}, "save_card"),
        ({"card": 5, "device": WEB}, "card"),
    ],
)
def test_a_payment_that_cannot_be(app, order_address, places, fake, body, field):
    document = refused(app.post(order_address, body), 400, "invalid")
    assert document["errors"][0]["field"] == field
    assert (fake.log, Payment.objects.count()) == ([], 0)


@pytest.mark.parametrize("address", ["cancel", "refresh"])
def test_a_body_where_none_is_wanted(app, address):
    refused(app.post(f"/payments/pay_{'x' * 22}/{address}/", {"amount": 1}), 400, "unknown_field")


# --- who asks, and where ----------------------------------------------------------------------------------------------

ADDRESSES = [
    ("get", "/orders/"),
    ("get", f"/orders/ord_{'x' * 22}/"),
    ("get", f"/orders/ord_{'x' * 22}/payment-methods/"),
    ("get", f"/payments/pay_{'x' * 22}/"),
    ("post", "/orders/"),
    ("post", f"/orders/ord_{'x' * 22}/payments/"),
    ("post", f"/payments/pay_{'x' * 22}/refresh/"),
    ("post", f"/payments/pay_{'x' * 22}/cancel/"),
    ("post", f"/orders/ord_{'x' * 22}/refund-requests/"),
]


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_nobody_signed_in(stranger, method, address):
    answer = getattr(stranger, method)(address)
    refused(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "\x7f", "eyJhbGciOiJub25lIn0.e30."])
def test_a_made_up_token(stranger, token):
    stranger.token = token
    answer = stranger.get("/orders/")
    refused(answer, 401, "authentication_failed")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_token_after_signing_out(app):
    assert app.get("/orders/").status_code == 200
    app.client.delete("/_allauth/app/v1/auth/session", headers={"Authorization": f"Bearer {app.token}"})
    refused(app.get("/orders/"), 401, "authentication_failed")


@pytest.mark.parametrize("address", ["/", "/orders", "/nothing/", "/orders/x/y/z/", "/%00/", "/orders/%ff/"])
def test_addresses_that_lead_nowhere(app, address):
    refused(app.get(address), 404, "not_found")


@pytest.mark.parametrize("address", ["/orders/%00/", f"/orders/{'x' * 4000}/", "/payments/é/", "/payments/'--/"])
def test_ids_that_cannot_be(app, address):
    refused(app.get(address), 404, "not_found")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods(app, method):
    answer = getattr(app.client, method)("/api/v1/orders/", headers={"Authorization": f"Bearer {app.token}"})
    refused(answer, 405, "method_not_allowed")
    assert "GET" in answer["Allow"]


def test_accept_decides_nothing(app):
    assert app.get("/orders/", Accept="text/html")["Content-Type"] == "application/json"
    assert app.get("/orders/?format=xml").status_code == 200


def test_our_own_mistake_tells_nothing(app, monkeypatch, caplog):
    def broken(*args):
        raise RuntimeError(f"secret {NUMBER}")

    monkeypatch.setattr(views, "order_of", broken)
    answer = app.get(f"/orders/ord_{'x' * 22}/")
    document = refused(answer, 500, "internal_error")
    assert "secret" not in str(document)
    assert any(getattr(record, "correlation_id", "") == document["correlation_id"] for record in caplog.records)


def test_a_card_number_in_the_address_is_not_repeated(app):
    answer = app.get(f"/payments/{NUMBER}/")
    assert (answer.status_code, NUMBER.encode() in answer.content) == (404, False)


@pytest.mark.parametrize("address", ["/api/v1/orders", "/api/v1/payments/x/cancel", "/api/nope", "/api"])
def test_a_post_without_the_last_slash_is_told_the_address_is_wrong(transactional_db, address):
    client = Client(enforce_csrf_checks=True)
    refused(client.post(address, "{}", content_type="application/json"), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "address", "raw", "status", "code"),
    [
        ("POST", "/_allauth/app/v1/auth/login", b"{", 400, "bad_request"),
        ("POST", "/_allauth/app/v1/auth/login", b"[]", 400, "bad_request"),
        ("POST", "/_allauth/app/v1/auth/login", b"x" * 70_000, 400, "bad_request"),
        ("GET", "/_allauth/app/v1/auth/password/request", b"", 405, "method_not_allowed"),
        ("POST", "/_allauth/app/v1/nothing", b"{}", 404, "not_found"),
    ],
)
def test_the_sign_in_door_refuses_with_a_problem_too(stranger, method, address, raw, status, code):
    answer = stranger.client.generic(method, address, raw, content_type="application/json")
    refused(answer, status, code)
    assert ("Allow" in answer.headers) == (status == 405)


def test_what_the_sign_in_door_says_in_json_is_left_alone(stranger):
    answer = stranger.client.post(
        "/_allauth/app/v1/auth/login", b'{"email": "a@b.example"}', content_type="application/json"
    )
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
    assert answer.json()["errors"][0]["param"] == "password"
