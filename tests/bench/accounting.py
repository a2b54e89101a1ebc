"""The operating system's own account of processes: CPU time and memory, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def of_session(leader: int) -> list[int]:
    """Every process of the session that `leader` opened: a server and its workers."""
    return [pid for pid in _all() if (stat := _stat(pid)) and int(stat[3]) == leader]


def of_database(name: str) -> list[int]:
    """PostgreSQL's processes that serve this database, when the server is on this machine."""
    found = []
    for pid in _all():
        try:
            title = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if title.startswith(b"postgres:") and f" {name} ".encode() in title:
            found.append(pid)
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time since their start."""
    ticks = 0
    for pid in pids:
        if stat := _stat(pid):
            ticks += int(stat[11]) + int(stat[12])
    return ticks / _TICKS


def memory_mib(pids: Iterable[int]) -> float:
    """PSS: what is shared counts once."""
    kib = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kib += int(line.split()[1])
    return kib / 1024


def _all() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may hold blanks: [0] is the state, [3] the session, [11] and [12] the ticks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
