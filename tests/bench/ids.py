"""Ids of prepared rows are counted, so that whoever asks can write them without reading them first."""

from __future__ import annotations

import uuid

BUYERS = 8
ORDER, LINE, PAYMENT, TRANSACTION, STARTED, AUTHORIZED, CARD, BUYER = range(1, 9)
"""What an id names."""
_FIRST_MILLISECOND = 1_767_225_600_000
"""2026-01-01: each number is a millisecond later, as UUIDv7 wants it."""


def row_id(number: int, kind: int) -> uuid.UUID:
    return uuid.UUID(f"{_FIRST_MILLISECOND + number:012x}7{kind:03x}8000{number:012x}")


ROW_ID_IN_POSTGRES = f"""
CREATE OR REPLACE FUNCTION row_id(number bigint, kind bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex({_FIRST_MILLISECOND} + number), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8000'
          || lpad(to_hex(number), 12, '0'))::uuid $$
"""


def padded(number: int) -> str:
    return f"{number:022d}"


PADDED_IN_POSTGRES = """
CREATE OR REPLACE FUNCTION padded(number bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT lpad(number::text, 22, '0') $$
"""


def order(number: int) -> str:
    return f"ord_{padded(number)}"


def payment(number: int) -> str:
    return f"pay_{padded(number)}"


def request(number: int) -> str:
    return f"P_{padded(number)}"


def reference(number: int) -> str:
    """The gateway's id of the payment."""
    return f"2025{padded(number)}"


def order_number(number: int) -> str:
    return f"P-{padded(number)[-13:]}"


def buyer_of(number: int) -> int:
    return number % BUYERS
