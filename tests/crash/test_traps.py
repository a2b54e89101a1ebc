"""What the harness promises about a dead process, each against the trap that it avoids (reliability.md C1)."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from core import ports
from payments.gateways import http
from payments.models import RefusedDelivery
from tests.crash.life import Life, SimCrash, crash, dies_at, living

pytestmark = pytest.mark.django_db(transaction=True)


def make_row(reason: str = "trap") -> None:
    at = ports.now()
    RefusedDelivery.objects.create(gateway="fake", reason=reason, first_at=at, last_at=at)


def rows_made() -> int:
    """Without those that a message to an earlier test's server may still leave."""
    return RefusedDelivery.objects.filter(gateway="fake").count()


def in_a_block() -> None:
    with transaction.atomic(durable=True):
        make_row()


def test_what_was_not_committed_is_not_there():
    """Trap 1: without closing the connection first, SQLite commits on the way out."""
    assert dies_at("db.before_commit", in_a_block)
    assert rows_made() == 0


def test_what_was_committed_is_there():
    assert dies_at("db.after_commit", in_a_block)
    assert rows_made() == 1


def test_a_crash_inside_nested_blocks_leaves_nothing():
    def nested() -> None:
        with transaction.atomic(durable=True):
            make_row()
            with transaction.atomic():
                make_row("inner")
                ports.crash_point("here")

    assert dies_at("here", nested)
    assert rows_made() == 0


@pytest.mark.parametrize(("instant", "rows"), [("db.before_commit", 0), ("db.after_commit", 1)])
def test_a_statement_outside_a_block_is_a_commit_too(instant: str, rows: int):
    """Trap 2: it never calls commit()."""
    rows_made()
    assert dies_at(instant, make_row)
    assert rows_made() == rows


def test_finally_does_nothing_any_more():
    """Trap 3."""
    tried: list[str] = []

    def act() -> None:
        try:
            ports.crash_point("here")
        finally:
            for name, deed in {
                "write": make_row,
                "block": in_a_block,
                "point": lambda: ports.crash_point("there"),
                "send": lambda: http.post("http://127.0.0.1:9/", b"", {}),
            }.items():
                with pytest.raises(SimCrash):
                    deed()
                tried.append(name)

    assert dies_at("here", act)
    assert tried == ["write", "block", "point", "send"]
    assert rows_made() == 0


@pytest.mark.parametrize("instant", ["db.before_commit", "db.after_commit"])
def test_on_commit_does_nothing_any_more(instant: str):
    """Trap 3: the row may be there, what hangs on its commit is not done."""
    done: list[str] = []

    def act() -> None:
        with transaction.atomic(durable=True):
            make_row()
            transaction.on_commit(lambda: done.append("on_commit"))

    assert dies_at(instant, act)
    assert done == []
    make_row("afterwards")
    assert done == []


def test_who_comes_through_was_not_there():
    assert not dies_at("nowhere", in_a_block)
    assert rows_made() == 1


def test_the_instants_are_passed_in_order():
    assert not dies_at("second>first", lambda: [ports.crash_point(name) for name in ("first", "second")])
    assert dies_at("first>second", lambda: [ports.crash_point(name) for name in ("first", "second")])


def test_nothing_of_the_harness_stays():
    before = BaseDatabaseWrapper.commit
    with pytest.raises(SimCrash), living(Life("here", crash)):
        ports.crash_point("here")
    ports.crash_point("here")
    make_row()
    assert BaseDatabaseWrapper.commit is before
    assert rows_made() == 1
