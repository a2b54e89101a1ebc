"""Indexes that another one begins with, or that nothing asks for, are only work for each insert.

The indexes are dropped by name: an altered field would take the partial unique indexes of its column along (Django
looks for any index of the column and spares only those of `Meta.indexes`), and SQLite would make the table anew, without
its triggers.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

SUPERFLUOUS = [
    ("payments_payment", "order_id", ""),
    ("payments_payment", "public_id", "_like"),
    ("payments_transaction", "account_id", ""),
    ("payments_transaction", "public_id", "_like"),
    ("payments_journalentry", "payment_id", ""),
    ("payments_journalentry", "transaction_id", ""),
    ("payments_journalentry", "notification_id", ""),
    ("payments_notificationevent", "account_id", ""),
    ("payments_dispute", "account_id", ""),
]
"""Table, column and end of the name; `_like` is the index for prefixes that PostgreSQL gets for a unique text."""


def drop_indexes(apps: Any, schema_editor: Any) -> None:
    for table, column, suffix in SUPERFLUOUS:
        name = schema_editor._create_index_name(table, [column], suffix=suffix)
        schema_editor.execute(f"DROP INDEX IF EXISTS {schema_editor.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [
        ("gateways", "0002_account_policies"),
        ("orders", "0002_lean_indexes"),
        ("payments", "0004_disputed_money"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop_indexes, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name="dispute",
                    name="account",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="gateways.merchantaccount",
                    ),
                ),
                migrations.AlterField(
                    model_name="journalentry",
                    name="notification",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.notificationevent",
                    ),
                ),
                migrations.AlterField(
                    model_name="journalentry",
                    name="payment",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="journal",
                        to="payments.payment",
                    ),
                ),
                migrations.AlterField(
                    model_name="journalentry",
                    name="transaction",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.transaction",
                    ),
                ),
                migrations.AlterField(
                    model_name="notificationevent",
                    name="account",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="gateways.merchantaccount",
                    ),
                ),
                migrations.AlterField(
                    model_name="payment",
                    name="order",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="orders.order",
                    ),
                ),
                migrations.AlterField(
                    model_name="transaction",
                    name="account",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="gateways.merchantaccount",
                    ),
                ),
            ],
        ),
    ]
