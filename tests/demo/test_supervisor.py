"""What dies is started again; what is stopped stays stopped; nothing outlives the supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from payments.demo import memory, tied
from payments.demo.doors import Stuck, wait_until
from payments.demo.supervisor import Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
FAMILY = [sys.executable, "-c", f"import subprocess; subprocess.run({SLEEP!r})"]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said, tmp_path):
    found = Supervisor(said.append, folder=tmp_path)
    yield found
    found.stop()


def alive(pid: int) -> bool:
    """Running, and not only waiting to be collected."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_child_is_started_again_and_told_about(supervisor, said):
    calls = []
    supervisor.restarted = lambda: calls.append(1)
    child = supervisor.start("worker", SLEEP, os.environ)
    first = child.pid
    os.kill(first, signal.SIGKILL)

    wait_until("a restart", lambda: calls, seconds=10)

    assert child.pid != first
    assert alive(child.pid)
    assert f"worker (pid {first}) was ended by SIGKILL" in said[0]
    assert said[1] == f"worker runs again as pid {child.pid}"


def test_one_that_keeps_dying_is_started_less_and_less_often(supervisor, said):
    child = supervisor.start("web", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)
    wait_until("two restarts", lambda: child.restarts >= 2, seconds=15)
    waits = [line.split(" in ")[1] for line in said if "starting it again" in line]
    assert waits[:2] == ["0.5 s", "1 s"]
    assert "ended with exit code 3" in said[0]


def test_stopping_ends_the_whole_family(supervisor):
    child = supervisor.start("web", FAMILY, os.environ)
    family = wait_until("a grandchild", lambda: (found := memory.family(child.pid))[1:] and found)
    supervisor.stop()
    wait_until("all of it to be gone", lambda: not any(alive(pid) for pid in family), seconds=5)
    supervisor.stop()


def test_what_a_child_says_is_kept(supervisor, tmp_path):
    supervisor.start("web", [sys.executable, "-c", "print('hello')"], os.environ)
    wait_until("its words", lambda: "hello" in (tmp_path / "web.log").read_text())


@pytest.mark.slow
def test_children_do_not_outlive_a_killed_parent():
    script = f"import subprocess, sys, time, os\nsubprocess.Popen([sys.executable, {tied.__file__!r}, str(os.getpid())"
    script += f", *{SLEEP!r}])\ntime.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", script])
    family = wait_until("a child", lambda: (found := memory.family(parent.pid))[1:] and found)
    time.sleep(0.5)  # until it has tied itself
    parent.kill()
    parent.wait()
    wait_until("the child to be gone", lambda: not alive(family[1]))


def test_a_child_whose_parent_is_gone_before_it_is_tied_does_nothing(monkeypatch):
    monkeypatch.setattr(os, "execvp", lambda *_: pytest.fail("it ran"))
    monkeypatch.setattr(tied, "tie_to_parent", lambda: None)
    tied.main(-1, ["true"])


def test_memory_of_a_family_is_more_than_nothing():
    assert memory.megabytes() > 10


def test_waiting_in_vain_is_a_sentence():
    with pytest.raises(Stuck, match="in vain for: rain"):
        wait_until("rain", lambda: None, seconds=0.2)
