"""A document is a JSON object: bytes in, bytes out (antom.md 2)."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]


class Unreadable(ValueError):
    """A document that cannot be understood. The text names the field and holds nothing of the document."""


def parse(body: bytes) -> Document:
    """A JSON object. Raises Unreadable."""
    try:
        document = json.loads(body, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise Unreadable("the document is not JSON") from None
    if not isinstance(document, dict):
        raise Unreadable("the document is not an object")
    return document


def encode(document: Document) -> bytes:
    """Serialised once: these bytes are signed and sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
