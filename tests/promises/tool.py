"""Each promise, its tests, and the line that turns them red: `python -m tests.promises.tool`.

The tree is copied to a temporary folder. There the tests of every promise must be green; then each patch of
patches.py is applied to the copy, the tests of its promise run, and at least one must go red. A race test must go red
within 20 runs once its guard is gone. A number without a test, without a patch, or whose patch leaves everything green
is printed as unproven, and the exit code is 1. `--only I2,I3` looks at some; `--list` runs nothing.

The database is SQLite, or PostgreSQL when DATABASE_URL names one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.promises.patches import PROMISES, RACES, TITLES, Line, Patch

ROOT = Path(__file__).resolve().parents[2]
NOT_COPIED = (".git", ".venv", ".demo", "build", "staticfiles", "*.sqlite3*", "__pycache__", ".*_cache", ".hypothesis")
AT_ONCE = 2
RUNS = 20
PATIENCE = 300
"""Seconds for one run of pytest."""
RED = re.compile(r"^FAILED (.+?)(?: - (.*))?$", re.MULTILINE)


class BadPatch(ValueError):
    """`old` is not found exactly once, or the patched tree does not even run."""


@dataclass(frozen=True, slots=True)
class Proof:
    test: str
    promises: tuple[str, ...]
    slow: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    patch: Patch
    red: str
    """The first test that failed; empty when none did."""
    note: str


def main() -> int:
    arguments = read_arguments()
    wanted = [number for number in TITLES if not arguments.only or number in arguments.only]
    with tempfile.TemporaryDirectory(prefix="paydesk-promises-") as folder:
        copies = [Copy(Path(folder) / str(number)) for number in range(AT_ONCE)]
        tests = copies[0].collect()
        if arguments.list:
            for number in wanted:
                tell(number, tests, [], ran=False)
            return 1 if any(unproven(number, tests, None) for number in wanted) else 0
        return prove(wanted, tests, copies)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.promises.tool", description=__doc__)
    parser.add_argument("--only", type=lambda text: text.split(","), help="for example I2,I3")
    parser.add_argument("--list", action="store_true", help="tests and patches; runs nothing")
    return parser.parse_args()


def prove(wanted: list[str], tests: list[Proof], copies: list[Copy]) -> int:
    began = time.monotonic()
    patches = [patch for number in wanted for patch in (*PROMISES, *RACES) if patch.promise == number]
    broken = red_without_a_patch(patches, tests, copies)
    print(
        f"Without a patch: {'green' if not broken else 'NOT green'} ({time.monotonic() - began:.0f} s).\n", flush=True
    )
    free: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def judge(patch: Patch) -> Verdict:
        if already := sorted(broken.intersection(tests_of(patch, tests))):
            return Verdict(patch, "", f"red without the patch: {already[0]}")
        copy = free.get()
        try:
            return copy.judge(patch, tests_of(patch, tests))
        finally:
            free.put(copy)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [(patch, pool.submit(judge, patch)) for patch in patches]
        missing = []
        for number in wanted:
            verdicts = [job.result() for patch, job in jobs if patch.promise == number]
            tell(number, tests, verdicts, ran=True)
            missing += [number] if unproven(number, tests, verdicts) else []
    print(f"\n{len(wanted) - len(missing)} of {len(wanted)} promises proven, {time.monotonic() - began:.0f} s.")
    if missing:
        print(f"unproven: {', '.join(missing)}")
    return 1 if missing else 0


def red_without_a_patch(patches: list[Patch], tests: list[Proof], copies: list[Copy]) -> set[str]:
    """Fast tests in one copy, races beside them in another."""
    fast = {name for patch in patches if not patch.race for name in tests_of(patch, tests)}
    races = {patch.race for patch in patches if patch.race}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = [
            pool.submit(copy.reds, sorted(names)) for copy, names in zip(copies, (fast, races), strict=True) if names
        ]
        return {name for run in runs for name in run.result()}


def tests_of(patch: Patch, tests: Iterable[Proof]) -> list[str]:
    """A race's own test; else every test of the promise that starts no processes."""
    if patch.race:
        return [patch.race]
    return [test.test for test in tests if patch.promise in test.promises and not test.slow]


def unproven(number: str, tests: list[Proof], verdicts: list[Verdict] | None) -> str:
    if not any(number in test.promises for test in tests):
        return "no test"
    if not any(patch.promise == number for patch in PROMISES):
        return "no patch"
    if verdicts is not None and not all(verdict.red for verdict in verdicts):
        return "a patch does not turn its tests red"
    return ""


# --- telling --------------------------------------------------------------------------------------------------------


def tell(number: str, tests: list[Proof], verdicts: list[Verdict], *, ran: bool) -> None:
    why = unproven(number, tests, verdicts if ran else None)
    print(f"{number:<4} {TITLES[number]}{f'   unproven: {why}' if why else ''}")
    for name, cases in by_function(test.test for test in tests if number in test.promises).items():
        print(f"       test   {name}{f' ({cases} cases)' if cases > 1 else ''}")
    if ran:
        for verdict in verdicts:
            tell_patch(verdict.patch)
            print(f"       {f'RED    {verdict.red}  ' if verdict.red else 'NOT RED: '}{verdict.note}")
    else:
        for patch in (*PROMISES, *RACES):
            if patch.promise == number:
                tell_patch(patch)
    sys.stdout.flush()


def tell_patch(patch: Patch) -> None:
    print(f"       {'guard ' if patch.race else 'patch '} {patch.breaks}")
    for line in patch.lines:
        print(f"              {line.where}")
        print(f"              - {line.old.strip().splitlines()[0]}\n              + {line.new.strip().splitlines()[0]}")


def by_function(names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        function = name.partition("[")[0]
        found[function] = found.get(function, 0) + 1
    return found


# --- a copy of the tree ---------------------------------------------------------------------------------------------


class Copy:
    """Patched and put back again; the working tree is never touched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
        temporary = folder / "tmp"
        temporary.mkdir()
        gone = ("TEST_FOLDER", "PYTEST_ADDOPTS", "DJANGO_SETTINGS_MODULE", "PYTHONPATH")
        # Without byte code: a patch that is put back within a second would otherwise live on in a .pyc.
        self._env = {name: value for name, value in os.environ.items() if name not in gone}
        self._env |= {"PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(temporary), "COLUMNS": "220"}

    def collect(self) -> list[Proof]:
        file = self.folder / "promises.json"
        self._env["PROMISES_FILE"] = str(file)
        done = self._pytest("--collect-only", "-p", "tests.promises.collect")
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        return [Proof(one["test"], tuple(one["promises"]), one["slow"]) for one in json.loads(file.read_text())]

    def judge(self, patch: Patch, tests: list[str]) -> Verdict:
        if not tests:
            return Verdict(patch, "", "no test")
        try:
            return self._judge(patch, tests)
        except BadPatch as error:
            return Verdict(patch, "", str(error))

    def _judge(self, patch: Patch, tests: list[str]) -> Verdict:
        began = time.monotonic()
        with self._patched(patch.lines):
            for run in range(1, (RUNS if patch.race else 1) + 1):
                for red, why in self.reds(tests, "-x").items():
                    which = f"run {run} of {RUNS}, " if patch.race else ""
                    return Verdict(patch, red, f"({which}{time.monotonic() - began:.0f} s): {why}")
        return Verdict(patch, "", f"after {RUNS} runs" if patch.race else f"{len(tests)} tests")

    def reds(self, tests: list[str], *options: str) -> dict[str, str]:
        """The tests that fail, each with its reason. Raises BadPatch when the run breaks in another way."""
        done = self._pytest("--tb=no", "-rf", *options, *tests)
        failed = dict(RED.findall(done.stdout))
        if done.returncode and not (done.returncode == 1 and failed):
            raise BadPatch(f"pytest ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return failed

    def _pytest(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self._env, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    @contextmanager
    def _patched(self, lines: Iterable[Line]):
        before: dict[Path, str] = {}
        try:
            for line in lines:
                file = self._place_of(line)
                text = file.read_text()
                before.setdefault(file, text)
                file.write_text(text.replace(line.old, line.new))
            yield
        finally:
            for file, text in before.items():
                file.write_text(text)

    def _place_of(self, line: Line) -> Path:
        """The one file with exactly one `old`. Raises BadPatch."""
        found = {file: file.read_text().count(line.old) for file in self.folder.glob(line.where)}
        if sum(found.values()) != 1:
            raise BadPatch(f"{line.where}: found {sum(found.values())} times instead of once: {line.old!r}")
        return next(file for file, times in found.items() if times)


if __name__ == "__main__":
    sys.exit(main())
