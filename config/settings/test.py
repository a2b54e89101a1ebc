"""The test suite: SQLite by default, any DATABASE_URL otherwise. Keys are made at run time."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from config.env import env
from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES
from config.settings.keys import throw_away_keys

if "TEST_FOLDER" not in os.environ:
    os.environ["TEST_FOLDER"] = tempfile.mkdtemp(prefix="paydesk-test-")
    atexit.register(shutil.rmtree, os.environ["TEST_FOLDER"], ignore_errors=True)  # who made it removes it
_folder = Path(os.environ["TEST_FOLDER"])
_keys = throw_away_keys(_folder / "keys")

SECRET_KEY = _keys.secret_key
SEALING_KEYS = [_keys.sealing_key]
FINGERPRINT_KEY = _keys.fingerprint_key
HEADLESS_JWT_PRIVATE_KEY = _keys.jwt_private_key
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
CLOCK_FILE = env.str("CLOCK_FILE", default="")
RETURN_ADDRESSES = ["https://shop.example", "shop://"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = None
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: threads and processes of the race tests meet in it.
    DATABASES["default"]["NAME"] = str(_folder / "app.sqlite3")
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
else:
    DATABASES["default"]["OPTIONS"].pop("pool")  # the test runner creates and drops the database
    DATABASES["default"]["TEST"] = {"NAME": env.str("TEST_DATABASE", default=f"test_paydesk_{os.getpid()}")}
