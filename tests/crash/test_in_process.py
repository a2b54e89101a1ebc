"""Every point of every flow, as an exception in this process.

The provider is permissive: it accepts what no honest one would, so that its own checks do not hide our mistakes. With
a strict one a quarter of the points is played in the suite, and all of them by `make crash`.
"""

from __future__ import annotations

import pytest

from tests.crash.acts import perform
from tests.crash.life import dies_at
from tests.crash.points import EVERY, Point, in_the_suite
from tests.crash.scenes import Cast
from tests.crash.stage import play

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
STRICT, PERMISSIVE = False, True
PLAYS = [
    *(pytest.param(point, PERMISSIVE, id=f"{point}-permissive") for point in EVERY),
    *(pytest.param(point, STRICT, id=f"{point}-strict") for point in in_the_suite()),
]


@pytest.mark.promise("I4")
@pytest.mark.promise("I10")
@pytest.mark.promise("I24")
@pytest.mark.parametrize(("point", "permissive"), PLAYS)
def test_a_process_dies_and_another_goes_on(cast: Cast, point: Point):
    play(point, cast, lambda path, act: dies_at(path, lambda: perform(act)))
