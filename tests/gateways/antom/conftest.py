"""The clock of this adapter's tests, an adapter, and a wire on which a vendor answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from core import ports
from payments.gateways.antom.gateway import AntomGateway
from tests.gateways.antom.examples import NOW
from tests.gateways.antom.wire import CREDENTIALS


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands still until a test moves it."""
    stands = {"at": NOW}
    monkeypatch.setattr(ports, "now", lambda: stands["at"])
    monkeypatch.setattr(ports, "pretend_now", lambda moment: stands.update(at=moment))


@pytest.fixture
def gateway() -> AntomGateway:
    return AntomGateway.from_credentials(CREDENTIALS)


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock
