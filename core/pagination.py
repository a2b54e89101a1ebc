"""Newest first, page by page, without a COUNT. The cursor is sealed: it shows no internal key and cannot be forged."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import InvalidToken
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from core.sealing import seal, unseal

MAX_CURSOR = 500


class NewestFirst(CursorPagination):
    """`{"next": address or null, "previous": address or null, "results": [...]}`."""

    ordering = "-id"

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Raises ValidationError (400, invalid_cursor) for anything that we did not hand out."""
        told = request.query_params.get(self.cursor_query_param)
        if told is None:
            return None
        try:
            if len(told) > MAX_CURSOR:
                raise ValueError
            offset, reverse, position = unseal(told.encode("ascii")).decode().split(",")
        except (InvalidToken, ValueError):
            raise ValidationError(
                {"cursor": ["Use a cursor from `next` or `previous` as it is."]}, code="invalid_cursor"
            ) from None
        return Cursor(offset=int(offset), reverse=reverse == "1", position=position or None)  # type: ignore[arg-type]

    def encode_cursor(self, cursor: Cursor) -> str:
        told = f"{cursor.offset},{int(cursor.reverse)},{cursor.position or ''}"
        return replace_query_param(str(self.base_url), self.cursor_query_param, seal(told.encode()).decode())

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        address = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": address, "previous": address, "results": schema},
        }
