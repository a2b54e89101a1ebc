"""The worker: what is due, the nudges, and how it ends."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import pytest
from django.core.management import CommandError
from django.db import OperationalError
from django_tasks_db.models import DBTaskResult

from core import ports
from core.models import IdempotencyKey
from payments import tasks
from payments.management import until_stopped
from payments.management.until_stopped import Loop
from payments.services import nudge
from payments.states import State
from tests import factories
from tests.commands.run import run
from tests.commands.test_apply_notifications import stored  # noqa: F401 - a fixture


@pytest.fixture
def unknown(fake, buyer, order, card):
    """A payment whose reply was lost; the provider authorized it."""
    fake.lose_reply("authorize")
    return factories.start(buyer, order, card)


def wait(seconds: float) -> None:
    ports.pretend_now(ports.now() + timedelta(seconds=seconds))
    DBTaskResult.objects.update(run_after=ports.now() - timedelta(days=1))


def test_a_lost_reply_leaves_a_nudge_for_the_moment_when_it_is_due(unknown):
    (queued,) = DBTaskResult.objects.all()
    due = unknown.transactions.get().next_at
    assert (queued.task_name, queued.run_after) == ("resolve_one_payment", due)
    assert queued.args_kwargs["args"] == [str(unknown.pk)]


def test_the_worker_resolves_what_is_due(unknown, fake):
    wait(10)
    assert "now authorized" in run("work", "--once")
    unknown.refresh_from_db()
    assert (unknown.state, len(fake.sent("inquire"))) == (State.AUTHORIZED, 1)


def test_a_nudge_alone_resolves_it_and_the_next_finds_nothing_to_do(unknown, fake):
    wait(10)
    assert "now authorized" in tasks.resolve_one_payment.call(str(unknown.pk))[0]
    assert tasks.resolve_one_payment.call(str(unknown.pk)) == []
    assert len(fake.sent("inquire")) == 1


def test_a_nudge_leaves_alone_what_somebody_has_in_hand(unknown, fake):
    wait(10)
    type(unknown).objects.update(lease_until=ports.now() + timedelta(seconds=5))
    assert nudge.resolve_if_due(unknown.pk) == []
    assert fake.sent("inquire") == []


def test_a_nudge_that_comes_too_early_does_nothing(unknown, fake):
    assert nudge.resolve_if_due(unknown.pk) == []


def test_the_worker_runs_nudges_when_the_loop_has_nothing(unknown, monkeypatch):
    monkeypatch.setattr("payments.management.commands.work.reconcile", lambda **_: [])
    wait(10)
    run("work", "--once")
    unknown.refresh_from_db()
    assert (unknown.state, DBTaskResult.objects.get().status) == (State.AUTHORIZED, "SUCCESSFUL")


def test_a_queue_that_refuses_does_not_stop_the_payment(fake, buyer, order, card, monkeypatch):
    monkeypatch.setattr(type(tasks.resolve_one_payment), "enqueue", lambda *_: 1 / 0)
    fake.lose_reply("authorize")
    payment = factories.start(buyer, order, card)
    assert (payment.transactions.get().status, DBTaskResult.objects.count()) == ("unknown", 0)


def test_an_event_that_could_not_be_applied_is_nudged(stored, monkeypatch):  # noqa: F811
    monkeypatch.setattr("payments.services.inbox.apply_facts", lambda **_: 1 / 0)
    run("apply_notifications", "--once")
    monkeypatch.undo()
    assert DBTaskResult.objects.get().task_name == "apply_one_event"

    assert nudge.apply_if_due(stored.pk) == ""
    wait(5)
    assert tasks.apply_one_event.call(str(stored.pk)) == "applied"
    assert tasks.apply_one_event.call(str(stored.pk)) == ""


def test_the_worker_tidies_up(buyer, unknown):
    old = ports.now() - timedelta(days=40)
    IdempotencyKey.objects.update(expires_at=old)
    DBTaskResult.objects.update(status="SUCCESSFUL", finished_at=old)

    assert "tidied: 1 task results, 1 idempotency keys" in run("work", "--once")
    assert "tidied" not in run("work", "--once")


def test_a_signal_ends_the_loop_after_the_round_in_hand():
    rounds, before, loop = [], signal.getsignal(signal.SIGTERM), Loop()

    def one_round() -> None:
        rounds.append("begun")
        if len(rounds) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
            rounds.append("finished")

    loop.run(one_round, pause=0.01)

    assert rounds == ["begun", "begun", "begun", "finished"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_locked_database_costs_one_round():
    loop, rounds = Loop(), []

    def one_round() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise OperationalError("database is locked")
        loop.stop()

    loop.run(one_round, pause=0)
    assert len(rounds) == 2


def test_a_database_that_stays_away_ends_the_process(monkeypatch):
    monkeypatch.setattr(until_stopped, "PATIENCE", 3)

    def one_round() -> None:
        raise OperationalError("database is locked")

    with pytest.raises(CommandError, match="3 rounds failed in a row"):
        Loop().run(one_round, pause=0)


def test_the_worker_says_when_it_begins_and_stops(transactional_db, monkeypatch):
    def stop_at_once(**_) -> list[str]:
        os.kill(os.getpid(), signal.SIGTERM)
        return ["one line"]

    monkeypatch.setattr("payments.management.commands.work.apply_due", stop_at_once)
    assert run("work").splitlines() == ["working, a round every 1 s", "one line", "stopped"]


@pytest.mark.parametrize(
    ("command", "act"),
    [("reconcile_payments", "reconcile"), ("apply_notifications", "apply_due")],
)
def test_without_once_a_command_goes_on_until_it_is_stopped(transactional_db, monkeypatch, command, act):
    rounds = []

    def do(**_) -> list[str]:
        rounds.append(1)
        if len(rounds) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return [f"round {len(rounds)}"]

    monkeypatch.setattr(f"payments.management.commands.{command}.{act}", do)
    assert run(command).splitlines() == ["round 1", "round 2"]
