"""Where our own CPU goes: python -m tests.bench.profiling {"what": "pay", "first": 1, "count": 100, "tokens": [...]}

Requests through the WSGI application in this process: the statements of one request, then where its CPU time is spent.
"""

from __future__ import annotations

import io
import json
import re
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import django
from django.db import connection

WARM, LOOKED_AT = 20, 20
NAMED = ("core", "orders", "payments", "vaulting", "allauth", "csp", "whitenoise", "rest_framework", "structlog")
"""Whose functions are told with all they call; Django's own are the same in every application."""
ROOT = Path(__file__).resolve().parents[2]


def environ_of(raw: bytes) -> dict[str, Any]:
    """What gunicorn would make of the bytes."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": target,
        "RAW_URI": target,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
    }
    for name, value in (line.split(": ", 1) for line in lines):
        upper = name.upper().replace("-", "_")
        environ[upper if upper in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{upper}"] = value
    return environ


def ask(application: Callable[..., Any], raw: bytes) -> None:
    told: list[str] = []
    answer = application(environ_of(raw), lambda status, headers, *rest: told.append(status))
    body = b"".join(answer)
    answer.close()
    if not told[0].startswith("2"):
        raise SystemExit(f"{told[0]}: {body[:300]!r}")


def main(wanted: dict[str, Any]) -> None:
    django.setup()
    from django.core.wsgi import get_wsgi_application

    from tests.bench.load.asks import Asking

    application = get_wsgi_application()
    asking = Asking(wanted["tokens"], wanted["key_file"], wanted["run"], limit=False)
    first, count = wanted["first"], wanted["count"]
    raws = asking.write(wanted["what"], range(first, first + 2 * count + WARM + LOOKED_AT))
    for raw in raws[:WARM]:
        ask(application, raw)
    print_statements(application, raws[WARM : WARM + LOOKED_AT])
    began, spent = time.perf_counter(), time.thread_time()
    for raw in raws[-2 * count : -count]:
        ask(application, raw)
    wall, cpu = time.perf_counter() - began, time.thread_time() - spent
    print(f"\n{wanted['what']}: {cpu / count * 1000:.2f} ms CPU, {wall / count * 1000:.2f} ms in all, of one request\n")
    with Sampler() as sampler:
        for raw in raws[-count:]:
            ask(application, raw)
    sampler.print(cpu / count * 1000)


class Sampler:
    """Looks at the stack each millisecond of CPU time: no clock inside the functions, so it distorts little."""

    def __init__(self) -> None:
        self.samples = 0
        self.inside: Counter[str] = Counter()
        self.by_package: Counter[str] = Counter()
        self.own: Counter[str] = Counter()

    def __enter__(self) -> Sampler:
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _look(self, _: int, frame: FrameType | None) -> None:
        self.samples += 1
        seen: set[str] = set()
        while frame is not None:
            code = frame.f_code
            name = f"{_module(code.co_filename)} {code.co_qualname}"
            if not seen:
                self.own[name] += 1
                self.by_package[_package(name)] += 1
            seen.add(name)
            frame = frame.f_back
        self.inside.update(seen)

    def print(self, milliseconds: float) -> None:
        """Shares of the CPU time of one request."""
        named = Counter({name: number for name, number in self.inside.items() if name.startswith(NAMED)})
        shown = ((self.by_package, "in the code of", 14), (named, "inside, with all it calls", 60))
        for counted, title, most in (*shown, (self.own, "in itself", 20)):
            print(f"{'ms':>6} {'%':>5}  {title}")
            for name, number in counted.most_common(most):
                share = number / self.samples
                print(f"{share * milliseconds:6.2f} {share * 100:5.1f}  {name}")
            print()


def _module(path: str) -> str:
    """`django/db/models/query.py`, `payments/services/room.py`"""
    return re.sub(r"^.*(site-packages|python3\.\d+)/", "", path).removeprefix(f"{ROOT}/")


def _package(name: str) -> str:
    parts = name.split(" ")[0].split("/")
    return "/".join(parts[: 3 if parts[:2] == ["django", "db"] else 2 if parts[0] == "payments" else 1])


def print_statements(application: Callable[..., Any], raws: list[bytes]) -> None:
    """Each statement of a request with its median time, the way to the server and back included."""
    asked: list[list[tuple[str, float]]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            asked[-1].append((sql, (time.perf_counter() - began) * 1000))

    with connection.execute_wrapper(note):
        for raw in raws:
            asked.append([])
            ask(application, raw)
    alike = [one for one in asked if len(one) == len(asked[-1])]
    print(f"{len(asked[-1])} statements in one request (without BEGIN and COMMIT), median ms:")
    for number, (sql, _) in enumerate(asked[-1]):
        shown = re.sub(r"SELECT .{60,}? FROM", "SELECT … FROM", sql)[:160]
        print(f"{number + 1:3} {statistics.median(one[number][1] for one in alike):6.2f}  {shown}")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
