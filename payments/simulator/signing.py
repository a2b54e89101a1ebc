"""The wire signature of antom.md 1.5: RSASSA-PKCS1-v1_5 with SHA-256 over

    METHOD SP PATH LF CLIENT_ID "." TIME "." BODY

base64 with padding, percent-encoded, in `algorithm=RSA256,keyVersion=1,signature=…`. Pure: knows no Django.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import quote, unquote_to_bytes

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

KEY_VERSION = "1"
_LOOSE_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class SignatureRefused(Exception):
    """The message does not carry a signature we accept; the text says why, for operators."""


class UnknownKeyVersion(SignatureRefused):
    """A keyVersion that was never issued."""


def string_to_sign(*, method: str, path: str, client_id: str, time: str, body: bytes) -> bytes:
    """`path` is the request-target as sent (with query, without scheme and host); `body` the raw bytes."""
    return f"{method} {path}\n{client_id}.{time}.".encode() + body


def sign(key: RSAPrivateKey, content: bytes) -> str:
    """The whole Signature header for `content`."""
    encoded = base64.b64encode(key.sign(content, PKCS1v15(), SHA256())).decode()
    return f"algorithm=RSA256,keyVersion={KEY_VERSION},signature={quote(encoded, safe='')}"


def verify(key: RSAPublicKey, header: str, content: bytes) -> None:
    """Raises SignatureRefused unless `header` is a SHA-256 signature of `content` by the owner of `key`."""
    signature = read_header(header)
    try:
        key.verify(signature, content, PKCS1v15(), SHA256())  # the digest is pinned, never read out of the signature
    except InvalidSignature:
        raise SignatureRefused("does not verify") from None


def read_header(header: str) -> bytes:
    """Signature bytes out of the header: items by name, any order, blanks tolerated, `+` kept as `+`."""
    items: dict[str, str] = {}
    for item in header.split(","):
        name, separator, value = item.strip().partition("=")
        if not separator or name in items:
            raise SignatureRefused("malformed header")
        items[name] = value.strip()
    if items.get("algorithm") != "RSA256":
        raise SignatureRefused("algorithm is not RSA256")
    if items.get("keyVersion", KEY_VERSION) != KEY_VERSION:
        raise UnknownKeyVersion("unknown keyVersion")
    return _decode(items.get("signature", ""))


def _decode(value: str) -> bytes:
    raw = value.encode()
    if not raw:
        raise SignatureRefused("signature is missing")
    if _LOOSE_PERCENT.search(raw):
        raise SignatureRefused("malformed percent-encoding")
    try:
        return base64.b64decode(unquote_to_bytes(raw), validate=True)
    except binascii.Error:
        raise SignatureRefused("signature is not base64") from None
