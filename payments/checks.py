"""System checks: a wrong setting stops the start with a sentence."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def no_simulator_in_production(**_: Any) -> list[CheckMessage]:
    """payments.E001: the simulator, its addresses or its keys where real money is."""
    found: list[CheckMessage] = []
    if "payments.simulator" in settings.INSTALLED_APPS:
        found.append(Error("The simulator is installed.", hint="Remove payments.simulator.", id="payments.E001"))
    for name, credentials in settings.GATEWAY_CREDENTIALS.items():
        if "SIM" in credentials["client_id"] or not credentials["url"].startswith("https://"):
            found.append(
                Error(
                    f"The gateway credentials “{name}” belong to a simulator.",
                    hint=f"Set {name.upper()}_URL and {name.upper()}_CLIENT_ID to what the provider gave you.",
                    id="payments.E001",
                )
            )
    return found


@register(Tags.security, deploy=True)
def no_other_clock_in_production(**_: Any) -> list[CheckMessage]:
    """payments.E005: a clock that somebody can move, where holds and deadlines are real."""
    if not settings.CLOCK_FILE:
        return []
    return [
        Error("CLOCK_FILE is set.", hint="Unset it: only the demo and the tests move the clock.", id="payments.E005")
    ]


@register(Tags.database)
def requests_are_not_atomic(**_: Any) -> list[CheckMessage]:
    """payments.E002: a request inside a transaction would hold locks during gateway calls."""
    return [
        Error(f"ATOMIC_REQUESTS is on for “{alias}”.", hint="Turn it off.", id="payments.E002")
        for alias, database in settings.DATABASES.items()
        if database.get("ATOMIC_REQUESTS")
    ]


@register(Tags.database)
def sqlite_is_durable(**_: Any) -> list[CheckMessage]:
    """payments.E003: SQLite must be WAL, synchronous FULL and IMMEDIATE (house.md 11)."""
    found: list[CheckMessage] = []
    for alias, database in settings.DATABASES.items():
        options = database.get("OPTIONS", {})
        if database["ENGINE"] != "django.db.backends.sqlite3":
            continue
        wanted = ("journal_mode=WAL", "synchronous=FULL")
        if options.get("transaction_mode") != "IMMEDIATE" or any(
            part not in options.get("init_command", "") for part in wanted
        ):
            found.append(
                Error(
                    f"The SQLite database “{alias}” may lose or overlap commits.",
                    hint="Use transaction_mode IMMEDIATE, journal_mode=WAL and synchronous=FULL.",
                    id="payments.E003",
                )
            )
    return found


@register(Tags.security)
def keys_are_set(**_: Any) -> list[CheckMessage]:
    """payments.E004: sealed columns need keys of their own, and long ones."""
    sealing = settings.SEALING_KEYS and all(_opens(key) for key in settings.SEALING_KEYS)
    if sealing and len(settings.FINGERPRINT_KEY) >= 32:
        return []
    return [
        Error(
            "SEALING_KEYS or FINGERPRINT_KEY is empty, short or not a key.",
            hint="SEALING_KEYS: Fernet keys, newest first. FINGERPRINT_KEY: a long random text.",
            id="payments.E004",
        )
    ]


def _opens(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
