"""The environment, read through django-environ and told to refuse what is missing or nonsense.

`NAME_FILE` may name a file that holds the value of `NAME`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


class Env(environ.Env):  # type: ignore[misc]
    """`env.str("NAME")` without a default stops the start with a sentence that names the variable."""

    def get_value(self, var: Any, *args: Any, **kwargs: Any) -> Any:
        name = f"{self.prefix or ''}{var}"
        file = os.environ.get(f"{name}_FILE")
        if file and name not in os.environ:
            try:
                os.environ[name] = Path(file).read_text().strip()
            except OSError as error:
                raise ImproperlyConfigured(
                    f"{name}_FILE names {file}, which cannot be read: {error.strerror}"
                ) from None
        try:
            return super().get_value(var, *args, **kwargs)
        except ImproperlyConfigured:
            raise ImproperlyConfigured(f"Set {name}, or {name}_FILE, in the environment.") from None
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} cannot be used: {error}") from None

    def bool(self, var: Any, default: Any = environ.Env.NOTSET) -> Any:
        """Refuses a word that is neither yes nor no; django-environ would take it for no."""
        word = os.environ.get(f"{self.prefix or ''}{var}", "no").strip().lower()
        if word not in (*self.BOOLEAN_TRUE_STRINGS, "false", "off", "no", "n", "0", ""):
            raise ImproperlyConfigured(f"{var} is {word!r}; say true or false.")
        return super().bool(var, default)


env = Env()


def gateway_credentials() -> dict[str, dict[str, Any]]:
    """`GATEWAY_CREDENTIALS=antom_eu` reads ANTOM_EU_URL, _CLIENT_ID, _PRIVATE_KEY, _PUBLIC_KEY_1, _PUBLIC_KEY_2 …"""
    found: dict[str, dict[str, Any]] = {}
    for name in env.list("GATEWAY_CREDENTIALS", default=[]):
        upper = name.upper()
        keys = {
            version: env.str(f"{upper}_PUBLIC_KEY_{version}", default="", multiline=True)
            for version in env.list(f"{upper}_PUBLIC_KEY_VERSIONS", default=["1"])
        }
        if not all(keys.values()):
            raise ImproperlyConfigured(f"Set {upper}_PUBLIC_KEY_1 (or _FILE): the provider's public key.")
        found[name] = {
            "url": env.str(f"{upper}_URL"),
            "client_id": env.str(f"{upper}_CLIENT_ID"),
            "private_key": env.str(f"{upper}_PRIVATE_KEY", multiline=True),
            "key_version": env.str(f"{upper}_KEY_VERSION", default="1"),
            "public_keys": keys,
            "settlement_currency": env.str(f"{upper}_SETTLEMENT_CURRENCY", default=""),
            "confirmed_currencies": env.list(f"{upper}_CONFIRMED_CURRENCIES", default=[]),
            "forget_tokens": env.bool(f"{upper}_FORGET_TOKENS", default=False),
            "ca_bundle": env.str(f"{upper}_CA_BUNDLE", default=""),
        }
    return found
