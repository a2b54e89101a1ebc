"""Everything that the database holds, as bytes, the way a thief of the disk or of a dump would see it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from django.db import connection


def everything_stored() -> bytes:
    """Every value of every table; on SQLite the raw file and its write-ahead log as well (free pages included)."""
    found = [_rows(table) for table in connection.introspection.table_names()]
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        found += [path.read_bytes() for path in (Path(name), Path(f"{name}-wal")) if path.exists()]
    return b"\n".join(found)


def _rows(table: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        return b"\n".join(b"|".join(_bytes(value) for value in row) for row in cursor.fetchall())


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def spellings(digits: str) -> dict[str, bytes]:
    """The ways in which a number hides: plain, grouped, in hex, and in base64 at each of its three alignments."""
    raw = digits.encode()
    groups = [digits[at : at + 4] for at in range(0, len(digits), 4)]
    found = {
        "plain": raw,
        "with blanks": " ".join(groups).encode(),
        "with dashes": "-".join(groups).encode(),
        "in hex": raw.hex().encode(),
        "reversed": raw[::-1],
    }
    for shift in range(3):
        inside = base64.b64encode(b"x" * shift + raw)[4 if shift else 0 :]
        found[f"in base64, shifted by {shift}"] = inside.rstrip(b"=")[:-1]
    return found


def sightings(digits: str, *places: bytes) -> list[str]:
    return [how for how, text in spellings(digits).items() if any(text in place for place in places)]
