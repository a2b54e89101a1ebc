"""The simulator's only clock, and how it writes and reads moments (antom.md 1.6)."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from django.conf import settings

HOUSE_ZONE = timezone(timedelta(hours=8))  # the provider writes +08:00; readers must cope with offsets
_FARTHEST = 100 * 366 * 86400  # seconds
_COARSE_NS = 1_000_000_000  # two changes within one tick of the file system look alike: read a young file again
_last: tuple[tuple[int, int, int], timedelta] = ((0, 0, 0), timedelta(0))


def now() -> datetime:
    """Aware UTC. SIM_CLOCK_FILE, when set, holds one decimal number: seconds to add."""
    return datetime.now(UTC) + offset()


def stamp(moment: datetime) -> str:
    """ISO 8601 with offset, whole seconds: 2026-01-05T18:11:12+08:00."""
    return moment.astimezone(HOUSE_ZONE).isoformat(timespec="seconds")


def read(text: str) -> datetime:
    """An aware moment from ISO 8601 with offset; ValueError when malformed or without offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment needs an offset")
    return moment.astimezone(UTC)


def read_header(text: str) -> datetime:
    """A Request-Time: epoch milliseconds or ISO 8601 with offset (antom.md 1.6). ValueError when neither."""
    if text.isascii() and text.isdigit():
        if len(text) > 14:
            raise ValueError("too many digits for epoch milliseconds")
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    return read(text)


def offset() -> timedelta:
    """What the shared clock adds. Looked at whenever the time is asked, read only when the file has changed."""
    global _last
    if not settings.SIM_CLOCK_FILE:
        return timedelta(0)
    try:
        seen = os.stat(settings.SIM_CLOCK_FILE)
    except OSError:
        return timedelta(0)
    state = (seen.st_ino, seen.st_mtime_ns, seen.st_size)
    fresh = time.time_ns() - seen.st_mtime_ns < _COARSE_NS
    if fresh or state != _last[0]:
        _last = (state, _read_offset(_last[1]))
    return _last[1]


def _read_offset(fallback: timedelta) -> timedelta:
    """A file that is half written or says nonsense changes nothing."""
    try:
        seconds = float(Path(settings.SIM_CLOCK_FILE).read_text())
    except (OSError, ValueError):
        return fallback
    return timedelta(seconds=seconds) if abs(seconds) <= _FARTHEST else fallback  # not for NaN either
