"""Ask the gateway about every payment that is due, and act on what it says."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand

from core import ports
from payments.management.until_stopped import Loop
from payments.services.refresh import reconcile


def moment(text: str) -> datetime:
    """An ISO 8601 moment with a time zone. Raises ArgumentTypeError, so that the command exits with 2."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not an ISO 8601 moment, for example 2026-01-31T12:00:00Z") from None
    if found.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} needs a time zone, for example 2026-01-31T12:00:00Z")
    return found


def several(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise ArgumentTypeError("give a whole number from 1 to 10000")
    return int(text)


class Command(BaseCommand):
    help = "Asks the gateway about payments whose outcome is due. Prints one line for each thing done. Exit code 0."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one batch, then exit; otherwise one every second")
        parser.add_argument("--now", type=moment, metavar="ISO", help="pretend that it is this moment (exit 2 if bad)")
        parser.add_argument("--limit", type=several, default=50, help="payments in one batch (default: 50)")

    def handle(self, *args: Any, once: bool, now: datetime | None, limit: int, **options: Any) -> None:
        if now is not None:
            ports.pretend_now(now)
        loop = Loop()
        if once:
            self._tell(reconcile(limit=limit) or ["nothing is due"])
        else:
            loop.run(lambda: self._tell(reconcile(limit=limit, going=loop.is_going)))

    def _tell(self, lines: list[str]) -> None:
        for line in lines:
            self.stdout.write(line)
            self.stdout.flush()
