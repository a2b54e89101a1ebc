"""Starts the provider simulator as a real process, for any test that needs a provider. Independent of the application.

simulator = SimulatorProcess()
base_url = simulator.start(tmp_path, time_scale=100)
simulator.control("next", {"operation": "pay", "scenario": "lost_reply"})
simulator.stop()
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[1]
CLIENT_ID = "SANDBOX_SIM5YDEMO0000000001"


class SimulatorProcess:
    """One gunicorn process with its own database and keys under `folder`; a restart keeps all three and the port."""

    def __init__(self) -> None:
        self.base_url = ""
        self.folder = Path()
        self.keys = Path()
        self._port = 0
        self._environment: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self,
        folder: Path,
        *,
        time_scale: float = 1.0,
        client_ids: tuple[str, ...] = (CLIENT_ID,),
        environment: dict[str, str] | None = None,
    ) -> str:
        """Migrate, make keys, serve; returns the base URL, without a slash at its end."""
        self.folder, self.keys, self._port = Path(folder), Path(folder) / "keys", _free_port()
        self.base_url = f"http://127.0.0.1:{self._port}"
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("SIM_", "DJANGO_", "COV"))
        }
        self._environment = {
            **inherited,
            "DJANGO_SETTINGS_MODULE": "config.settings.simulator",
            "SIM_DATABASE": str(self.folder / "simulator.sqlite3"),
            "SIM_KEYS_DIR": str(self.keys),
            "SIM_TIME_SCALE": str(time_scale),
            **(environment or {}),
        }
        self._manage("migrate", "--verbosity", "0")
        for client_id in client_ids:
            self._manage("simulator_keys", "--client-id", client_id)
        self._serve()
        return self.base_url

    def restart(self) -> None:
        self.stop()
        self._serve()

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            _kill_group(process)

    def kill(self) -> None:
        """Like a power cut: master and worker at once, nothing written down."""
        process, self._process = self._process, None
        if process is not None:
            _kill_group(process)

    def control(self, name: str, body: dict[str, Any] | None = None, *, method: str = "POST") -> dict[str, Any]:
        """`control("settings", {...})` posts to /control/settings; a refusal raises with its text."""
        reply = requests.request(method, f"{self.base_url}/control/{name}", json=body, timeout=20)
        if not reply.ok:
            raise AssertionError(f"control/{name}: {reply.status_code} {reply.text}")
        return dict(reply.json())

    def books(self, **wanted: str) -> list[dict[str, Any]]:
        """Optional filters: client_id, payment_request_id."""
        return list(self._get("books", wanted)["payments"])

    def cards(self, **wanted: str) -> dict[str, Any]:
        """{"vaultings": [...], "tokens": [...]}, newest first. Optional filters: client_id, vaulting_request_id."""
        return self._get("books/cards", wanted)

    def log(self, request_id: str = "", **wanted: str) -> dict[str, Any]:
        """{"rows": [...], "counts": {operation: {"received", "processed"}}}."""
        return self._get("log", {"request_id": request_id, **wanted} if request_id else wanted)

    def notifications(self, request_id: str = "") -> list[dict[str, Any]]:
        return list(self._get("control/notifications", {"request_id": request_id})["notifications"])

    def token(self, number: str = "4054695723100768", client_id: str = CLIENT_ID) -> str:
        """A saved card's token, without a browser."""
        card = {"client_id": client_id, "number": number, "expiry_month": "12", "expiry_year": "39"}
        return str(self.control("tokens", card)["token"])

    def reset(self) -> None:
        self.control("reset")

    def output(self) -> str:
        """What the process wrote to its log so far."""
        return (self.folder / "simulator.log").read_text()

    def _get(self, path: str, wanted: dict[str, str]) -> dict[str, Any]:
        reply = requests.get(f"{self.base_url}/{path}", params=wanted, timeout=20)
        reply.raise_for_status()
        return dict(reply.json())

    def _manage(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "django", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f"simulator {arguments[0]} failed:\n{done.stderr}")

    def _serve(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "payments.simulator.wsgi", "--bind", f"127.0.0.1:{self._port}"]
        command += ["--workers", "1", "--threads", "32", "--worker-class", "gthread", "--graceful-timeout", "1"]
        command += ["--log-level", "warning", "--no-control-socket"]
        with (self.folder / "simulator.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        self._wait_until_healthy()

    def _wait_until_healthy(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                if requests.get(f"{self.base_url}/health", timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        text = self.output()
        self.stop()
        raise RuntimeError(f"the simulator did not start:\n{text}")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
