"""The seed: everything the story needs, and nothing twice."""

from __future__ import annotations

import json

import pytest
import responses

from core.models import User
from orders.models import Product
from payments.demo import our_books, seed
from tests import factories
from vaulting.models import BoundCard


@pytest.fixture
def provider(settings):
    settings.GATEWAY_CREDENTIALS = {"antom_eu": {"client_id": "SIM1", "url": "http://127.0.0.1:9"}}
    with responses.RequestsMock() as mock:
        minted = {"token": "secret-token", "brand": "VISA", "last4": "0768"}
        mock.post("http://sim/control/tokens", json=minted, status=201)
        yield mock


def test_the_seed_makes_what_the_story_needs_and_running_it_again_nothing(transactional_db, provider, tmp_path):
    people = tmp_path / "people.json"
    seed.seed("http://sim", people)
    first = json.loads(people.read_text())
    seed.seed("http://sim", people)

    assert json.loads(people.read_text()) == first
    assert people.stat().st_mode & 0o077 == 0
    assert (Product.objects.count(), BoundCard.objects.count(), User.objects.count()) == (13, 3, 7)
    assert {product.currency for product in Product.objects.all()} == {"EUR", "JPY", "GBP", "USD", "KWD"}
    assert {product.capture_policy for product in Product.objects.all()} == {"AUTOMATIC", "MANUAL"}
    assert len(provider.calls) == 3


def test_everybody_can_sign_in_and_do_what_the_role_says(transactional_db, provider, tmp_path):
    seed.seed("http://sim", tmp_path / "people.json")
    staff = {one["role"]: one for one in json.loads((tmp_path / "people.json").read_text())["operators"]}
    users = {role: User.objects.get(username=one["email"]) for role, one in staff.items()}
    assert all(users[role].check_password(staff[role]["password"]) for role in users)
    may = {role: users[role].has_perm("payments.refund") for role in users}
    assert may == {"viewer": False, "cashier": False, "refunder": True, "admin": True}


def test_our_books_tell_what_moved_by_the_ids_both_sides_know(buyer, order, card):
    payment = factories.start(buyer, order, card)
    told = our_books.pages()
    (page,) = told["payments"]
    assert (page["payment"], page["held"], page["captured"]) == (payment.public_id, 30000, 0)
    assert page["payment_request_id"] == payment.transactions.get().request_id
    assert page["open"] == 1, "the automatic capture is still to come"
