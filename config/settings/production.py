"""Production demands: nothing here has a default that could be wrong."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from config.env import env
from config.settings.base import *  # noqa: F403
from config.settings.base import BEHIND_PROXY, DATABASES, PUBLIC_URL

SECRET_KEY = env.str("SECRET_KEY")
SEALING_KEYS = env.list("SEALING_KEYS")
FINGERPRINT_KEY = env.str("FINGERPRINT_KEY")
HEADLESS_JWT_PRIVATE_KEY = env.str("JWT_PRIVATE_KEY", multiline=True)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")

if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("Set DATABASE_URL to a PostgreSQL database: several processes will write.")
if not PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured("Set PUBLIC_URL to the https address under which providers reach us.")

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
