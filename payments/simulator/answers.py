"""How an answer leaves: signed as it should be, or spoiled the way a scenario wants it (antom.md 1.4).

A new kind of broken answer is one function here and its row in _SHAPES.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from payments.simulator import clock, documents, signing, spoiling
from payments.simulator.deck import Answer
from payments.simulator.documents import Document
from payments.simulator.keys import ClientKeys

JSON = "application/json;charset=UTF-8"
HUGE = 1024 * 1024  # bytes; no client should read more than 64 KiB
CRUMBS_PER_SECOND = 4
_CHUNK = 16 * 1024
_LOOK_EVERY = 0.1  # real seconds between two looks whether the client is still there


@dataclass(frozen=True, slots=True)
class Exchange:
    """The request an answer belongs to. `target` is the request-target as it was sent; `hold` real seconds."""

    client_id: str = ""
    target: str = ""
    keys: ClientKeys | None = None
    environ: dict[str, Any] = field(default_factory=dict, repr=False)
    hold: float = 0.0


def answer(exchange: Exchange, shape: Answer, document: Document) -> HttpResponseBase:
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
    _wait(exchange, exchange.hold)
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


def _other_currency(exchange: Exchange, document: Document) -> HttpResponse:
    return signed(exchange, spoiling.with_other_currency(document))


def _unknown_word(exchange: Exchange, document: Document) -> HttpResponse:
    return signed(exchange, spoiling.with_unknown_word(document))


def _slow(exchange: Exchange, document: Document) -> HttpResponse:
    _wait(exchange, exchange.hold)
    return signed(exchange, document)


def _drip(exchange: Exchange, document: Document) -> StreamingHttpResponse:
    """Takes one thread for as long as it drips; a client that hangs up sets it free."""
    whole = signed(exchange, document)
    response = _streamed(whole, _crumbs(exchange, whole.content))
    response["Content-Length"] = str(len(whole.content))
    return response


def _crumbs(exchange: Exchange, body: bytes) -> Iterator[bytes]:
    count = max(1, min(len(body), int(exchange.hold * CRUMBS_PER_SECOND)))
    edges = [len(body) * number // count for number in range(count + 1)]
    for start, end in pairwise(edges):
        if not _wait(exchange, exchange.hold / count):
            return
        yield body[start:end]


def _huge(exchange: Exchange, document: Document) -> StreamingHttpResponse:
    """Without a length, so that only a client that counts what it reads can stop in time."""
    whole = signed(exchange, {**document, "filler": "x" * HUGE})
    body = whole.content
    return _streamed(whole, (body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK)))


def _streamed(whole: HttpResponse, pieces: Iterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, status=whole.status_code)
    for name, value in whole.items():
        response[name] = value
    return response


def _wait(exchange: Exchange, seconds: float) -> bool:
    """Let real time pass. False as soon as the client has hung up."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _LOOK_EVERY))
        if _hung_up(exchange.environ.get("gunicorn.socket")):
            return False
    return True


def _hung_up(connection: socket.socket | None) -> bool:
    if connection is None:
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


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


_SHAPES: dict[Answer, Callable[[Exchange, Document], HttpResponseBase]] = {
    Answer.SIGNED: signed,
    Answer.UNSIGNED: unsigned,
    Answer.WRONG_SIGNATURE: _wrong_signature,
    Answer.EMPTY: _empty,
    Answer.TRUNCATED: _truncated,
    Answer.REDIRECT: _redirect,
    Answer.OTHER_AMOUNT: _other_amount,
    Answer.OTHER_CURRENCY: _other_currency,
    Answer.UNKNOWN_WORD: _unknown_word,
    Answer.HTTP_500: http_500,
    Answer.DROPPED: dropped,
    Answer.SLOW: _slow,
    Answer.DRIP: _drip,
    Answer.HUGE: _huge,
}
