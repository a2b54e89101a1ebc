"""The clock of this adapter's tests."""

from __future__ import annotations

import pytest

from core import ports
from tests.gateways.antom.examples import NOW


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "now", lambda: NOW)
