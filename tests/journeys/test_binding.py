"""A card is bound, used and removed over real HTTP: the number goes to the provider, and we never see it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import requests

from core import ports
from payments.services.inbox import apply_due
from tests.journeys.shop import GOOD_CARD, TIMEOUT, App, show_card
from tests.processes import wait_until
from vaulting.asking import resolve_due
from vaulting.models import BoundCard, Forgetting, VaultingSession
from vaulting.removing import tell_due

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

REFUSED_CARD = "4054692760174822"


def standing(app: App, told: dict) -> str:
    return app.get(told["poll"].removeprefix("/api/v1"))["status"]


def bound(app: App, simulator, number: str = GOOD_CARD) -> dict:
    told = app.add_card()
    assert show_card(simulator.base_url, told["session_data"], number) == "SUCCESS"
    wait_until(lambda: standing(app, told) == "bound", what="“bound”")
    return app.get(told["poll"].removeprefix("/api/v1"))


def sent(simulator, operation: str) -> int:
    return simulator.log()["counts"].get(operation, {"received": 0})["received"]


@pytest.mark.promise("I31")
def test_bound_paid_with_and_removed(app, manual_product, simulator):
    told = bound(app, simulator)
    card = told["card"]
    assert (card["masked"], card["name"], card["default"]) == ("•••• 0768", "Visa", True)
    paid = app.pay(app.place(manual_product.sku), card=card["id"]).json()
    assert paid["outcome"] == "held"
    removed = app.delete(f"/cards/{card['id']}/")
    assert removed["provider"] == "Removed here and at the provider."
    assert app.get("/cards/")["results"] == []
    row = BoundCard.objects.get()
    assert (row.forgetting, row.sealed_token) == (Forgetting.DONE, None)
    assert app.pay(app.place(manual_product.sku), card=card["id"]).status_code == 404
    rows = [*BoundCard.objects.values(), *VaultingSession.objects.values()]
    assert GOOD_CARD not in json.dumps(rows, default=str)


def test_the_same_card_again_is_the_same_card(app, simulator):
    first, again = bound(app, simulator), bound(app, simulator)
    assert (first["was_known"], again["was_known"]) == (False, True)
    assert first["card"]["id"] == again["card"]["id"]
    assert len(app.get("/cards/")["results"]) == 1


def test_a_refused_card_is_told_with_what_to_try(app, simulator):
    told = app.add_card()
    assert show_card(simulator.base_url, told["session_data"], REFUSED_CARD) == "FAIL"
    wait_until(lambda: standing(app, told) == "failed", what="“failed”")
    assert app.get(told["poll"].removeprefix("/api/v1"))["failure"]["try"] == "call_bank"
    assert not BoundCard.objects.exists()


@pytest.mark.parametrize("scenario", ["missing", "wrong_key", "wrong_path"])
def test_a_message_that_never_comes_is_made_good_by_a_question(app, simulator, scenario):
    told = app.add_card()
    simulator.control("next", {"operation": "bind", "scenario": scenario})
    show_card(simulator.base_url, told["session_data"])
    assert not BoundCard.objects.exists()
    app.post(f"/vaulting-sessions/{told['id']}/refresh/")
    assert standing(app, told) == "bound"


@pytest.mark.parametrize("scenario", ["once", "duplicate", "early", "stale"])
def test_however_the_message_comes_there_is_one_card(app, simulator, scenario):
    told = app.add_card()
    simulator.control("next", {"operation": "bind", "scenario": scenario})
    show_card(simulator.base_url, told["session_data"])

    def is_bound() -> bool:
        apply_due()
        return standing(app, told) == "bound"

    wait_until(is_bound, what="“bound”")
    assert BoundCard.objects.count() == 1


@pytest.mark.parametrize("scenario", ["lost_reply", "error_after", "wrong_signature", "truncated", "empty_body"])
def test_a_session_whose_answer_was_lost_opens_with_the_same_request(app, web, simulator, settings, scenario):
    settings.PUBLIC_URL = web.url
    simulator.control("next", {"operation": "createVaultingSession", "scenario": scenario})
    told = app.add_card()
    assert (told["status"], told["session_data"]) == ("opening", None)
    ports.pretend_now(ports.now() + timedelta(seconds=50))
    resolve_due()
    again = app.get(told["poll"].removeprefix("/api/v1"))
    assert again["status"] == "open"
    assert show_card(simulator.base_url, again["session_data"]) == "SUCCESS"
    wait_until(lambda: standing(app, told) == "bound", what="“bound”")
    assert sent(simulator, "createVaultingSession") == 2
    assert VaultingSession.objects.count() == 1


def test_the_banks_check_comes_first(app, simulator):
    told = app.add_card()
    simulator.control("next", {"operation": "bind", "scenario": "challenge"})
    assert show_card(simulator.base_url, told["session_data"]) == "PROCESSING"
    checked = app.post(f"/vaulting-sessions/{told['id']}/refresh/").json()
    assert checked["status"] == "verifying"
    page = requests.get(checked["next_action"]["url"], timeout=TIMEOUT)
    assert page.status_code == 200


def test_a_card_whose_removal_the_provider_did_not_answer_is_told_again(app, manual_product, simulator):
    card = bound(app, simulator)["card"]
    simulator.control("next", {"operation": "deleteToken", "scenario": "lost_reply"})
    assert app.delete(f"/cards/{card['id']}/")["provider"] == "Removed here; the provider is being told."
    ports.pretend_now(ports.now() + timedelta(minutes=1))
    assert tell_due() == [f"{card['id']} removed: Removed here and at the provider"]


def test_the_box_at_checkout_keeps_the_card_that_was_charged(app, manual_product, simulator):
    body = {"method": "new_card", "save_card": True, "device": {"terminal_type": "WEB"}}
    started = app.post(f"/orders/{app.place(manual_product.sku)}/payments/", body).json()
    show_card(simulator.base_url, started["next_action"]["session_data"])
    wait_until(lambda: app.payment(started["id"])["outcome"] == "held", what="“held”")
    [card] = app.get("/cards/")["results"]
    assert (card["masked"], card["default"]) == ("•••• 0768", True)
    paid = app.pay(app.place(manual_product.sku), card=card["id"]).json()
    assert paid["outcome"] == "held"
