"""The same on SQLite, which production refuses; for the admin's pages only."""

from config.env import env
from config.settings.base import sqlite
from tests.bench.settings import *  # noqa: F403

DATABASES = {"default": sqlite(env.str("SQLITE_PATH"))}
