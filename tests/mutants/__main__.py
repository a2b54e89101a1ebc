"""Every known mistake and the test that notices it: `python -m tests.mutants [part of a name …]`.

The tree is copied; in the copy the tests are green, each patch is applied, its tests run, and one must go red. Exit
code 1 when a mutant survives. The tool is that of the promises.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.mutants import EVERY, Mutant
from tests.promises.tool import AT_ONCE, Copy, Verdict


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of names; none: every mutant")
    wanted = chosen(parser.parse_args().names)
    with tempfile.TemporaryDirectory(prefix="paydesk-mutants-") as folder:
        return kill(wanted, [Copy(Path(folder) / str(number)) for number in range(AT_ONCE)])


def chosen(names: list[str]) -> list[Mutant]:
    return [mutant for mutant in EVERY if not names or any(name in mutant.name for name in names)]


def kill(wanted: list[Mutant], copies: list[Copy]) -> int:
    began = time.monotonic()
    with ThreadPoolExecutor(len(copies)) as pool:
        tests = sorted({test for mutant in wanted for test in mutant.tests})
        shares = [tests[number :: len(copies)] for number in range(len(copies))]
        runs = [pool.submit(copy.reds, share) for copy, share in zip(copies, shares, strict=True) if share]
        broken = {red for run in runs for red in run.result()}
        print(f"Without a patch: {'NOT ' if broken else ''}green ({time.monotonic() - began:.0f} s).", flush=True)
        for red in sorted(broken):
            print(f"    {red}")
        free: SimpleQueue[Copy] = SimpleQueue()
        for copy in copies:
            free.put(copy)
        jobs = [pool.submit(judge, mutant, broken, free) for mutant in wanted]
        verdicts = [tell(mutant, *job.result()) for mutant, job in zip(wanted, jobs, strict=True)]
    killed = sum(verdicts)
    print(f"{killed} of {len(wanted)} mutants killed, {time.monotonic() - began:.0f} s.")
    return 0 if wanted and killed == len(wanted) and not broken else 1


def judge(mutant: Mutant, broken: set[str], free: SimpleQueue[Copy]) -> tuple[Verdict, float]:
    copy = free.get()
    began = time.monotonic()
    try:
        tests = [test for test in mutant.tests if test not in broken]
        return copy.judge(mutant.patch, tests), time.monotonic() - began
    finally:
        free.put(copy)


def tell(mutant: Mutant, verdict: Verdict, seconds: float) -> bool:
    noticed = verdict.red.removeprefix("tests/") if verdict.red else verdict.note
    print(f"{mutant.name:<46} {'killed  ' if verdict.red else 'SURVIVED'} {seconds:4.0f} s  {noticed}", flush=True)
    return bool(verdict.red)


if __name__ == "__main__":
    sys.exit(main())
