"""Apply stored notifications that could not be applied when they came."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from payments.management.until_stopped import Loop
from payments.services.inbox import apply_due


class Command(BaseCommand):
    help = "Applies stored notifications that are due. Prints one line for each. Exit code 0."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one batch, then exit; otherwise one every second")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if once:
            self._tell(apply_due() or ["nothing is due"])
        else:
            Loop().run(lambda: self._tell(apply_due()))

    def _tell(self, lines: list[str]) -> None:
        for line in lines:
            self.stdout.write(line)
            self.stdout.flush()
