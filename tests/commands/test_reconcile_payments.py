from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.management import CommandError

from core import ports
from payments.models import Payment
from payments.services import refresh
from payments.states import State
from tests import factories
from tests.commands.run import run


def later(seconds: float) -> str:
    return (ports.now() + timedelta(seconds=seconds)).isoformat()


def test_nothing_due_says_so(account):
    assert run("reconcile_payments", "--once") == "nothing is due\n"


def test_an_unknown_payment_is_asked_about_once_its_time_has_come(fake, buyer, order, card):
    fake.lose_reply("authorize")
    payment = factories.start(buyer, order, card)

    assert run("reconcile_payments", "--once") == "nothing is due\n"
    told = run("reconcile_payments", "--once", "--now", later(10))

    assert f"{payment.public_id} asked: the gateway told 1 facts; now authorized" in told
    assert len(fake.sent("authorize")) == 1


def test_the_limit_bounds_a_batch(fake, buyer, product, card):
    for _ in range(3):
        fake.lose_reply("authorize")
        factories.start(buyer, factories.make_order(buyer, product), card)

    told = run("reconcile_payments", "--once", "--limit", "2", "--now", later(10))

    assert told.count("asked") == 2
    assert Payment.objects.filter(state=State.PENDING).count() == 1


@pytest.mark.parametrize("arguments", [("--now", "tomorrow"), ("--now", "2026-01-01T00:00:00"), ("--limit", "0")])
def test_nonsense_is_refused_before_anything_happens(account, arguments):
    with pytest.raises(CommandError):
        run("reconcile_payments", "--once", *arguments)


@pytest.mark.slow
def test_a_bad_moment_exits_with_2():
    done = subprocess.run(
        [sys.executable, "manage.py", "reconcile_payments", "--once", "--now", "tomorrow"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, "not an ISO 8601 moment" in done.stderr) == (2, True)


def test_a_stopped_batch_gives_the_rest_back(fake, buyer, order, card):
    fake.lose_reply("authorize")
    payment = factories.start(buyer, order, card)
    ports.pretend_now(ports.now() + timedelta(seconds=10))

    assert refresh.reconcile(going=lambda: False) == []

    payment.refresh_from_db()
    assert (payment.lease_owner, fake.sent("inquire")) == ("", [])
