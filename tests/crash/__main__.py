"""Every crash point in every way, on SQLite and on PostgreSQL: `python -m tests.crash`.

In this process with a strict and with a permissive provider, and with real processes that end there.

`--database sqlite` (or postgres) plays one; what follows goes to pytest. DATABASE_URL names the PostgreSQL server;
without it one from a wheel is started.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

DATABASES = ("sqlite", "postgres")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append", help="only this one")
    arguments, more = parser.parse_known_args()
    return max(play_on(database, more) for database in arguments.database or DATABASES)


def play_on(database: str, more: list[str]) -> int:
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "TEST_FOLDER")}
    env["CRASH_EVERY_POINT"] = "1"
    command = [sys.executable, "-m", "pytest", "-q", "tests/crash", *more]
    print(f"== {database}: a process dies at every point, another goes on, the books are compared", flush=True)
    began = time.monotonic()
    if database == "postgres":
        from tests.postgres import database_url

        with database_url() as url:
            code = subprocess.run(command, env={**env, "DATABASE_URL": url}, check=False).returncode
    else:
        code = subprocess.run(command, env=env, check=False).returncode
    print(f"== {database}: {'books equal' if not code else 'NOT AS IT MUST BE'}, {time.monotonic() - began:.0f} s\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
