"""Settings of the provider simulator: its own process and database. Imports nothing of ours."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _path(name: str, default: str) -> Path:
    return ROOT / os.environ.get(name, default)  # an absolute value stays as it is


SIM_DATABASE = _path("SIM_DATABASE", ".demo/simulator.sqlite3")
SIM_KEYS_DIR = _path("SIM_KEYS_DIR", ".demo/keys/antom")
SIM_TIME_SCALE = float(os.environ.get("SIM_TIME_SCALE", "1"))  # 100: the provider's waits are a hundred times shorter
SIM_CLOCK_FILE = os.environ.get("SIM_CLOCK_FILE", "")  # a file with seconds to add to the clock; empty: real time
if not SIM_TIME_SCALE > 0:
    raise ValueError("SIM_TIME_SCALE must be above 0")

SECRET_KEY = os.environ.get("SIM_SECRET_KEY") or secrets.token_urlsafe(48)
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
INSTALLED_APPS = ["payments.simulator.apps.SimulatorConfig"]
MIDDLEWARE = ["payments.simulator.loopback.LoopbackOnly"]
CSRF_COOKIE_NAME = "simulator_csrf"  # cookies do not tell ports apart: the application has its own name
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "payments.simulator.pages.not_from_here"
ROOT_URLCONF = "payments.simulator.urls"
WSGI_APPLICATION = "payments.simulator.wsgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
USE_TZ = True
TIME_ZONE = "UTC"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SIM_DATABASE.parent.mkdir(parents=True, exist_ok=True)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": SIM_DATABASE,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
