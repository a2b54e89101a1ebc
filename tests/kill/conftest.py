from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import processes
from tests.kill.play import Theatre


@pytest.fixture
def theatre(transactional_db: None, settings, tmp_path) -> Iterator[Theatre]:
    provider = processes.simulator()
    provider.reset()
    provider.control("settings", {"permissive": True})
    processes.point_at(provider, settings)
    servers = processes.RaceServer(processes.environment(provider))
    yield Theatre(provider, servers, tmp_path)
    servers.stop()
