"""Throw-away keys for dev, demo and test: made at run time, kept in one folder, never committed."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(frozen=True)
class Keys:
    secret_key: str
    sealing_key: str
    fingerprint_key: str
    jwt_private_key: str


def make_keys() -> Keys:
    return Keys(
        secret_key=secrets.token_urlsafe(64),
        sealing_key=Fernet.generate_key().decode(),
        fingerprint_key=secrets.token_urlsafe(32),
        jwt_private_key=rsa.generate_private_key(public_exponent=65537, key_size=2048)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode(),
    )


def throw_away_keys(folder: os.PathLike[str] | str) -> Keys:
    """The keys of that folder, made on first use; several processes may start at once."""
    path = Path(folder) / "app.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(asdict(make_keys())))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return Keys(**json.loads(path.read_text()))
