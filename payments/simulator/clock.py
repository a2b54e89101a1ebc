"""The simulator's only clock, and how it writes and reads moments (antom.md 1.6)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from django.conf import settings

HOUSE_ZONE = timezone(timedelta(hours=8))  # the provider writes +08:00; readers must cope with offsets


def now() -> datetime:
    """Aware UTC. SIM_CLOCK_FILE, when set, holds one decimal number: seconds to add."""
    return datetime.now(UTC) + _offset()


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


def _offset() -> timedelta:
    if settings.SIM_CLOCK_FILE:
        with suppress(OSError, ValueError, OverflowError):
            return timedelta(seconds=float(Path(settings.SIM_CLOCK_FILE).read_text()))
    return timedelta(0)
