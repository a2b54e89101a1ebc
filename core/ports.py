"""The only doors to time, identity and chance. Nothing else asks the clock, mints an id or sleeps.

Wall-clock times are aware UTC datetimes. Deadlines of real calls use `monotonic()` and are never virtual.

In demo and test the wall clock is shared with the provider's simulator: CLOCK_FILE holds one number, the seconds by
which both are ahead. Production knows no such file.
"""

from __future__ import annotations

import secrets
import string
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uuid_utils.compat

_ALPHABET = string.digits + string.ascii_letters
_offset = timedelta(0)
_clock_file: Path | None = None
_crash_hook: Callable[[str], None] | None = None


def now() -> datetime:
    """The wall clock, aware UTC, moved by the shared offset and the process's own (`reconcile_payments --now`)."""
    return datetime.now(UTC) + ahead()


def ahead() -> timedelta:
    """How far our clock is ahead of the real one; nothing in production."""
    return _offset if _clock_file is None else _offset + shared_offset()


def shared_offset() -> timedelta:
    """What the clock file says; nothing while there is none."""
    if _clock_file is not None:
        with suppress(OSError, ValueError, OverflowError):
            return timedelta(seconds=int(_clock_file.read_text().strip().partition(".")[0]))
    return timedelta(0)


def use_clock_file(path: Path | None) -> None:
    """Read the shared offset from there; None: real time."""
    global _clock_file
    _clock_file = path


def pretend_now(moment: datetime) -> None:
    """Move this process's clock so that it reads `moment` now. Raises ValueError for a naive datetime."""
    global _offset
    if moment.tzinfo is None:
        raise ValueError("the moment needs a time zone, for example 2026-01-31T12:00:00+00:00")
    _offset = moment - datetime.now(UTC) - shared_offset()


def real_time_again() -> None:
    global _offset
    _offset = timedelta(0)


def monotonic() -> float:
    """Seconds from an arbitrary start; the only clock for deadlines of calls."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def new_uuid() -> uuid.UUID:
    """A UUIDv7, for internal primary keys: sorted by creation, never shown."""
    return uuid_utils.compat.uuid7()


def new_public_id(prefix: str) -> str:
    """`prefix_` and 22 random characters (131 bits), for addresses and API bodies."""
    return f"{prefix}_{random_text(22)}"


def random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def crash_point(name: str) -> None:
    """A place where the proof harness may end the process; does nothing in production."""
    if _crash_hook is not None:
        _crash_hook(name)


def install_crash_hook(hook: Callable[[str], None] | None) -> None:
    global _crash_hook
    _crash_hook = hook
