"""A developer's machine and the demo: open, but with the same rules for money."""

from config.env import env
from config.settings.base import *  # noqa: F403
from config.settings.base import BASE_DIR, STORAGES
from config.settings.keys import throw_away_keys

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
DEMO = env.bool("DEMO", default=False)
CLOCK_FILE = env.str("CLOCK_FILE", default="")

_keys = throw_away_keys(env.path("KEYS_DIR", default=str(BASE_DIR / ".demo" / "keys")))
SECRET_KEY = _keys.secret_key
SEALING_KEYS = [_keys.sealing_key]
FINGERPRINT_KEY = _keys.fingerprint_key
HEADLESS_JWT_PRIVATE_KEY = _keys.jwt_private_key

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
"""Files are served from where they lie: nothing to collect before the first start."""
STATIC_ROOT = None
