"""The kill table: `python -m tests.kill.table` on SQLite and on PostgreSQL (DATABASE_URL, or a server from a wheel).

Eighteen rows for each database: web and worker, killed at three moments of pay, capture and refund. Exit code 1 when
a row is not as it must be. `--database sqlite` (or postgres) plays one; `--quick` leaves most worker rows out.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = "KILL_TABLE_HERE"
DATABASES = ("sqlite", "postgres")


def main() -> int:
    arguments = read_arguments()
    if os.environ.get(HERE):
        return play_here(quick=arguments.quick)
    return max(play_on(database, quick=arguments.quick) for database in arguments.database or DATABASES)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.kill.table", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append", help="only this one")
    parser.add_argument("--quick", action="store_true", help="of the worker only the rows of a capture")
    return parser.parse_args()


def play_on(database: str, *, quick: bool) -> int:
    """In a process of its own: settings are read once."""
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "TEST_FOLDER")}
    command = [sys.executable, "-m", "tests.kill.table", *(["--quick"] if quick else [])]
    if database == "postgres":
        from tests.postgres import database_url

        with database_url() as url:
            return subprocess.run(command, env={**env, HERE: "1", "DATABASE_URL": url}, check=False).returncode
    return subprocess.run(command, env={**env, HERE: "1"}, check=False).returncode


def play_here(*, quick: bool) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    import django

    django.setup()
    from django.db import connection
    from django.test.runner import DiscoverRunner

    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        print(f"== {connection.vendor}: kill -9, restart, resolve, compare", flush=True)
        return play_all(quick=quick)
    finally:
        runner.teardown_databases(databases)


def play_all(*, quick: bool) -> int:
    from django.conf import settings

    from payments.demo.compare import HEAD
    from tests import processes
    from tests.books import joined
    from tests.kill.cases import EVERY, WEB, WORKER
    from tests.kill.play import Theatre

    cases = [*WEB, *(case for case in WORKER if case.verb == "capture")] if quick else EVERY
    provider = processes.simulator()
    provider.control("settings", {"permissive": True})
    processes.point_at(provider, settings)
    servers = processes.RaceServer(processes.environment(provider))
    wrong, began = 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="paydesk-kill-") as folder:
        theatre = Theatre(provider, servers, Path(folder))
        for played in theatre.play(cases):
            wrong += not played.as_it_must_be
            print(line(played), flush=True)
            for difference in played.differences:
                print(f"    {difference}", flush=True)
    servers.stop()
    print(f"\n{HEAD}")
    rows = joined(provider)
    for row in rows:
        print(row)
    wrong += sum(not row.equal for row in rows)
    verdict = "books equal" if not wrong else f"{wrong} rows are not as they must be"
    print(f"== {len(cases)} kills, {len(rows)} rows joined, {time.monotonic() - began:.0f} s: {verdict}\n", flush=True)
    return 1 if wrong else 0


def line(played) -> str:
    case = played.case
    verdict = "equal" if played.as_it_must_be else "NOT AS IT MUST BE"
    return (
        f"{case.who:<6} {case.verb:<7} {case.moment:<22} killed {played.pid:>7} | before: {played.before!s:<50} | "
        f"after: {played.after!s:<52} {played.told:<18} {verdict}"
    )


if __name__ == "__main__":
    sys.exit(main())
