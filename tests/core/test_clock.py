"""One clock for the application and the simulated provider; nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core import clock, ports
from payments.checks import no_other_clock_in_production


@pytest.fixture
def shared(settings, tmp_path):
    settings.CLOCK_FILE = str(tmp_path / "clock")
    ports.use_clock_file(tmp_path / "clock")
    yield tmp_path / "clock"
    ports.use_clock_file(None)


def test_advance_moves_our_clock_and_the_file(shared):
    real = datetime.now(UTC)
    clock.advance(timedelta(days=8))
    assert shared.read_text() == "691200"
    assert timedelta(days=8) <= ports.now() - real < timedelta(days=8, seconds=5)
    clock.advance(timedelta(hours=1))
    assert ports.ahead() == timedelta(days=8, hours=1)
    clock.reset()
    assert ports.ahead() == timedelta(0)


def test_the_deadlines_of_real_calls_stay_real(shared):
    before = ports.monotonic()
    clock.advance(timedelta(days=8))
    assert ports.monotonic() - before < 5


@pytest.mark.parametrize("content", ["", "soon", "1e999", "nan"])
def test_a_file_that_says_nothing_is_real_time(shared, content):
    shared.write_text(content)
    assert ports.ahead() == timedelta(0)


def test_pretending_a_moment_counts_from_the_shared_clock(shared):
    clock.advance(timedelta(days=1))
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    ports.pretend_now(moment)
    assert timedelta(0) <= ports.now() - moment < timedelta(seconds=5)


def test_the_real_clock_cannot_be_moved(settings):
    settings.CLOCK_FILE = ""
    for move in (lambda: clock.advance(timedelta(days=1)), clock.reset):
        with pytest.raises(clock.ClockIsReal):
            move()


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("8d", timedelta(days=8)),
        ("36h", timedelta(hours=36)),
        ("1d12h", timedelta(days=1.5)),
        ("10s", timedelta(0, 10)),
    ],
)
def test_steps_people_write(text, step):
    assert clock.read_step(text) == step


@pytest.mark.parametrize("text", ["", "8", "d", "-1d", "1w", "1d 2h", "8d!"])
def test_steps_nobody_understands(text):
    with pytest.raises(ValueError, match="no length of time"):
        clock.read_step(text)


def test_only_ahead_and_not_for_ever(shared):
    for step in (timedelta(days=-1), timedelta(days=4000)):
        with pytest.raises(ValueError, match=r"ahead"):
            clock.advance(step)


def test_the_command(shared):
    out = StringIO()
    call_command("clock", "advance", "8d", stdout=out)
    assert "8 d ahead of the real time" in out.getvalue()
    call_command("clock", "reset", stdout=out)
    call_command("clock", "show", stdout=out)
    assert out.getvalue().endswith("the real time\n")


def test_the_command_refuses_where_the_clock_is_real(settings):
    settings.CLOCK_FILE = ""
    with pytest.raises(CommandError, match="real one"):
        call_command("clock", "advance", "8d")


def test_the_command_refuses_nonsense(shared):
    with pytest.raises(CommandError, match="length of time"):
        call_command("clock", "advance", "tomorrow")
    assert not shared.exists()


def test_production_refuses_to_start_with_it(settings):
    settings.CLOCK_FILE = "/somewhere"
    assert [problem.id for problem in no_other_clock_in_production()] == ["payments.E005"]
    settings.CLOCK_FILE = ""
    assert no_other_clock_in_production() == []
