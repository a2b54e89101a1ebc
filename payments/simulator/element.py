"""The card entry that the provider's browser or phone element calls: `POST /element/submit`.

    {"sessionData": "…", "card": {"number", "expiryMonth", "expiryYear", "cvv", "holder"}}
    -> {"status": "SUCCESS" | "FAIL" | "PROCESSING", "code": "…"}

It takes the data of a payment session or of a vaulting session. While the buyer must pass 3DS the answer also has
`url` (or `form`, as redirectActionForm of antom.md 3.6). `card` may be left out when a payment session was opened for
a saved card. The number goes no further than cards.look_at.
"""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from payments.simulator import answers, attempt, forms, sessions, switchboard
from payments.simulator.cards import CardFacts
from payments.simulator.desk import note
from payments.simulator.forms import Fields, Illegal, SubmitForm
from payments.simulator.keys import ClientKeys, UnknownClient, load_keys
from payments.simulator.models import PaymentSession, Vaulting
from payments.simulator.scenarios import Answer
from payments.simulator.vault_forms import BindForm

_WORDS = {"S": "SUCCESS", "F": "FAIL", "U": "PROCESSING"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Submission:
    operation: str
    client_id: str
    form: SubmitForm | BindForm
    secret: bytes = field(repr=False)


def submit(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST" or request.content_type != "application/json":
        return JsonResponse({"status": "FAIL", "code": "METHOD_NOT_SUPPORTED"}, status=405)
    try:
        given = _read(request.body)
    except Illegal as problem:
        note("", "submit", "", "PARAM_ILLEGAL", "", processed=False)
        return JsonResponse({"status": "FAIL", "code": "PARAM_ILLEGAL", "message": str(problem)})
    plan, document = attempt.carry_out(given.operation, given.client_id, given.form, given.secret)
    exchange = answers.Exchange(environ=request.META, hold=plan.hold(switchboard.knobs().drop_hold_seconds))
    if plan.card.answer in (Answer.DROPPED, Answer.HTTP_500, Answer.EMPTY):
        return answers.answer(exchange, plan.card.answer, document)
    outcome = document["result"]
    told = {"status": _WORDS[outcome["resultStatus"]], "code": outcome["resultCode"]}
    action = {"url": document.get("normalUrl"), "form": document.get("redirectActionForm")}
    return JsonResponse(told | {name: value for name, value in action.items() if value})


def _read(body: bytes) -> _Submission:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Illegal("the body is not JSON") from None
    if not isinstance(document, dict):
        raise Illegal("the body is not a JSON object")
    root = Fields(document)
    session, keys = _session_of(root.text("sessionData", 4096, required=True))
    fields = root.child("card")
    if isinstance(session, Vaulting):
        bind = BindForm(request_id=session.request_id, card=_card(fields, keys))
        return _Submission(operation="bind", client_id=session.client_id, form=bind, secret=keys.secret)
    saved = session.terms["method_token"] and not fields.values.get("number")
    pay = SubmitForm(request_id=session.request_id, card=None if saved else _card(fields, keys))
    return _Submission(operation="submit", client_id=session.client_id, form=pay, secret=keys.secret)


def _card(fields: Fields, keys: ClientKeys) -> CardFacts:
    return forms.read_card(fields, keys.secret, number_field="number")


def _session_of(data: str) -> tuple[PaymentSession | Vaulting, ClientKeys]:
    """The session named by the token in part A, if the token is one that we made."""
    try:
        session_id, _, mac = b64decode(data.split("&&")[0], validate=True).partition(b".")
        session = _named(session_id.decode())
        keys = load_keys(Path(settings.SIM_KEYS_DIR), session.client_id)
    except (ValueError, Vaulting.DoesNotExist, UnknownClient):
        raise Illegal("sessionData is not known") from None
    if not sessions.session_token_is_ours(session.session_id, mac, keys.secret):
        raise Illegal("sessionData is not known")
    return session, keys


def _named(session_id: str) -> PaymentSession | Vaulting:
    """Raises Vaulting.DoesNotExist when there is neither."""
    paying = PaymentSession.objects.filter(session_id=session_id).first()
    return paying or Vaulting.objects.get(session_id=session_id)
