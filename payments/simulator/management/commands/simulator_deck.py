from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from payments.simulator import deck


class Command(BaseCommand):
    help = "Print the deck as JSON: what `manage.py sim faults` shows when no simulator runs."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(deck.as_json()))
