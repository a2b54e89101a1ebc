"""The card entry that the provider's browser or phone element calls: `POST /element/submit`.

    {"sessionData": "…", "card": {"number", "expiryMonth", "expiryYear", "cvv", "holder"}}
    -> {"status": "SUCCESS" | "FAIL" | "PROCESSING", "code": "…"}

While the buyer must pass 3DS the answer also has `url` (or `form`, as redirectActionForm of antom.md 3.6). `card` may
be left out when the session was opened for a saved card. The number goes no further than cards.look_at.
"""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from payments.simulator import answers, attempt, forms, sessions, switchboard
from payments.simulator.desk import note
from payments.simulator.forms import Fields, Illegal, SubmitForm
from payments.simulator.keys import ClientKeys, UnknownClient, load_keys
from payments.simulator.models import PaymentSession
from payments.simulator.scenarios import Answer

_WORDS = {"S": "SUCCESS", "F": "FAIL", "U": "PROCESSING"}


def submit(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST" or request.content_type != "application/json":
        return JsonResponse({"status": "FAIL", "code": "METHOD_NOT_SUPPORTED"}, status=405)
    try:
        session, keys, card = _read(request.body)
    except Illegal as problem:
        note("", "submit", "", "PARAM_ILLEGAL", "", processed=False)
        return JsonResponse({"status": "FAIL", "code": "PARAM_ILLEGAL", "message": str(problem)})
    form = SubmitForm(request_id=session.request_id, card=card)
    plan, document = attempt.carry_out("submit", session.client_id, form, keys.secret)
    exchange = answers.Exchange(environ=request.META, hold=plan.hold(switchboard.knobs().drop_hold_seconds))
    if plan.card.answer in (Answer.DROPPED, Answer.HTTP_500, Answer.EMPTY):
        return answers.answer(exchange, plan.card.answer, document)
    outcome = document["result"]
    told = {"status": _WORDS[outcome["resultStatus"]], "code": outcome["resultCode"]}
    action = {"url": document.get("normalUrl"), "form": document.get("redirectActionForm")}
    return JsonResponse(told | {name: value for name, value in action.items() if value})


def _read(body: bytes) -> tuple[PaymentSession, ClientKeys, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Illegal("the body is not JSON") from None
    if not isinstance(document, dict):
        raise Illegal("the body is not a JSON object")
    root = Fields(document)
    session, keys = _session_of(root.text("sessionData", 4096, required=True))
    fields = root.child("card")
    if not fields.values.get("number") and session.terms["method_token"]:
        return session, keys, None
    return session, keys, forms.read_card(fields, keys.secret, number_field="number")


def _session_of(data: str) -> tuple[PaymentSession, ClientKeys]:
    """The session named by the token in part A, if the token is one that we made."""
    try:
        session_id, _, mac = b64decode(data.split("&&")[0], validate=True).partition(b".")
        session = PaymentSession.objects.get(session_id=session_id.decode())
        keys = load_keys(Path(settings.SIM_KEYS_DIR), session.client_id)
    except (ValueError, PaymentSession.DoesNotExist, UnknownClient):
        raise Illegal("sessionData is not known") from None
    if not sessions.session_token_is_ours(session.session_id, mac, keys.secret):
        raise Illegal("sessionData is not known")
    return session, keys
