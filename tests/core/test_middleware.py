"""Bodies in pieces are read like others, through a real WSGI call; the admin's errors are pages of ours."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from config.wsgi import application
from payments.models import NotificationEvent
from tests.api.app import App


class Pieces(io.BytesIO):
    """Counts what was taken of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        self.taken += len(found)
        return found


def chunked(address: str, body: bytes, **headers: str) -> tuple[int, bytes, Pieces]:
    """A POST as gunicorn hands over a chunked one: no length, and an input that ends by itself."""
    pieces, told = Pieces(body), []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": address,
        "RAW_URI": address,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.url_scheme": "http",
        "wsgi.input": pieces,
        "wsgi.input_terminated": True,
        "wsgi.errors": io.StringIO(),
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    answer = b"".join(application(environ, lambda status, _headers, _exc=None: told.append(status)))
    return int(told[0][:3]), answer, pieces


def test_an_order_sent_in_pieces_is_placed(buyer, account, product):
    token = f"Bearer {App(buyer).token}"
    body = json.dumps({"items": [{"sku": product.sku, "quantity": 1}]}).encode()
    status, answer, _ = chunked("/api/v1/orders/", body, authorization=token, idempotency_key="pieces-0123456789")
    assert status == 201, answer


def test_a_notification_sent_in_pieces_is_kept(account, fake):
    body = b'{"kind": "authorize", "payment": "P_nobody", "minor": 1, "currency": "EUR", "request_id": "P_nobody"}'
    status, answer, _ = chunked("/notify/fake/payment/", body, client_id="FAKE-SIM", signature="good")
    assert (status, answer) == (200, b'{"ok":true}')
    assert bytes(NotificationEvent.objects.get().body) == body


@pytest.mark.parametrize("address", ["/api/v1/orders/", "/notify/fake/payment/"])
def test_a_body_without_end_is_refused_after_the_limit(buyer, account, fake, address):
    token = f"Bearer {App(buyer).token}"
    status, _, pieces = chunked(
        address, b" " * 1_000_000, authorization=token, idempotency_key="pieces-0123456789", client_id="FAKE-SIM"
    )
    assert status == 413
    assert pieces.taken <= 64 * 1024 + 1
