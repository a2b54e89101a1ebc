"""Our application as production runs it; see environment.py for the values. PERSISTENT=1: a connection per thread."""

from config.env import env
from config.settings.production import *  # noqa: F403
from config.settings.production import DATABASES

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = None
"""Nothing is collected, and no static file is measured."""

if env.bool("PERSISTENT", default=False):
    DATABASES["default"]["OPTIONS"].pop("pool")
    DATABASES["default"]["CONN_MAX_AGE"] = None
