"""The databases of one run: made, copied and dropped; and a server of our own when none is given."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests import postgres
from tests.bench.environment import Places

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
"""The server of the tests does without; here every commit must reach the disk."""


@contextmanager
def server() -> Iterator[str]:
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    with postgres.server() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for setting in DURABLE:
                connection.execute(f"ALTER SYSTEM SET {setting} = on")
            connection.execute("SELECT pg_reload_conf()")
        yield url


def create(places: Places, name: str, *, like: str | None = None) -> None:
    template = f' TEMPLATE "{places.database(like)}"' if like else ""
    with psycopg.connect(places.database_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{places.database(name)}"{template}')


def drop(places: Places, name: str) -> None:
    with psycopg.connect(places.database_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{places.database(name)}" WITH (FORCE)')


def described(url: str) -> str:
    with psycopg.connect(url) as connection:
        version = connection.execute("SHOW server_version").fetchone()
        durable = connection.execute("SHOW fsync").fetchone()
    assert version is not None
    assert durable is not None
    return f"PostgreSQL {version[0]}, fsync {durable[0]}"
