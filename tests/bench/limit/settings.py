"""The least that Django and DRF need to do the same work: no middleware, no sign-in, the same pool."""

from __future__ import annotations

import os
from typing import Any

from config.env import Env

SECRET_KEY = "limit"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
INSTALLED_APPS = ["rest_framework", "tests.bench.limit"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "tests.bench.limit.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES: dict[str, Any] = {"default": dict(Env.db_url_config(os.environ["DATABASE_URL"]))}
DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    "pool": {"min_size": 2, "max_size": 8, "timeout": 10},
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
