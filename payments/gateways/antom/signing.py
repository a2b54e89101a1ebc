"""Signatures of Antom: RSA PKCS#1 v1.5 with SHA-256 over method, path, client id, time and raw body (antom.md 1.5)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from payments.gateways.base import BadSignature

ALGORITHM = "RSA256"
MIN_KEY_BITS = 2048
MIN_EXPONENT = 65537
MIN_SIGNATURE_BYTES = 256
MAX_HEADER = 4096
"""A 4096-bit key fully escaped needs about 2,100 characters."""


@dataclass(frozen=True, slots=True)
class SignatureHeader:
    """A well-formed `Signature` header; says nothing about who made it. `key_version` is None when it was left out."""

    key_version: str | None
    signature: bytes


# --- keys -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def load_private_key(text: str) -> RSAPrivateKey:
    """PKCS#8 or PKCS#1, as PEM or bare base64, wrapped or not. Raises ValueError, without the text, for anything else.

    Loading costs as much as a hundred signatures, so each key is loaded once per process (performance.md 1).
    """
    try:
        key = load_pem_private_key(_pem(text), None) if _is_pem(text) else load_der_private_key(_der(text), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("the private key cannot be read: expected RSA, PKCS#8 or PKCS#1, PEM or base64") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the private key is not an RSA key")
    _refuse_weak(key.public_key())
    return key


@lru_cache(maxsize=64)
def load_public_key(text: str) -> RSAPublicKey:
    """SubjectPublicKeyInfo as PEM or as bare base64, wrapped or not. Raises ValueError, without the text."""
    try:
        key = load_pem_public_key(_pem(text)) if _is_pem(text) else load_der_public_key(_der(text))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("the public key cannot be read: expected RSA, SubjectPublicKeyInfo, PEM or base64") from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the public key is not an RSA key")
    _refuse_weak(key)
    return key


def _is_pem(text: str) -> bool:
    return "-----BEGIN" in text


def _pem(text: str) -> bytes:
    # Environment variables often carry the line breaks of a PEM as two characters.
    return text.replace("\\n", "\n").strip().encode()


def _der(text: str) -> bytes:
    return base64.b64decode("".join(text.split()), validate=True)


def _refuse_weak(key: RSAPublicKey) -> None:
    if key.key_size < MIN_KEY_BITS:
        raise ValueError(f"the key has {key.key_size} bits, fewer than {MIN_KEY_BITS}")
    if key.public_numbers().e < MIN_EXPONENT:
        raise ValueError(f"the public exponent of the key is smaller than {MIN_EXPONENT}")


# --- signing --------------------------------------------------------------------------------------------------------


def string_to_sign(*, path: str, client_id: str, time: str, body: bytes, method: str = "POST") -> bytes:
    """`METHOD SP PATH LF CLIENT_ID . TIME . BODY`; `path` is the request-target without scheme and host."""
    return f"{method} {path}\n{client_id}.{time}.".encode("utf-8", "backslashreplace") + body


def sign(key: RSAPrivateKey, message: bytes, *, key_version: str = "1") -> str:
    """The value of the `Signature` header, in the order and encoding that every SDK of the vendor can read."""
    encoded = base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()
    return f"algorithm={ALGORITHM},keyVersion={key_version},signature={quote(encoded, safe='')}"


# --- verifying ------------------------------------------------------------------------------------------------------


def parse_signature_header(header: str) -> SignatureHeader:
    """Read by name, blanks and order free. Raises BadSignature, and nothing else, for whatever a stranger sends."""
    if len(header) > MAX_HEADER or not header.isascii():
        raise BadSignature("the signature header is malformed")
    items: dict[str, str] = {}
    for item in header.split(","):
        name, _, value = (part.strip() for part in item.partition("="))
        if name in items:
            raise BadSignature("the signature header names an item twice")
        items[name] = value
    key_version = items.get("keyVersion")
    if key_version is not None and not re.fullmatch(r"[A-Za-z0-9]{1,16}", key_version):
        raise BadSignature("the key version is malformed")
    if items.get("algorithm") != ALGORITHM:
        raise BadSignature("the algorithm is not RSA256", key_id=key_version or "")
    return SignatureHeader(key_version, _decode(items.get("signature", ""), key_version or ""))


def _decode(value: str, key_id: str) -> bytes:
    """Percent-decode without turning plus into a blank, then strict, canonical base64."""
    if not value:
        raise BadSignature("the signature is missing", key_id=key_id)
    encoded = unquote_to_bytes(value)
    try:
        signature = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise BadSignature("the signature is not base64", key_id=key_id) from None
    if base64.b64encode(signature) != encoded:
        raise BadSignature("the signature is not base64", key_id=key_id)
    if len(signature) < MIN_SIGNATURE_BYTES:
        raise BadSignature("the signature is too short", key_id=key_id)
    return signature


def verify(keys: Mapping[str, RSAPublicKey], header: str, message: bytes) -> str:
    """The version of the key that made the signature over `message`. Raises BadSignature.

    A header without version means the latest key. The digest is pinned: it is never taken from the signature itself.
    """
    parsed = parse_signature_header(header)
    version = latest_version(keys) if parsed.key_version is None else parsed.key_version
    key = keys.get(version)
    if key is None:
        raise BadSignature("the key version is unknown", key_id=version)
    try:
        key.verify(parsed.signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        raise BadSignature("the signature does not match", key_id=version) from None
    return version


def latest_version(keys: Mapping[str, RSAPublicKey]) -> str:
    """Versions count upwards, so "10" is later than "9"."""
    return max(keys, key=lambda version: (len(version), version))
