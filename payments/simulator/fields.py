"""One JSON object of the merchant, read field by field (antom.md 2)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from payments.simulator import clock

ID = re.compile(r"[A-Za-z0-9_-]+")
CURRENCY = re.compile(r"[A-Z]{3}")
_AMOUNT = re.compile(r"[1-9][0-9]{0,15}")


class Illegal(Exception):
    """PARAM_ILLEGAL: the text names the field by its path in the document."""


class Fields:
    """One JSON object with its path, read field by field; absent and null mean the same (antom.md 2.1)."""

    def __init__(self, values: dict[str, Any], path: str = "") -> None:
        self.values = values
        self.path = path

    def name(self, field: str) -> str:
        return f"{self.path}.{field}" if self.path else field

    def refuse(self, field: str, why: str) -> Illegal:
        return Illegal(f"{self.name(field)} {why}")

    def text(self, field: str, most: int, *, required: bool = False) -> str:
        value = self.values.get(field)
        if value is None or value == "":
            if required:
                raise self.refuse(field, "is required")
            return ""
        if not isinstance(value, str):
            raise self.refuse(field, "must be a string")
        if len(value) > most:
            raise self.refuse(field, f"must have at most {most} characters")
        return value

    def id(self, field: str, *, required: bool = True) -> str:
        value = self.text(field, 64, required=required)
        if value and not ID.fullmatch(value):
            raise self.refuse(field, "must consist of letters, digits, _ and -")
        return value

    def word(self, field: str, allowed: tuple[str, ...], *, required: bool = False) -> str:
        value = self.text(field, 64, required=required).upper()
        if value and value not in allowed:
            raise self.refuse(field, f"must be one of {', '.join(allowed)}")
        return value

    def words(self, field: str) -> list[str]:
        """A list of short texts, upper case."""
        value = self.values.get(field) or []
        if not isinstance(value, list) or len(value) > 100 or not all(isinstance(item, str) for item in value):
            raise self.refuse(field, "must be a list of texts")
        return [item[:64].upper() for item in value]

    def flag(self, field: str) -> bool:
        """true and "true" alike."""
        value = self.values.get(field)
        if value in (None, "", False, "false"):
            return False
        if value in (True, "true"):
            return True
        raise self.refuse(field, "must be true or false")

    def integer(self, field: str, low: int, high: int) -> int | None:
        value = self.values.get(field)
        if value is None or value == "":
            return None
        try:
            number = int(value) if isinstance(value, str) else value
        except ValueError:
            raise self.refuse(field, "must be an integer") from None
        if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
            raise self.refuse(field, f"must be an integer from {low} to {high}")
        return number

    def child(self, field: str, *, required: bool = False) -> Fields:
        value = self.values.get(field)
        if value is None:
            if required:
                raise self.refuse(field, "is required")
            return Fields({}, self.name(field))
        if not isinstance(value, dict):
            raise self.refuse(field, "must be an object")
        return Fields(value, self.name(field))

    def children(self, field: str, most: int) -> list[Fields]:
        value = self.values.get(field) or []
        if not isinstance(value, list) or len(value) > most:
            raise self.refuse(field, f"must be a list of at most {most}")
        if not all(isinstance(item, dict) for item in value):
            raise self.refuse(field, "must hold objects")
        return [Fields(item, f"{self.name(field)}[{index}]") for index, item in enumerate(value)]

    def url(self, field: str, most: int = 2048, *, required: bool = False) -> str:
        value = self.text(field, most, required=required)
        try:
            parts = urlsplit(value)
        except ValueError:
            raise self.refuse(field, "must be a URL") from None
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise self.refuse(field, "must be an absolute http(s) URL")
        return value

    def moment(self, field: str) -> str:
        value = self.text(field, 64)
        try:
            return clock.read(value).isoformat() if value else ""
        except ValueError:
            raise self.refuse(field, "must be ISO 8601 with an offset") from None

    def amount(self, field: str) -> tuple[str, int]:
        """(currency, minor units) under the grammar of antom.md 2.2."""
        pair = self.child(field, required=True)
        currency = pair.text("currency", 3, required=True)
        value = pair.text("value", 16, required=True)
        if not CURRENCY.fullmatch(currency):
            raise pair.refuse("currency", "must be three upper-case letters")
        if not _AMOUNT.fullmatch(value):
            raise pair.refuse("value", "must be 1 to 16 digits, positive, without leading zeros")
        if currency == "IDR" and int(value) % 100:
            raise pair.refuse("value", "must be a multiple of 100 for IDR")
        return currency, int(value)
