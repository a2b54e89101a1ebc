"""What an account wants besides: the bank's check from an amount on, and where buyers may go afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import InvalidInput
from core.money import Money
from payments.errors import AmountNotAllowed, NotPayable
from payments.gateways.base import Category, Declined, InvalidRequest
from payments.models import Payment
from payments.services.calls import authorize_request
from payments.services.operate import refund_payment
from payments.services.returning import may_go_on_to, note_return, payment_of_state, return_url, state_of
from payments.services.start import start_payment
from tests.factories import WEB, make_ask, make_card, make_order, make_product, start
from tests.fake_gateway import FREE_RULES
from tests.payments.test_operate import capture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ({}, False),
        ({"EUR": 0}, True),
        ({"EUR": 30000}, True),
        ({"EUR": 30001}, False),
        ({"JPY": 0}, False),
    ],
)
def test_the_bank_must_check_from_an_amount_on(buyer, order, card, account, policy, wanted):
    account.three_ds_from = policy
    account.save()
    payment = start(buyer, order, card)
    assert payment.force_three_ds is wanted
    assert authorize_request(payment, "P_1").force_three_ds is wanted


@pytest.mark.parametrize(("category", "wanted"), [(Category.NOT_AUTHENTICATED, True), (Category.CALL_BANK, False)])
def test_what_the_bank_wanted_to_check_is_checked_next_time(buyer, order, card, fake, category, wanted):
    fake.next("authorize", Declined("AUTHENTICATION_REQUIRED", category))
    assert start(buyer, order, card).force_three_ds is False
    assert start(buyer, order, card).force_three_ds is wanted


def test_the_policy_is_the_one_of_the_start(buyer, order, card, account):
    payment = start(buyer, order, card)
    account.three_ds_from = {"EUR": 0}
    account.save()
    assert authorize_request(Payment.objects.get(pk=payment.pk), "P_1").force_three_ds is False


def test_the_return_address_is_signed_and_names_one_payment(buyer, order, card, settings):
    payment = start(buyer, order, card)
    url = return_url(payment)
    state = url.removeprefix(f"{settings.PUBLIC_URL}/pay/return/").rstrip("/")
    assert payment_of_state(state) == payment
    assert authorize_request(payment, "P_1").return_url == url
    for forged in (payment.public_id, f"{payment.public_id}:x", state[:-1], state.replace("pay_", "pay_x"), ""):
        assert payment_of_state(forged) is None
    assert state_of(payment) == state


def test_a_return_counts_once(buyer, order, card):
    payment = start(buyer, order, card)
    assert [note_return(payment), note_return(payment)] == [True, False]


@pytest.mark.promise("I34")
@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://shop.example/thanks?order=1", True),
        ("shop://paid", True),
        ("https://shop.example.evil.example/", False),
        ("https://shop.example@evil.example/", False),
        ("https://evil.example/https://shop.example", False),
        ("http://shop.example/", False),
        ("//shop.example/", False),
        ("/admin/", False),
        ("javascript:alert(1)", False),
        ("https://shop.example\\@evil.example", False),
        ("https://shop.example/\r\nSet-Cookie: a=b", False),
        (" https://shop.example/", False),
        ("https://[", False),
        ("https://shop.example/" + "a" * 500, False),
        ("", False),
    ],
)
def test_where_a_buyer_may_go_on_to(address, allowed):
    assert may_go_on_to(address) is allowed


def test_another_address_is_refused_before_anything_is_written(buyer, order, card):
    with pytest.raises(InvalidInput) as refusal:
        start_payment(
            buyer=buyer,
            order_id=order.public_id,
            card_id=card.public_id,
            device=WEB,
            save_card=False,
            ask=make_ask(buyer),
            return_to="https://evil.example/",
        )
    assert (refusal.value.code, refusal.value.field) == ("address_not_allowed", "return_to")
    assert not Payment.objects.exists()


def test_an_amount_that_the_gateway_cannot_be_told_is_refused_here(buyer, account, operator, fake):
    fake.rules = FREE_RULES
    order = make_order(buyer, make_product("BATIK", price=100_000, currency="IDR", manual=True))
    payment = capture(start(buyer, order, make_card(buyer, account)), operator)
    with pytest.raises(AmountNotAllowed, match="multiple of 100"):
        refund_payment(payment_id=payment.pk, actor=operator, ask=make_ask(operator), amount_minor=150, reason="other")
    assert fake.sent("refund") == []
    fake.check_amount(Money(200, "IDR"))


def test_a_connection_without_an_address_is_refused_by_name_and_not_by_accident(buyer, order, card, fake, monkeypatch):
    """Some servers do not tell where a connection comes from."""

    def check(request) -> None:
        assert request.device.client_ip == ""
        raise InvalidRequest("clientIp", "must be an IP address")

    monkeypatch.setattr(fake, "check", check)
    with pytest.raises(NotPayable) as refusal:
        start_payment(
            buyer=buyer,
            order_id=order.public_id,
            card_id=card.public_id,
            device=replace(WEB, client_ip=""),
            save_card=False,
            ask=make_ask(buyer),
        )
    assert refusal.value.extra["field"] == "clientIp"
    assert not Payment.objects.exists()
