"""How much memory a process and everything below it holds."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path

LIMIT_MB = 400


def family(pid: int) -> list[int]:
    """The process and all its descendants; only the process itself where there is no /proc."""
    children: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children[int(after_name[1])].append(int(stat.parent.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(one := waiting.pop())
        waiting += children[one]
    return found


def megabytes(pid: int | None = None) -> float:
    """Memory of the family; a page that several of them share counts once (proportional set size)."""
    return sum(_kilobytes(one) for one in family(pid or os.getpid())) / 1024


def _kilobytes(pid: int) -> int:
    for name, word in (("smaps_rollup", "Pss"), ("status", "VmRSS")):
        try:
            found = re.search(rf"^{word}:\s+(\d+) kB", Path(f"/proc/{pid}/{name}").read_text(), re.MULTILINE)
        except OSError:
            continue
        if found:
            return int(found.group(1))
    return 0
