"""One process that ends at one instant: in earnest (`os._exit`), or as an exception after which nothing of it acts.

A dead process runs no `finally`, commits nothing and sends nothing. In one process with the test that has to be
enforced (reliability.md C1, traps 1 to 3): its connections are closed *before* the exception unwinds, because leaving
an atomic block otherwise commits on SQLite; and whatever its `finally` and `on_commit` still try is refused, at the
instants that every statement and every request pass.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from core import ports
from payments.gateways import http

EXIT = 137
"""What a shell tells of a process that was killed with -9."""
WRITES = ("INSERT", "UPDATE", "DELETE")


class SimCrash(BaseException):
    """Passes `except Exception`, DRF's handler and Django's handler."""


class Life:
    """`path`: the instants that are passed, in order, and at the last of them it ends."""

    def __init__(self, path: str, die: Callable[[], NoReturn]) -> None:
        self._left = path.split(">")
        self._die = die
        self.dead = False

    def pass_by(self, name: str) -> None:
        self.go_on()
        if self._left and name == self._left[0]:
            self._left.pop(0)
            if not self._left:
                self.dead = True
                self._die()

    def go_on(self) -> None:
        """Raises SimCrash for a dead process: poison for whatever still runs."""
        if self.dead:
            raise SimCrash


def crash() -> NoReturn:
    close_connections()
    raise SimCrash


def exit_at_once() -> NoReturn:
    os._exit(EXIT)


def close_connections() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()


@contextmanager
def living(life: Life) -> Iterator[None]:
    """Every crash point inside is an instant of `life`, and so are those of points.HARNESS."""
    real_commit, real_begin = BaseDatabaseWrapper.commit, BaseDatabaseWrapper.set_autocommit
    real_send = http._Connection.send

    def commit(connection: BaseDatabaseWrapper) -> None:
        life.pass_by("db.before_commit")
        real_commit(connection)
        life.pass_by("db.after_commit")

    def set_autocommit(connection: BaseDatabaseWrapper, autocommit: bool, *more: Any, **named: Any) -> None:
        if not autocommit:
            life.pass_by("db.before_begin")
        life.go_on()
        real_begin(connection, autocommit, *more, **named)

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        life.go_on()
        alone = not context["connection"].in_atomic_block and sql.lstrip().upper().startswith(WRITES)
        if alone:  # a statement outside a block is its own commit
            life.pass_by("db.before_begin")
            life.pass_by("db.before_commit")
        done = run(sql, params, many, context)
        if alone:
            life.pass_by("db.after_commit")
        return done

    def send(connection: http._Connection, data: Any) -> None:
        if connection.sock is None:
            connection.connect()
        life.pass_by("http.writing")
        real_send(connection, data)

    http._forget_sessions()  # a new process has no open connections to the provider
    ports.install_crash_hook(life.pass_by)
    BaseDatabaseWrapper.commit, BaseDatabaseWrapper.set_autocommit = commit, set_autocommit  # type: ignore[method-assign]
    http._Connection.send = send  # type: ignore[method-assign]
    try:
        with connections["default"].execute_wrapper(execute):
            yield
    finally:
        BaseDatabaseWrapper.commit, BaseDatabaseWrapper.set_autocommit = real_commit, real_begin  # type: ignore[method-assign]
        http._Connection.send = real_send  # type: ignore[method-assign]
        ports.install_crash_hook(None)
        http._forget_sessions()
        close_connections()


def dies_at(path: str, act: Callable[[], Any]) -> bool:
    """Act, and end at the last instant of `path`. False when the act came through without passing it."""
    life = Life(path, crash)
    try:
        with living(life):
            act()
    except SimCrash:
        pass
    return life.dead
