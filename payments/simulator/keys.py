"""Throw-away keys: `<directory>/<client id>/{merchant,gateway}_{private,public}.pem` (PKCS#8 and SPKI, mode 0600).

The simulator reads merchant_public and gateway_private only; the merchant reads the other two.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class UnknownClient(LookupError):
    """No keys for this client id, or an id that a simulator refuses to serve."""


@dataclass(frozen=True, slots=True)
class ClientKeys:
    merchant_public: rsa.RSAPublicKey
    gateway_private: rsa.RSAPrivateKey
    secret: bytes = field(repr=False)  # derived from the gateway key: outlives a restart without another file


def check_client_id(client_id: str) -> None:
    """A simulator serves only ids that say SIM, so that no real account can be meant."""
    if not _CLIENT_ID.fullmatch(client_id) or "SIM" not in client_id:
        raise UnknownClient("a simulated client id is letters, digits, _ or - and contains SIM")


def ensure_keys(directory: Path, client_id: str) -> Path:
    """Make whatever is missing of a client's two key pairs; returns the client's folder. Safe to call twice at once."""
    check_client_id(client_id)
    folder = directory / client_id
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for owner in ("merchant", "gateway"):
        private_file = folder / f"{owner}_private.pem"
        if not private_file.exists():
            _write_once(private_file, _private_pem())
        private = load_pem_private_key(private_file.read_bytes(), None)
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        _write_once(folder / f"{owner}_public.pem", public)
    return folder


@lru_cache(maxsize=64)
def load_keys(directory: Path, client_id: str) -> ClientKeys:
    """Keys of one client, read once per process (failures are not remembered). Raises UnknownClient."""
    check_client_id(client_id)
    folder = directory / client_id
    try:
        public = load_pem_public_key((folder / "merchant_public.pem").read_bytes())
        private = load_pem_private_key((folder / "gateway_private.pem").read_bytes(), None)
    except (OSError, ValueError):
        raise UnknownClient("no usable keys for this client id") from None
    if not isinstance(public, rsa.RSAPublicKey) or not isinstance(private, rsa.RSAPrivateKey):
        raise UnknownClient("keys are not RSA")
    material = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return ClientKeys(public, private, hashlib.sha256(b"simulator-secret" + material).digest())


def _private_pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_once(target: Path, content: bytes) -> None:
    """Whole or not at all, and never over an existing file: a link appears in one step."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    with suppress(FileExistsError):
        os.link(draft, target)
    draft.unlink()
