"""The worker: applies notifications, resolves payments, runs the queue's nudges, and tidies up now and then."""

from __future__ import annotations

import logging
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from core import ports
from core.idempotency import forget_expired
from payments.management.until_stopped import PAUSE, Loop
from payments.services.inbox import apply_due
from payments.services.refresh import reconcile
from vaulting.asking import resolve_due
from vaulting.removing import tell_due

TIDY_EVERY = 600.0
"""Seconds between two sweeps of old task results and expired idempotency keys."""
KEEP_RESULTS = timedelta(days=1)
BATCH = 20
"""Rows of one kind in one round, so that no kind waits long for the others."""


class Command(BaseCommand):
    requires_system_checks = []
    help = "Runs what is due, every second, until SIGTERM or Ctrl-C. Prints one line for each thing done. Exit code 0."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then exit")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        self.loop = Loop()
        self._name = ports.random_text(32)
        logging.getLogger("django_tasks_db").setLevel(logging.WARNING)  # it greets us before each task
        self._tidy_at = ports.monotonic()
        if once:
            self.one_round()
        else:
            self.stdout.write(f"working, a round every {PAUSE:g} s")
            self.loop.run(self.one_round)
            self.stdout.write("stopped")

    def one_round(self) -> None:
        self._tell(apply_due(limit=BATCH))
        self._tell(reconcile(limit=BATCH, going=self.loop.is_going))
        self._tell(resolve_due(limit=BATCH, going=self.loop.is_going))
        self._tell(tell_due(limit=BATCH, going=self.loop.is_going))
        self._run_nudges()
        if ports.monotonic() >= self._tidy_at:
            self._tidy()

    def _run_nudges(self) -> None:
        """One at a time, so that a signal is heard between two; looking first spares SQLite an exclusive lock."""
        ready = DBTaskResult.objects.ready().filter(backend_name="default")
        for _ in range(BATCH):
            if not (self.loop.going and ready.exists()):
                return
            _queue(self._name).run()

    def _tidy(self) -> None:
        self._tidy_at = ports.monotonic() + TIDY_EVERY
        results, _ = (
            DBTaskResult.objects.finished().filter(finished_at__lt=ports.now() - ports.ahead() - KEEP_RESULTS).delete()
        )
        keys = forget_expired()
        if results or keys:
            self._tell([f"tidied: {results} task results, {keys} idempotency keys"])

    def _tell(self, lines: list[str]) -> None:
        for line in lines:
            self.stdout.write(line)
            self.stdout.flush()


def _queue(name: str) -> Worker:
    """The queue's own worker, for one task between our rounds instead of in a process of its own."""
    return Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=1,
        worker_id=name,
        excluded_queue_names=[],
    )
