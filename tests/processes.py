"""Real processes around a test: the provider's simulator, our web server, our worker; on the test's own database.

Each is a session of its own, known by its pid; `kill` is a SIGKILL of the whole session, as a power cut would be.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import requests
from django.db import connection

from payments.gateways import registry
from payments.gateways.models import MerchantAccount
from tests import factories
from tests.simulator_process import CLIENT_ID, ROOT, SimulatorProcess

CREDENTIALS = "antom_sim"
NOWHERE = "http://127.0.0.1:9"
"""Where notifications go when nobody is to hear them."""
TIME_SCALE = 10.0
"""The provider's waits are ten times shorter: an automatic capture comes after 0.2 s."""


@lru_cache(maxsize=1)
def simulator() -> SimulatorProcess:
    """One for the whole run, started when first asked for; stopped and forgotten when Python ends."""
    folder = Path(tempfile.mkdtemp(prefix="paydesk-simulator-"))
    process = SimulatorProcess()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(process.stop)
    process.start(folder, time_scale=TIME_SCALE)
    return process


def wait_until(check: Callable[[], Any], *, seconds: float = 10.0, what: str = "it") -> Any:
    """The first truthy answer. Raises AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        if found := check():
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- the account at the simulator -----------------------------------------------------------------------------------


def credentials(provider: SimulatorProcess) -> dict[str, Any]:
    """As config.env would read them."""
    keys = provider.keys / CLIENT_ID
    return {
        "url": provider.base_url,
        "client_id": CLIENT_ID,
        "private_key": (keys / "merchant_private.pem").read_text(),
        "key_version": "1",
        "public_keys": {"1": (keys / "gateway_public.pem").read_text()},
        "settlement_currency": "EUR",
        "forget_tokens": True,
        "ca_bundle": "",
    }


def point_at(provider: SimulatorProcess, own_settings: Any) -> None:
    """This process too speaks to the simulator; `own_settings` are Django's, or pytest's that are put back."""
    own_settings.GATEWAY_CREDENTIALS = {CREDENTIALS: credentials(provider)}
    own_settings.PUBLIC_URL = NOWHERE
    registry.forget_built()


def make_antom_account() -> MerchantAccount:
    return factories.make_account("antom", CREDENTIALS)


def environment(provider: SimulatorProcess, **more: str) -> dict[str, str]:
    """What a child process needs to work on this test's database and with this simulator."""
    keys = provider.keys / CLIENT_ID
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "SIM_", "KILL_"))}
    return {
        **inherited,
        "DJANGO_SETTINGS_MODULE": "tests.kill.settings",
        "PROCESS_DATABASE": str(connection.settings_dict["NAME"]),
        "PUBLIC_URL": NOWHERE,
        "GATEWAY_CREDENTIALS": CREDENTIALS,
        "ANTOM_SIM_URL": provider.base_url,
        "ANTOM_SIM_CLIENT_ID": CLIENT_ID,
        "ANTOM_SIM_PRIVATE_KEY_FILE": str(keys / "merchant_private.pem"),
        "ANTOM_SIM_PUBLIC_KEY_1_FILE": str(keys / "gateway_public.pem"),
        "ANTOM_SIM_SETTLEMENT_CURRENCY": "EUR",
        "ANTOM_SIM_FORGET_TOKENS": "true",
        "LOG_LEVEL": "WARNING",
        **more,
    }


# --- processes ------------------------------------------------------------------------------------------------------


class Process:
    """One child with a log of its own."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path) -> None:
        self.log = log
        self.stopped = False
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=env, stdout=out, stderr=out, start_new_session=True
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    def alive(self) -> bool:
        return self._child.poll() is None

    def kill(self) -> None:
        """SIGKILL to every process of the session: nothing is written down any more."""
        if not self.stopped:
            self.stopped = True
            os.killpg(self.pid, signal.SIGKILL)
            self._child.wait(10)

    def stop(self) -> None:
        if self.stopped:
            return
        self._child.terminate()
        try:
            self._child.wait(10)
            self.stopped = True
        except subprocess.TimeoutExpired:
            self.kill()

    def output(self) -> str:
        return self.log.read_text()


class WebProcess(Process):
    """gunicorn with the whole application, on a port of its own."""

    def __init__(
        self,
        env: dict[str, str],
        folder: Path,
        *,
        port: int | None = None,
        workers: int = 1,
        wsgi: str = "config.wsgi",
        hears: bool = True,
    ) -> None:
        """`hears`: the provider's notifications about what this process starts come to its own door."""
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = {**env, "PUBLIC_URL": self.url} if hears else env
        command = ["-m", "gunicorn", wsgi, "--bind", f"127.0.0.1:{self.port}", "--workers", str(workers)]
        command += ["--threads", "8", "--worker-class", "gthread", "--graceful-timeout", "1", "--no-control-socket"]
        super().__init__([*command, "--log-level", "warning"], env, folder / f"web-{self.port}.log")
        try:
            wait_until(self._healthy, seconds=30, what="the start of the web server")
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self.output()}") from None

    def _healthy(self) -> bool:
        if not self.alive():
            raise AssertionError("the web server ended")
        try:
            return requests.get(f"{self.url}/health/", timeout=2).ok
        except requests.RequestException:
            return False


class RaceServer:
    """Imports the application once and then forks as many children as a race needs; see tests/races/worker.py."""

    def __init__(self, env: dict[str, str]) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.races.worker"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def race(self, acts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Every act in a process of its own, all at once; one outcome for each, in the order of `acts`."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps(acts) + "\n")
        self._child.stdin.flush()
        told = self._child.stdout.readline()
        assert told, "the race server ended"
        return list(json.loads(told))

    def command(self, name: str, *arguments: str) -> str:
        """One command of manage.py in a child of its own; its output."""
        told = self.race([{"do": "command", "name": name, "arguments": arguments}])[0]
        assert told["outcome"] == "done", told
        return str(told["told"])

    def stop(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait(5)
