"""The recovery matrix as a table: `python -m tests.matrix` plays it on SQLite and on PostgreSQL.

Exit code 1 when a cell is not as it must be. `--database sqlite` (or postgres) plays one; `--markdown` prints what the
README shows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.matrix.play import Played

HERE = "MATRIX_HERE"
DATABASES = ("sqlite", "postgres")
EQUAL, TOLD, WRONG, NEVER = "✓", "⚑", "✗", "·"
LEGEND = (
    f"{EQUAL} both books are equal, without anybody's help · {TOLD} equal, and a person was called · "
    f"{NEVER} cannot happen there"
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append", help="only this one")
    parser.add_argument("--markdown", action="store_true", help="a table for the README")
    asked = parser.parse_args()
    if os.environ.get(HERE):
        return play_here(markdown=asked.markdown)
    return max(play_on(database, markdown=asked.markdown) for database in asked.database or DATABASES)


def play_on(database: str, *, markdown: bool) -> int:
    """In a process of its own: settings are read once."""
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "TEST_FOLDER")}
    command = [sys.executable, "-m", "tests.matrix", *(["--markdown"] if markdown else [])]
    if database == "postgres":
        from tests.postgres import database_url

        with database_url() as url:
            return subprocess.run(command, env={**env, HERE: "1", "DATABASE_URL": url}, check=False).returncode
    return subprocess.run(command, env={**env, HERE: "1"}, check=False).returncode


def play_here(*, markdown: bool) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test.runner import DiscoverRunner

    from tests.matrix.cells import cells_of
    from tests.matrix.play import Stage
    from tests.simulator_process import SimulatorProcess

    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    provider, began = SimulatorProcess(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="paydesk-matrix-") as folder:
        clock_file = Path(folder) / "clock"
        provider.start(Path(folder), time_scale=10, environment={"SIM_CLOCK_FILE": str(clock_file)})
        try:
            stage = Stage(provider, Path(folder), clock_file, settings)
            played = stage.play(cells_of(provider.control("deck", method="GET")))
            stage.close()
        finally:
            provider.stop()
            runner.teardown_databases(databases)
    print("\n".join(table(played, markdown=markdown)))
    wrong = [line for one in played for line in one.wrong]
    print("\n".join(wrong))
    verdict = "books equal in every cell" if not wrong else f"{len(wrong)} differences"
    print(f"== {connection.vendor}: {len(played)} cells, {time.monotonic() - began:.0f} s: {verdict}", flush=True)
    return 1 if wrong else 0


def table(played: Sequence[Played], *, markdown: bool) -> list[str]:
    """One row for each fault, one column for each operation; a cell that was armed in several ways shows the worst."""
    operations = list(dict.fromkeys(one.cell.operation for one in played))
    scenarios = list(dict.fromkeys(one.cell.scenario for one in played))
    found: dict[tuple[str, str], str] = {}
    for one in played:
        mark = WRONG if one.wrong else TOLD if one.flagged else EQUAL
        place = (one.cell.scenario, one.cell.operation)
        found[place] = max(found.get(place, ""), mark, key=[NEVER, "", EQUAL, TOLD, WRONG].index)
    rows = [[name, *(found.get((name, operation), NEVER) for operation in operations)] for name in scenarios]
    if markdown:
        head = [f"| fault | {' | '.join(operations)} |", f"|---|{':-:|' * len(operations)}"]
        return [*head, *(f"| `{row[0]}` | {' | '.join(row[1:])} |" for row in rows), "", LEGEND]
    widths = [max(len(name), 3) for name in operations]
    head = [" " * 24 + "  ".join(operations)]
    lines = ["  ".join(cell.center(width) for cell, width in zip(row[1:], widths, strict=True)) for row in rows]
    return [*head, *(f"{row[0]:<24}{line}" for row, line in zip(rows, lines, strict=True)), "", LEGEND]
