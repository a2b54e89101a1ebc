"""Indexes that another one begins with, or that nothing asks for, are only work for each insert.

The indexes are dropped by name: an altered field would take the partial unique indexes of its column along (Django
looks for any index of the column and spares only those of `Meta.indexes`), and SQLite would make the table anew, without
its triggers.
"""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SUPERFLUOUS = [
    ("orders_order", "buyer_id", ""),
    ("orders_order", "public_id", "_like"),
    ("orders_order", "number", "_like"),
    ("orders_orderline", "order_id", ""),
]
"""Table, column and end of the name; `_like` is the index for prefixes that PostgreSQL gets for a unique text."""


def drop_indexes(apps: Any, schema_editor: Any) -> None:
    for table, column, suffix in SUPERFLUOUS:
        name = schema_editor._create_index_name(table, [column], suffix=suffix)
        schema_editor.execute(f"DROP INDEX IF EXISTS {schema_editor.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop_indexes, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name="order",
                    name="buyer",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="orderline",
                    name="order",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="orders.order",
                    ),
                ),
            ],
        ),
    ]
