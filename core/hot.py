"""Statements of the money path, compiled once.

Django builds the SQL text of a query anew each time, which costs more than the database does for one row. Here the
ORM writes a statement the first time, and later only the values change. What comes back is what the ORM would give:
model instances, converted and linked. Only for statements whose shape never varies; everything else stays a QuerySet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import connections, models
from django.db.models.constants import OnConflict
from django.db.models.query import get_related_populators

from core import ports

M = TypeVar("M", bound=models.Model)

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


def insert(row: models.Model) -> None:
    """One INSERT with every column, as `save(force_insert=True)` of a model without parents and signals."""
    _insert(row, None)


def insert_if_new(row: models.Model) -> bool:
    """False when a constraint says that such a row is there; the open block stays usable, without a savepoint."""
    return _insert(row, OnConflict.IGNORE) == 1


def update(
    model: type[models.Model],
    where: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    unless: Mapping[str, Any] | None = None,
) -> int:
    """How many rows were changed. Names are columns (`attname`); None in `where` means IS NULL.

    `unless`: columns that must not have these values.
    """
    connection, other = connections[ALIAS], unless or {}
    conditions = (
        *((name, "IS NULL" if value is None else "= %s") for name, value in where.items()),
        *((name, "<> %s") for name in other),
    )
    parameters = _adapted(model, values, connection)
    parameters += _adapted(model, {name: value for name, value in where.items() if value is not None}, connection)
    parameters += _adapted(model, other, connection)
    with connection.cursor() as cursor:
        cursor.execute(_update_text(model, connection.vendor, tuple(values), conditions), parameters)
        return int(cursor.rowcount)


def _insert(row: models.Model, on_conflict: OnConflict | None) -> int:
    connection, model = connections[ALIAS], type(row)
    fields = model._meta.local_concrete_fields
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(_insert_text(model, connection.vendor, on_conflict), values)
        inserted = int(cursor.rowcount)
    row._state.adding, row._state.db = inserted != 1, ALIAS
    return inserted


@lru_cache(maxsize=64)
def _insert_text(model: type[models.Model], vendor: str, on_conflict: OnConflict | None) -> str:
    operations = connections[ALIAS].ops
    fields = model._meta.local_concrete_fields
    columns = ", ".join(operations.quote_name(str(field.column)) for field in fields)
    start = operations.insert_statement(on_conflict=on_conflict)
    suffix = operations.on_conflict_suffix_sql(fields, on_conflict, (), ()) if on_conflict else ""
    table = operations.quote_name(model._meta.db_table)
    return f"{start} {table} ({columns}) VALUES ({', '.join(['%s'] * len(fields))}) {suffix}".rstrip()


@lru_cache(maxsize=512)
def _update_text(
    model: type[models.Model], vendor: str, names: tuple[str, ...], conditions: tuple[tuple[str, str], ...]
) -> str:
    quote = connections[ALIAS].ops.quote_name

    def column(name: str) -> str:
        return str(quote(str(model._meta.get_field(name).column)))  # type: ignore[union-attr]

    changes = ", ".join(f"{column(name)} = %s" for name in names)
    tests = " AND ".join(f"{column(name)} {test}" for name, test in conditions)
    return f"UPDATE {quote(model._meta.db_table)} SET {changes} WHERE {tests}"  # noqa: S608 - names of our own models


def _adapted(model: type[models.Model], values: Mapping[str, Any], connection: Any) -> list[Any]:
    return [model._meta.get_field(name).get_db_prep_save(value, connection) for name, value in values.items()]  # type: ignore[union-attr]
