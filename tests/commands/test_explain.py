from __future__ import annotations

import pytest
from django.core.management import CommandError

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
