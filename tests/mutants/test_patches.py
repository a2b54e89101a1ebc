"""The mutants still fit the code: every patch finds its lines, and every test that it names is there."""

from __future__ import annotations

import pytest

from tests.crash.points import EVERY as POINTS
from tests.mutants.__main__ import chosen
from tests.mutants.mutants import CLASSIC, EVERY, OWN
from tests.promises.tool import ROOT


@pytest.mark.parametrize("mutant", EVERY, ids=lambda mutant: mutant.name)
def test_every_line_is_found_exactly_once(mutant):
    for line in mutant.lines:
        assert sum(file.read_text().count(line.old) for file in ROOT.glob(line.where)) == 1, line
        assert line.old != line.new


@pytest.mark.parametrize("mutant", EVERY, ids=lambda mutant: mutant.name)
def test_every_test_is_there(mutant):
    points = {str(point) for point in POINTS}
    assert mutant.tests
    for test in mutant.tests:
        file, _, name = test.partition("::")
        function, _, case = name.partition("[")
        assert f"def {function}(" in (ROOT / file).read_text()
        assert not case or case.removesuffix("-permissive]") in points


def test_there_are_all_that_were_promised():
    assert (len(CLASSIC), len(OWN) >= 9) == (9, True)
    assert len({mutant.name for mutant in EVERY}) == len(EVERY)


def test_a_part_of_a_name_chooses():
    assert [mutant.name for mutant in chosen(["zombie"])] == ["zombie fence removed"]
    assert chosen(["no such"]) == []
    assert chosen([]) == list(EVERY)
