"""The list of disputes is searched by what stands in a letter of the bank or a message of the gateway."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.gateways.base import Kind
from payments.models import Dispute, Payment, Transaction
from tests import factories
from tests.admin.conftest import capture_by_gateway
from tests.admin.test_disputes import LIST, told


@pytest.fixture
def disputes(account, buyer, product, card, fake) -> list[Dispute]:
    found = []
    for number in range(3):
        payment = capture_by_gateway(factories.start(buyer, factories.make_order(buyer, product), card), fake)
        found.append(told(payment, reference=f"20260119405{number}"))
    return found


def first_of(payment: Payment) -> Transaction:
    return Transaction.objects.get(payment=payment, kind=Kind.AUTHORIZE)


NAMES = {
    "our id": lambda dispute: dispute.public_id,
    "the gateway’s id": lambda dispute: dispute.reference,
    "the payment’s id": lambda dispute: dispute.payment.public_id,
    "the gateway’s id of the payment": lambda dispute: first_of(dispute.payment).gateway_reference,
    "the id of our request": lambda dispute: first_of(dispute.payment).request_id,
    "the order number": lambda dispute: dispute.payment.order_number,
    "the order number as people type it": lambda dispute: f" {dispute.payment.order_number.lower()} ",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("also", ["", "&status=open"])
def test_a_dispute_is_found_by_each_of_its_names(root, disputes, name, also):
    wanted = disputes[1]
    text = root.page(f"{LIST}?q={NAMES[name](wanted)}{also}").text
    assert wanted.payment.order_number in text
    for other in (disputes[0], disputes[2]):
        assert other.payment.order_number not in text


@pytest.mark.parametrize("term", ["P-NOBODY00", "dsp_nothing", "pay_nothing", "2026", "%", "'", "a" * 300, "x y", "P-"])
def test_other_words_find_nothing(root, disputes, term):
    text = root.get(LIST, {"q": term}).content.decode()
    assert not [dispute for dispute in disputes if dispute.payment.order_number in text]


def test_no_word_finds_all(root, disputes):
    text = root.page(f"{LIST}?q=").text
    assert all(dispute.payment.order_number in text for dispute in disputes)


@pytest.mark.parametrize("name", NAMES)
def test_a_search_costs_one_query_more_and_reads_no_whole_table(root, disputes, name):
    def asked(url: str) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert root.get(url).status_code == 200
        return [query["sql"] for query in queries]

    few = len(asked(LIST))
    searched = asked(f"{LIST}?q={NAMES[name](disputes[0])}")
    assert len(searched) <= few + 1
    assert not any("LIKE" in sql for sql in searched)
