"""Where the buyer goes on afterwards, and the pages of ours that an app or web shop may open."""

from __future__ import annotations

import pytest
from django.conf import settings

from core.models import IdempotencyKey
from payments.gateways.base import Pending, Redirect
from payments.models import Payment
from payments.services.returning import state_of
from tests.api.app import WEB, App, refused


def pay(app: App, product, **told):
    return app.post(f"/orders/{app.place(product)}/payments/", {"method": "new_card", "device": WEB, **told})


@pytest.mark.parametrize("address", ["https://shop.example/thanks?order=1", "shop://paid", "HTTPS://shop.example/"])
def test_an_address_of_the_shop_is_kept(app, product, address):
    answer = pay(app, product, return_to=address)
    assert answer.status_code == 202
    assert Payment.objects.get().return_to == address


def test_without_an_address_there_is_none(app, product):
    assert pay(app, product).status_code == 202
    assert Payment.objects.get().return_to == ""


@pytest.mark.promise("I34")
@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "https://user:pass@shop.example/",
        "https://shop.example:8443/",
        "https://SHOP.EXAMPLE.evil.example/",
        "https://shop.example\\@evil.example/",
        "https:\\\\shop.example/",
        "http://shop.example/",
        "//shop.example/",
        "/thanks",
        "javascript:alert(1)",
        "JavaScript://shop.example/%0aalert(1)",
        "data:text/html,x",
        "https://shop.example/\t",
        "https://shop.example/\nX: 1",
        "https://[",
        " shop://paid",
    ],
)
def test_any_other_address_is_refused_and_nothing_is_written(app, product, address):
    order = app.place(product)
    keys = IdempotencyKey.objects.count()
    answer = app.post(f"/orders/{order}/payments/", {"method": "new_card", "device": WEB, "return_to": address})
    assert answer.status_code == 400
    assert answer.json()["code"] == "address_not_allowed"
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("return_to", "address_not_allowed")
    assert address.strip() not in answer.content.decode()
    assert (Payment.objects.count(), IdempotencyKey.objects.count()) == (0, keys)


@pytest.mark.parametrize(("value", "code"), [("", "blank"), (None, "null"), (7, "invalid"), ("a" * 501, "max_length")])
def test_what_is_no_address_is_refused(app, product, value, code):
    answer = pay(app, product, return_to=value)
    assert answer.status_code == 400
    assert answer.json()["errors"][0] | {"detail": ""} == {"field": "return_to", "code": code, "detail": ""}


@pytest.mark.parametrize("field", ["result_url", "return_url", "continue_url"])
def test_our_own_addresses_are_set_by_nobody(app, product, field):
    answer = pay(app, product, **{field: "https://shop.example/"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_every_payment_has_a_page_for_its_buyer(app, product, client):
    told = pay(app, product).json()
    payment = Payment.objects.get()
    assert told["result_url"] == f"{settings.PUBLIC_URL}/pay/result/{state_of(payment)}/"
    page = client.get(told["result_url"].removeprefix(settings.PUBLIC_URL))
    assert (page.status_code, payment.order_number in page.content.decode()) == (200, True)
    assert app.get(f"/payments/{told['id']}/").json()["result_url"] == told["result_url"]


def test_a_redirect_can_be_left_to_our_page(app, product, card, fake, client):
    bank = "https://bank.example/check"
    fake.next("authorize", Pending(Redirect(url=bank, app_links={"scheme": "bankapp://check"})))
    action = app.pay(app.place(product), card=card.public_id).json()["next_action"]
    assert action == {
        "type": "redirect",
        "url": bank,
        "method": "GET",
        "fields": {},
        "app_links": {"scheme": "bankapp://check"},
        "continue_url": f"{settings.PUBLIC_URL}/pay/continue/{state_of(Payment.objects.get())}/",
    }
    page = client.get(action["continue_url"].removeprefix(settings.PUBLIC_URL))
    assert bank in page.content.decode()


def test_a_session_has_no_page_to_continue_on(app, product):
    assert "continue_url" not in pay(app, product).json()["next_action"]


def test_the_same_key_with_another_address_is_another_request(app, product):
    order = app.place(product)
    body = {"method": "new_card", "device": WEB, "return_to": "shop://paid"}
    first = app.post(f"/orders/{order}/payments/", body, key="test-return-to-0000001")
    again = app.post(f"/orders/{order}/payments/", body, key="test-return-to-0000001")
    assert (first.status_code, again.content) == (202, first.content)
    other = {**body, "return_to": "shop://other"}
    refused(app.post(f"/orders/{order}/payments/", other, key="test-return-to-0000001"), 422, "idempotency_key_reused")
