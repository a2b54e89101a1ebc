"""The measured processes: gunicorn with ours or with the limit, the gateway's stub, and the load."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from tests.bench import environment
from tests.bench.environment import HOST, Places

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2


class Server:
    """gunicorn, gthread, two workers: a session of its own, whose processes are counted together."""

    def __init__(self, name: str, wsgi: str, env: dict[str, str], places: Places, *, threads: int, port: int) -> None:
        self.name, self.port, self.threads = name, port, threads
        self._log = places.folder / f"{name}-{port}.log"
        command = [sys.executable, "-m", "gunicorn", wsgi, "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
        command += ["--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(threads)]
        command += ["--keep-alive", "75", "--graceful-timeout", "1", "--log-level", "warning"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_healthy(self) -> None:
        end = time.monotonic() + 60
        headers = {"Host": HOST, "X-Forwarded-Proto": "https"}
        while time.monotonic() < end and self._process.poll() is None:
            try:
                if requests.get(f"http://127.0.0.1:{self.port}/health/", headers=headers, timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise RuntimeError(f"{self.name} did not start:\n{self._log.read_text()[-2000:]}")

    def stop(self) -> None:
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait(10)


class Stub:
    """The gateway: `ports` are of the one that answers at once, and of the slow one."""

    def __init__(self, places: Places) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.stub"],
            cwd=ROOT,
            env=environment.of_stub(places),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.at_once, self.slow = map(int, self._process.stdout.readline().split())

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


class Load:
    """One process of requests; the clock of the caller starts with `go` and ends when it returns."""

    def __init__(self, plan: dict[str, Any], folder: Path) -> None:
        self._log = folder / "load.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.load"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._say(json.dumps(plan))
        if self._hear() != "ready":
            raise RuntimeError(f"the load broke:\n{self._log.read_text()[-2000:]}")

    def go(self) -> dict[str, Any]:
        self._say("go")
        told = self._hear()
        self._process.wait(10)
        if not told:
            raise RuntimeError(f"the load broke:\n{self._log.read_text()[-2000:]}")
        return dict(json.loads(told))

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def run(module: str, argument: dict[str, Any], env: dict[str, str]) -> str:
    """Another Python with its own settings. Returns what it prints; raises with what it complains about."""
    done = subprocess.run(
        [sys.executable, "-m", module, json.dumps(argument)], cwd=ROOT, env=env, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-3000:]}")
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
