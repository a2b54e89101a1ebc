"""JSON from strangers: one meaning only, bounded in every direction, or refused before anybody reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

MAX_BYTES = 32 * 1024
MAX_DEPTH = 10
MAX_DIGITS = 18
"""Fits in 64 bits with room; the longest amount has sixteen digits."""


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"
    default_detail = "The body is larger than this address takes."


class Malformed(ParseError):
    default_code = "malformed_json"


class StrictJSONParser(BaseParser):
    """UTF-8, an object at the top, at most 32 KiB and 10 levels; no duplicate keys, NaN, NUL or endless numbers."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Raises Malformed (400), UnsupportedMediaType (415) or BodyTooLarge (413)."""
        if "charset" in (media_type or "").lower() and "utf-8" not in (media_type or "").lower():
            raise UnsupportedMediaType(media_type or "")
        declared = (parser_context or {})["request"].META.get("CONTENT_LENGTH") if parser_context else None
        if str(declared or "0").isdecimal() and int(declared or 0) > MAX_BYTES:
            raise BodyTooLarge
        raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise BodyTooLarge
        return read(raw)


def read(raw: bytes) -> dict[str, Any]:
    """The object in `raw`. Raises Malformed with a sentence that repeats nothing of it."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
        )
    except RecursionError:
        raise Malformed(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    except ValueError:
        raise Malformed("The body cannot be read as JSON.") from None
    if not isinstance(value, dict):
        raise Malformed("The body must be a JSON object.")
    _refuse_depth_and_bad_text(value, 1)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("A name stands twice in one object.")
    return found


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise Malformed(f"A number has more than {MAX_DIGITS} digits.")
    return int(text)


def _decimal(text: str) -> float:
    """No field of ours takes it; it is kept only so that the field can be named in the refusal."""
    value = float(text)
    if len(text) > 2 * MAX_DIGITS or value in (float("inf"), float("-inf")):
        raise Malformed(f"A number has more than {MAX_DIGITS} digits.")
    return value


def _constant(_: str) -> NoReturn:
    raise Malformed("NaN and Infinity are not JSON.")


def _refuse_depth_and_bad_text(value: Any, depth: int) -> None:
    if isinstance(value, str):
        _refuse_bad_text(value)
    elif isinstance(value, (dict, list)):
        if depth > MAX_DEPTH:
            raise Malformed(f"The body is nested deeper than {MAX_DEPTH} levels.")
        for name in value if isinstance(value, dict) else ():
            _refuse_bad_text(name)
        for item in value.values() if isinstance(value, dict) else value:
            _refuse_depth_and_bad_text(item, depth + 1)


def _refuse_bad_text(text: str) -> None:
    if "\x00" in text:
        raise Malformed("A text contains the NUL character.")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise Malformed("A text contains half of a surrogate pair.")
