"""What must not be read by chance: opaque secrets, sealed columns, keyed fingerprints (I32)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@dataclass(frozen=True, slots=True)
class Secret:
    """Holds a value that never prints, logs, formats or serialises. `reveal()` is called where it goes on the wire."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        return self._value

    def __str__(self) -> str:
        return "********"

    def __bool__(self) -> bool:
        return bool(self._value)


@lru_cache(maxsize=4)
def _sealer(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(data: bytes) -> bytes:
    return _sealer(tuple(settings.SEALING_KEYS)).encrypt(data)


def unseal(token: bytes) -> bytes:
    """Raises cryptography.fernet.InvalidToken when none of the keys opens it."""
    return _sealer(tuple(settings.SEALING_KEYS)).decrypt(token)


def reseal(token: bytes) -> bytes:
    """The same content under the newest key."""
    return _sealer(tuple(settings.SEALING_KEYS)).rotate(token)


def fingerprint(*parts: str | bytes, purpose: str) -> str:
    """A keyed digest, 64 hex digits: equal inputs are recognised, but cannot be guessed from the database."""
    mac = hmac.new(settings.FINGERPRINT_KEY.encode(), purpose.encode(), hashlib.sha256)
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        mac.update(len(raw).to_bytes(8, "big") + raw)
    return mac.hexdigest()


class SealedField(models.BinaryField):  # type: ignore[type-arg]
    """A column that holds bytes under the newest sealing key; gives plain `bytes` in Python. Not searchable."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        return None if value is None else unseal(bytes(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        sealed = None if value is None else seal(bytes(value))
        return super().get_db_prep_value(sealed, connection, prepared)
