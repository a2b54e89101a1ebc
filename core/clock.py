"""Moving the clock that the application and the provider's simulator share. Only where CLOCK_FILE is set."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from core import ports
from core.errors import DomainError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LONGEST = timedelta(days=3650)


class ClockIsReal(DomainError):
    code = "clock_is_real"
    detail = "Here the clock is the real one: only the demo and the tests can move it."


def is_movable() -> bool:
    return bool(settings.CLOCK_FILE)


def advance(by: timedelta) -> timedelta:
    """Both clocks go ahead; returns the new offset. Raises ClockIsReal, ValueError for a step back or out of range."""
    if not is_movable():
        raise ClockIsReal
    if by < timedelta(0):
        raise ValueError("the clock only goes ahead")
    offset = ports.shared_offset() + by
    if offset > LONGEST:
        raise ValueError(f"at most {LONGEST.days} days ahead")
    write_offset(Path(settings.CLOCK_FILE), offset)
    return offset


def reset() -> None:
    """Back to real time, for a demo that starts over. Raises ClockIsReal."""
    if not is_movable():
        raise ClockIsReal
    write_offset(Path(settings.CLOCK_FILE), timedelta(0))


def read_step(text: str) -> timedelta:
    """`8d`, `36h`, `90m`, `10s`, or several: `1d12h`. Raises ValueError."""
    parts = re.findall(r"(\d{1,6})([smhd])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no length of time; write for example 8d, 36h or 1d12h")
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta(0))


def write_offset(path: Path, offset: timedelta) -> None:
    """Replaced in one step: a reader sees the old number or the new one."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(str(int(offset.total_seconds())))
    draft.replace(path)
