"""Bring every sealed column under the newest key, so that the old one can be retired (I32)."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction

from core.sealing import SealedField

BATCH = 200


class Command(BaseCommand):
    help = "Seal every sealed column anew under the first of SEALING_KEYS. Run it before an old key is taken away."

    def handle(self, *args: Any, **options: Any) -> None:
        for model in apps.get_models():
            names = [field.name for field in model._meta.concrete_fields if isinstance(field, SealedField)]
            if names:
                self.stdout.write(f"{model._meta.label}: {reseal_rows(model, names)} rows under the newest key")


def reseal_rows(model: type[models.Model], names: list[str]) -> int:
    """Read and write each row under its lock, in batches by primary key; writing seals anew. Returns how many."""
    done, last = 0, None
    while True:
        with transaction.atomic(durable=True):
            rows = model._default_manager.select_for_update().order_by("pk")
            batch = list((rows.filter(pk__gt=last) if last else rows)[:BATCH])
            for row in batch:
                values = {name: getattr(row, name) for name in names}
                model._default_manager.filter(pk=row.pk).update(**values)
        if not batch:
            return done
        done, last = done + len(batch), batch[-1].pk
