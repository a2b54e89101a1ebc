"""The gateway: `pay` is always approved, at once on one port and after SLOW_SECONDS on the other.

Prints both ports when it listens, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import threading
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.bench import wire

SLOW_SECONDS = 0.3
_numbers = itertools.count(1)


class Gateway(asyncio.Protocol):
    """HTTP/1.1 with kept connections; signs when the request arrives, so that signing adds nothing to the delay."""

    def __init__(self, key: RSAPrivateKey, client_id: str, delay: float) -> None:
        self.key, self.client_id, self.delay = key, client_id, delay
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        answer = answer_to(self.key, self.client_id, lines[0].split(" ")[1], rest[:length])
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self._write, answer)
        else:
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)


def answer_to(key: RSAPrivateKey, client_id: str, path: str, body: bytes) -> bytes:
    """A whole HTTP response."""
    answered = wire.pay_answer(json.loads(body), payment_id=f"2026{next(_numbers):029d}")
    headers = wire.signed(key, path=path, client_id=client_id, body=answered, time_header="Response-Time")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 200 OK\r\n{lines}Content-Length: {len(answered)}\r\n\r\n".encode() + answered


async def serve() -> None:
    key = load_pem_private_key(Path(os.environ["PRIVATE_KEY_FILE"]).read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    loop, client_id, ports = asyncio.get_running_loop(), os.environ["CLIENT_ID"], []
    for delay in (0.0, SLOW_SECONDS):
        server = await loop.create_server(lambda delay=delay: Gateway(key, client_id, delay), "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
    print(*ports, flush=True)
    ended = asyncio.Event()
    threading.Thread(target=_wait_for_end, args=(loop, ended), daemon=True).start()
    await ended.wait()


def _wait_for_end(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    sys.stdin.read()
    loop.call_soon_threadsafe(ended.set)


if __name__ == "__main__":
    asyncio.run(serve())
