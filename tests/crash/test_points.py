"""The table and the code name the same instants; that each is really reached, the plays themselves assert."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.crash.points import COUNTS, EVERY, HARNESS, TABLE
from tests.crash.scenes import SCENES
from tests.simulator_process import ROOT
from tests.vaulting import test_crashes

KINDS = "authorize|capture|cancel|refund"


def sites() -> set[str]:
    """Every name in the code as a pattern: what is filled in when it is passed is one of KINDS."""
    found: set[str] = set()
    for folder in ("core", "orders", "payments", "vaulting"):
        for file in (ROOT / folder).rglob("*.py"):
            found.update(_names_in(file))
    return found


def _names_in(file: Path) -> Iterator[str]:
    text = file.read_text()
    if "crash_point(" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "crash_point":
            parts = node.args[0].values if isinstance(node.args[0], ast.JoinedStr) else [node.args[0]]
            yield "".join(re.escape(part.value) if isinstance(part, ast.Constant) else f"({KINDS})" for part in parts)


def without_a_row(patterns: set[str], names: set[str]) -> list[str]:
    return sorted(pattern for pattern in patterns if not any(re.fullmatch(pattern, name) for name in names))


def without_a_place(patterns: set[str], names: set[str]) -> list[str]:
    return sorted(name for name in names if not any(re.fullmatch(pattern, name) for pattern in patterns))


NAMES = {name for point in EVERY for name in point.names} - HARNESS | test_crashes.NAMES
"""Those of binding are played beside its other stories."""


def test_every_crash_point_of_the_code_has_a_row():
    assert without_a_row(sites(), NAMES) == []


def test_every_name_of_the_table_is_in_the_code():
    assert without_a_place(sites(), NAMES) == []


def test_a_name_on_one_side_only_is_noticed():
    assert without_a_row(sites() | {"pay\\.new"}, NAMES) == ["pay\\.new"]
    assert without_a_place(sites(), NAMES | {"refund.approved"}) == ["refund.approved"]


def test_the_flows_have_as_many_points_as_the_table_of_the_specification():
    assert {flow: len(points) for flow, points in TABLE.items()} == COUNTS
    assert len({(point.flow, point.what) for point in EVERY}) == len(EVERY)
    assert {point.scene or point.flow for point in EVERY} == set(SCENES)


def test_the_quick_quarter_covers_every_flow():
    quick = [point for point in EVERY if point.quick]
    assert {point.flow for point in quick} >= set(TABLE)
    assert len(EVERY) / 5 < len(quick) < len(EVERY) / 3
    kinds = ("db.before_commit", "http.written", "http.writing", "after_commit", "written", "leased")
    assert all(any(point.path.endswith(kind) for point in quick) for kind in kinds)
