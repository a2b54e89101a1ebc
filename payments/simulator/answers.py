"""How an answer leaves: signed as it should be, or spoiled the way a scenario wants it (antom.md 1.4).

A new kind of broken answer is one function here and its row in _SHAPES.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse

from payments.simulator import clock, documents, signing
from payments.simulator.documents import Document
from payments.simulator.keys import ClientKeys
from payments.simulator.scenarios import Answer

JSON = "application/json;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Exchange:
    """The request an answer belongs to. `target` is the request-target as it was sent; `hold` real seconds."""

    client_id: str = ""
    target: str = ""
    keys: ClientKeys | None = None
    environ: dict[str, Any] = field(default_factory=dict, repr=False)
    hold: float = 0.0


def answer(exchange: Exchange, shape: Answer, document: Document) -> HttpResponse:
    return _SHAPES[shape](exchange, document)


def signed(exchange: Exchange, document: Document) -> HttpResponse:
    return _signed_bytes(exchange, documents.encode(document), documents.encode(document))


def unsigned(exchange: Exchange, document: Document) -> HttpResponse:
    response = HttpResponse(documents.encode(document), content_type=JSON)
    if exchange.client_id:
        response["client-id"] = exchange.client_id
    return response


def dropped(exchange: Exchange, document: Document | None = None) -> HttpResponse:
    """Hold for a moment, then reset the connection without a byte. Needs gunicorn's socket; elsewhere a bare 500."""
    time.sleep(exchange.hold)
    connection = exchange.environ.get("gunicorn.socket")
    if connection is not None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.shutdown(socket.SHUT_RDWR)
    return HttpResponse(status=500)


def http_500(exchange: Exchange, document: Document | None = None) -> HttpResponse:
    return HttpResponse("<html><body><h1>500 Internal Server Error</h1></body></html>", status=500)


def _wrong_signature(exchange: Exchange, document: Document) -> HttpResponse:
    body = documents.encode(document)
    return _signed_bytes(exchange, body, body + b" ")


def _empty(exchange: Exchange, document: Document) -> HttpResponse:
    return HttpResponse(b"", content_type=JSON)


def _truncated(exchange: Exchange, document: Document) -> HttpResponse:
    body = documents.encode(document)
    return HttpResponse(body[: len(body) // 2], content_type=JSON)


def _redirect(exchange: Exchange, document: Document) -> HttpResponse:
    return HttpResponse(status=302, headers={"Location": "/health"})


def _other_amount(exchange: Exchange, document: Document) -> HttpResponse:
    return signed(exchange, documents.with_other_amount(document))


def _signed_bytes(exchange: Exchange, body: bytes, signed_body: bytes) -> HttpResponse:
    if exchange.keys is None:
        raise ValueError("nobody to sign for")
    moment = clock.stamp(clock.now())
    content = signing.string_to_sign(
        method="POST", path=exchange.target, client_id=exchange.client_id, time=moment, body=signed_body
    )
    response = HttpResponse(body, content_type=JSON)
    response["client-id"] = exchange.client_id  # lower case: some clients compare names byte for byte
    response["response-time"] = moment
    response["signature"] = signing.sign(exchange.keys.gateway_private, content)
    return response


_SHAPES: dict[Answer, Callable[[Exchange, Document], HttpResponse]] = {
    Answer.SIGNED: signed,
    Answer.UNSIGNED: unsigned,
    Answer.WRONG_SIGNATURE: _wrong_signature,
    Answer.EMPTY: _empty,
    Answer.TRUNCATED: _truncated,
    Answer.REDIRECT: _redirect,
    Answer.OTHER_AMOUNT: _other_amount,
    Answer.HTTP_500: http_500,
    Answer.DROPPED: dropped,
}
