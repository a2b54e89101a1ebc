"""kill -9 at every moment of pay, capture and refund: what was done is found, what was not is done once or ended.

`python -m tests.kill.table` plays the same on both databases and prints it row by row.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kill.cases import WEB, WORKER
from tests.kill.play import Played, Theatre

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.mark.promise("I4")
@pytest.mark.promise("I10")
def test_the_web_server_dies(theatre: Theatre):
    assert wrong(theatre.play(WEB), len(WEB)) == []


@pytest.mark.promise("I4")
@pytest.mark.promise("I13")
def test_the_worker_dies(theatre: Theatre):
    assert wrong(theatre.play(WORKER), len(WORKER)) == []


def wrong(all_played: Iterator[Played], wanted: int) -> list[str]:
    played = list(all_played)
    assert len(played) == wanted
    return [f"{one.case}: {one.before}; then {one.after}; {one.differences}" for one in played if not one.as_it_must_be]
