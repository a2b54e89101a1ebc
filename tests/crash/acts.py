"""What one process does, as JSON, so that this process or a child of its own can do it: act -> what the client hears.

A client hears {"status", "body"}. What people at the desk do goes through the services, as the pages do it; what an
app, a buyer or the provider does goes through the real doors.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.test import Client

from core.errors import DomainError
from core.idempotency import Answer, store_answer
from core.models import User
from payments.services import answer_dispute, ask, inbox, refresh
from tests.api.app import WEB, App
from tests.factories import make_ask
from tests.races import worker

Act = dict[str, Any]


def perform(act: Act) -> dict[str, Any]:
    try:
        return ACTS[act["do"]](act)
    except DomainError as refusal:
        return {"status": refusal.status, "body": refusal.code}


def _pay(act: Act) -> dict[str, Any]:
    body = {"card": act["card"], "device": WEB}
    return _heard(_app(act).post(f"/orders/{act['order']}/payments/", body, key=act["key"]))


def _give_up(act: Act) -> dict[str, Any]:
    return _heard(_app(act).post(f"/payments/{act['payment']}/cancel/", {}, key=act["key"]))


def _notify(act: Act) -> dict[str, Any]:
    client = Client(raise_request_exception=False)
    kind = act["headers"].get("content-type", "")
    return _heard(client.post(act["path"], act["body"].encode(), content_type=kind, headers=act["headers"]))


def _operate(act: Act) -> dict[str, Any]:
    told = worker.ACTS[act["do"]](_person(act), act)
    return {"status": 303, "body": told["told"]}


def _answer_request(act: Act) -> dict[str, Any]:
    actor = _person(act)
    asked = make_ask(actor, act["key"], route="ask")
    done = ask.answer_refund_request(request_id=uuid.UUID(act["request"]), actor=actor, ask=asked)
    return {"status": 303, "body": done.transaction.public_id if done.transaction else ""}


def _accept_dispute(act: Act) -> dict[str, Any]:
    actor = _person(act)
    asked = make_ask(actor, act["key"], route="dispute")
    done = answer_dispute.accept_dispute(dispute_id=uuid.UUID(act["dispute"]), actor=actor, ask=asked)
    told = done.answered.answer if done.answered else store_answer(done.key, Answer(303, str(done.act.pk).encode()))  # type: ignore[arg-type]
    return {"status": told.status, "body": told.body.decode()}


def _resolve(act: Act) -> dict[str, Any]:
    return {"status": 0, "body": refresh.reconcile()}


def _apply(act: Act) -> dict[str, Any]:
    return {"status": 0, "body": inbox.apply_due()}


def _app(act: Act) -> App:
    app = App()
    app.token = act["token"]
    return app


def _person(act: Act) -> User:
    return User.objects.get(pk=act["actor"])


def _heard(response: Any) -> dict[str, Any]:
    return {"status": response.status_code, "body": response.content.decode()}


ACTS: dict[str, Callable[[Act], dict[str, Any]]] = {
    "pay": _pay,
    "give_up": _give_up,
    "capture": _operate,
    "cancel": _operate,
    "refund": _operate,
    "notify": _notify,
    "answer_request": _answer_request,
    "accept_dispute": _accept_dispute,
    "resolve": _resolve,
    "apply": _apply,
}
