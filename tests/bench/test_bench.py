"""What the figures stand on: the gateway's stub, the prepared rows, the arithmetic."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from config.settings.base import postgres
from core import ports
from core.money import Money
from orders.models import Order
from payments.gateways.antom.gateway import AntomGateway
from payments.gateways.base import Approved, Delivery, Kind, Strength, Unknown
from payments.models import JournalEntry, Payment, Transaction
from tests import factories
from tests.bench import accounting, environment, figures, ids, prepare, report, rows
from tests.bench.environment import CLIENT_ID, GATEWAY, MERCHANT, Places
from tests.bench.figures import Aim, Round
from tests.bench.load.__main__ import Load
from tests.bench.load.asks import Asking
from tests.bench.servers import Stub
from tests.gateways.antom import examples
from vaulting.models import BoundCard

EUR300 = Money(30000, "EUR")


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> Places:
    made = Places(tmp_path_factory.mktemp("bench"), "postgresql://nowhere/postgres", "0")
    environment.make_all_keys(made)
    return made


@pytest.fixture(scope="module")
def stub(places) -> Iterator[Stub]:
    started = Stub(places)
    yield started
    started.stop()


def gateway(places: Places, port: int, public_key: Path | None = None) -> AntomGateway:
    return AntomGateway.from_credentials(
        {
            "url": f"http://127.0.0.1:{port}",
            "client_id": CLIENT_ID,
            "private_key": places.private_key(MERCHANT).read_text(),
            "public_keys": {"1": (public_key or places.public_key(GATEWAY)).read_text()},
        }
    )


def asked() -> examples.AuthorizeRequest:
    return replace(examples.authorize(), amount=EUR300, expires_at=ports.now() + timedelta(minutes=5))


# --- the gateway's stub ---------------------------------------------------------------------------------------------


def test_our_adapter_believes_what_the_stub_answers(places, stub):
    (fact,) = gateway(places, stub.at_once).authorize(asked())
    assert (fact.outcome, fact.amount, fact.request_id) == (Approved(), EUR300, examples.REQUEST_ID)


def test_it_would_not_believe_another_key(places, stub):
    environment.write_pair(places, "other", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    (fact,) = gateway(places, stub.at_once, places.public_key("other")).authorize(asked())
    assert isinstance(fact.outcome, Unknown)


def test_our_adapter_believes_the_notifications_of_the_load(places, stub):
    raw = Asking([], str(places.private_key(GATEWAY)), "run", limit=False).write("notify", range(7, 8))[0]
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    headers = {name.lower(): value for name, value in lines}
    delivery = Delivery(target="/notify/antom/payment/", topic="payment", headers=headers, body=body)
    notice = gateway(places, stub.at_once).read_notification(delivery)
    (fact,) = notice.facts
    assert notice.strength is Strength.PROOF
    assert (fact.kind, fact.outcome, fact.amount) == (Kind.CAPTURE, Approved(), EUR300)
    assert fact.payment.request_id == ids.request(7)


# --- the database ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("told", "prepared"), [(None, (True, 1)), ("true", (True, 1)), ("false", (None, None))])
def test_statements_are_prepared_unless_the_environment_says_otherwise(monkeypatch, told, prepared):
    monkeypatch.delenv("DATABASE_PREPARE", raising=False)
    if told is not None:
        monkeypatch.setenv("DATABASE_PREPARE", told)
    options = postgres("postgres://pay@db.shop.example/pay")["OPTIONS"]
    assert (options.get("server_side_binding"), options.get("prepare_threshold")) == prepared
    assert {"pool", "options"} <= options.keys()


# --- the load -------------------------------------------------------------------------------------------------------


async def _load(port: int, requests: list[bytes], rate: float | None) -> tuple[Load, list[tuple[float, int]]]:
    load = Load(port, clients=2)
    await load.open()
    return load, await (load.open_loop(requests, rate) if rate else load.closed_loop(requests))


PAY = (
    b"POST /ams/sandbox/api/v1/payments/pay HTTP/1.1\r\nContent-Length: 86\r\n\r\n"
    b'{"paymentRequestId":"P_0000000001","paymentAmount":{"currency":"EUR","value":"30000"}}'
)


def test_every_request_of_a_closed_loop_is_answered(stub):
    load, answers = asyncio.run(_load(stub.at_once, [PAY] * 9, None))
    assert [status for _, status in answers] == [200] * 9
    assert len(load.connections) == 2


def test_an_open_loop_does_not_wait_for_a_slow_server(stub):
    """Six requests at once, answered after 300 ms, and two connections: it opens more."""
    load, answers = asyncio.run(_load(stub.slow, [PAY] * 6, 1000))
    assert [status for _, status in answers] == [200] * 6
    assert min(spent for spent, _ in answers) > 0.29
    assert len(load.connections) > 2


# --- the prepared rows ----------------------------------------------------------------------------------------------


@pytest.fixture
def template(account, product) -> Payment:
    prepare.make_buyers(account)
    card = BoundCard.objects.get(id=ids.row_id(0, ids.CARD))
    payment = factories.start(card.buyer, factories.make_order(card.buyer, product), card)
    rows.install()
    return payment


def test_a_prepared_payment_is_like_the_one_that_the_application_made(template):
    rows.payments(template, 1, 9)
    made = Payment.objects.get(public_id=ids.payment(9))
    assert (made.id, made.state, made.amount) == (ids.row_id(9, ids.PAYMENT), template.state, template.amount)
    assert (made.order.public_id, made.order.number) == (ids.order(9), ids.order_number(9))
    assert made.order.buyer_id == ids.row_id(ids.buyer_of(9), ids.BUYER)
    assert Transaction.objects.get(payment=made).request_id == ids.request(9)
    assert Transaction.objects.get(payment=made).gateway_reference == ids.reference(9)
    assert JournalEntry.objects.filter(payment=made).count() == made.journal_length


def test_prepared_orders_wait_to_be_paid(template, product):
    rows.orders(factories.make_order(template.order.buyer, product), 1, 3)
    made = Order.objects.get(public_id=ids.order(3))
    assert (made.due_minor, made.lines.count(), made.payments.count()) == (30000, 1, 0)


def test_a_shop_has_payments_in_many_states(template):
    rows.payments(template, 1, 100, like_a_shop=True)
    assert Payment.objects.filter(state="captured").count() == 80
    assert Payment.objects.filter(state="authorized").exclude(pk=template.pk).count() == 10


# --- the arithmetic -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (100, 100), (0, 1)])
def test_percentiles(percent, value):
    assert figures.percentile(range(100, 0, -1), percent) == value


def test_the_middle_of_the_rounds_is_quoted():
    rounds = [Round(1, 0, rps, 0, 0, 0, 0, 0) for rps in (30.0, 10.0, 20.0)]
    assert figures.middle(rounds, "rps") == 20.0


@pytest.mark.parametrize(
    ("aim", "value", "met"), [(Aim(most=1.7), 1.7, True), (Aim(most=1.7), 1.71, False), (Aim(least=0.6), 0.59, False)]
)
def test_an_aim_is_met_or_not(aim, value, met):
    assert aim.met(value) is met


def taken(scenario: str, ours: float, limit: float) -> figures.Taken:
    return {scenario: {who: [Round(1, 0, 0, 0, 0, cpu, 0, 0)] for who, cpu in (("ours", ours), ("limit", limit))}}


def test_a_line_without_an_aim_has_no_verdict():
    (line,) = report.lines(taken("order list", 30, 10), {}, {})
    assert line.cells() == ["S2", "order list: CPU of the server, ms", "30", "10", "3", "", ""]


def test_the_table_for_a_readme():
    told = report.lines(taken("poll", 3, 2), {}, {})
    assert report.markdown(told, "Two cores.").splitlines() == [
        "| line | what | ours | limit or other | ratio | aim | met |",
        "| --- | --- | --: | --: | --: | --- | --- |",
        "| S1 | poll: CPU of the server, ms | 3 | 2 | 1.50 | ≤ 1.4 | NO |",
        "",
        "Two cores.",
    ]


def test_the_account_of_the_operating_system_knows_this_process():
    assert accounting.cpu_seconds([os.getpid()]) == pytest.approx(time.process_time(), abs=0.1)
    assert accounting.memory_mib([os.getpid()]) > 10
    assert os.getpid() in accounting.of_session(os.getsid(0))
