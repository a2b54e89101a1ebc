"""The buyer's cards and adding one, as the app sees it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import ports
from payments.gateways.base import Category, Declined, Pending, Redirect, Unknown
from tests.api.app import refused
from tests.factories import make_card
from tests.vaulting.tries import bind, notify
from vaulting import consent
from vaulting.api.meaning import NOT_CONFIRMED, TIME_IS_OVER
from vaulting.models import BoundCard, VaultingSession

AGREED = {"consent": consent.CURRENT}


@pytest.fixture
def opened(app, fake) -> dict:
    answer = app.post("/vaulting-sessions/", AGREED)
    assert answer.status_code == 201, answer.content
    return answer.json()


def poll(app, told: dict) -> dict:
    return app.get(told["poll"].removeprefix("/api/v1")).json()


# --- adding -----------------------------------------------------------------------------------------------------------


def test_a_card_is_added_in_the_providers_element(app, opened, buyer, fake):
    assert (opened["status"], opened["session_data"], opened["settled"]) == ("open", "vault&&SG&&111", False)
    assert (opened["card"], opened["next_action"], opened["failure"]) == (None, None, None)
    session = VaultingSession.objects.get()
    fake.bind(session.request_id, last_four="4242")
    notify(session)
    told = poll(app, opened)
    assert (told["status"], told["settled"], told["retry_after"]) == ("bound", True, None)
    assert (told["session_data"], told["card"]["masked"], told["was_known"]) == (None, "•••• 4242", False)
    assert app.get("/cards/").json()["results"] == [told["card"]]


def test_the_same_key_is_the_same_answer(app, fake):
    first = app.post("/vaulting-sessions/", AGREED, key="k" * 20)
    again = app.post("/vaulting-sessions/", AGREED, key="k" * 20)
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    assert VaultingSession.objects.count() == 1
    refused(app.post("/vaulting-sessions/", AGREED, key=None), 400, "idempotency_key_required")


def test_silence_is_202_and_the_session_comes_with_the_poll(app, fake):
    fake.lose_reply("bind")
    answer = app.post("/vaulting-sessions/", AGREED)
    assert (answer.status_code, answer.json()["status"], answer.json()["session_data"]) == (202, "opening", None)
    from vaulting.asking import resolve_due

    ports.pretend_now(ports.now() + timedelta(seconds=5))
    resolve_due()
    assert poll(app, answer.json())["session_data"] == "vault&&SG&&111"


def test_i_have_added_it(app, opened, fake):
    fake.bind(VaultingSession.objects.get().request_id)
    answer = app.post(f"/vaulting-sessions/{opened['id']}/refresh/", {}, key=None)
    assert (answer.status_code, answer.json()["status"]) == (200, "bound")


def test_the_banks_check_is_told(app, opened, fake):
    check = Pending(Redirect(url="https://bank.example/", app_links={"ios": "bank://x"}))
    fake.bind(VaultingSession.objects.get().request_id, check)
    told = app.post(f"/vaulting-sessions/{opened['id']}/refresh/", {}, key=None).json()
    assert told["status"] == "verifying"
    assert told["next_action"] == {
        "type": "redirect",
        "url": "https://bank.example/",
        "method": "GET",
        "fields": {},
        "app_links": {"ios": "bank://x"},
    }


@pytest.mark.parametrize("category", list(Category))
def test_a_refusal_says_what_to_try_and_never_why(app, opened, fake, category):
    session = VaultingSession.objects.get()
    fake.bind(session.request_id, Declined("FRAUD_REJECT_7", category, "risk 97"))
    notify(session)
    answer = app.get(opened["poll"].removeprefix("/api/v1"))
    told = answer.json()
    assert (told["status"], told["settled"]) == ("failed", True)
    assert told["failure"]["try"] in ("try_again", "other_card", "call_bank")
    assert told["failure"]["text"]
    assert (told["failure"]["text"] == NOT_CONFIRMED) == (category is Category.NOT_AUTHENTICATED)
    assert b"FRAUD" not in answer.content
    assert b"risk" not in answer.content


def test_when_its_time_is_over(app, opened):
    ports.pretend_now(ports.now() + timedelta(hours=1, seconds=5))
    told = poll(app, opened)
    assert (told["status"], told["failure"]["text"], told["session_data"]) == ("expired", TIME_IS_OVER, None)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "consent", "required"),
        ({"consent": "2020-01"}, "consent", "invalid_choice"),
        ({**AGREED, "number": "4111"}, "number", "card_data_refused"),
        ({**AGREED, "session_data": "x"}, "session_data", "read_only_field"),
        ({**AGREED, "currency": "euro"}, "currency", "max_length"),
    ],
)
def test_what_is_refused_before_anything_is_written(app, fake, body, field, code):
    overall = code if code in ("card_data_refused", "read_only_field") else "invalid"
    document = refused(app.post("/vaulting-sessions/", body), 400, overall)
    assert {(error["field"], error["code"]) for error in document["errors"]} == {(field, code)}
    assert (fake.log, VaultingSession.objects.count()) == ([], 0)


def test_too_many_tries_are_refused_with_when_to_come_back(app, buyer, fake):
    for _ in range(3):
        bind(buyer, fake, Declined("NO", Category.OTHER_CARD))
    answer = app.post("/vaulting-sessions/", AGREED)
    refused(answer, 429, "too_many_tries")
    assert answer["Retry-After"] == "3600"


def test_without_an_account_that_keeps_cards(app, account):
    account.active = False
    account.save()
    refused(app.post("/vaulting-sessions/", AGREED), 409, "binding_not_available")


def test_what_is_renewed_is_ones_own(app, other_buyer, account, fake):
    theirs = make_card(other_buyer, account)
    refused(app.post("/vaulting-sessions/", {**AGREED, "renews": theirs.public_id}), 404, "not_found")


# --- the cards --------------------------------------------------------------------------------------------------------


def test_cards_are_listed_with_what_they_are(app, buyer, account, fake):
    ports.pretend_now(ports.now().replace(year=2027, month=5, day=31, hour=12))
    make_card(buyer, account, expiry_month=4, expiry_year=2027, brand="MASTERCARD", last_four="4444")
    make_card(buyer, account, expiry_month=5, expiry_year=2027)
    make_card(buyer, account, expiry_month=6, expiry_year=2027, is_default=True)
    answer = app.get("/cards/")
    told = answer.json()
    assert [(card["expiry"], card["state"], card["default"]) for card in told["results"]] == [
        ("06/27", "usable", True),
        ("05/27", "expires_this_month", False),
        ("04/27", "expired", False),
    ]
    assert told["results"][2] | {"id": "", "added_at": ""} == {
        "id": "",
        "brand": "MASTERCARD",
        "name": "Mastercard",
        "logo": "/static/payments/cards/mastercard.svg",
        "last_four": "4444",
        "masked": "•••• 4444",
        "expiry": "04/27",
        "state": "expired",
        "default": False,
        "currencies": account.currencies,
        "added_at": "",
    }
    assert told["consent"] == {"version": consent.CURRENT, "text": consent.TEXTS[consent.CURRENT]}
    assert b"ALIPAY" not in answer.content


def test_the_list_costs_the_same_however_long_it_is(app, buyer, account):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            app.get("/cards/")
        return len(asked)

    make_card(buyer, account)
    few = queries()
    for _ in range(20):
        make_card(buyer, account)
    assert queries() == few <= 6


def test_another_default(app, buyer, account):
    first, second = make_card(buyer, account, is_default=True), make_card(buyer, account)
    answer = app.patch(f"/cards/{second.public_id}/", {"default": True})
    assert (answer.status_code, answer.json()["default"]) == (200, True)
    assert app.get(f"/cards/{first.public_id}/").json()["default"] is False
    document = refused(app.patch(f"/cards/{second.public_id}/", {"default": False}), 400, "invalid")
    assert document["errors"][0]["field"] == "default"
    expired = make_card(buyer, account, expiry_year=2020)
    refused(app.patch(f"/cards/{expired.public_id}/", {"default": True}), 422, "card_expired")


def test_a_card_is_removed_with_a_receipt(app, buyer, fake):
    card = bind(buyer, fake).card
    answer = app.delete(f"/cards/{card.public_id}/")
    assert answer.status_code == 200
    assert answer.json()["provider"] == "Removed here and at the provider."
    assert app.get("/cards/").json()["results"] == []
    refused(app.delete(f"/cards/{card.public_id}/"), 404, "not_found")
    refused(app.get(f"/cards/{card.public_id}/"), 404, "not_found")


def test_a_provider_that_is_silent_keeps_no_card_on_the_list(app, buyer, fake):
    card = bind(buyer, fake).card
    fake.next("forget", Unknown("no answer"))
    told = app.delete(f"/cards/{card.public_id}/").json()
    assert told["provider"] == "Removed here; the provider is being told."
    assert app.get("/cards/").json()["results"] == []


def test_at_checkout_the_default_comes_first(app, buyer, account, product):
    make_card(buyer, account, expiry_year=2020, last_four="0001")
    make_card(buyer, account, last_four="0002", is_default=True)
    make_card(buyer, account, last_four="0003", expiry_month=None, expiry_year=None)
    offered = app.get(f"/orders/{app.place(product)}/payment-methods/").json()["methods"][1:]
    assert [(card["last_four"], card["default"], card["usable"], card["expiry"]) for card in offered] == [
        ("0002", True, True, "12/99"),
        ("0003", False, True, None),
        ("0001", False, False, "12/20"),
    ]


def test_a_removed_card_pays_nothing(app, buyer, product, fake):
    card = bind(buyer, fake).card
    app.delete(f"/cards/{card.public_id}/")
    refused(app.pay(app.place(product), card=card.public_id), 404, "not_found")


def test_a_bound_card_pays(app, buyer, product, fake):
    card = bind(buyer, fake).card
    answer = app.pay(app.place(product), card=card.public_id)
    assert (answer.status_code, answer.json()["card"]["masked"]) in ((201, "•••• 1111"), (202, "•••• 1111"))


def test_a_stranger_sees_nothing(stranger):
    for answer in (stranger.get("/cards/"), stranger.post("/vaulting-sessions/", AGREED)):
        refused(answer, 401, "not_authenticated")


def test_no_token_in_any_answer(app, buyer, fake, product):
    card = bind(buyer, fake).card
    token = card.token.reveal()
    order = app.place(product)
    answers = [
        app.get("/cards/"),
        app.get(f"/cards/{card.public_id}/"),
        app.get(f"/vaulting-sessions/{VaultingSession.objects.get().public_id}/"),
        app.get(f"/orders/{order}/payment-methods/"),
        app.pay(order, card=card.public_id),
        app.delete(f"/cards/{card.public_id}/"),
    ]
    for answer in answers:
        assert token not in answer.content.decode()
        assert card.fingerprint not in answer.content.decode()
    assert BoundCard.objects.get().sealed_token is None
