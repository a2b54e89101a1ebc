"""Emptying the database between tests, fast: rows of ours go, content types and permissions stay.

Django's own flush makes them anew after every test, which takes longer than most tests.
"""

from __future__ import annotations

from django.db import connection

from payments import append_only

KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission"})


def empty_the_database() -> None:
    """The journal refuses to be emptied; between tests, and only there, its triggers step aside."""
    tables = [connection.ops.quote_name(t) for t in sorted(set(connection.introspection.table_names()) - KEPT)]
    if connection.vendor == "sqlite":
        _sqlite(tables)
    else:
        _postgresql(tables)


def _sqlite(tables: list[str]) -> None:
    with connection.schema_editor() as editor:  # foreign keys are off inside
        append_only.remove(None, editor)
        for table in tables:
            editor.execute(f"DELETE FROM {table}")
        append_only.install(None, editor)


def _postgresql(tables: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # neither triggers nor foreign keys
        cursor.execute("; ".join(f"DELETE FROM {table}" for table in tables))
        cursor.execute("SET session_replication_role = DEFAULT")
