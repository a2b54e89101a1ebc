"""What an account at Antom is configured with: read once, refused with a reason that never holds a value."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from core.sealing import Secret
from payments.gateways.antom import signing
from payments.gateways.antom.wire import Wire
from payments.gateways.antom.write_payment import Merchant

US_HOST = "open.antglobal-us.com"
"""Only merchants registered in the United States speak to it (1.1)."""

LIVE_HOSTS = frozenset(
    {
        "open-sea-global.alipay.com",
        "open-na-global.alipay.com",
        "open-de-global.alipay.com",
        US_HOST,
        "open-sea.alipay.com",
        "open-na.alipay.com",
    }
)


def read_credentials(credentials: Mapping[str, Any]) -> tuple[Wire, Merchant]:
    """`url`, `client_id`, `private_key`, `public_keys` (version -> key); optional `key_version`,
    `settlement_currency`, `confirmed_currencies`, `forget_tokens`, `deadline_seconds`, `ca_bundle`. Texts may be
    Secret. Raises ValueError without a value.
    """
    client_id = _needed(credentials, "client_id")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", client_id):
        raise ValueError("client_id is malformed")
    private_key = signing.load_private_key(_needed(credentials, "private_key"))
    wire = Wire(
        base_url=_base_url(_needed(credentials, "url"), client_id),
        client_id=client_id,
        private_key=private_key,
        public_keys=_public_keys(credentials.get("public_keys"), private_key),
        key_version=_optional(credentials, "key_version") or "1",
        deadline_seconds=_deadline(credentials.get("deadline_seconds")),
        ca_bundle=_ca_bundle(_optional(credentials, "ca_bundle")),
    )
    merchant = Merchant(
        settlement_currency=_currency(_optional(credentials, "settlement_currency"), "settlement_currency") or None,
        in_the_us=urlsplit(wire.base_url).hostname == US_HOST,
        confirmed_currencies=frozenset(
            _currency(code, "confirmed_currencies") for code in credentials.get("confirmed_currencies") or ()
        ),
        forget_tokens=_switch(credentials, "forget_tokens"),
    )
    return wire, merchant


def _optional(credentials: Mapping[str, Any], name: str) -> str:
    value = credentials.get(name)
    if isinstance(value, Secret):
        return value.reveal()
    return "" if value is None else str(value)


def _needed(credentials: Mapping[str, Any], name: str) -> str:
    value = _optional(credentials, name)
    if not value:
        raise ValueError(f"{name} is missing")
    return value


def _base_url(url: str, client_id: str) -> str:
    """Scheme, host and port. Live clients speak https to the vendor's hosts; plain http is for a local simulator."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("url must be https://host")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("url must have nothing but scheme, host and port")
    simulated = "SIM" in client_id
    if parts.scheme == "http" and not (simulated and _is_loopback(parts.hostname)):
        raise ValueError("plain http is for a simulator on this host only")
    live = not simulated and not client_id.startswith("SANDBOX_")
    if live and (parts.hostname not in LIVE_HOSTS or parts.port not in (None, 443)):
        raise ValueError("a live client may only speak to a host of the vendor")
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _public_keys(keys: Any, private_key: RSAPrivateKey) -> Mapping[str, RSAPublicKey]:
    """The vendor's keys by version; our own key among them is the vendor's most frequent support case (pitfall 4)."""
    if not isinstance(keys, Mapping) or not keys:
        raise ValueError("public_keys is missing")
    loaded = {str(version): signing.load_public_key(_needed(keys, version)) for version in keys}
    ours = private_key.public_key().public_numbers()
    if any(key.public_numbers() == ours for key in loaded.values()):
        raise ValueError("public_keys holds our own key instead of the vendor's")
    return MappingProxyType(loaded)


def _currency(code: str, name: str) -> str:
    if code and not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError(f"{name} must be three upper-case letters")
    return code


def _switch(credentials: Mapping[str, Any], name: str) -> bool:
    word = _optional(credentials, name).lower()
    if word not in ("", "true", "false"):
        raise ValueError(f"{name} must be true or false")
    return word == "true"


def _deadline(seconds: Any) -> float:
    deadline = 10.0 if seconds is None else float(seconds)
    if not 0 < deadline <= 60:
        raise ValueError("deadline_seconds must be more than 0 and at most 60")
    return deadline


def _ca_bundle(path: str) -> str | None:
    if path and not Path(path).is_file():
        raise ValueError("ca_bundle is not a file")
    return path or None
