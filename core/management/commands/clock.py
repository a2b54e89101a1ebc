"""Show or move the clock that the demo and its provider share."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import clock, ports


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "clock show · clock advance 8d (also 36h, 90m, 1d12h) · clock reset. Refused where the clock is real (exit 1)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["show", "advance", "reset"])
        parser.add_argument("step", nargs="?", default="", help="how far: 8d, 36h, 90m, 10s, 1d12h")

    def handle(self, *args: Any, verb: str, step: str, **options: Any) -> None:
        try:
            if verb == "advance":
                clock.advance(clock.read_step(step))
            elif verb == "reset":
                clock.reset()
        except (clock.ClockIsReal, ValueError) as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{ports.now():%a %-d %B %Y, %H:%M:%S} UTC, {_ahead()}")


def _ahead() -> str:
    seconds = int(ports.shared_offset().total_seconds())
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{rest // 60} min" if rest >= 60 else ""]
    told = " ".join(part for part in parts if part)
    return f"{told or f'{seconds} s'} ahead of the real time" if seconds else "the real time"
