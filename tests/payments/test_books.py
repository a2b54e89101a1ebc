"""verify_books notices one unit, one state, one row that does not follow from the journal."""

from __future__ import annotations

import pytest
from django.db.models import F

from orders.models import Order
from payments.gateways.base import Kind, Pending
from payments.models import JournalEntry, NotificationEvent, Payment, Transaction
from payments.services.books import explain, verify_books
from payments.states import Status
from tests.factories import make_ask, start
from tests.payments.test_inbox import news, receive
from tests.payments.test_operate import capture, refund

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promise("I5")]


@pytest.fixture
def captured(buyer, manual_order, card, operator) -> Payment:
    payment = capture(start(buyer, manual_order, card), operator)
    assert verify_books() == []
    return payment


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("captured_minor", "captured is 30001, the journal says 30000"),
        ("refunded_minor", "refunded is 1, the journal says 0"),
        ("released_minor", "released is 1, the journal says 0"),
        ("refund_reserved_minor", "refund_reserved is 1, the journal says 0"),
    ],
)
def test_one_unit_too_much(captured, column, told):
    Payment.objects.filter(pk=captured.pk).update(needs_review=True, **{column: F(column) + 1})
    assert f"{captured.public_id}: {told}" in verify_books()


def test_a_payment_without_a_journal(captured):
    copy = Payment.objects.get(pk=captured.pk)
    from core import ports

    copy.pk, copy.public_id, copy.attempt, copy.state = ports.new_uuid(), "pay_other", 2, "failed"
    copy.captured_minor = copy.authorized_minor = 0
    copy.save(force_insert=True)
    assert "pay_other: no journal" in verify_books()


def test_a_missing_entry(captured):
    Payment.objects.filter(pk=captured.pk).update(journal_length=F("journal_length") + 1)
    assert f"{captured.public_id}: the journal has a gap" in verify_books()


def test_an_entry_that_cannot_follow(captured):
    JournalEntry.objects.create(
        payment=captured,
        seq=captured.journal_length + 1,
        entry="declined",
        state_before="pending",
        state_after="refunded",
        source="answer",
        at=captured.created_at,
    )
    lines = verify_books()
    number = captured.journal_length + 1
    assert f"{captured.public_id}: entry {number} starts in pending, the one before ended in captured" in lines
    assert f"{captured.public_id}: entry {number} goes from pending to refunded, which cannot happen" in lines


@pytest.mark.parametrize("kind", [Kind.CAPTURE, Kind.REFUND])
def test_a_transaction_set_by_hand(captured, operator, kind):
    refund(captured, operator, 5000)
    Transaction.objects.filter(kind=kind).update(status=Status.FAILED)
    name = "captured" if kind is Kind.CAPTURE else "refunded"
    assert any(f"{name} is" in line and "its transactions say 0" in line for line in verify_books())


def test_an_open_refund_is_reserved(captured, operator, fake):
    fake.next("refund", Pending())
    refund(captured, operator, 5000)
    assert verify_books() == []
    Transaction.objects.filter(kind=Kind.REFUND).update(status=Status.FAILED)
    assert any("refund reserved is 5000, its transactions say 0" in line for line in verify_books())


@pytest.mark.parametrize("values", [{"paid_minor": 1}, {"status": "refunded"}, {"due_minor": 1}])
def test_an_order_set_by_hand(captured, values):
    Order.objects.update(**values)
    assert any(captured.order.public_id in line for line in verify_books())


def test_explain_says_what_is_open_ignored_and_waiting_for_a_person(buyer, order, card, fake, account):
    fake.lose_reply("authorize")
    payment = start(buyer, order, card)
    told = news(payment, minor=1)
    receive(account, told)
    receive(account, told)
    payment.refresh_from_db()
    text = "\n".join(explain(payment))
    assert "1 repeated notifications ignored." in text
    assert "Still open: authorisation of €300.00, unknown; the gateway is asked at" in text
    assert "A person must look: A notification about the authorisation does not fit: its amount is EUR 0.01" in text
    assert NotificationEvent.objects.get().repeats == 1


def test_rows_read_well(captured, operator, account, buyer):
    from payments.models import BuyerRefundRequest, RefusedDelivery

    assert str(captured).endswith("attempt 1")
    assert captured.masked_card == "Visa •••• 1111"
    assert str(captured.transactions.first()) == "authorize EUR 300.00"
    assert str(captured.journal.first()) == "1 started"
    assert str(RefusedDelivery(gateway="antom", reason="x")) == "antom: x"
    assert "Waiting" in str(BuyerRefundRequest(order=captured.order))
    assert str(account) == "Shop fake (TEST)"
    assert make_ask(buyer).principal == buyer
