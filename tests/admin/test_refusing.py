"""When the gateway refuses because of us, the first page says so, and no page says that trying again helps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import ports
from payments.admin import refusing
from payments.gateways.base import Category, Declined, Kind, NotAttempted
from payments.models import JournalEntry, Payment, Transaction
from payments.states import State, Status
from tests import factories
from tests.admin.conftest import desk_of, order_url, url_of

NOT_LOOKED_AT = NotAttempted("refused before processing: WRONG_KEY", code="WRONG_KEY")


@pytest.fixture
def pay(account, buyer, product, card, fake):
    """One more payment of EUR 300.00, about which the gateway says `outcome`."""

    def start(outcome=None) -> Payment:
        if outcome is not None:
            fake.next("authorize", outcome)
        return factories.start(buyer, factories.make_order(buyer, product), card)

    return start


def test_the_first_page_says_that_the_gateway_refuses_us(root, pay):
    assert "refuses our requests" not in root.page("/admin/").text
    began = ports.now()
    for minutes in range(3):
        ports.pretend_now(began + timedelta(minutes=minutes))
        last = pay(NOT_LOOKED_AT)
    text = root.page("/admin/").text
    assert f"Shop fake refuses our requests: WRONG_KEY. 3 payments since {began:%-d %b, %H:%M} UTC, the last " in text
    assert "It does not know our key. Check the key. Look" in text
    assert text.count("refuses our requests") == 1
    assert url_of(last) in root.get("/admin/").content.decode()


def test_it_is_over_as_soon_as_the_gateway_takes_such_a_request(root, pay):
    pay(NOT_LOOKED_AT)
    pay(Declined("NO", Category.CALL_BANK))
    assert "refuses our requests" in root.page("/admin/").text
    pay()
    assert "refuses our requests" not in root.page("/admin/").text


def test_what_was_before_the_last_success_is_not_counted(root, pay):
    began = ports.now()
    for hours, outcome in ((0, NOT_LOOKED_AT), (1, None), (5, NOT_LOOKED_AT)):
        ports.pretend_now(began + timedelta(hours=hours))
        pay(outcome)
    assert f"1 payment since {ports.now():%-d %b, %H:%M} UTC" in root.page("/admin/").text


def test_it_is_over_after_a_day(root, pay):
    pay(NOT_LOOKED_AT)
    ports.pretend_now(ports.now() + refusing.RECENT + timedelta(seconds=1))
    assert "refuses our requests" not in root.page("/admin/").text


def test_a_contract_that_does_not_allow_it_is_told_too(root, pay):
    pay(Declined("WRONG_KEY", Category.CONFIGURATION))
    assert "1 payment since" in root.page("/admin/").text


@pytest.mark.parametrize("category", set(Category) - {Category.CONFIGURATION})
def test_what_a_bank_refuses_is_no_alarm(root, pay, category):
    pay(Declined("WRONG_KEY", category))
    assert "refuses our requests" not in root.page("/admin/").text


def test_it_costs_one_query(root, pay):
    for _ in range(4):
        pay(NOT_LOOKED_AT)
    with CaptureQueriesContext(connection) as asked:
        assert len(refusing.alarms()) == 1
    assert len(asked) == 1
    assert f"LIMIT {refusing.LOOKED_AT}" in asked[0]["sql"]


def test_only_who_may_look_at_payments_is_told(people, pay):
    pay(NOT_LOOKED_AT)
    assert "refuses our requests" not in desk_of(people["nobody"]).page("/admin/").text


def test_the_payment_says_what_to_check_instead_of_trying_again(root, pay):
    payment = pay(NOT_LOOKED_AT)
    tx = Transaction.objects.get(payment=payment, kind=Kind.AUTHORIZE)
    assert (payment.state, tx.status, tx.failure_code) == (State.FAILED, Status.FAILED, "WRONG_KEY")
    for url in (url_of(payment), order_url(payment.order)):
        text = root.page(url).text
        assert "Next: Check the key." in text
        assert "Somebody technical must look: it is ours to fix." in text
        assert "rying again" not in text
        assert "never left us" not in text
    assert "declined" in JournalEntry.objects.filter(payment=payment).values_list("entry", flat=True)


def test_a_colleagues_capture_that_was_not_looked_at(refunder, held, fake):
    fake.next("capture", NOT_LOOKED_AT)
    values = refunder.prepared(held, "capture")
    address = refunder.send(url_of(held, "capture"), values, 303)["Location"]
    text = refunder.page(address).text
    assert "The gateway says: WRONG_KEY. Check the key." in text
    assert "The capture was refused; the hold stands." in text
    assert "rying again" not in text
    assert "Shop fake refuses our requests: WRONG_KEY." in refunder.page("/admin/").text
