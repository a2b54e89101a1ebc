from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests import processes
from tests.crash.scenes import Cast
from tests.simulator.merchant import Receiver

pytest.register_assert_rewrite("tests.crash.stage")


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Receiver]:
    """Takes the provider's notifications in our place, to play them to us later."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def permissive() -> bool:
    return True


@pytest.fixture
def cast(transactional_db: None, settings, mailbox: Receiver, permissive: bool) -> Cast:
    provider = processes.simulator()
    provider.reset()
    provider.control("settings", {"permissive": permissive})
    processes.point_at(provider, settings)
    settings.PUBLIC_URL = mailbox.url.partition("/notify")[0]
    mailbox.received.clear()
    cache.clear()
    return Cast(provider, mailbox)
