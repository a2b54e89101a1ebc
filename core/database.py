"""One statement where the ORM would need three."""

from __future__ import annotations

from django.db import connections, models, router
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery


def insert_if_new(row: models.Model) -> bool:
    """Insert, unless a constraint says that such a row is there: False then, and the open block stays usable.

    A savepoint around a plain INSERT says the same in three statements.
    """
    model = type(row)
    connection = connections[router.db_for_write(model)]
    query = InsertQuery(model, on_conflict=OnConflict.IGNORE)
    query.insert_values(model._meta.local_concrete_fields, [row])
    ((statement, parameters),) = query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        inserted = bool(cursor.rowcount == 1)
    row._state.adding, row._state.db = not inserted, connection.alias
    return inserted
