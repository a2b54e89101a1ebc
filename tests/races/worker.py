"""Twenty processes that act at the same instant: `python -m tests.races.worker`, one JSON list of acts a line.

The server imports the application and opens no connection; each child opens its own, says that it is ready, waits for
the start and acts, or runs a command of manage.py. One JSON line with the outcomes comes back. An outcome is "done",
the code of the refusal, or "crash: <error>", which no test accepts.
"""

from __future__ import annotations

import io
import json
import os
import select
import signal
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.core.management import call_command

PATIENCE = 60.0
"""Seconds for a whole race; who is not through by then is killed and reported."""


def main() -> None:
    import django

    django.setup()
    from payments.services import operate, start  # noqa: F401  (imported before the first fork)

    for line in sys.stdin:
        print(json.dumps(race(json.loads(line))), flush=True)


def race(acts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ready, say_ready = os.pipe()
    start, say_start = os.pipe()
    runners = [_Runner(act, say_ready, (start, say_start)) for act in acts]
    os.close(start)
    _hear(ready, len(runners), time.monotonic() + PATIENCE)
    os.close(say_start)  # the shot: every child reads the end of the pipe
    end = time.monotonic() + PATIENCE
    outcomes = [runner.outcome(end) for runner in runners]
    os.close(ready)
    os.close(say_ready)
    return outcomes


def _hear(pipe: int, wanted: int, end: float) -> None:
    while wanted and select.select([pipe], [], [], max(end - time.monotonic(), 0))[0]:
        wanted -= len(os.read(pipe, wanted))


class _Runner:
    def __init__(self, act: dict[str, Any], say_ready: int, shot: tuple[int, int]) -> None:
        self._told, told = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(shot[1])
            try:
                outcome = _take_part(act, say_ready, shot[0])
            except BaseException as error:
                outcome = {"outcome": f"crash: {type(error).__name__}: {error}"[:300]}
            os.write(told, json.dumps(outcome).encode())
            os._exit(0)
        os.close(told)

    def outcome(self, end: float) -> dict[str, Any]:
        told = b""
        while select.select([self._told], [], [], max(end - time.monotonic(), 0))[0]:
            part = os.read(self._told, 4096)
            if not part:
                break
            told += part
        else:
            os.kill(self.pid, signal.SIGKILL)
        os.close(self._told)
        os.waitpid(self.pid, 0)
        return dict(json.loads(told)) if told else {"outcome": "crash: no answer in time"}


def _take_part(act: dict[str, Any], say_ready: int, start: int) -> dict[str, Any]:
    from django.db import connection

    from core.errors import DomainError
    from core.models import User

    connection.ensure_connection()
    person = User.objects.get(pk=act["actor"]) if "actor" in act else None
    go = ACTS[act["do"]]
    os.write(say_ready, b".")
    os.read(start, 1)
    try:
        return go(person, act)
    except DomainError as refusal:
        return {"outcome": refusal.code}
    finally:
        connection.close()


# --- what a child can do --------------------------------------------------------------------------------------------


def _start(buyer: Any, act: dict[str, Any]) -> dict[str, Any]:
    from core.idempotency import Answer, store_answer
    from payments.gateways.base import DeviceFacts
    from payments.services.start import start_payment

    started = start_payment(
        buyer=buyer,
        order_id=act["order"],
        card_id=act["card"],
        device=DeviceFacts(terminal_type="WEB", client_ip="192.0.2.10"),
        save_card=False,
        ask=_ask(buyer, act),
    )
    if started.answered:
        return {"outcome": "answered", "told": started.answered.answer.body.decode()}
    assert started.payment is not None
    assert started.key is not None
    answer = store_answer(started.key, Answer(201, started.payment.public_id.encode()))
    return {"outcome": "done", "told": answer.body.decode()}


def _operate(service: str) -> Callable[[Any, dict[str, Any]], dict[str, Any]]:
    def act_once(actor: Any, act: dict[str, Any]) -> dict[str, Any]:
        from core.idempotency import Answer, store_answer
        from payments.services import operate

        values = {"amount_minor": act["amount"]} if act.get("amount") else {}
        done = getattr(operate, service)(
            payment_id=uuid.UUID(act["payment"]), actor=actor, ask=_ask(actor, act), reason="race", **values
        )
        if done.answered:
            return {"outcome": "answered", "told": done.answered.answer.body.decode()}
        answer = store_answer(done.key, Answer(303, done.transaction.public_id.encode()))
        return {"outcome": "done", "told": answer.body.decode()}

    return act_once


def _command(_: Any, act: dict[str, Any]) -> dict[str, Any]:
    """A command of manage.py, as a process of its own would run it."""
    out = io.StringIO()
    call_command(act["name"], *act["arguments"], stdout=out)
    return {"outcome": "done", "told": out.getvalue()}


def _ask(person: Any, act: dict[str, Any]) -> Any:
    from core import idempotency

    return idempotency.ask(principal=person, key=act["key"], method="POST", route=act["do"], body={})


ACTS: dict[str, Callable[[Any, dict[str, Any]], dict[str, Any]]] = {
    "start": _start,
    "capture": _operate("capture_payment"),
    "cancel": _operate("cancel_payment"),
    "refund": _operate("refund_payment"),
    "command": _command,
}

if __name__ == "__main__":
    main()
