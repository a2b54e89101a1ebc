"""The proof of the proofs: every promise has a patch, and every patch still finds its line."""

from __future__ import annotations

import pytest

from tests.promises.patches import PROMISES, RACES, TITLES
from tests.promises.tool import ROOT, Proof, unproven


def test_every_promise_has_a_patch():
    assert [number for number in TITLES if not any(patch.promise == number for patch in PROMISES)] == []


@pytest.mark.parametrize("patch", [*PROMISES, *RACES], ids=lambda patch: f"{patch.promise}: {patch.breaks}")
def test_every_line_is_found_exactly_once(patch):
    for line in patch.lines:
        assert sum(file.read_text().count(line.old) for file in ROOT.glob(line.where)) == 1, line
        assert line.old != line.new


def test_a_number_without_a_test_is_unproven():
    assert unproven("I2", [], []) == "no test"
    assert unproven("I99", [Proof("one", ("I99",), False)], []) == "no patch"
    assert unproven("I2", [Proof("one", ("I2",), False)], []) == ""
