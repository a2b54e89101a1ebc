"""Writing values (antom.md 2.3): what the provider would refuse raises InvalidRequest before a byte is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from core import ports
from payments.gateways.antom.document import Document
from payments.gateways.base import InvalidRequest


def write_text(name: str, value: str, limit: int, *, needed: bool = False) -> str:
    """Never cut. Raises InvalidRequest, without the value."""
    if needed and not value:
        raise InvalidRequest(name, "is required")
    if len(value) > limit:
        raise InvalidRequest(name, f"is longer than {limit} characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidRequest(name, "holds characters that cannot be sent") from None
    return value


def write_texts(texts: Mapping[str, tuple[str, int]]) -> Document:
    """Optional texts with their limits, by name; without the empty ones. Raises InvalidRequest."""
    return without_empty({name: write_text(name, value, limit) for name, (value, limit) in texts.items()})


def write_id(name: str, value: str | None) -> str:
    """An id that we minted: letters, digits, `_` and `-` only (2.3)."""
    if value is None or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value):
        raise InvalidRequest(name, "must be 1 to 64 of A-Z a-z 0-9 _ -")
    return value


def write_url(name: str, value: str, limit: int = 2048) -> str:
    """Raises InvalidRequest."""
    if not re.match(r"https?://[^\s]", value):
        raise InvalidRequest(name, "must be an https address")
    return write_text(name, value, limit)


def write_moment(name: str, moment: datetime, *, within: timedelta) -> str:
    """UTC in seconds. Raises InvalidRequest when it has passed, is too far away, or has no time zone."""
    if moment.tzinfo is None:
        raise InvalidRequest(name, "needs a time zone")
    if not ports.now() < moment < ports.now() + within:
        minutes = int(within.total_seconds() // 60)
        raise InvalidRequest(name, f"must be in the future and less than {minutes} minutes away")
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def without_empty(document: Document) -> Document:
    """False and 0 say something and stay."""
    return {name: value for name, value in document.items() if value not in ("", None, {}, [])}
