"""A wrong setting is named by a check."""

from __future__ import annotations

from copy import deepcopy
from types import SimpleNamespace

from payments import checks


def ids(found) -> list[str]:
    return [message.id for message in found]


def test_nothing_to_say(settings):
    settings.GATEWAY_CREDENTIALS = {}
    assert ids(checks.no_simulator_in_production()) == []
    assert ids(checks.requests_are_not_atomic()) == []
    assert ids(checks.keys_are_set()) == []


def test_the_simulator_is_refused(settings):
    settings.GATEWAY_CREDENTIALS = {"a": {"client_id": "SANDBOX_SIM1", "url": "https://x.example"}}
    assert ids(checks.no_simulator_in_production()) == ["payments.E001"]
    settings.GATEWAY_CREDENTIALS = {"a": {"client_id": "5Y1", "url": "http://x.example"}}
    assert ids(checks.no_simulator_in_production()) == ["payments.E001"]
    settings.GATEWAY_CREDENTIALS = {"a": {"client_id": "5Y1", "url": "https://x.example"}}
    assert ids(checks.no_simulator_in_production()) == []
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "payments.simulator"]
    assert ids(checks.no_simulator_in_production()) == ["payments.E001"]


def test_atomic_requests_and_weak_sqlite(settings, monkeypatch):
    databases = deepcopy(settings.DATABASES)
    databases["default"] = {
        "ENGINE": "django.db.backends.sqlite3",
        "ATOMIC_REQUESTS": True,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
    monkeypatch.setattr(checks, "settings", SimpleNamespace(DATABASES=databases))
    assert ids(checks.requests_are_not_atomic()) == ["payments.E002"]
    assert ids(checks.sqlite_is_durable()) == ["payments.E003"]
    databases["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    assert ids(checks.sqlite_is_durable()) == []
    databases["default"]["ENGINE"] = "django.db.backends.postgresql"
    assert ids(checks.sqlite_is_durable()) == []


def test_empty_keys(settings):
    settings.SEALING_KEYS = []
    assert ids(checks.keys_are_set()) == ["payments.E004"]
