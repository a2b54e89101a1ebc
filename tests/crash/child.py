"""Children that end with `os._exit(137)` at one instant: `python -m tests.crash.child`, a server as of the races.

The server imports the application once and forks; nothing of a child survives but what it committed or sent.
"""

from __future__ import annotations

import importlib
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import django

from core import ports
from tests.races import worker


def _die_at(_: Any, told: dict[str, Any]) -> dict[str, Any]:
    from tests.crash.acts import perform
    from tests.crash.life import Life, exit_at_once, living

    def die() -> NoReturn:
        Path(told["marker"]).write_text(told["path"])
        exit_at_once()

    ports.pretend_now(ports.now() + timedelta(seconds=told["ahead"]))
    with living(Life(told["path"], die)):
        perform(told["act"])
    return {"outcome": "it came through"}


if __name__ == "__main__":
    django.setup()
    importlib.import_module("config.urls")  # before the first fork, with everything behind the doors
    worker.ACTS["die"] = _die_at
    worker.main()
