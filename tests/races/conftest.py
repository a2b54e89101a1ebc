from __future__ import annotations

from collections.abc import Iterator

import pytest

from payments.models import Payment
from tests import factories, processes
from tests.simulator.merchant import Receiver
from tests.simulator_process import SimulatorProcess


@pytest.fixture(scope="session")
def race_server(django_db_setup: None) -> Iterator[processes.RaceServer]:
    server = processes.RaceServer(processes.environment(processes.simulator()))
    yield server
    server.stop()


@pytest.fixture
def simulator(transactional_db: None, settings) -> SimulatorProcess:
    """Accepts what no honest provider would, so that its own checks do not hide our mistakes."""
    provider = processes.simulator()
    provider.reset()
    provider.control("settings", {"permissive": True})
    processes.point_at(provider, settings)
    return provider


@pytest.fixture
def account(simulator):
    return processes.make_antom_account()


@pytest.fixture
def card(buyer, account, simulator):
    return factories.make_card(buyer, account, token=simulator.token())


@pytest.fixture
def held(buyer, manual_order, card) -> Payment:
    payment = factories.start(buyer, manual_order, card)
    assert payment.state == "authorized"
    return payment


@pytest.fixture
def captured(held, operator) -> Payment:
    from payments.services.operate import capture_payment

    capture_payment(payment_id=held.pk, actor=operator, ask=factories.make_ask(operator), reason="shipped")
    held.refresh_from_db()
    assert held.state == "captured"
    return held


@pytest.fixture
def four_web_processes(simulator, tmp_path) -> Iterator[processes.WebProcess]:
    web = processes.WebProcess(processes.environment(simulator), tmp_path, workers=4)
    yield web
    web.stop()


@pytest.fixture
def listener() -> Iterator[Receiver]:
    """Takes the provider's notifications in our place, to play them to us later."""
    receiver = Receiver()
    yield receiver
    receiver.close()
