"""The same points with real processes that end with `os._exit(137)` on this test's database; the client never repeats.

In the suite a quarter of them is played; `make crash` plays all.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import ports
from tests import processes
from tests.crash.acts import Act
from tests.crash.points import Point, in_the_suite
from tests.crash.scenes import Cast
from tests.crash.stage import play

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


class Children(processes.RaceServer):
    def __init__(self, env: dict[str, str]) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.child"],
            cwd=processes.ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def die(self, path: str, act: Act, marker: Path) -> bool:
        """Whether a child that did this ended at the last instant of `path`."""
        told = {"do": "die", "path": path, "act": act, "marker": str(marker), "ahead": ports.ahead().total_seconds()}
        outcome = self.race([told])[0]["outcome"]
        reached = marker.exists()
        assert reached == (outcome != "it came through"), outcome
        return reached


@pytest.fixture(scope="session")
def children(django_db_setup: None, mailbox) -> Iterator[Children]:
    env = processes.environment(processes.simulator(), PUBLIC_URL=mailbox.url.partition("/notify")[0])
    server = Children(env)
    yield server
    server.stop()


@pytest.mark.promise("I4")
@pytest.mark.promise("I10")
@pytest.mark.promise("I24")
@pytest.mark.parametrize("point", in_the_suite(), ids=str)
def test_a_real_process_dies_and_another_goes_on(cast: Cast, children: Children, point: Point, tmp_path: Path):
    play(point, cast, lambda path, act: children.die(path, act, tmp_path / "reached"), client_repeats=False)
