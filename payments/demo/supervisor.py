"""Keeps a few processes running: starts them, restarts what dies, stops them all. Only ever its own children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from payments.demo import tied
from payments.demo.places import ROOT

FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0
"""Seconds before a restart; doubled each time, forgotten after HEALTHY seconds of life."""
HEALTHY = 20.0
GRACE = 8.0
"""Seconds to end by itself after SIGTERM."""
_LOOK_EVERY = 0.1


@dataclass
class Child:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    wait: float = FIRST_WAIT
    restart_at: float | None = None
    restarts: int = field(default=0)

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0


class Supervisor:
    def __init__(self, say: Callable[[str], None], *, folder: Path) -> None:
        self.children: list[Child] = []
        self.restarted: Callable[[], None] = lambda: None
        """Called after each restart, from the watching thread."""
        self._say = say
        self._folder = folder
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Start a child and keep it running. Its output goes to `<folder>/<name>.log`."""
        child = Child(name, command, environment, self._folder / f"{name}.log")
        with self._lock:
            self._launch(child)
            self.children.append(child)
        if not self._watcher.is_alive():
            self._watcher.start()
        return child

    def stop(self) -> None:
        """End all children, politely first. Safe to call twice."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()
        running = [child for child in self.children if child.process and child.process.poll() is None]
        for child in running:
            _signal_group(child, signal.SIGTERM)
        end = time.monotonic() + GRACE
        for child in running:
            _wait(child, max(end - time.monotonic(), 0))
        for child in self.children:
            _signal_group(child, signal.SIGKILL)  # whatever of its group is left
            _wait(child, GRACE)

    def pids(self) -> dict[str, int]:
        return {child.name: child.pid for child in self.children}

    def _launch(self, child: Child) -> None:
        command = [sys.executable, tied.__file__, str(os.getpid()), *child.command]
        with child.log.open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                env=dict(child.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=ROOT,
            )
        child.started_at, child.restart_at = time.monotonic(), None

    def _watch(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY):
            with self._lock:
                for child in self.children:
                    self._look_after(child)

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None or child.process.poll() is None:
            return
        if child.restart_at is None:
            _signal_group(child, signal.SIGKILL)  # orphans would keep the port
            child.wait = FIRST_WAIT if now - child.started_at > HEALTHY else min(child.wait * 2, LONGEST_WAIT)
            child.restart_at = now + child.wait
            how = _ending(child.process.returncode)
            self._say(f"{child.name} (pid {child.pid}) {how}; starting it again in {child.wait:g} s")
        elif now >= child.restart_at:
            self._launch(child)
            child.restarts += 1
            self._say(f"{child.name} runs again as pid {child.pid}")
            self.restarted()


def _ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _signal_group(child: Child, number: signal.Signals) -> None:
    """The child leads a session of its own, so its group is it and what it started."""
    if child.process is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, number)


def _wait(child: Child, seconds: float) -> None:
    if child.process is not None:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(seconds)
