"""What the measured processes are told: throw-away keys in one folder, one database each, one gateway.

HOST stands in front of ours as a proxy would; the gateway is the stub of tests/bench/stub.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from config.settings.keys import make_keys

HOST = "pay.shop.example"
CLIENT_ID = "SANDBOX_SIM5YBENCH0000000001"
CREDENTIALS = "antom_bench"
MERCHANT, GATEWAY = "merchant", "gateway"
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "DATABASE_PREPARE")


@dataclass(frozen=True)
class Places:
    """The folder of one run, and where its two databases are."""

    folder: Path
    database_url: str
    run: str

    def database(self, name: str) -> str:
        return f"paydesk_bench_{self.run}_{name}"

    def url(self, name: str) -> str:
        return urlsplit(self.database_url)._replace(path=f"/{self.database(name)}").geturl()

    def private_key(self, whose: str) -> Path:
        return self.folder / f"{whose}.pem"

    def public_key(self, whose: str) -> Path:
        return self.folder / f"{whose}.pub.pem"


def make_all_keys(places: Places) -> None:
    """The merchant's and the gateway's pair, and our own secrets; they end with the folder."""
    for whose in (MERCHANT, GATEWAY):
        write_pair(places, whose, rsa.generate_private_key(public_exponent=65537, key_size=2048))
    keys = make_keys()
    for name, value in {
        "SECRET_KEY": keys.secret_key,
        "SEALING_KEYS": keys.sealing_key,
        "FINGERPRINT_KEY": keys.fingerprint_key,
        "JWT_PRIVATE_KEY": keys.jwt_private_key,
    }.items():
        (places.folder / name).write_text(value)


def write_pair(places: Places, whose: str, key: RSAPrivateKey) -> None:
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    places.private_key(whose).touch(mode=0o600)
    places.private_key(whose).write_bytes(private)
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    places.public_key(whose).write_bytes(public)


def of_ours(places: Places, gateway_port: int, *, database: str = "ours", **more: str) -> dict[str, str]:
    """As README.md wants production: values in files, a proxy in front, a pool of 8."""
    secrets = ("SECRET_KEY", "SEALING_KEYS", "FINGERPRINT_KEY", "JWT_PRIVATE_KEY")
    account = CREDENTIALS.upper()
    return {
        **_inherited(),
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        **{f"{name}_FILE": str(places.folder / name) for name in secrets},
        "ALLOWED_HOSTS": HOST,
        "PUBLIC_URL": f"https://{HOST}",
        "BEHIND_PROXY": "true",
        "DATABASE_URL": places.url(database),
        "DATABASE_POOL": "8",
        "GATEWAY_CREDENTIALS": CREDENTIALS,
        f"{account}_URL": f"http://127.0.0.1:{gateway_port}",
        f"{account}_CLIENT_ID": CLIENT_ID,
        f"{account}_PRIVATE_KEY_FILE": str(places.private_key(MERCHANT)),
        f"{account}_PUBLIC_KEY_1_FILE": str(places.public_key(GATEWAY)),
        f"{account}_SETTLEMENT_CURRENCY": "EUR",
        **more,
    }


def of_limit(places: Places, gateway_port: int) -> dict[str, str]:
    return {
        **_inherited(),
        "DJANGO_SETTINGS_MODULE": "tests.bench.limit.settings",
        "DATABASE_URL": places.url("limit"),
        "GATEWAY_URL": f"http://127.0.0.1:{gateway_port}",
        "CLIENT_ID": CLIENT_ID,
        "PRIVATE_KEY_FILE": str(places.private_key(MERCHANT)),
        "PUBLIC_KEY_FILE": str(places.public_key(GATEWAY)),
    }


def of_stub(places: Places) -> dict[str, str]:
    return {**_inherited(), "CLIENT_ID": CLIENT_ID, "PRIVATE_KEY_FILE": str(places.private_key(GATEWAY))}


def _inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}
