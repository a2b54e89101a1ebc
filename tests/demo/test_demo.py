"""The real thing, twice: all processes, the main job, the books; then with a refund missing at the provider."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from payments.demo import memory
from payments.demo.__main__ import main, parser
from payments.demo.doors import wait_until


def environment(folder: Path) -> dict[str, str]:
    values = {**os.environ, "DEMO_FOLDER": str(folder), "DEMO_PORT": "0", "DEMO_SIM_PORT": "0"}
    values.pop("DJANGO_SETTINGS_MODULE", None)
    return values


def play(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "demo", "--check", *arguments]
    return subprocess.run(command, env=environment(folder), capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture
def staying(tmp_path):
    """A demo that stays up, without the story; ended at the latest with the test."""
    out = tmp_path / "said"
    command = [sys.executable, "-m", "payments.demo", "--no-story"]
    with out.open("w") as said:
        process = subprocess.Popen(command, env=environment(tmp_path / "demo"), stdout=said, stderr=said)
    yield process, out
    process.terminate()
    process.wait(30)


@pytest.mark.slow
def test_it_stays_up_restarts_what_dies_and_leaves_nothing_running(staying, tmp_path):
    process, out = staying
    card = tmp_path / "demo" / "demo.json"
    wait_until("the addresses", lambda: "Start here" in out.read_text(), seconds=120)
    first = json.loads(card.read_text())
    assert requests.get(f"{first['app']}/health/", timeout=10).ok
    assert f"Its card element, switches and books: {first['simulator']}" in out.read_text()

    os.kill(first["pids"]["worker"], signal.SIGKILL)
    wait_until("the restart", lambda: "worker runs again" in out.read_text())
    now = json.loads(card.read_text())
    assert now["pids"]["worker"] != first["pids"]["worker"]

    second = play(tmp_path / "demo")
    assert (second.returncode, "is running in" in second.stderr) == (1, True)

    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert "nothing runs any more" in out.read_text()
    assert not any(os.path.exists(f"/proc/{pid}") for pid in now["pids"].values())


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


def test_nothing_else_can_be_broken(monkeypatch):
    monkeypatch.setenv("DEMO_BREAK", "everything")
    with pytest.raises(SystemExit, match="only refund can be broken"):
        main(["--check"])
