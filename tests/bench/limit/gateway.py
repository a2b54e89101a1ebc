"""Sign, one call, verify: with a kept session of requests for each thread."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

URL, CLIENT_ID = os.environ["GATEWAY_URL"], os.environ["CLIENT_ID"]
PATH = "/ams/sandbox/api/v1/payments/pay"
_private = load_pem_private_key(Path(os.environ["PRIVATE_KEY_FILE"]).read_bytes(), None)
_public = load_pem_public_key(Path(os.environ["PUBLIC_KEY_FILE"]).read_bytes())
assert isinstance(_private, RSAPrivateKey)
assert isinstance(_public, RSAPublicKey)
_local = threading.local()


def pay(document: dict[str, Any]) -> dict[str, Any]:
    """The verified answer. Raises InvalidSignature."""
    body = json.dumps(document, separators=(",", ":")).encode()
    moment = str(int(time.time() * 1000))
    signature = base64.b64encode(_private.sign(_message(PATH, moment, body), PKCS1v15(), SHA256())).decode()
    headers = {
        "Client-Id": CLIENT_ID,
        "Request-Time": moment,
        "Signature": f"algorithm=RSA256,keyVersion=1,signature={quote(signature, safe='')}",
        "Content-Type": "application/json; charset=UTF-8",
    }
    answer = _session().post(URL + PATH, data=body, headers=headers, timeout=10)
    verify(PATH, answer.headers["Response-Time"], answer.headers["Signature"], answer.content)
    return dict(json.loads(answer.content))


def verify(path: str, moment: str, header: str, body: bytes) -> None:
    """Raises InvalidSignature."""
    parts = dict(item.strip().split("=", 1) for item in header.split(",") if "=" in item)
    try:
        signature = base64.b64decode(unquote_to_bytes(parts["signature"]), validate=True)
    except (KeyError, ValueError):
        raise InvalidSignature from None
    _public.verify(signature, _message(path, moment, body), PKCS1v15(), SHA256())


def _message(path: str, moment: str, body: bytes) -> bytes:
    return f"POST {path}\n{CLIENT_ID}.{moment}.".encode() + body


def _session() -> requests.Session:
    session: requests.Session | None = getattr(_local, "session", None)
    if session is None:
        session = _local.session = requests.Session()
        session.trust_env = False
    return session
