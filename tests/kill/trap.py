"""Holds a process at one instant, so that somebody outside can kill it exactly there.

KILL_AT names crash points in the order in which they must be passed, joined by `>`: `refund.before_call>http.written`
is the moment when the bytes of a refund have left us and nothing came back. At the last one the process writes its
pid into KILL_MARKER and sleeps until it is killed.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from core import ports

PATIENCE = 60
"""Seconds; a process that nobody kills ends by itself."""


def set_by_environment() -> None:
    if os.environ.get("KILL_AT"):
        ports.install_crash_hook(Trap(os.environ["KILL_AT"].split(">"), Path(os.environ["KILL_MARKER"])))


class Trap:
    def __init__(self, points: list[str], marker: Path) -> None:
        self._left = points
        self._marker = marker

    def __call__(self, name: str) -> None:
        if not self._left or name != self._left[0]:
            return
        self._left.pop(0)
        if not self._left:
            fresh = self._marker.with_suffix(".tmp")
            fresh.write_text(str(os.getpid()))
            fresh.rename(self._marker)
            time.sleep(PATIENCE)
            os._exit(86)
