from __future__ import annotations

import pytest
from django.core.management import CommandError
from django.db import connection

from orders.models import Order
from payments.models import Payment
from tests import factories
from tests.commands.run import run


def test_equal_books_are_called_equal(buyer, order, card):
    factories.start(buyer, order, card)
    assert run("verify_books") == "books equal: 1 payments\n"


def test_every_difference_is_a_line_and_the_exit_code_is_1(buyer, order, card, capsys):
    payment = factories.start(buyer, order, card)
    Payment.objects.filter(pk=payment.pk).update(authorized_minor=30001)
    Order.objects.filter(pk=order.pk).update(due_minor=1)

    with pytest.raises(CommandError, match="books differ in") as refused:
        run("verify_books")

    assert refused.value.returncode == 1


def test_the_lines_name_the_row(buyer, order, card, capsys):
    payment = factories.start(buyer, order, card)
    Payment.objects.filter(pk=payment.pk).update(authorized_minor=30001)

    with pytest.raises(CommandError):
        from django.core.management import call_command

        call_command("verify_books")

    assert f"{payment.public_id}: authorized is 30001, the journal says 30000" in capsys.readouterr().out


def test_the_books_are_read_in_one_snapshot_that_is_given_back(order):
    run("verify_books")
    if connection.vendor == "sqlite":
        assert connection.connection.in_transaction is False
    Order.objects.filter(pk=order.pk).update(description="writing goes on")


def test_the_books_are_read_inside_an_open_block_too(db):
    assert run("verify_books") == "books equal: 0 payments\n"
