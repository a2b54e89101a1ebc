"""One notification as one HTTP request (antom.md 4): signed, sent once, and what the merchant said to it."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from payments.simulator import clock, signing
from payments.simulator.deck import FirstSend
from payments.simulator.keys import UnknownClient, load_keys
from payments.simulator.models import Notification

TIMEOUT = (3.05, 10)  # real seconds: connect, read
_ACKNOWLEDGEMENT_LIMIT = 65536


def post(row: Notification) -> tuple[str, bool]:
    """(what the merchant said, in a few words; whether it counts as received)."""
    try:
        key = load_keys(Path(settings.SIM_KEYS_DIR), row.client_id).gateway_private
    except UnknownClient:
        return "no keys", False
    fault = FirstSend.RIGHT if row.attempts else FirstSend(row.fault)
    url = _neighbour(row.url) if fault is FirstSend.WRONG_PATH else row.url
    key = _strangers_key() if fault is FirstSend.WRONG_KEY else key
    body = row.body.encode()
    moment = clock.stamp(row.created_at if row.old_time and not row.attempts else clock.now())
    content = signing.string_to_sign(method="POST", path=_target(url), client_id=row.client_id, time=moment, body=body)
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "client-id": row.client_id,
        "Request-Time": moment,
        "Signature": signing.sign(key, content),
    }
    return _send(url, body, headers)


def _send(url: str, body: bytes, headers: dict[str, str]) -> tuple[str, bool]:
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.post(
                url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
            ) as response:
                content = response.raw.read(_ACKNOWLEDGEMENT_LIMIT, decode_content=True)
                return f"HTTP {response.status_code}", response.status_code == 200 and _is_acknowledgement(content)
    except Exception as error:  # whatever goes wrong out there, it was not received
        return type(error).__name__[:64], False


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _neighbour(url: str) -> str:
    """Another address of the same merchant: one step deeper."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/x/"))


@lru_cache(maxsize=1)
def _strangers_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _is_acknowledgement(body: bytes) -> bool:
    try:
        result = json.loads(body)["result"]
        return bool(result["resultStatus"] == "S" and result["resultCode"] == "SUCCESS")
    except (ValueError, TypeError, KeyError, RecursionError):
        return False
