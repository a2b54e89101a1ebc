"""The door of allauth: our users come in, strangers and nonsense do not break it."""

from __future__ import annotations

import pytest

from core.models import User
from tests.api.app import PASSWORD, App, sign_in

LOGIN = "/_allauth/app/v1/auth/login"


def test_signing_up_placing_and_signing_out(stranger, product):
    answer = stranger.client.post(
        "/_allauth/app/v1/auth/signup",
        {"email": "new@shop.example", "password": "a password nobody has 7"},
        content_type="application/json",
    )
    stranger.token = answer.json()["meta"]["access_token"]
    assert stranger.place(product).startswith("ord_")
    assert User.objects.get(email="new@shop.example").is_staff is False


def test_signing_in_again_keeps_the_orders(buyer, account, product):
    order = App(buyer).place(product)
    again = App()
    again.token = sign_in(again.client, buyer)
    assert again.get(f"/orders/{order}/").status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"email": 5, "password": []}',
        b'{"email": "a\\u0000@b.example", "password": "x\\u0000"}',
        b'{"email": "\\ud800@b.example", "password": "x"}',
        b'{"email": "buyer@shop.example", "password": "wrong"}',
        b'{"email": "' + b"x" * 20000 + b'", "password": "x"}',
    ],
)
def test_nonsense_is_no_sign_in(stranger, buyer, raw):
    answer = stranger.client.post(LOGIN, raw, content_type="application/json")
    assert 400 <= answer.status_code < 500
    assert PASSWORD.encode() not in answer.content


def test_an_account_that_was_closed(app, buyer):
    User.objects.filter(pk=buyer.pk).update(is_active=False)
    assert app.get("/orders/").status_code == 401
