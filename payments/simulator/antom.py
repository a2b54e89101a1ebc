"""The provider's door: every path under /ams (antom.md 1 and 3.0). HTTP 200 for every business and protocol answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from payments.simulator import (
    answers,
    attempt,
    clock,
    dispute_forms,
    documents,
    forms,
    signing,
    switchboard,
    vault_forms,
)
from payments.simulator.answers import Exchange
from payments.simulator.desk import note
from payments.simulator.keys import ClientKeys, UnknownClient, load_keys

_PATH = re.compile(r"/ams(?P<sandbox>/sandbox)?/api/v1/(?P<group>payments|vaults)/(?P<operation>[A-Za-z]+)")
Reader = Callable[[dict[str, Any], bytes], forms.Form]
_PAYMENTS: dict[str, Reader] = {
    "pay": forms.read_pay,
    "createPaymentSession": forms.read_session,
    "inquiryPayment": forms.read_payment_name,
    "capture": forms.read_capture,
    "cancel": forms.read_payment_name,
    "refund": forms.read_refund,
    "inquiryRefund": forms.read_refund_name,
    "updateAmount": forms.read_update,
    "consult": forms.read_consult,
    "acceptDispute": dispute_forms.read_accept,
    "supplyDefenseDocument": dispute_forms.read_defense,
    "downloadDisputeEvidence": dispute_forms.read_evidence,
}
_VAULTS: dict[str, Reader] = {
    "createVaultingSession": vault_forms.read_vaulting,
    "inquireVaulting": vault_forms.read_vaulting_name,
    "deleteToken": vault_forms.read_delete,
}
_GROUPS = {"payments": _PAYMENTS, "vaults": _VAULTS}
_READERS = {**_PAYMENTS, **_VAULTS}


class TurnedAway(Exception):
    """Refused before processing, and unsigned: we cannot tie the request to a key."""

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.why = why


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose signature verified."""

    operation: str
    client_id: str
    keys: ClientKeys
    body: bytes


def door(request: HttpRequest) -> HttpResponseBase:
    target = request.META.get("RAW_URI") or request.get_full_path()
    client_id = request.headers.get("Client-Id", "")
    try:
        call = _admit(request, target, client_id)
    except TurnedAway as refusal:
        note(client_id[:64], request.path.rsplit("/", 1)[-1][:64], "", refusal.code, "", processed=False)
        exchange = Exchange(client_id if client_id.isascii() and client_id.isprintable() else "", target)
        return answers.unsigned(exchange, documents.result(refusal.code, refusal.why))
    exchange = Exchange(client_id, target, call.keys)
    try:
        form = _READERS[call.operation](_parse(call.body), call.keys.secret)
    except forms.Illegal as problem:
        note(client_id, call.operation, "", "PARAM_ILLEGAL", "", processed=False)
        return answers.signed(exchange, documents.result("PARAM_ILLEGAL", str(problem)))
    if isinstance(form, forms.PayForm | vault_forms.VaultingForm):
        form = replace(form, site=f"{request.scheme}://{request.get_host()}")
    plan, document = attempt.carry_out(call.operation, client_id, form, call.keys.secret)
    exchange = replace(exchange, environ=request.META, hold=plan.hold(switchboard.knobs().drop_hold_seconds))
    return answers.answer(exchange, plan.card.answer, document)


def _admit(request: HttpRequest, target: str, client_id: str) -> Call:
    """Path, method, client, prefix, media type, signature, clock: in this order. Raises TurnedAway."""
    match = _PATH.fullmatch(target.partition("?")[0])
    if match is None or match["operation"] not in _GROUPS[match["group"]]:
        raise TurnedAway("NO_INTERFACE_DEF")
    if request.method != "POST":
        raise TurnedAway("METHOD_NOT_SUPPORTED")
    try:
        keys = load_keys(Path(settings.SIM_KEYS_DIR), client_id)
    except UnknownClient:
        raise TurnedAway("UNKNOWN_CLIENT") from None
    if bool(match["sandbox"]) != client_id.startswith("SANDBOX_"):
        raise TurnedAway("NO_INTERFACE_DEF", "the sandbox path belongs to SANDBOX_ clients, and only to them")
    if request.content_type not in ("", "application/json"):
        raise TurnedAway("MEDIA_TYPE_NOT_ACCEPTABLE")
    try:
        call = Call(match["operation"], client_id, keys, request.body)
    except RequestDataTooBig:
        raise TurnedAway("PARAM_ILLEGAL", "the body is too large") from None
    _check_signature(request, call, target)
    return call


def _check_signature(request: HttpRequest, call: Call, target: str) -> None:
    time_text = request.headers.get("Request-Time", "")
    content = signing.string_to_sign(
        method="POST", path=target, client_id=call.client_id, time=time_text, body=call.body
    )
    try:
        moment = clock.read_header(time_text)
        signing.verify(call.keys.merchant_public, request.headers.get("Signature", ""), content)
    except signing.UnknownKeyVersion:
        raise TurnedAway("KEY_NOT_FOUND") from None
    except (signing.SignatureRefused, ValueError, OverflowError, OSError):
        raise TurnedAway("INVALID_SIGNATURE") from None
    tolerated = switchboard.knobs().skew_seconds
    if tolerated and abs((clock.now() - moment).total_seconds()) > tolerated:
        raise TurnedAway("INVALID_SIGNATURE", "Request-Time is too far from our clock")


def _parse(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise forms.Illegal("the body is not JSON") from None
    if not isinstance(document, dict):
        raise forms.Illegal("the body is not a JSON object")
    return document
