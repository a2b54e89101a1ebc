"""A loop for commands that stay: one round after another, until SIGTERM or SIGINT, finishing the row in hand."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from django.core.management.base import CommandError
from django.db import Error, close_old_connections

from core import ports

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds between rounds."""
_STEP = 0.1
PATIENCE = 30
"""Rounds that may fail one after the other (a locked or absent database) before the process gives up."""


class Loop:
    def __init__(self) -> None:
        self.going = True
        self._failures = 0

    def run(self, one_round: Callable[[], None], *, pause: float = PAUSE) -> None:
        """Repeat `one_round` until asked to stop. Raises CommandError after too many failures in a row."""
        with self._listening():
            while self.going:
                self._try(one_round)
                self._rest(pause)

    def stop(self, signum: int = signal.SIGTERM, frame: FrameType | None = None) -> None:
        self.going = False

    def is_going(self) -> bool:
        return self.going

    def _try(self, one_round: Callable[[], None]) -> None:
        close_old_connections()
        try:
            one_round()
            self._failures = 0
        except Error as error:  # "database is locked" passes; the rows are still due in the next round
            self._failures += 1
            log.warning("round failed, %s in a row: %s", self._failures, type(error).__name__, exc_info=True)
            if self._failures >= PATIENCE:
                raise CommandError(f"{PATIENCE} rounds failed in a row; the last: {type(error).__name__}") from error

    def _rest(self, pause: float) -> None:
        # In small steps: a signal handler only sets a flag, and a sleep is resumed after it.
        until = ports.monotonic() + pause
        while self.going and ports.monotonic() < until:
            ports.sleep(min(_STEP, pause))

    @contextmanager
    def _listening(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
