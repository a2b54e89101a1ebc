from __future__ import annotations

import pytest
from django.core.cache import cache

from tests.api.app import App


@pytest.fixture(autouse=True)
def _no_login_limits_between_tests():
    cache.clear()


@pytest.fixture
def app(buyer, account) -> App:
    return App(buyer)


@pytest.fixture
def other_app(other_buyer, account) -> App:
    return App(other_buyer)


@pytest.fixture
def stranger(transactional_db) -> App:
    """Nobody signed in."""
    return App()
