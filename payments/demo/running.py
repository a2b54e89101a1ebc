"""Starting and stopping the demo's processes."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from payments.demo import prepare
from payments.demo.places import Places
from payments.demo.supervisor import Supervisor
from payments.demo.voice import Voice

READY_WITHIN = 60.0
"""Seconds from start to the first answer of all three processes."""


@contextmanager
def only_one(places: Places) -> Iterator[None]:
    """Two demos in one folder would share databases and ports. Raises SystemExit for the second."""
    places.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (places.folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit(f"a demo is running in {places.folder} already; stop it, or set DEMO_FOLDER") from None
        yield


@contextmanager
def everything(places: Places, voice: Voice) -> Iterator[Supervisor]:
    """Web server, simulator and worker, prepared and answering; all of them stopped at the end."""
    fresh = not prepare.is_prepared(places)
    if fresh:
        voice.aside("first start here: making keys and tables")
        prepare.make_keys_and_tables(places)
    supervisor = Supervisor(voice.aside, folder=places.folder)
    try:
        supervisor.start("simulator", prepare.simulator_command(places), places.environment_of_simulator())
        supervisor.start("web", prepare.web_command(places), places.environment_of_app())
        _answers(f"{places.simulator}/health", places, "simulator")
        if fresh:
            voice.aside("seeding products, people and saved cards")
            prepare.seed(places)
        supervisor.start("worker", prepare.worker_command(), places.environment_of_app())
        _answers(f"{places.app}/health/", places, "web")
        yield supervisor
    finally:
        supervisor.stop()


def _answers(address: str, places: Places, name: str) -> None:
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end:
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.05)
    told = places.log(name).read_text()[-2000:]
    raise SystemExit(f"{name} does not answer at {address}. Its last words:\n{told}")
