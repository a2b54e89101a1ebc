"""Reading values (antom.md 2): names in any case, booleans and integers as text, null as absent, the rest ignored.

A value that carries meaning and cannot be read raises Unreadable, which never means failed (I12).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from payments.gateways.antom.document import Document, Unreadable

NUMBER_RUN = re.compile(r"\d(?:[ -]?\d){11,18}")
"""What could be a card number, or the better part of one."""


def read_value(document: Document, name: str) -> Any:
    """The value of a name in any case (pitfall 18); None when absent."""
    if name in document:
        return document[name]
    wanted = name.lower()
    return next((value for key, value in document.items() if key.lower() == wanted), None)


def read_object(document: Document, name: str) -> Document:
    """Empty when absent or no object."""
    value = read_value(document, name)
    return value if isinstance(value, dict) else {}


def read_text(document: Document, name: str, limit: int = 256) -> str:
    """A short printable text, also from a boolean or an integer; empty when absent or of no use."""
    value = read_value(document, name)
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value) if isinstance(value, str | int) else ""
    return text if len(text) <= limit and text.isprintable() else ""


def read_free_text(document: Document, name: str) -> str:
    """Words of the provider for people, without anything that could be a card number (I31)."""
    return NUMBER_RUN.sub("****", read_text(document, name))


def read_word(document: Document, name: str, limit: int = 32) -> str:
    """One word of the provider, as `read_text`; empty when it could be a card number (I31)."""
    text = read_text(document, name, limit)
    return "" if NUMBER_RUN.search(text) else text


def read_whole(document: Document, name: str) -> int | None:
    """A whole number of at most four digits."""
    text = read_text(document, name)
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else None


# --- ids ------------------------------------------------------------------------------------------------------------


def read_id(document: Document, name: str) -> str | None:
    """An id of ours or theirs, at most 64 characters; None when absent. Raises Unreadable for anything else."""
    if read_value(document, name) in (None, ""):
        return None
    text = read_text(document, name, 64)
    if not text:
        raise Unreadable(f"{name} is not an id")
    return text


def read_needed_id(document: Document, name: str) -> str:
    """Raises Unreadable also when it is absent."""
    value = read_id(document, name)
    if value is None:
        raise Unreadable(f"{name} is missing")
    return value


def read_fitting_id(document: Document, name: str) -> str | None:
    """None also for an id that does not fit: the act is known by our own id anyway."""
    try:
        return read_id(document, name)
    except Unreadable:
        return None


def refuse_other_ids(document: Document, ours: Mapping[str, str | None]) -> None:
    """Raises Unreadable naming the first id that differs from ours; what either side does not know may be absent."""
    for name, our_id in ours.items():
        their_id = read_id(document, name)
        if None not in (our_id, their_id) and their_id != our_id:
            raise Unreadable(f"{name} is not ours")


# --- moments --------------------------------------------------------------------------------------------------------


def read_moment(document: Document, name: str) -> datetime | None:
    """ISO 8601 with offset as aware UTC; None when absent, without offset or unreadable."""
    try:
        moment = datetime.fromisoformat(read_text(document, name))
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_payment_moment(document: Document) -> datetime | None:
    """When the payment was made, else when it was created."""
    return read_moment(document, "paymentTime") or read_moment(document, "paymentCreateTime")
