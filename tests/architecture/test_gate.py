"""The gate itself: two runs are compared honestly, and make tells everything it can do."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import ROOT
from tests.compare_runs import differences, main, read


def junit(folder, name: str, **verdicts: str):
    cases = "".join(
        f'<testcase classname="tests" name="{case}">{f"<{verdict}/>" if verdict else ""}</testcase>'
        for case, verdict in verdicts.items()
    )
    path = folder / f"{name}.xml"
    path.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    return path


def test_two_equal_runs_are_counted(tmp_path, capsys):
    paths = [str(junit(tmp_path, name, one="", two="")) for name in ("sqlite", "postgres")]
    assert main(paths) == 0
    assert capsys.readouterr().out == "2 tests passed on sqlite and on postgres, none skipped\n"


@pytest.mark.parametrize("verdict", ["skipped", "failure", "error"])
def test_what_did_not_pass_on_both_is_named(tmp_path, verdict):
    first, second = junit(tmp_path, "sqlite", one="", two=verdict), junit(tmp_path, "postgres", one="", two="")
    assert differences(read(first), read(second)) == [
        f"sqlite: tests::two {verdict}",
        "passed on postgres only: tests::two",
    ]


def test_two_empty_runs_prove_nothing(tmp_path):
    empty = read(junit(tmp_path, "sqlite"))
    assert differences(empty, empty) == ["no test ran"]


def test_make_help_lists_every_target():
    text = (ROOT / "Makefile").read_text()
    phony = re.search(r"\.PHONY: (.*?)\n\n", text, re.DOTALL)
    assert phony
    targets = set(phony.group(1).replace("\\\n", " ").split())
    assert targets == set(re.findall(r"^([a-z-]+):.* ## ", text, re.MULTILINE))
    assert {"help", "demo", "test", "lint", "promises", "kill", "lock", "clean"} <= targets


def test_the_gate_of_every_change_is_make_test():
    text = (ROOT / ".ci/run").read_text()
    assert "set -euo pipefail" in text
    assert text.rstrip().endswith("make test")
