"""Says whether two pytest runs (JUnit files) passed the same tests, with none failed and none skipped.

python -m tests.compare_runs build/sqlite.xml build/postgres.xml
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True)
class Run:
    name: str
    passed: frozenset[str]
    others: tuple[str, ...]
    """Failed, broken or skipped."""


def read(path: Path) -> Run:
    passed, others = set(), []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        verdicts = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        if verdicts:
            others.append(f"{name} {verdicts[0]}")
        else:
            passed.add(name)
    return Run(path.stem, frozenset(passed), tuple(others))


def differences(first: Run, second: Run) -> list[str]:
    """One line for each; empty when the runs are the same."""
    lines = [f"{run.name}: {line}" for run in (first, second) for line in run.others]
    for here, there in ((first, second), (second, first)):
        lines += [f"passed on {here.name} only: {name}" for name in sorted(here.passed - there.passed)]
    if not first.passed:
        lines.append("no test ran")
    return lines


def main(paths: list[str]) -> int:
    first, second = (read(Path(path)) for path in paths)
    lines = differences(first, second)
    print("\n".join(lines) or f"{len(first.passed)} tests passed on {first.name} and on {second.name}, none skipped")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
