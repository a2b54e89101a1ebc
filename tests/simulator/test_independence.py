"""The simulator stands alone: shared mistakes would cancel out."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = [*(ROOT / "payments" / "simulator").rglob("*.py"), ROOT / "config" / "settings" / "simulator.py"]
OURS = {"core", "orders", "vaulting", "payments", "config"}


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


def test_the_simulator_imports_nothing_of_ours() -> None:
    strangers = {
        f"{file.relative_to(ROOT)} imports {name}"
        for file in FILES
        for name in imported(file)
        if name.split(".")[0] in OURS and not name.startswith("payments.simulator")
    }
    assert len(FILES) > 20
    assert not strangers


def test_nothing_of_ours_imports_the_simulator() -> None:
    others = [
        file
        for folder in sorted(OURS)
        for file in (ROOT / folder).rglob("*.py")
        if "simulator" not in file.relative_to(ROOT).as_posix()
    ]
    assert not [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in others
        for name in imported(file)
        if name.startswith("payments.simulator")
    ]
