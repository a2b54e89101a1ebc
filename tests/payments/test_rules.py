"""What may be done, and the sentence when it may not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import ports
from payments.gateways.base import Pending, Rule, Verb
from payments.gateways.models import MerchantAccount
from payments.gateways.registry import client_id_of, is_configured
from payments.models import Payment
from payments.services.rules import possibilities
from payments.states import State
from tests.factories import start
from tests.fake_gateway import EXACT_RULES, FREE_RULES
from tests.payments.test_operate import capture, refund

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(buyer, manual_order, card) -> Payment:
    return start(buyer, manual_order, card)


def reasons(payment: Payment) -> dict[str, str]:
    payment = Payment.objects.select_related("account").get(pk=payment.pk)
    return {verb.value: told.reason for verb, told in possibilities(payment).items()}


def test_a_hold_may_be_captured_or_released(held):
    assert reasons(held) == {
        "capture": "",
        "cancel": "",
        "refund": "Nothing was charged, so nothing can be refunded.",
    }


def test_what_is_pending_may_only_be_canceled(buyer, order, account, fake):
    payment = start(buyer, order)
    told = reasons(payment)
    assert told["cancel"] == ""
    assert told["capture"] == "The gateway captures this payment by itself."


def test_not_authorised_yet(buyer, manual_order, account):
    assert reasons(start(buyer, manual_order))["capture"] == "The payment is not authorised yet."


def test_while_something_is_open(held, operator, fake):
    fake.next("capture", Pending())
    capture(held, operator)
    assert reasons(held)["cancel"] == "Another operation on this payment has not ended yet."


def test_everything_is_refunded(held, operator):
    capture(held, operator)
    refund(held, operator)
    assert reasons(held)["refund"] == "Everything is refunded already."


def test_after_the_windows(held, operator):
    capture(held, operator)
    ports.pretend_now(ports.now() + timedelta(days=181))
    assert reasons(held)["refund"] == "That was possible for 180 days."


def test_once_only(held, operator, fake):
    fake.rules = {
        **FREE_RULES,
        Verb.CAPTURE: Rule(supported=True, partial=True),
        Verb.REFUND: Rule(supported=True, partial=True),
    }
    capture(held, operator, amount_minor=10000, final=False)
    assert reasons(held)["capture"] == "This gateway captures once."
    refund(held, operator, 100)
    assert reasons(held)["refund"] == "This gateway refunds once."


def test_what_the_gateway_does_not_offer(held, fake):
    fake.rules = {
        **EXACT_RULES,
        Verb.CANCEL: Rule(supported=False),
        Verb.CAPTURE: Rule(supported=False, reason="Never."),
    }
    assert reasons(held)["cancel"] == "This gateway does not offer it."
    assert reasons(held)["capture"] == "Never."


def test_nothing_is_held_any_more(held):
    Payment.objects.filter(pk=held.pk).update(state=State.CANCELED, released_minor=30000)
    assert reasons(held)["cancel"] == "Nothing is held."


def test_an_account_without_credentials(held, account):
    assert is_configured(account)
    assert client_id_of(account) == "FAKE-SIM"
    MerchantAccount.objects.update(credentials="gone")
    assert reasons(held)["capture"] == "The credentials of this account are missing."
