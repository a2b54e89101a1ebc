from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from payments.gateways.base import Pending, Redirect
from payments.models import Payment
from tests.pages.stories import Stories

BANK = "https://bank.example/check?ticket=1"


@pytest.fixture(autouse=True)
def _nothing_remembered():
    cache.clear()


@pytest.fixture
def browser(transactional_db) -> Client:
    """Strict about forms, as a browser's cookies would meet us."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def stories(buyer, operator, card, account, fake, product, manual_product) -> Stories:
    return Stories(buyer, operator, card, fake, product, manual_product)


@pytest.fixture
def at_the_bank(stories) -> Payment:
    """EUR 300.00; the bank wants to check the buyer."""
    return stories.told(Pending(Redirect(url=BANK)))
