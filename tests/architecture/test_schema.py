"""What the models declare is what the database holds, after every migration, on both databases."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, models

OURS = [
    model for model in apps.get_models() if model.__module__.split(".")[0] in ("core", "orders", "payments", "vaulting")
]


@pytest.mark.django_db
@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_constraint_and_index_is_there(model):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    declared = {one.name for one in (*model._meta.constraints, *model._meta.indexes)}
    assert declared <= found.keys()
    conditional = [one.name for one in model._meta.constraints if isinstance(one, models.UniqueConstraint)]
    assert all(found[name]["unique"] for name in conditional)


@pytest.mark.django_db
@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_no_index_is_the_beginning_of_another(model):
    """It would cost each insert and answer nothing that the longer one does not."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    partial = {one.name for one in (*model._meta.constraints, *model._meta.indexes) if getattr(one, "condition", None)}
    whole = {name: tuple(one["columns"]) for name, one in found.items() if one["index"] and name not in partial}
    keys = [
        tuple(one["columns"]) for name, one in found.items() if (one["index"] or one["unique"]) and name not in partial
    ]
    superfluous = [
        name
        for name, columns in whole.items()
        if not found[name]["unique"]
        and not name.endswith("_like")
        and any(len(other) > len(columns) and other[: len(columns)] == columns for other in keys)
    ]
    assert superfluous == []
