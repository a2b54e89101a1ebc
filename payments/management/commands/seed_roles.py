"""Make the groups viewer, cashier and refunder."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from payments.roles import ensure_roles


class Command(BaseCommand):
    help = "Make the groups viewer, cashier and refunder with their permissions. May be run again at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        for line in ensure_roles():
            self.stdout.write(line)
