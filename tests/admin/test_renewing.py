"""A payment that somebody watches: its page comes again while something is open, and stops when all is told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core import ports
from payments.admin.renewing import LEAST, MOST
from payments.gateways.base import Kind, Pending
from payments.models import Payment, Transaction
from payments.services.refresh import resolve_payment
from tests import factories
from tests.admin.conftest import capture_by_gateway, url_of


def seconds_of(desk, url: str) -> int | None:
    """By script, and without one; both or neither."""
    html = desk.get(url).content.decode()
    found = re.findall(r'<noscript><meta http-equiv="refresh" content="(\d+)"></noscript>', html)
    assert found == re.findall(r'data-renew="(\d+)"', html)
    assert html.count('http-equiv="refresh"') == len(found) <= 1
    return int(found[0]) if found else None


@pytest.fixture
def unknown(account, buyer, order, card, fake) -> Payment:
    fake.lose_reply("authorize")
    return factories.start(buyer, order, card)


def test_the_page_comes_again_until_the_end_is_told(root, unknown, fake):
    assert seconds_of(root, url_of(unknown)) == LEAST
    assert re.search(
        r"The gateway is asked in \d s, at [^;]+ UTC; this page renews itself in 10 s", _text(root, unknown)
    )
    ports.pretend_now(ports.now() + timedelta(seconds=4))
    assert "The gateway is asked any moment now" in _text(root, unknown)
    resolve_payment(unknown.pk)
    assert "Authorised" in _text(root, unknown)
    assert seconds_of(root, url_of(unknown)) in (31, 32)  # the capture by the gateway is still to be told
    capture_by_gateway(unknown, fake)
    assert seconds_of(root, url_of(unknown)) is None
    assert "renews itself" not in _text(root, unknown)


def test_a_wait_of_hours_is_looked_at_each_minute(root, unknown):
    Transaction.objects.filter(payment=unknown).update(next_at=ports.now() + timedelta(hours=6))
    assert seconds_of(root, url_of(unknown)) == MOST


def test_where_nobody_asks_any_more_a_person_is_not_disturbed(root, unknown):
    Transaction.objects.filter(payment=unknown).update(next_at=None)
    Payment.objects.filter(pk=unknown.pk).update(needs_review=True)
    assert seconds_of(root, url_of(unknown)) is None


def test_a_hold_that_waits_for_a_person_is_not_open(root, held):
    assert seconds_of(root, url_of(held)) is None


def test_a_refund_on_its_way_is_open(refunder, captured, fake):
    fake.next("refund", Pending())
    values = refunder.prepared(captured, "refund")
    address = refunder.send(url_of(captured, "refund"), values, 303)["Location"]
    assert seconds_of(refunder, address) is not None
    assert Transaction.objects.get(payment=captured, kind=Kind.REFUND).is_open


def test_no_page_with_a_form_to_fill_in_comes_again(root, unknown):
    assert seconds_of(root, url_of(unknown)) == LEAST
    pages = [url_of(unknown, page) for page in ("ask", "cancel")]
    for url in pages:
        assert "data-renew" not in root.get(url).content.decode(), url


def _text(desk, payment: Payment) -> str:
    return desk.page(url_of(payment)).text
