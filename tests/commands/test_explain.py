from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import CommandError

from core import ports
from payments.gateways.base import Category, Declined, Pending, Review
from payments.models import Dispute
from payments.services.operate import capture_payment
from tests import factories
from tests.commands.run import run


@pytest.mark.parametrize("name", ["number", "public_id"])
def test_an_order_is_explained_with_all_its_payments(buyer, order, card, name):
    payment = factories.start(buyer, order, card)

    story = run("explain", getattr(order, name))

    assert story.startswith(f"Order {order.number}: €300.00, authorised, due €300.00.\n")
    assert f"Payment {payment.public_id}, attempt 1" in story
    assert "authorised: held on the card, not charged." in story


def test_a_payment_is_explained(buyer, order, card):
    payment = factories.start(buyer, order, card)
    assert run("explain", payment.public_id).startswith(f"Payment {payment.public_id}")


def test_an_unknown_name_exits_with_1(transactional_db):
    with pytest.raises(CommandError, match="there is no order or payment P-NONE") as refused:
        run("explain", "P-NONE")
    assert refused.value.returncode == 1


def test_checks_acquirer_and_refusal_are_told_in_words(buyer, order, card, fake):
    fake.details = replace(
        fake.details,
        three_ds={"version": "2.2.0", "challenged": "false"},
        acquirer={"name": "Second Acquirer", "result_message": "first one timed out", "arn": "7400123"},
        refusal={"code": "05", "reason": "Do not honor"},
        credential="PAN",
        exemption="lowValue",
        allows={"refund_on_authorization": "false"},
    )
    fake.next("authorize", Declined("NO", Category.OTHER_CARD, "nope"))
    story = run("explain", factories.start(buyer, order, card).public_id)
    for line in (
        "Address check (AVS): A – avs A.",
        "Security code (CVV): Y – cvv Y.",
        "3-D Secure version: 2.2.0.",
        "Challenged: No: the bank did not ask the buyer.",
        "Card presented as: PAN – the card’s own number.",
        "Exemption asked for: lowValue – no check of the buyer, because the amount is low.",
        "A refund before the capture: The gateway cannot do it.",
        "Network transaction id: ntx-1.",
        "The issuer’s words: 05 – Do not honor.",
        "Acquirer of the authorisation: Second Acquirer · first one timed out · ARN 7400123.",
        "The authorisation was refused with NO. The bank said no. Ask for another card.",
    ):
        assert f"\n{line}\n" in story, line


def test_silence_and_disputes_are_told(buyer, manual_order, card, fake, operator):
    payment = factories.start(buyer, manual_order, card)
    fake.next("capture", Pending(), processed=False)
    capture_payment(payment_id=payment.pk, actor=operator, ask=factories.make_ask(operator), reason="shipped")
    Dispute.objects.create(
        payment=payment, account=payment.account, reference="D-1", currency="EUR", amount_minor=500,
        due_at=ports.now() - timedelta(days=1), created_at=ports.now(), updated_at=ports.now(),
    )  # fmt: skip
    heard_by = payment.transactions.get(kind="capture").heard_by
    story = run("explain", payment.public_id)
    assert f"; should have heard by {heard_by:%Y-%m-%d %H:%M} UTC." in story
    assert "Dispute D-1 of €5.00: wants an answer; the time to answer ended " in story


def test_a_running_review_is_told(buyer, manual_order, card, fake):
    fake.details = replace(fake.details, review=Review.RUNNING)
    story = run("explain", factories.start(buyer, manual_order, card).public_id)
    assert "The gateway reviews this payment: neither capture nor ship until it ends." in story.splitlines()
