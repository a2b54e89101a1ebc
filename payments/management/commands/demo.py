"""`make demo`, for those who think in manage.py."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from payments.demo import __main__ as demo


class Command(BaseCommand):
    help = "Starts everything, plays the main job aloud, stays up. With --check: exit code 0 when all is equal, else 1."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="play the main job and exit")
        parser.add_argument("--no-story", action="store_true", help="start without playing the main job")
        parser.add_argument("--fresh", action="store_true", help="forget earlier demos first")
        parser.add_argument("--break", dest="broken", choices=["refund"], help="make the books differ on purpose")

    def handle(self, *args: Any, broken: str | None, **options: Any) -> None:
        asked = [f"--{name.replace('_', '-')}" for name in ("check", "no_story", "fresh") if options[name]]
        raise SystemExit(demo.main([*asked, *(["--break", broken] if broken else [])]))
