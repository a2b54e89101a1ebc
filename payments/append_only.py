"""The statements that make the journal append-only, on both engines; used by the migration and between tests."""

from typing import Any

TABLE = "payments_journalentry"
MESSAGE = "the journal is append-only"

SQLITE = [
    f"CREATE TRIGGER journal_no_update BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
    f"CREATE TRIGGER journal_no_delete BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
]
SQLITE_BACK = ["DROP TRIGGER journal_no_update", "DROP TRIGGER journal_no_delete"]

POSTGRESQL = [
    "CREATE FUNCTION refuse_journal_change() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$",
    f"CREATE TRIGGER journal_no_change BEFORE UPDATE OR DELETE ON {TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION refuse_journal_change()",
    f"CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON {TABLE} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change()",
]
POSTGRESQL_BACK = [
    f"DROP TRIGGER journal_no_truncate ON {TABLE}",
    f"DROP TRIGGER journal_no_change ON {TABLE}",
    "DROP FUNCTION refuse_journal_change()",
]


def install(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def remove(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE_BACK if schema_editor.connection.vendor == "sqlite" else POSTGRESQL_BACK:
        schema_editor.execute(statement)
