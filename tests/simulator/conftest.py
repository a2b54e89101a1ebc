from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.merchant import Merchant, Receiver
from tests.simulator_process import SimulatorProcess


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    """The simulator of these tests: hundred times faster, its own folder."""
    process = SimulatorProcess()
    process.start(tmp_path_factory.mktemp("simulator"), time_scale=100)
    yield process
    process.stop()


@pytest.fixture
def simulator(provider: SimulatorProcess) -> SimulatorProcess:
    """Empty books, nothing armed, default settings."""
    provider.reset()
    return provider


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def merchant(simulator: SimulatorProcess, receiver: Receiver) -> Merchant:
    return Merchant(simulator.base_url, simulator.keys, notify_url=receiver.url)


@pytest.fixture
def token(simulator: SimulatorProcess) -> str:
    return simulator.token()
