from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from payments.simulator.keys import UnknownClient, ensure_keys


class Command(BaseCommand):
    help = "Make the throw-away keys of a simulated client, keeping those that exist."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dir", type=Path, default=Path(settings.SIM_KEYS_DIR), help="folder of all clients")
        parser.add_argument("--client-id", required=True, help="must contain SIM")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            folder = ensure_keys(options["dir"], options["client_id"])
        except UnknownClient as error:
            raise CommandError(str(error)) from None
        self.stdout.write(str(folder))
