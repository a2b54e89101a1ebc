"""The interesting states: planted once through real doors, remembered, and left alone by the proof of the books."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from payments.demo.doors import Buyer, Desk
from payments.demo.places import ROOT
from tests.processes import free_port, wait_until

pytestmark = pytest.mark.slow

WANTED = {
    "expired": 1,
    "held": 4,
    "paid": 4,
    "partly_refunded": 1,
    "under_review": 1,
    "unknown": 1,
}
"""Outcomes as the buyer's app hears them; a payment with a refund on its way is still paid."""


@pytest.fixture
def demo(tmp_path: Path):
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("COV", "DJANGO_", "TEST_"))},
        "DEMO_FOLDER": str(tmp_path),
        "DEMO_PORT": str(free_port()),
        "DEMO_SIM_PORT": str(free_port()),
    }
    with (tmp_path / "console").open("wb") as console:
        process = subprocess.Popen(
            [sys.executable, "-m", "payments.demo", "--no-story"], cwd=ROOT, env=env, stdout=console, stderr=console
        )
    try:
        wait_until(lambda: "Start here" in (tmp_path / "console").read_text(), seconds=120, what="the demo")
        yield json.loads((tmp_path / "demo.json").read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def test_every_state_is_there_and_tells_the_truth(demo):
    sam = demo["buyers"][-1]
    buyer = Buyer(demo["app"], sam["email"], sam["password"])
    buyer.sign_in()
    told = [buyer.get(f"/payments/{state['payment']}/") for state in demo["states"]]
    counts: dict[str, int] = {}
    for payment in told:
        counts[payment["outcome"]] = counts.get(payment["outcome"], 0) + 1
    assert counts == WANTED
    assert {payment["amount"]["currency"] for payment in told} == {"EUR", "JPY", "KWD"}
    rita = next(one for one in demo["operators"] if one["role"] == "refunder")
    desk = Desk(demo["app"], rita["email"], rita["password"])
    pages = {state["what"]: desk.read(desk.find(state["order"])) for state in demo["states"]}
    for what, words in {
        "A dispute with a deadline": ("Answer by", "days left"),
        "Held, nine hours left to capture": ("8 h", "9 h"),
        "A refund that came back: the buyer did not get it": ("came back",),
        "In the provider’s own review: neither capture nor ship": ("review",),
    }.items():
        assert any(word in pages[what] for word in words), what
    assert requests.get(demo["simulator"], timeout=10).ok
