"""A configured adapter with the keys of the vectors, and a vendor that answers and notifies with its signature."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import responses

from core.sealing import Secret
from payments.gateways.antom import signing
from payments.gateways.base import Delivery
from tests.gateways.antom.examples import result
from tests.gateways.antom.test_signing import PRIVATE, VECTORS

CLIENT = "5YTESTVECTOR00000001"
HOST = "https://open-de-global.alipay.com"
API = f"{HOST}/ams/api/v1"
BASE = f"{API}/payments"
MERCHANT_KEYS, VENDOR_KEYS = VECTORS["keys"]["merchant"], VECTORS["keys"]["gateway"]
CREDENTIALS: dict[str, Any] = {
    "url": HOST,
    "client_id": CLIENT,
    "private_key": Secret(MERCHANT_KEYS["privatePkcs8Base64"]),
    "public_keys": {"1": VENDOR_KEYS["publicSpkiPem"]},
}
SUCCESS = result("SUCCESS", "S", "success.")


def signed_headers(
    path: str, body: bytes, *, time: str = "2026-01-05T10:11:12Z", key: str = "gateway", client: str = CLIENT
) -> dict[str, str]:
    message = signing.string_to_sign(path=path, client_id=client, time=time, body=body)
    return {"client-id": client, "response-time": time, "signature": signing.sign(PRIVATE[key], message)}


def answers(
    wire: responses.RequestsMock, operation: str, document: Any, *, group: str = "payments", **changes: Any
) -> None:
    """One signed answer to the next call of `operation`; `headers` replaces the signature."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    headers = changes.pop("headers", None)
    if headers is None:
        headers = signed_headers(f"/ams/api/v1/{group}/{operation}", body)
    wire.add("POST", f"{API}/{group}/{operation}", body=body, headers=headers, **{"status": 200, **changes})


def sent(wire: responses.RequestsMock, index: int = 0) -> Any:
    return json.loads(wire.calls[index].request.body)


def delivery(
    document: Any, *, topic: str = "payment", time: str = "1767607871000", key: str = "gateway", **changes: Any
) -> Delivery:
    """A notification as it comes, signed for the address of its topic."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    target = f"/notify/antom/{topic}/"
    message = signing.string_to_sign(path=target, client_id=CLIENT, time=time, body=body)
    headers = {"client-id": CLIENT, "request-time": time, "signature": signing.sign(PRIVATE[key], message)}
    return replace(Delivery(target=target, topic=topic, headers=headers, body=body), **changes)
