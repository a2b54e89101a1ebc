from __future__ import annotations

from collections.abc import Iterator

import pytest

from payments.models import Payment
from tests import factories, processes
from tests.journeys.shop import App, Desk
from tests.simulator_process import SimulatorProcess


@pytest.fixture(scope="session")
def web(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[processes.WebProcess]:
    """gunicorn on the test's database; the provider's notifications come to its door."""
    env = processes.environment(processes.simulator())
    server = processes.WebProcess(env, tmp_path_factory.mktemp("web"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def commands(django_db_setup: None) -> Iterator[processes.RaceServer]:
    """Runs commands of manage.py in processes of their own."""
    server = processes.RaceServer(processes.environment(processes.simulator()))
    yield server
    server.stop()


@pytest.fixture
def simulator(transactional_db: None, settings) -> SimulatorProcess:
    """Strict, with empty books."""
    provider = processes.simulator()
    provider.reset()
    processes.point_at(provider, settings)
    return provider


@pytest.fixture
def account(simulator: SimulatorProcess):
    return processes.make_antom_account()


@pytest.fixture
def card(buyer, account, simulator: SimulatorProcess):
    return factories.make_card(buyer, account, token=simulator.token())


@pytest.fixture
def app(web: processes.WebProcess, buyer, account) -> App:
    return App(web.url, buyer.email)


@pytest.fixture
def desk(web: processes.WebProcess, operator, account) -> Desk:
    return Desk(web.url, operator.email)


@pytest.fixture
def paid_by_hand(app: App, manual_product, card, desk: Desk) -> Payment:
    """EUR 300.00, captured by the operator."""
    payment = held(app, manual_product, card)
    desk.capture(payment.pk)
    payment.refresh_from_db()
    assert payment.state == "captured"
    return payment


def held(app: App, product, card) -> Payment:
    started = app.pay(app.place(product.sku), card=card.public_id)
    assert (started.status_code, started.json()["outcome"]) == (201, "held")
    return Payment.objects.get(public_id=started.json()["id"])
