"""What every test may ask for. The fake gateway serves tests of the core; the simulator serves the journeys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import TransactionTestCase

from core import ports
from core.models import User
from orders.models import Order, Product
from payments.gateways import registry
from payments.gateways.models import MerchantAccount
from tests import factories, fake_gateway
from tests.emptying import empty_the_database
from vaulting.models import BoundCard

TransactionTestCase._fixture_teardown = lambda self: empty_the_database()  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _clean_process() -> Iterator[None]:
    yield
    ports.install_crash_hook(None)
    ports.real_time_again()


@pytest.fixture
def fake(settings, monkeypatch) -> Iterator[fake_gateway.FakeGateway]:
    """A gateway in memory behind the credentials `fake`."""
    monkeypatch.setitem(registry.GATEWAYS, "fake", fake_gateway.FakeGateway)
    settings.GATEWAY_CREDENTIALS = {"fake": {"client_id": "FAKE-SIM", "url": "https://fake.example"}}
    registry.forget_built()
    fake_gateway.BOOKS.clear()
    yield fake_gateway.FakeGateway.from_credentials({"client_id": "FAKE-SIM"})
    registry.forget_built()


@pytest.fixture
def account(transactional_db, fake) -> MerchantAccount:
    return factories.make_account()


@pytest.fixture
def buyer(transactional_db) -> User:
    return factories.make_user("buyer@shop.example", first_name="Bea", last_name="Buyer")


@pytest.fixture
def other_buyer(transactional_db) -> User:
    return factories.make_user("other@shop.example")


@pytest.fixture
def operator(transactional_db) -> User:
    """May do everything that is not four-eyed."""
    return factories.make_operator("operator@shop.example", *factories.VERBS)


@pytest.fixture
def viewer(transactional_db) -> User:
    return factories.make_operator("viewer@shop.example")


@pytest.fixture
def product(transactional_db) -> Product:
    return factories.make_product()


@pytest.fixture
def manual_product(transactional_db) -> Product:
    return factories.make_product("VASE", manual=True)


@pytest.fixture
def order(buyer, product) -> Order:
    """EUR 300.00, captured automatically."""
    return factories.make_order(buyer, product)


@pytest.fixture
def manual_order(buyer, manual_product) -> Order:
    """EUR 300.00, captured by a person."""
    return factories.make_order(buyer, manual_product)


@pytest.fixture
def card(buyer, account) -> BoundCard:
    return factories.make_card(buyer, account)
