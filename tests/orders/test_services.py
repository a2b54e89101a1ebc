"""Prices come from the catalogue and freeze; the projections have one writer."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from core import hot
from core.errors import InvalidInput, NotYours
from orders.models import Order, Product
from orders.services import Item, note_money, order_of, place_order
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db(transaction=True)


def place(buyer, *items, **values) -> Order:
    with transaction.atomic():
        return place_order(buyer=buyer, items=[Item(*item) for item in items], **values)


@pytest.mark.promise("I7")
def test_prices_freeze_when_the_order_is_placed(buyer, product):
    order = place(buyer, ("MUG", 2))
    Product.objects.update(unit_price_minor=1, name="Other")
    order.refresh_from_db()
    line = order.lines.get()
    assert (order.total_minor, order.due_minor, line.unit_minor, line.name) == (60000, 60000, 30000, "Mug MUG")
    assert (order.currency, order.capture_policy, order.status) == ("EUR", "AUTOMATIC", "awaiting_payment")


def test_any_manual_line_makes_the_order_manual(buyer, product, manual_product):
    assert place(buyer, ("MUG", 1), ("VASE", 1)).capture_policy == "MANUAL"


def test_description_and_people_are_kept(buyer, product, manual_product):
    order = place(buyer, ("MUG", 1), ("VASE", 1), buyer_details={"phone": "+49 1"}, shipping={"carrier": "FedEx"})
    assert order.description == "Mug MUG and 1 more"
    assert order.buyer_details["full"] == "Bea Buyer"
    assert (order.buyer_details["phone"], order.shipping) == ("+49 1", {"carrier": "FedEx"})
    assert place(buyer, ("MUG", 1), description="Two mugs").description == "Two mugs"


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([], "invalid"),
        ([("NOPE", 1)], "unknown_product"),
        ([("MUG", 0)], "invalid"),
        ([("MUG", 1000)], "invalid"),
        ([("MUG", 1), ("MUG", 1)], "invalid"),
        ([("MUG", 1), ("YEN", 1)], "mixed_currencies"),
        ([("HUGE", 999)], "invalid"),
        ([(f"S{n}", 1) for n in range(101)], "invalid"),
    ],
)
def test_bad_orders_are_refused_and_nothing_is_stored(buyer, product, items, code):
    make_product("YEN", 100, "JPY")
    make_product("HUGE", 10**15)
    with pytest.raises(InvalidInput) as refusal:
        place(buyer, *items)
    assert (refusal.value.code, refusal.value.field.split(".")[0]) == (code, "items")
    assert not Order.objects.exists()


def test_what_is_not_on_sale_is_unknown(buyer, product):
    Product.objects.update(active=False)
    with pytest.raises(InvalidInput):
        place(buyer, ("MUG", 1))


@pytest.mark.parametrize(
    ("held", "captured", "refunded", "certain", "status", "due", "ship"),
    [
        (0, 0, 0, True, "awaiting_payment", 30000, False),
        (30000, 0, 0, True, "authorized", 30000, False),
        (20000, 10000, 0, True, "partly_paid", 20000, False),
        (0, 30000, 0, True, "paid", 0, True),
        (0, 30000, 0, False, "paid", 0, False),
        (0, 30001, 0, True, "overpaid", 0, True),
        (0, 30000, 1, True, "partly_refunded", 0, True),
        (0, 30000, 30000, True, "refunded", 0, False),
    ],
)
def test_projections_follow_the_money(order, held, captured, refunded, certain, status, due, ship):
    news = note_money(order, held=held, captured=captured, refunded=refunded, certain=certain)
    hot.write([news] if news else [])
    order.refresh_from_db()
    assert (order.status, order.due_minor, order.safe_to_ship) == (status, due, ship)


@pytest.mark.promise("I26")
def test_a_foreign_order_is_not_there(buyer, other_buyer, product):
    order = make_order(buyer, product)
    assert order_of(buyer, order.public_id) == order
    for public_id in (order.public_id, "ord_nothing"):
        with pytest.raises(NotYours):
            order_of(other_buyer, public_id)


def test_placing_needs_the_block_of_its_key(buyer, product):
    with pytest.raises(RuntimeError):
        place_order(buyer=buyer, items=[Item("MUG", 1)])


def test_the_database_refuses_a_free_product():
    with pytest.raises(IntegrityError):
        make_product(price=0)
