"""Start, poll, refresh, give up: what the app is told, and what it is not."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from payments.api.serializers import DeviceIn
from payments.gateways.base import Category, Declined, DeviceFacts, NotAttempted, Pending, Unknown
from payments.models import Payment, Transaction
from payments.services.calls import authorize_request
from tests import factories
from tests.api.app import WEB, new_key, refused


def test_a_new_card_gets_a_session_and_a_place_to_poll(app, product):
    answer = app.pay(app.place(product))
    told = answer.json()
    assert answer.status_code == 202
    assert (told["state"], told["status"], told["outcome"]) == ("pending", "pending", "action_required")
    assert told["next_action"]["type"] == "present_card"
    assert told["next_action"]["session_data"] == "session&&SG&&111"
    assert answer["Location"] == told["poll"] == f"/api/v1/payments/{told['id']}/"
    assert answer["Retry-After"] == str(told["retry_after"]) == "3"
    assert (told["terminal"], told["safe_to_retry"], told["failure"]) == (False, False, None)


def test_a_saved_card_with_manual_capture_is_held_and_settled(app, manual_product, card):
    answer = app.pay(app.place(manual_product), card=card.public_id)
    told = answer.json()
    assert answer.status_code == 201
    assert (told["outcome"], told["held"]["minor"], told["captured"]["minor"]) == ("held", 30000, 0)
    assert told["card"] == {"brand": "VISA", "last_four": "1111", "masked": "•••• 1111", "expiry": "12/99"}
    assert (told["terminal"], told["retry_after"], told["next_action"]) == (True, None, None)
    assert "Retry-After" not in answer


@pytest.mark.promise("I25")
def test_an_authorisation_with_automatic_capture_to_come_is_not_settled(app, product, card):
    order = app.place(product)
    answer = app.pay(order, card=card.public_id)
    assert (answer.status_code, answer.json()["outcome"]) == (202, "processing")
    shown = app.get(f"/orders/{order}/").json()
    assert (shown["status"], shown["safe_to_ship"], shown["held"]["text"]) == ("authorized", False, "€300.00")


@pytest.mark.promise("I25")
def test_a_lost_reply_is_unknown_and_polling_ends_with_the_truth(app, manual_product, card, fake):
    fake.lose_reply("authorize")
    answer = app.pay(app.place(manual_product), card=card.public_id)
    assert (answer.status_code, answer.json()["outcome"]) == (202, "unknown")
    poll = answer.json()["poll"].removeprefix("/api/v1")
    assert app.get(poll).json()["outcome"] == "unknown"
    assert app.post(f"{poll}refresh/", key=None).json()["outcome"] == "held"
    assert app.get(poll).json()["outcome"] == "held"
    assert len(fake.sent("authorize")) == 1


def test_a_decline_is_a_settled_outcome_with_something_to_try(app, product, card, fake):
    fake.next("authorize", Declined("FRAUD_REJECT_9", Category.FRAUD, "risk score 97"))
    answer = app.pay(app.place(product), card=card.public_id)
    told = answer.json()
    assert (answer.status_code, told["outcome"], told["safe_to_retry"]) == (201, "declined", True)
    assert told["failure"]["code"] == told["failure"]["category"] == told["failure"]["try"] == "other_card"
    assert b"FRAUD" not in answer.content
    assert b"risk" not in answer.content


@pytest.mark.parametrize("category", list(Category))
def test_every_category_has_a_sentence_for_buyers(app, product, card, fake, category):
    fake.next("authorize", Declined("X", category))
    failure = app.pay(app.place(product), card=card.public_id).json()["failure"]
    assert failure["try"] in ("try_again", "other_card", "call_bank")
    assert "nothing was charged" in failure["text"]


def test_a_request_that_never_left_us_may_be_tried_again(app, product, card, fake):
    fake.next("authorize", NotAttempted("refused"))
    told = app.pay(app.place(product), card=card.public_id).json()
    assert (told["outcome"], told["failure"]["try"]) == ("declined", "try_again")


def test_another_start_while_one_is_under_way_points_to_the_first(app, product):
    order = app.place(product)
    first = app.pay(order).json()
    document = refused(app.pay(order), 409, "payment_in_progress")
    assert (document["payment"], document["poll"]) == (first["id"], first["poll"])
    assert Payment.objects.count() == 1


@pytest.mark.promise("I25")
def test_get_writes_nothing_and_asks_nobody(app, product, fake):
    started = app.pay(app.place(product)).json()
    before = Payment.objects.values().get()
    for _ in range(3):
        app.get(started["poll"].removeprefix("/api/v1"))
    assert Payment.objects.values().get() == before
    assert fake.sent("inquire") == []


def test_an_unchanged_payment_costs_the_app_nothing(app, product):
    poll = app.pay(app.place(product)).json()["poll"].removeprefix("/api/v1")
    first = app.get(poll)
    assert (first.status_code, first["Cache-Control"]) == (200, "no-store")
    again = app.get(poll, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Retry-After"] == "3"
    app.post(f"{poll}cancel/")
    changed = app.get(poll, **{"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed["ETag"] != first["ETag"]) == (200, True)


def test_refresh_asks_the_gateway_at_most_every_two_seconds(app, product, card, fake):
    fake.lose_request("authorize")
    poll = app.pay(app.place(product), card=card.public_id).json()["poll"].removeprefix("/api/v1")
    for _ in range(3):
        assert app.post(f"{poll}refresh/", key=None).status_code == 200
    assert len(fake.sent("inquire")) == 1


def test_a_session_is_not_shown_after_its_time(app, product):
    poll = app.pay(app.place(product)).json()["poll"].removeprefix("/api/v1")
    Payment.objects.update(expires_at=Payment.objects.get().created_at)
    told = app.get(poll).json()
    assert (told["next_action"], told["outcome"]) == (None, "processing")


# --- giving up --------------------------------------------------------------------------------------------------------


def test_giving_up_while_the_bank_is_thinking(app, product, card, fake):
    fake.next("authorize", Pending(), processed=True)
    poll = app.pay(app.place(product), card=card.public_id).json()["poll"].removeprefix("/api/v1")
    answer = app.post(f"{poll}cancel/")
    assert (answer.status_code, answer.json()["outcome"]) == (200, "canceled")
    assert answer.json()["safe_to_retry"] is True


def test_giving_up_before_the_gateway_knows_takes_time(app, product, fake):
    poll = app.pay(app.place(product)).json()["poll"].removeprefix("/api/v1")
    answer = app.post(f"{poll}cancel/")
    told = answer.json()
    assert answer.status_code == 202
    assert (told["outcome"], told["next_action"]) == ("unknown", None)


@pytest.mark.promise("I3")
def test_a_hold_is_not_released_by_its_buyer(app, manual_product, card, fake):
    poll = app.pay(app.place(manual_product), card=card.public_id).json()["poll"].removeprefix("/api/v1")
    document = refused(app.post(f"{poll}cancel/"), 409, "action_not_allowed")
    assert "ask for the money back" in document["detail"]
    assert fake.sent("cancel") == []


@pytest.mark.promise("I24")
def test_a_repeated_give_up_is_told_the_same(app, product, card, fake):
    fake.next("authorize", Pending(), processed=True)
    poll = app.pay(app.place(product), card=card.public_id).json()["poll"].removeprefix("/api/v1")
    key = new_key()
    first, second = app.post(f"{poll}cancel/", key=key), app.post(f"{poll}cancel/", key=key)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second["Idempotency-Replayed"] == "true"
    assert len(fake.sent("cancel")) == 1


# --- the device and the card ------------------------------------------------------------------------------------------


def test_the_address_comes_from_the_connection(app, product, settings):
    body = {"method": "new_card", "device": WEB}
    app.post(f"/orders/{app.place(product)}/payments/", body, X_Forwarded_For="203.0.113.7, 198.51.100.4")
    assert Payment.objects.latest("id").device["client_ip"] == "127.0.0.1"
    settings.BEHIND_PROXY = True
    app.post(f"/orders/{app.place(product)}/payments/", body, X_Forwarded_For="203.0.113.7, 198.51.100.4")
    assert Payment.objects.latest("id").device["client_ip"] == "198.51.100.4"


PHONE = {
    "terminal_type": "APP",
    "os_type": "ANDROID",
    "user_agent": "Shop/5",
    "accept_header": "*/*",
    "language": "en-GB",
    "java_enabled": False,
    "color_depth": 24,
    "screen_height": 2340,
    "screen_width": 1080,
    "time_zone_offset": -60,
    "device_id": "4111111111111111",
    "device_token_id": "4111111111111111",
    "device_language": "fr-FR",
    "device_brand": "Samsung",
    "device_model": "SM-S928B",
    "os_version": "14",
    "java_script_enabled": False,
}


def test_everything_that_the_app_tells_of_its_device_reaches_the_gateway(app, product, fake, monkeypatch):
    asked = []
    monkeypatch.setattr(fake, "authorize", lambda request, real=fake.authorize: asked.append(request) or real(request))
    body = {"method": "new_card", "device": PHONE}
    assert app.post(f"/orders/{app.place(product)}/payments/", body).status_code == 202
    (request,) = asked
    assert asdict(request.device) == {**PHONE, "client_ip": "127.0.0.1"}
    assert set(PHONE) == set(DeviceIn().fields)
    assert Payment.objects.get().device == {**PHONE, "client_ip": "127.0.0.1"}


def test_a_payment_remembers_no_more_of_a_device_than_was_told(app, product):
    app.pay(app.place(product))
    payment = Payment.objects.get()
    assert payment.device == {**WEB, "client_ip": "127.0.0.1"}
    assert authorize_request(payment, "P_1").device == DeviceFacts(**WEB, client_ip="127.0.0.1")


@pytest.mark.promise("I33")
def test_another_buyers_card_is_nothing_at_all(other_app, card, product, fake):
    document = refused(other_app.pay(other_app.place(product), card=card.public_id), 404, "not_found")
    unknown = refused(other_app.pay(other_app.place(product), card=f"card_{'x' * 22}"), 404, "not_found")
    for one in (document, unknown):
        one.pop("correlation_id"), one.pop("instance")
    assert document == unknown
    assert (Payment.objects.count(), fake.log) == (0, [])


@pytest.mark.promise("I33")
def test_a_card_of_another_account_is_nothing_at_all(app, buyer, product, fake, settings):
    settings.GATEWAY_CREDENTIALS = {**settings.GATEWAY_CREDENTIALS, "second": {"client_id": "OTHER-SIM", "url": ""}}
    elsewhere = factories.make_account(credentials="second", position=9)
    card = factories.make_card(buyer, elsewhere)
    refused(app.pay(app.place(product), card=card.public_id), 404, "not_found")
    assert (Payment.objects.count(), fake.log) == (0, [])


@pytest.mark.promise("I33")
def test_an_expired_card_is_shown_and_refused(app, buyer, account, product, fake):
    card = factories.make_card(buyer, account, expiry_month=1, expiry_year=2020)
    order = app.place(product)
    saved = app.get(f"/orders/{order}/payment-methods/").json()["methods"][1]
    assert (saved["card"], saved["usable"], saved["expiry"]) == (card.public_id, False, "01/20")
    refused(app.pay(order, card=card.public_id), 422, "card_expired")
    assert fake.log == []


def test_payment_methods_show_marks_and_never_a_token(app, buyer, account, product, card):
    factories.make_card(buyer, account, brand="HIPERCARD", last_four="4242")
    answer = app.get(f"/orders/{app.place(product)}/payment-methods/")
    new, generic, saved = answer.json()["methods"]
    assert new["brands"] == [
        {"brand": "VISA", "name": "Visa", "logo": "/static/payments/cards/visa.svg"},
        {"brand": "MASTERCARD", "name": "Mastercard", "logo": "/static/payments/cards/mastercard.svg"},
    ]
    assert generic["logo"] == "/static/payments/cards/generic.svg"
    assert (saved["masked"], saved["name"], saved["usable"]) == ("•••• 1111", "Visa", True)
    assert b"ALIPAYtoken" not in answer.content


def test_no_account_for_the_currency(app, buyer, account):
    baht = factories.make_product("BAHT", 100, "THB")
    order = app.place(baht)
    assert app.get(f"/orders/{order}/payment-methods/").json() == {"methods": []}
    assert app.get(f"/orders/{order}/").json()["allowed_actions"] == []
    refused(app.pay(order), 422, "currency_not_accepted")


def test_what_the_gateway_cannot_be_told_is_refused_before_anything_is_written(app, account):
    rupiah = factories.make_product("RUPIAH", 12345, "IDR")
    document = refused(app.pay(app.place(rupiah)), 422, "not_payable")
    assert document["field"] == "paymentAmount.value"
    assert Payment.objects.count() == 0


def test_a_payment_under_review_says_so(app, manual_product, card):
    order = app.place(manual_product)
    poll = app.pay(order, card=card.public_id).json()["poll"].removeprefix("/api/v1")
    Payment.objects.update(needs_review=True)
    told = app.get(poll).json()
    assert (told["outcome"], told["terminal"], told["retry_after"]) == ("under_review", False, 60)
    refused(app.pay(order), 409, "payment_under_review")


def test_an_unknown_payment_of_one_order_does_not_open_another_door(app, product, card, fake):
    fake.next("authorize", Unknown("no answer"))
    order = app.place(product)
    app.pay(order, card=card.public_id)
    assert app.get(f"/orders/{order}/").json()["allowed_actions"] == ["cancel_payment"]
    refused(app.pay(order), 409, "payment_in_progress")
    assert Transaction.objects.filter(kind="authorize").count() == 1


def test_the_body_of_a_payment_has_the_documented_shape(app, product, card):
    """It is put together without a serializer; this is the serializer's word on it."""
    from payments.api.serializers import PaymentOut, payment_body
    from payments.models import Payment

    app.post(f"/orders/{app.place(product)}/payments/", {"card": card.public_id, "device": {"terminal_type": "WEB"}})
    body, _ = payment_body(Payment.objects.get())
    assert body == dict(PaymentOut(body).data)
    assert list(body) == list(PaymentOut().fields)
