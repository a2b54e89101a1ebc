"""Settings refuse nonsense before the first request, with a sentence that says what to set."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from payments import checks
from tests.production_environment import production_environment

QUIET = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
READ = "from django.conf import settings; print(settings.PUBLIC_URL, settings.DATABASES['default']['ENGINE'])"


def read_settings(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What a fresh process says when it reads the settings; nothing of ours is in its environment but this."""
    return subprocess.run(
        [sys.executable, "-c", READ], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def check_deploy(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def environment():
    with production_environment() as values:
        yield values


def test_a_complete_production_environment_is_accepted(environment):
    done = read_settings(environment)
    assert done.stdout.split() == ["https://pay.shop.example", "django.db.backends.postgresql"], done.stderr


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "SEALING_KEYS",
        "FINGERPRINT_KEY",
        "JWT_PRIVATE_KEY_FILE",
        "ALLOWED_HOSTS",
        "ANTOM_EU_URL",
        "ANTOM_EU_CLIENT_ID",
        "ANTOM_EU_PRIVATE_KEY_FILE",
        "ANTOM_EU_PUBLIC_KEY_1_FILE",
    ],
)
def test_production_names_what_is_missing(environment, name):
    del environment[name]
    done = read_settings(environment)
    assert done.returncode != 0
    assert f"Set {name.removesuffix('_FILE')}" in done.stderr


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"PUBLIC_URL": "http://pay.shop.example"}, "Set PUBLIC_URL to the https address"),
        ({"DATABASE_URL": ""}, "Set DATABASE_URL to a PostgreSQL database"),
        ({"DATABASE_URL": "sqlite:///shop.sqlite3"}, "Set DATABASE_URL to a PostgreSQL database"),
        ({"JWT_PRIVATE_KEY_FILE": "/nowhere/key.pem"}, "JWT_PRIVATE_KEY_FILE names /nowhere/key.pem"),
        ({"BEHIND_PROXY": "perhaps"}, "BEHIND_PROXY"),
        ({"ANTOM_EU_FORGET_TOKENS": "perhaps"}, "ANTOM_EU_FORGET_TOKENS is 'perhaps'"),
    ],
)
def test_production_refuses_nonsense(environment, changes, sentence):
    done = read_settings({**environment, **changes})
    assert done.returncode != 0
    assert sentence in done.stderr


@pytest.mark.slow
def test_production_refuses_the_simulators_credentials_and_weak_keys(environment):
    weak = {"ANTOM_EU_CLIENT_ID": "SANDBOX_SIM5Y", "SECRET_KEY": "short", "FINGERPRINT_KEY": "short"}
    done = check_deploy({**environment, **weak})
    assert done.returncode != 0
    for word in ("payments.E001", "payments.E004", "security.W009"):
        assert word in done.stderr


def test_the_simulator_is_refused_by_address_and_by_presence(settings):
    real = {"client_id": "5Y1", "url": "https://gateway.example"}
    settings.GATEWAY_CREDENTIALS = {"real": real}
    assert checks.no_simulator_in_production() == []
    settings.GATEWAY_CREDENTIALS = {"sim": {**real, "url": "http://127.0.0.1:8001"}}
    assert [found.id for found in checks.no_simulator_in_production()] == ["payments.E001"]
    settings.GATEWAY_CREDENTIALS = {}
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "payments.simulator"]
    assert [found.id for found in checks.no_simulator_in_production()] == ["payments.E001"]


@pytest.mark.parametrize(("sealing", "fingerprint"), [([], "x" * 40), (["not a key"], "x" * 40), (None, "short")])
def test_weak_keys_are_refused(settings, sealing, fingerprint):
    settings.SEALING_KEYS = settings.SEALING_KEYS if sealing is None else sealing
    settings.FINGERPRINT_KEY = fingerprint
    assert [found.id for found in checks.keys_are_set()] == ["payments.E004"]


@QUIET
def test_requests_are_never_atomic(settings):
    settings.DATABASES = {"default": {"ENGINE": "x", "ATOMIC_REQUESTS": True}}
    assert [found.id for found in checks.requests_are_not_atomic()] == ["payments.E002"]


@QUIET
@pytest.mark.parametrize(
    "options",
    [
        {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"},
        {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"},
    ],
)
def test_a_careless_sqlite_is_refused(settings, options):
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": options}}
    assert [found.id for found in checks.sqlite_is_durable()] == ["payments.E003"]


@pytest.mark.parametrize("scale", ["0", "-1", "fast"])
def test_the_simulators_settings_refuse_a_nonsensical_time_scale(scale, tmp_path):
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "config.settings.simulator",
        "SIM_DATABASE": str(tmp_path / "sim.sqlite3"),
        "SIM_TIME_SCALE": scale,
    }
    assert read_settings(environment).returncode != 0
