"""The real thing, twice: all processes, the main job, the books; then with a refund missing at the provider."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from payments.demo import memory
from payments.demo.__main__ import parser


def play(folder, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DEMO_FOLDER": str(folder), "DEMO_PORT": "0", "DEMO_SIM_PORT": "0"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "manage.py", "demo", "--check", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.slow
def test_the_main_job_ends_equal_and_a_missing_refund_is_named(tmp_path):
    folder = tmp_path / "demo"

    first = play(folder)

    assert first.returncode == 0, first.stdout + first.stderr
    assert "ours and the provider's: equal" in first.stdout
    for words in ("safe to ship", "€120.00 of €300.00", "released", "outcome unknown", "declined", "¥4,800", "ignored"):
        assert words in first.stdout
    used = float(first.stdout.split("all processes together: ")[1].split()[0])
    assert 0 < used < memory.LIMIT_MB

    second = play(folder, "--break", "refund")

    assert second.returncode == 1, second.stdout + second.stderr
    assert "making keys and tables" not in second.stdout
    deleted = second.stdout.split("As asked, refund ")[1].split()[0]
    assert f"DIFFERENT: refund {deleted}: our books say 12000, the provider's say nothing" in second.stdout
    assert "ours and the provider's: equal" not in second.stdout

    card = json.loads((folder / "demo.json").read_text())
    assert {"app", "simulator", "buyers", "operators", "tokens", "gateway_client_ids", "keys"} <= set(card)
    assert not any(os.path.exists(f"/proc/{pid}") for pid in card["pids"].values())


def test_the_break_may_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("DEMO_BREAK", "refund")
    assert parser().parse_args([]).broken == "refund"
    monkeypatch.delenv("DEMO_BREAK")
    assert parser().parse_args([]).broken is None
