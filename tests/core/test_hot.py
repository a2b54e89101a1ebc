"""Statements that are compiled once say what the ORM says, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from core import hot, ports
from core.models import IdempotencyKey
from orders.models import Order
from payments.models import JournalEntry, NotificationEvent, Payment, Transaction
from tests.factories import make_ask, make_card, make_order, start

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payment(buyer, order, card) -> Payment:
    return start(buyer, order, card)


def columns(row) -> dict:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_select_gives_the_rows_of_the_orm_with_what_they_are_linked_to(payment):
    select = hot.Select(lambda: Payment.objects.select_related("order", "account").order_by(), "id")
    for _ in range(2):  # the first time it is compiled, the second only executed
        found = select.one(payment.pk)
        known = Payment.objects.select_related("order", "account").get(pk=payment.pk)
        assert columns(found) == columns(known)
        assert columns(found.order) == columns(known.order)
        assert columns(found.account) == columns(known.account)
        with connection.execute_wrapper(lambda *_: pytest.fail("a query for what was selected")):
            assert (found.order.number, found.account.name) == (known.order.number, known.account.name)
    assert found._state.adding is False


def test_values_change_and_the_statement_does_not(buyer, other_buyer, product, manual_product):
    first, second = make_order(buyer, product), make_order(other_buyer, manual_product)
    select = hot.Select(lambda: Order.objects.order_by(), "buyer_id", "public_id")
    assert [row.pk for row in select(buyer.pk, first.public_id)] == [first.pk]
    assert [row.pk for row in select(other_buyer.pk, second.public_id)] == [second.pk]
    assert select(buyer.pk, second.public_id) == []
    assert select.one(buyer.pk, "' OR 1=1 --") is None
    with pytest.raises(ValueError, match="argument"):
        select(buyer.pk)


def test_only_some_columns(payment):
    found = hot.Select(lambda: Payment.objects.only("state").order_by(), "order_id")(payment.order_id)[0]
    assert found.get_deferred_fields() >= {"details", "device"}
    assert (found.pk, found.state) == (payment.pk, payment.state)


def test_order_and_lock_are_kept(payment):
    select = hot.Select(lambda: Transaction.objects.select_for_update().order_by("-id"), "payment_id")
    with transaction.atomic():
        assert [tx.pk for tx in select(payment.pk)] == list(
            Transaction.objects.filter(payment=payment).order_by("-id").values_list("pk", flat=True)
        )


def test_an_insert_is_the_row_that_the_orm_would_read(payment, account):
    at = ports.now()
    event = NotificationEvent(
        account=account,
        delivery_key="k" * 64,
        topic="payment",
        strength="proof",
        target="/notify/",
        headers={"a": ["ü", 1, None]},
        body=b"\x00sealed\xff",
        received_at=at,
        last_seen_at=at + timedelta(microseconds=7),
    )
    hot.write([hot.Insert(event)])
    assert event._state.adding is False
    assert columns(NotificationEvent.objects.get(pk=event.pk)) == columns(event)
    event.verdict = "changed"
    event.save()  # an update now, not a second row
    assert NotificationEvent.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM payments_notificationevent")
        assert b"sealed" not in bytes(cursor.fetchone()[0])


def test_a_second_insert_of_the_same_row_is_refused(payment):
    twin = Transaction(**columns(payment.transactions.get()))
    with pytest.raises(IntegrityError), transaction.atomic():
        hot.write([hot.Insert(twin)])


def test_insert_if_new_says_whether_it_was_and_leaves_the_block_usable(buyer):
    ask = make_ask(buyer, "a-key-of-sixteen-or-more")
    at = ports.now()

    def key() -> IdempotencyKey:
        return IdempotencyKey(
            principal=buyer,
            key_digest=ask.key_digest,
            fingerprint="f",
            lease_until=at,
            created_at=at,
            expires_at=at,
        )

    with transaction.atomic():
        assert hot.insert_if_new(key()) is True
        assert hot.insert_if_new(key()) is False
        assert IdempotencyKey.objects.count() == 1
    assert IdempotencyKey.objects.count() == 1


def changes(model, where, values, **more) -> bool:
    missed: list[bool] = []
    hot.write([hot.Update(model, where, values, missed=lambda: missed.append(True), **more)])
    return not missed


def test_an_update_changes_what_it_names_where_it_names_it(payment):
    before = columns(Payment.objects.get(pk=payment.pk))
    news = {"details": {"a": "ü"}, "next_action": b"\x01secret", "hold_ends_at": None, "review": "running"}
    assert not changes(Payment, {"id": payment.pk, "version": payment.version + 9}, news)
    assert columns(Payment.objects.get(pk=payment.pk)) == before
    assert changes(Payment, {"id": payment.pk, "version": payment.version}, news)
    assert columns(Payment.objects.get(pk=payment.pk)) == {**before, **news}


def test_where_nothing_stands_and_where_something_else_must(buyer, payment):
    key = IdempotencyKey.objects.get()
    assert changes(IdempotencyKey, {"id": key.pk, "status": None}, {"subject": "x"}) == (key.status is None)
    other = {"state": payment.state}
    assert not changes(Payment, {"id": payment.pk}, {"brand": "AMEX"}, unless=other)
    assert changes(Payment, {"id": payment.pk}, {"brand": "AMEX"}, unless={"state": "failed"})
    assert Payment.objects.get().brand == "AMEX"


def test_writes_together_do_what_each_does_and_say_which_missed(payment):
    missed: list[str] = []

    def update(model, where, values, name) -> hot.Update:
        return hot.Update(model, where, values, missed=lambda: missed.append(name))

    entry = JournalEntry(
        payment=payment,
        seq=payment.journal_length + 1,
        entry="sent",
        state_before=payment.state,
        state_after=payment.state,
        source="operator",
        evidence={"ü": [1, None]},
        at=ports.now(),
    )
    writes = [
        update(Payment, {"id": payment.pk, "version": payment.version + 9}, {"brand": "AMEX"}, "payment"),
        update(Order, {"id": payment.order_id}, {"description": "50 % off"}, "order"),
        hot.Insert(entry),
        update(Transaction, {"id": ports.new_uuid()}, {"reason": "x"}, "transaction"),
    ]
    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        hot.write(writes)
    assert missed == ["payment", "transaction"]
    assert Order.objects.get().description == "50 % off"
    assert columns(JournalEntry.objects.get(pk=entry.pk)) == columns(entry)
    assert Payment.objects.get().brand == payment.brand
    statements = [query["sql"] for query in asked if "INSERT" in query["sql"] or "UPDATE" in query["sql"]]
    assert len(statements) == (1 if connection.vendor == "postgresql" else 4)


def test_a_row_that_is_changed_twice_ends_as_the_last_change_says(payment):
    with transaction.atomic():
        changes = ({"description": "1"}, {"due_minor": 7})
        hot.write([hot.Update(Order, {"id": payment.order_id}, values) for values in changes])
    row = Order.objects.get()
    assert (row.description, row.due_minor) == ("1", 7)


@pytest.mark.parametrize("others", [0, 1])
def test_a_row_that_is_gone_is_no_small_matter(payment, others):
    writes = [hot.Update(Transaction, {"id": ports.new_uuid()}, {"reason": "x"})]
    writes += [hot.Update(Order, {"id": payment.order_id}, {"description": "1"})] * others
    with pytest.raises(RuntimeError, match="not there any more"), transaction.atomic():
        hot.write(writes)


def test_a_change_that_makes_room_comes_before_the_row_that_takes_it(payment):
    """The same place in a unique index, given up and taken by one write."""
    first = payment.transactions.get()
    twin = Transaction(**{**columns(first), "id": ports.new_uuid(), "public_id": ports.new_public_id("tx")})
    moved = hot.Update(Transaction, {"id": first.pk}, {"request_id": "elsewhere", "gateway_reference": "elsewhere"})
    kind = hot.Update(Transaction, {"id": first.pk}, {"kind": "capture"})
    with transaction.atomic():
        hot.write([kind])
        with CaptureQueriesContext(connection) as asked:
            hot.write([moved, hot.Insert(twin)])
    assert Transaction.objects.count() == 2
    assert [query["sql"].split()[0] for query in asked] == ["UPDATE", "INSERT"]


def test_a_card_that_was_removed_is_not_found(buyer, account):
    from core.errors import NotYours
    from vaulting.services import card_for_payment

    card = make_card(buyer, account)
    found = card_for_payment(buyer=buyer, public_id=card.public_id, account=account)
    assert model_to_dict(found) == model_to_dict(card)
    assert found.token == card.token
    card.removed_at = ports.now()
    card.save()
    with pytest.raises(NotYours):
        card_for_payment(buyer=buyer, public_id=card.public_id, account=account)
