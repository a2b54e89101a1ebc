"""The `result` of a document, and what comes back from one request (antom.md 2.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from core.logs import holds_card_number
from payments.gateways.antom.document import Document, Unreadable, parse
from payments.gateways.antom.tolerant import read_free_text, read_object, read_text
from payments.gateways.base import NotAttempted, Unknown

_CODE = re.compile(r"[A-Za-z0-9_]{1,64}")


@dataclass(frozen=True, slots=True)
class Result:
    """The `result` object (2.4). `message` is for operators and logs only."""

    code: str
    status: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A document that came back with HTTP 200. `signed` means: present and verified."""

    document: Document
    result: Result
    signed: bool


Reply: TypeAlias = Answer | NotAttempted | Unknown
"""An answer, or why there is none."""


def is_code(text: str) -> bool:
    """Whether it has the form of a word of the provider, and not that of a card number (I31)."""
    return _CODE.fullmatch(text) is not None and not holds_card_number(text)


def read_answer(body: bytes, *, signed: bool) -> Answer:
    """Raises Unreadable when there is no result to branch on."""
    document = parse(body)
    return Answer(document, read_result(document), signed)


def read_result(document: Document) -> Result:
    """Raises Unreadable when code or status are missing or not words."""
    result = read_object(document, "result")
    code, status = read_text(result, "resultCode"), read_text(result, "resultStatus")
    if not is_code(code) or status not in ("S", "F", "U"):
        raise Unreadable("result is missing or unknown")
    return Result(code, status, read_free_text(result, "resultMessage"))
