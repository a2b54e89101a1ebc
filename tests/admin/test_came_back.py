"""A refund that came back is said where one looks, until the money is sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import ports
from payments.gateways.base import Category, Declined, Fact, Kind, PaymentRef
from payments.models import Payment, Source, Transaction
from payments.services.outcomes import apply_facts
from tests.admin.conftest import Desk, desk_of, order_url, url_of

SENTENCE = "A refund of €12.00 came back: the buyer did not get it."
STRIP = 'aria-label="Needs attention"'


def refund(desk: Desk, payment: Payment, amount: str) -> Transaction:
    desk.send(url_of(payment, "refund"), desk.prepared(payment, "refund", choice="amount", amount=amount), 303)
    return Transaction.objects.filter(payment=payment, kind=Kind.REFUND).latest("created_at")


def send_back(tx: Transaction) -> None:
    fact = Fact(
        payment=PaymentRef(request_id=None, gateway_reference=None),
        kind=Kind.REFUND,
        request_id=tx.request_id,
        gateway_reference=tx.gateway_reference,
        outcome=Declined("REFUND_REVERSED", Category.CALL_BANK),
        amount=tx.amount,
    )
    apply_facts(payment_id=tx.payment_id, facts=(fact,), source=Source.NOTIFICATION)
    ports.pretend_now(ports.now() + timedelta(seconds=1))


@pytest.fixture
def returned(refunder, captured) -> Payment:
    """EUR 300.00 captured, EUR 12.00 refunded, and come back."""
    send_back(refund(refunder, captured, "12"))
    return captured


def test_a_refund_that_came_back_is_said_on_both_pages_with_a_way_to_send_it_again(refunder, returned):
    for url in (order_url(returned.order), url_of(returned)):
        page, html = refunder.page(url), refunder.get(url).content.decode()
        assert page.text.count(SENTENCE) >= 2, "the strip and the timeline"
        assert "Refund came back" in page.text
        assert f'href="{url_of(returned, "refund")}">Refund…</a>' in html.split(STRIP)[1].split("</section>")[0]


def test_it_is_over_once_as_much_was_sent_again(refunder, returned):
    refund(refunder, returned, "5")
    assert STRIP in refunder.get(url_of(returned)).content.decode()
    refund(refunder, returned, "7")
    for url in (order_url(returned.order), url_of(returned)):
        assert STRIP not in refunder.get(url).content.decode()
        assert "Refund came back" not in refunder.page(url).text


def test_an_earlier_refund_makes_up_for_nothing(refunder, captured):
    first = refund(refunder, captured, "12")
    refund(refunder, captured, "100")
    send_back(first)
    assert "Refund came back" in refunder.page(url_of(captured)).text


def test_each_is_told_by_itself(refunder, returned):
    send_back(refund(refunder, returned, "30"))
    strip = refunder.get(url_of(returned)).content.decode().split(STRIP)[1].split("</section>")[0]
    assert strip.count("came back: the buyer did not get it.") == 2
    refund(refunder, returned, "30")
    page = refunder.get(url_of(returned)).content.decode()
    assert "€12.00 came back" in page.split(STRIP)[1].split("</section>")[0]


def test_a_role_that_may_not_refund_reads_why(people, returned):
    html = desk_of(people["cashier"]).get(url_of(returned)).content.decode()
    strip = html.split(STRIP)[1].split("</section>")[0]
    assert SENTENCE in strip
    assert "disabled" in strip
    assert "Your role does not include “refund”." in strip


def test_the_list_names_the_brand_for_whoever_listens(refunder, returned):
    for url in ("/admin/orders/order/", "/admin/payments/payment/"):
        assert "Visa •••• 1111" in refunder.page(url).text
        assert 'title="Visa"' in refunder.get(url).content.decode()
