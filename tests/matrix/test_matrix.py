"""Every operation meets every fault; afterwards both sides' books are equal, in every cell, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.matrix.cells import PLAYED, cells_of
from tests.matrix.play import Stage
from tests.simulator_process import SimulatorProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def stage(transactional_db: None, settings, tmp_path: Path) -> Iterator[Stage]:
    clock_file = tmp_path / "clock"
    provider = SimulatorProcess()
    provider.start(tmp_path, time_scale=10, environment={"SIM_CLOCK_FILE": str(clock_file)})
    try:
        stage = Stage(provider, tmp_path, clock_file, settings)
        yield stage
        stage.close()
    finally:
        provider.stop()


@pytest.mark.promise("I4")
@pytest.mark.promise("I12")
@pytest.mark.promise("I16")
def test_the_books_are_equal_in_every_cell(stage: Stage):
    deck = stage.provider.control("deck", method="GET")
    cells = list(cells_of(deck))
    assert {cell.operation for cell in cells} == set(PLAYED)
    played = stage.play(cells)
    wrong = [line for one in played for line in one.wrong]
    assert not wrong, "\n".join(wrong)
