"""Talking to the provider's simulator from a terminal: over HTTP when one runs, through a subprocess when none does.

The application imports nothing of the simulator, so the deck is asked for as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from payments.demo.places import ROOT

TIMEOUT = 20
"""Seconds for one request."""


class Silent(Exception):
    """No simulator, or it refused; the text says why."""


def address(at: str | None) -> str:
    """--at, or the running demo's simulator ($DEMO_FOLDER/demo.json). Raises Silent when there is neither."""
    if at:
        return at.rstrip("/")
    card = Path(os.environ.get("DEMO_FOLDER") or ROOT / ".demo") / "demo.json"
    try:
        return str(json.loads(card.read_text())["simulator"])
    except (OSError, ValueError, KeyError):
        raise Silent(f"no simulator: start the demo, or say --at URL (looked into {card})") from None


def ask(at: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """GET, or POST with a body. Raises Silent with the simulator's own sentence when it refuses."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            reply = session.request("GET" if body is None else "POST", f"{at}{path}", json=body, timeout=TIMEOUT)
            answer = dict(reply.json())
    except (requests.RequestException, ValueError):
        raise Silent(f"nobody who speaks like a simulator answers at {at}") from None
    if not reply.ok:
        raise Silent(str(answer.get("error", f"HTTP {reply.status_code}")))
    return answer


def deck(at: str | None) -> dict[str, Any]:
    """The deck of a running simulator, or of the one that would be started from here."""
    if at:
        return ask(at.rstrip("/"), "/control/deck")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SIM_", "DJANGO_"))}
    env = {**kept, "DJANGO_SETTINGS_MODULE": "config.settings.simulator", "SIM_DATABASE": os.devnull}  # opens no books
    command = [sys.executable, "-m", "django", "simulator_deck"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)  # noqa: S603
    if done.returncode:
        raise Silent(f"the deck cannot be read: {done.stderr.strip()[-300:]}")
    return dict(json.loads(done.stdout))
