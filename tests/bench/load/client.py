"""One kept connection: write the bytes of a request, wait for the whole answer. Cheaper than any HTTP library."""

from __future__ import annotations

import asyncio

BROKEN = 0
"""The status of a request whose connection ended before the answer."""


class Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._buffer = b""
        self._waiting: asyncio.Future[int] | None = None
        self.transport: asyncio.Transport | None = None
        self.first_error = b""

    @classmethod
    async def open(cls, port: int) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, request: bytes) -> asyncio.Future[int]:
        """The status of the answer."""
        assert self.transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        if self.transport.is_closing():
            self._waiting.set_result(BROKEN)
        else:
            self.transport.write(request)
        return self._waiting

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or not _is_whole(self._buffer, end):
            return
        answer, self._buffer = self._buffer, b""
        status = int(answer[9:12])
        if not 200 <= status < 300 and not self.first_error:
            self.first_error = answer[end + 4 : end + 404]
        self._finish(status)

    def connection_lost(self, error: Exception | None) -> None:
        self._finish(BROKEN)

    def _finish(self, status: int) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(status)


def _is_whole(answer: bytes, end: int) -> bool:
    head = answer[:end].lower()
    if b"transfer-encoding: chunked" in head:
        return answer.endswith(b"0\r\n\r\n")
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return len(answer) >= end + 4 + length
