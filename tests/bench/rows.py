"""Many rows like one that the application made itself: INSERT … SELECT of that row with other ids."""

from __future__ import annotations

from typing import Any

from django.db import connection, models

from orders.models import Order, OrderLine
from payments.models import JournalEntry, Payment, Transaction
from tests.bench import ids

_ID = "row_id({number}, {kind})"
_BUYER = f"row_id(s.number % {ids.BUYERS}, {ids.BUYER})"
_CARD = f"row_id(s.number % {ids.BUYERS}, {ids.CARD})"

AMOUNT = "(1000 + (s.number * 37) % 90000)"
STATE = (
    "CASE WHEN s.number % 100 < 80 THEN 'captured' WHEN s.number % 100 < 90 THEN 'authorized'"
    " WHEN s.number % 100 < 94 THEN 'refunded' WHEN s.number % 100 < 98 THEN 'failed' ELSE 'canceled' END"
)


def install() -> None:
    """The two functions that make ids; on SQLite they are Python's."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(ids.ROW_ID_IN_POSTGRES)
            cursor.execute(ids.PADDED_IN_POSTGRES)
        return
    connection.ensure_connection()
    raw: Any = connection.connection
    raw.create_function("row_id", 2, lambda number, kind: ids.row_id(number, kind).hex, deterministic=True)
    raw.create_function("padded", 1, ids.padded, deterministic=True)


def clone(row: models.Model, first: int, last: int, **other: str) -> None:
    """Numbers `first` to `last`; `other` are SQL expressions by column, in which s.number is the number."""
    meta = row._meta
    columns = [field.column for field in meta.concrete_fields]
    wanted = [other.pop(column, f't."{column}"') for column in columns]
    assert not other, f"{meta.db_table} has no {', '.join(other)}"
    values = ", ".join(wanted).replace("%", "%%")
    named = ", ".join(f'"{column}"' for column in columns)
    pk = meta.pk
    assert pk is not None
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {meta.db_table} ({named}) "
            "WITH RECURSIVE s(number) AS "
            "(SELECT CAST(%s AS bigint) UNION ALL SELECT number + 1 FROM s WHERE number < %s) "
            f"SELECT {values} FROM {meta.db_table} t CROSS JOIN s WHERE t.{pk.column} = %s",
            [first, last, pk.get_db_prep_value(row.pk, connection)],
        )


def orders(template: Order, first: int, last: int) -> None:
    """Orders of one line, whose buyers take turns, waiting to be paid."""
    clone(template, first, last, **_order_columns())
    line = OrderLine.objects.get(order=template)
    clone(line, first, last, id=_id(ids.LINE), order_id=_id(ids.ORDER))


def payments(template: Payment, first: int, last: int, *, like_a_shop: bool = False) -> None:
    """Each with its order, its authorization and its journal; `like_a_shop`: many amounts, cards, buyers and states."""
    varied = _varied() if like_a_shop else {}
    order = Order.objects.get(pk=template.order_id)
    clone(order, first, last, **_order_columns())
    clone(OrderLine.objects.get(order=order), first, last, id=_id(ids.LINE), order_id=_id(ids.ORDER))
    clone(
        template,
        first,
        last,
        id=_id(ids.PAYMENT),
        public_id="'pay_' || padded(s.number)",
        order_id=_id(ids.ORDER),
        card_id=_CARD,
        order_number=_NUMBER,
        **varied,
    )
    authorization = Transaction.objects.get(payment=template)
    clone(
        authorization,
        first,
        last,
        id=_id(ids.TRANSACTION),
        public_id="'txn_' || padded(s.number)",
        payment_id=_id(ids.PAYMENT),
        request_id="'P_' || padded(s.number)",
        gateway_reference="'2025' || padded(s.number)",
        actor_id=_BUYER,
    )
    for kind, entry in zip(
        (ids.STARTED, ids.AUTHORIZED), JournalEntry.objects.filter(payment=template).order_by("seq"), strict=True
    ):
        clone(entry, first, last, id=_id(kind), payment_id=_id(ids.PAYMENT), transaction_id=_id(ids.TRANSACTION))


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


_NUMBER = "'P-' || substr(padded(s.number), 10)"


def _order_columns() -> dict[str, str]:
    return {
        "id": _id(ids.ORDER),
        "public_id": "'ord_' || padded(s.number)",
        "number": _NUMBER,
        "buyer_id": _BUYER,
    }


def _varied() -> dict[str, str]:
    captured = "CASE WHEN s.number % 100 < 80 OR (s.number % 100 >= 90 AND s.number % 100 < 94)"
    return {
        "amount_minor": AMOUNT,
        "authorized_minor": f"CASE WHEN s.number % 100 < 94 THEN {AMOUNT} ELSE 0 END",
        "captured_minor": f"{captured} THEN {AMOUNT} ELSE 0 END",
        "refunded_minor": f"CASE WHEN s.number % 100 >= 90 AND s.number % 100 < 94 THEN {AMOUNT} ELSE 0 END",
        "state": STATE,
        "last_four": "substr(padded(s.number * 7919 % 10000), 19)",
        "buyer_email": "'buyer' || (s.number * 31 % 50000) || '@shop.example'",
    }


def _id(kind: int) -> str:
    return _ID.format(number="s.number", kind=kind)
