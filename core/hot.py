"""Statements of the money path, compiled once.

Django builds the SQL text of a query anew each time, which costs more than the database does for one row. Here the
ORM writes a statement the first time, and later only the values change. What comes back is what the ORM would give:
model instances, converted and linked. Only for statements whose shape never varies; everything else stays a QuerySet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import connections, models
from django.db.models.constants import OnConflict
from django.db.models.query import get_related_populators

from core import ports

M = TypeVar("M", bound=models.Model)
Statement = tuple[str, list[Any]]
"""Text with %s, and the values for them."""

ALIAS = "default"
"""The one database of the application."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """One compiled SELECT. `holes`: places of the values among the parameters; one value may stand in several."""

    statement: str
    parameters: tuple[Any, ...]
    holes: tuple[tuple[int, ...], ...]
    model: type[models.Model]
    names: list[str]
    start: int
    end: int
    converters: tuple[tuple[int, list[Any], Any], ...]
    populators: list[Any]


class Select(Generic[M]):
    """`Select(lambda: Order.objects.select_for_update(), "buyer_id", "public_id")(buyer.pk, "ord_…")` -> list of rows.

    The names are columns of the model that must equal the values. No prefetch, no annotations.
    """

    def __init__(self, rows: Callable[[], models.QuerySet[M]], *names: str) -> None:
        self._rows, self._names = rows, names
        self._plans: dict[str, _Plan] = {}

    def __call__(self, *values: Any) -> list[M]:
        connection = connections[ALIAS]
        plan = self._plans.get(connection.vendor) or self._compile(connection)
        parameters = list(plan.parameters)
        for name, places, value in zip(self._names, plan.holes, values, strict=True):
            adapted = plan.model._meta.get_field(name).get_db_prep_value(value, connection)  # type: ignore[union-attr]
            for place in places:
                parameters[place] = adapted
        with connection.cursor() as cursor:
            cursor.execute(plan.statement, parameters)
            found = cursor.fetchall()
        return [_instance(plan, list(row), connection) for row in found]

    def one(self, *values: Any) -> M | None:
        """The first, or None."""
        return next(iter(self(*values)), None)

    def _compile(self, connection: Any) -> _Plan:
        rows = self._rows()
        fields = [rows.model._meta.get_field(name) for name in self._names]
        marks = [_mark(field) for field in fields]
        query = rows.filter(**dict(zip(self._names, marks, strict=True))).query
        compiler = query.get_compiler(connection=connection)
        statement, parameters = compiler.as_sql()
        adapted = [field.get_db_prep_value(mark, connection) for field, mark in zip(fields, marks, strict=True)]  # type: ignore[union-attr]
        places = tuple(tuple(i for i, value in enumerate(parameters) if value == mark) for mark in adapted)
        assert all(places), "every value has its place"
        select, info = compiler.select, compiler.klass_info
        columns = info["select_fields"]
        start, end = columns[0], columns[-1] + 1
        converters = compiler.get_converters([column[0] for column in select])
        plan = _Plan(
            statement=statement,
            parameters=tuple(parameters),
            holes=places,
            model=info["model"],
            names=[column[0].target.attname for column in select[start:end]],
            start=start,
            end=end,
            converters=tuple((place, found, expression) for place, (found, expression) in converters.items()),
            populators=get_related_populators(info, select, ALIAS),  # type: ignore[call-arg]
        )
        self._plans[connection.vendor] = plan
        return plan


def _mark(field: Any) -> Any:
    """A value that stands nowhere else in the statement."""
    target = field.target_field if field.is_relation else field
    return ports.new_uuid() if isinstance(target, models.UUIDField) else ports.random_text(target.max_length)


def _instance(plan: _Plan, row: list[Any], connection: Any) -> Any:
    for place, converters, expression in plan.converters:
        for convert in converters:
            row[place] = convert(row[place], expression, connection)
    found = plan.model.from_db(ALIAS, plan.names, row[plan.start : plan.end])
    for populator in plan.populators:
        populator.populate(row, found)
    return found


# --- writing --------------------------------------------------------------------------------------------------------


def _is_gone() -> None:
    raise RuntimeError("a row that was read under a lock is not there any more")


@dataclass(frozen=True, slots=True)
class Insert:
    """One INSERT with every column, as `save(force_insert=True)` of a model without parents and signals."""

    row: models.Model


@dataclass(frozen=True, slots=True)
class Update:
    """Names are columns (`attname`); None in `where` means IS NULL.

    `unless`: columns that must not have these values. `missed` is called when no row was changed; unless it is told
    what else to do, it raises RuntimeError.
    """

    model: type[models.Model]
    where: Mapping[str, Any]
    values: Mapping[str, Any]
    unless: Mapping[str, Any] = field(default_factory=dict)
    missed: Callable[[], None] = _is_gone


def write(writes: Sequence[Insert | Update]) -> None:
    """All of them: one statement where that can be, else one after the other."""
    connection = connections[ALIAS]
    statements = [_statement(one, connection) for one in writes]
    if connection.vendor == "postgresql" and len(writes) > 1 and _in_any_order(writes):
        for one, rows in zip(writes, _write_together(statements, connection), strict=True):
            _tell(one, rows)
    else:
        for one, (text, parameters) in zip(writes, statements, strict=True):
            _tell(one, _execute(text, parameters, connection))


def _tell(one: Insert | Update, rows: int) -> None:
    if isinstance(one, Insert):
        one.row._state.adding, one.row._state.db = False, ALIAS
    elif not rows:
        one.missed()


def insert_if_new(row: models.Model) -> bool:
    """False when a constraint says that such a row is there; the open block stays usable, without a savepoint."""
    connection = connections[ALIAS]
    is_new = _execute(*_insert_statement(row, connection, OnConflict.IGNORE), connection) == 1
    row._state.adding, row._state.db = not is_new, ALIAS
    return is_new


def _in_any_order(writes: Sequence[Insert | Update]) -> bool:
    """PostgreSQL promises no order inside a statement, and changes a row in it only once.

    A changed row may make room for another one in a unique index, or be changed again.
    """
    inserted = {type(one.row) for one in writes if isinstance(one, Insert)}
    changed = [(one.model, one.where.get("id")) for one in writes if isinstance(one, Update)]
    return inserted.isdisjoint(model for model, _ in changed) and len(set(changed)) == len(changed)


def _execute(text: str, parameters: list[Any], connection: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return int(cursor.rowcount)


def _write_together(statements: list[Statement], connection: Any) -> list[int]:
    """As few statements as stay within what the driver remembers; what is longer it would read anew each time."""
    changed: list[int] = []
    while statements:
        together, statements = _first_few(statements)
        parameters = [value for _, values in together for value in values]
        with connection.cursor() as cursor:
            cursor.execute(_together(tuple(text for text, _ in together)), parameters)
            changed += cursor.fetchone()
    return changed


REMEMBERED_LENGTH, REMEMBERED_PARAMETERS = 4000, 50
"""Of a statement, by psycopg."""


def _first_few(statements: list[Statement]) -> tuple[list[Statement], list[Statement]]:
    length = parameters = 0
    for place, (text, values) in enumerate(statements):
        length, parameters = length + len(text) + 60, parameters + len(values)
        if place and (length > REMEMBERED_LENGTH or parameters > REMEMBERED_PARAMETERS):
            return statements[:place], statements[place:]
    return statements, []


@lru_cache(maxsize=512)
def _together(texts: tuple[str, ...]) -> str:
    parts = ", ".join(f"w{place} AS ({text} RETURNING 1)" for place, text in enumerate(texts))
    counts = ", ".join(f"(SELECT count(*) FROM w{place})" for place in range(len(texts)))  # noqa: S608
    return f"WITH {parts} SELECT {counts}"


def _statement(one: Insert | Update, connection: Any) -> Statement:
    if isinstance(one, Insert):
        return _insert_statement(one.row, connection, None)
    conditions = (
        *((name, "IS NULL" if value is None else "= %s") for name, value in one.where.items()),
        *((name, "<> %s") for name in one.unless),
    )
    known = {name: value for name, value in one.where.items() if value is not None}
    values, *tests = (
        [one.model._meta.get_field(name).get_db_prep_save(value, connection) for name, value in named.items()]  # type: ignore[union-attr]
        for named in (one.values, known, one.unless)
    )
    marks, sent = _marked(values)
    changes = tuple(zip(one.values, marks, strict=True))
    return _update_text(one.model, connection.vendor, changes, conditions), [*sent, *tests[0], *tests[1]]


def _insert_statement(row: models.Model, connection: Any, on_conflict: OnConflict | None) -> Statement:
    fields = row._meta.local_concrete_fields
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    marks, sent = _marked(values)
    return _insert_text(type(row), marks, connection.vendor, on_conflict), sent


_EMPTY = {(type(None), None): "NULL", (bool, False): "FALSE", (int, 0): "0", (str, ""): "''"}
_PLAIN = frozenset(kind for kind, _ in _EMPTY)


def _marked(values: list[Any]) -> tuple[tuple[str, ...], list[Any]]:
    """What a column is set to in the text, and the values that travel: what is empty stands in the text itself."""
    marks = tuple([_EMPTY.get((type(value), value), "%s") if type(value) in _PLAIN else "%s" for value in values])
    return marks, [value for value, mark in zip(values, marks, strict=True) if mark == "%s"]


@lru_cache(maxsize=512)
def _insert_text(model: type[models.Model], marks: tuple[str, ...], vendor: str, on_conflict: OnConflict | None) -> str:
    operations = connections[ALIAS].ops
    fields = model._meta.local_concrete_fields
    columns = ", ".join(operations.quote_name(str(field.column)) for field in fields)
    start = operations.insert_statement(on_conflict=on_conflict)
    suffix = operations.on_conflict_suffix_sql(fields, on_conflict, (), ()) if on_conflict else ""
    table = operations.quote_name(model._meta.db_table)
    return f"{start} {table} ({columns}) VALUES ({', '.join(marks)}) {suffix}".rstrip()


@lru_cache(maxsize=512)
def _update_text(
    model: type[models.Model],
    vendor: str,
    changes: tuple[tuple[str, str], ...],
    conditions: tuple[tuple[str, str], ...],
) -> str:
    quote = connections[ALIAS].ops.quote_name

    def column(name: str) -> str:
        return str(quote(str(model._meta.get_field(name).column)))  # type: ignore[union-attr]

    told = ", ".join(f"{column(name)} = {mark}" for name, mark in changes)
    tests = " AND ".join(f"{column(name)} {test}" for name, test in conditions)
    return f"UPDATE {quote(model._meta.db_table)} SET {told} WHERE {tests}"  # noqa: S608 - names of our own models
