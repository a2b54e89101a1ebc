"""The bytes of every request, written before the clock starts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.bench import ids, wire
from tests.bench.environment import CLIENT_ID, HOST

DEVICE = {
    "terminal_type": "WEB",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "language": "en-GB",
    "color_depth": 24,
    "screen_height": 1080,
    "screen_width": 1920,
}
_EVERY = f"Host: {HOST}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.10\r\n"


@dataclass(frozen=True)
class Asking:
    """Who asks: `tokens` of the buyers in their order, `key` of the gateway, `run` for keys that are new each time."""

    tokens: list[str]
    key_file: str
    run: str
    limit: bool

    def write(self, what: str, numbers: range) -> list[bytes]:
        make: Callable[[int], bytes] = {
            "pay": self._pay,
            "notify": self._notification(),
            "poll": self._poll,
            "list": self._list,
        }[what]
        return [make(number) for number in numbers]

    def _pay(self, number: int) -> bytes:
        card = f"card_{ids.padded(ids.buyer_of(number))}"
        return _request(
            "POST",
            f"/api/v1/orders/{ids.order(number)}/payments/",
            json.dumps({"card": card, "device": DEVICE}).encode(),
            {
                **self._bearer(number),
                "Idempotency-Key": f"bench-{self.run}-{number:012d}",
                "Content-Type": "application/json",
            },
        )

    def _poll(self, number: int) -> bytes:
        return _request("GET", f"/api/v1/payments/{ids.payment(number)}/", b"", self._bearer(number))

    def _list(self, number: int) -> bytes:
        target = f"/orders/{ids.buyer_of(number)}/" if self.limit else "/api/v1/orders/"
        return _request("GET", target, b"", self._bearer(number))

    def _notification(self) -> Callable[[int], bytes]:
        key = load_pem_private_key(Path(self.key_file).read_bytes(), None)
        assert isinstance(key, RSAPrivateKey)
        path = "/notify/antom/payment/"

        def write(number: int) -> bytes:
            amount = {"currency": "EUR", "value": "30000"}
            capture_id = f"2027{ids.padded(number)}"
            body = wire.capture_notification(ids.request(number), ids.reference(number), capture_id, amount)
            headers = wire.signed(key, path=path, client_id=CLIENT_ID, body=body, time_header="Request-Time")
            return _request("POST", path, body, headers)

        return write

    def _bearer(self, number: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[ids.buyer_of(number)]}"}


def _request(method: str, target: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {target} HTTP/1.1\r\n{_EVERY}{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body
