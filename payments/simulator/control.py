"""The operator's switches and the provider's books as JSON: unsigned, loopback only."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from payments.simulator import acts, clock, courier, deck, forms, keeping, ledger, switchboard, vault
from payments.simulator.keys import UnknownClient, load_keys
from payments.simulator.models import ArmedScenario, Notification, WireLog
from payments.simulator.scenarios import BadOrder, read_order

View = Callable[..., HttpResponse]


def switch(*methods: str) -> Callable[[View], View]:
    """Only these methods, never from a web page, and every complaint as JSON."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return JsonResponse({"error": f"use {' or '.join(methods)}"}, status=405)
            if "Origin" in request.headers:
                return JsonResponse({"error": "not from a web page"}, status=403)
            try:
                return view(request, *args, **kwargs)
            except (BadOrder, forms.Illegal, UnknownClient) as problem:
                return JsonResponse({"error": str(problem)}, status=400)

        return guarded

    return decorate


@switch("GET")
def health(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"simulator": True, "real_money": False})


@switch("GET", "POST")
def next_scenario(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return JsonResponse({"armed": [_waiting(row) for row in ArmedScenario.objects.order_by("pk")]})
    return JsonResponse({"armed": switchboard.arm(read_order(_body(request))).pk}, status=201)


@switch("DELETE")
def disarm(request: HttpRequest, pk: int) -> HttpResponse:
    if not switchboard.disarm(pk):
        return JsonResponse({"error": "nothing of that number is armed"}, status=404)
    return JsonResponse({"disarmed": pk})


@switch("GET")
def show_deck(request: HttpRequest) -> HttpResponse:
    return JsonResponse(deck.as_json())


@switch("POST")
def act(request: HttpRequest) -> HttpResponse:
    """The provider does something that no merchant asked for."""
    try:
        done = acts.perform(_body(request))
    except acts.Impossible as problem:
        return JsonResponse({"error": str(problem)}, status=409)
    courier.wake()
    return JsonResponse({"done": done.sentence, **done.made})


@switch("GET", "POST")
def turn_settings(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        switchboard.turn(_body(request))
        courier.wake()
    return JsonResponse(switchboard.knobs_as_json())


@switch("POST")
def mint_token(request: HttpRequest) -> HttpResponse:
    order = forms.Fields(_body(request))
    client_id = order.text("client_id", 64, required=True)
    keys = load_keys(Path(settings.SIM_KEYS_DIR), client_id)
    spelled = {
        "number": order.text("number", 32, required=True),
        "expiryMonth": f"{order.integer('expiry_month', 1, 99) or 0:02d}",
        "expiryYear": f"{(order.integer('expiry_year', 0, 9999) or 0) % 100:02d}",
    }
    card = forms.read_card(forms.Fields(spelled), keys.secret, number_field="number")
    token = vault.mint_token(client_id, card)
    return JsonResponse({"token": token.token, "brand": token.brand, "last4": token.last4}, status=201)


@switch("POST")
def expire_authorization(request: HttpRequest, payment_request_id: str) -> HttpResponse:
    if not ledger.expire_hold(payment_request_id):
        return JsonResponse({"error": "no uncaptured authorization of that name"}, status=404)
    return JsonResponse({"expired": payment_request_id})


@switch("DELETE")
def delete_refund(request: HttpRequest, refund_request_id: str) -> HttpResponse:
    if not ledger.forget_refund(refund_request_id):
        return JsonResponse({"error": "no such refund"}, status=404)
    return JsonResponse({"deleted": refund_request_id})


@switch("GET")
def notifications(request: HttpRequest) -> HttpResponse:
    rows = Notification.objects.order_by("pk")
    if request.GET.get("request_id"):
        rows = rows.filter(request_id=request.GET["request_id"])
    return JsonResponse({"notifications": [_delivery(row) for row in rows]})


@switch("POST")
def send_notification(request: HttpRequest, pk: int) -> HttpResponse:
    if not Notification.objects.filter(pk=pk).exists():
        return JsonResponse({"error": "no such notification"}, status=404)
    courier.deliver(pk)
    return JsonResponse(_delivery(Notification.objects.get(pk=pk)))


@switch("GET")
def books(request: HttpRequest) -> HttpResponse:
    client_id, request_id = request.GET.get("client_id", ""), request.GET.get("payment_request_id", "")
    return JsonResponse({"payments": ledger.books(client_id, request_id)})


@switch("GET")
def kept_cards(request: HttpRequest) -> HttpResponse:
    found = keeping.as_json(request.GET.get("client_id", ""), request.GET.get("vaulting_request_id", ""))
    courier.wake()
    return JsonResponse(found)


@switch("GET")
def wire_log(request: HttpRequest) -> HttpResponse:
    rows = WireLog.objects.order_by("pk")
    for name in ("request_id", "operation", "client_id"):
        if request.GET.get(name):
            rows = rows.filter(**{name: request.GET[name]})
    found = [_line(row) for row in rows]
    counts: dict[str, dict[str, int]] = {}
    for line in found:
        count = counts.setdefault(line["operation"], {"received": 0, "processed": 0})
        count["received"] += 1
        count["processed"] += line["processed"]
    return JsonResponse({"rows": found, "counts": counts})


@switch("POST")
@transaction.atomic
def reset(request: HttpRequest) -> HttpResponse:
    for model in apps.get_app_config("simulator").get_models():
        model._default_manager.all().delete()
    return JsonResponse({"reset": True})


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        document = json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadOrder("the body is not JSON") from None
    if not isinstance(document, dict):
        raise BadOrder("the body is not a JSON object")
    return document


def _waiting(row: ArmedScenario) -> dict[str, Any]:
    return {"id": row.pk, "operation": row.operation, "request_id": row.request_id, "times": row.remaining, **row.plan}


def _line(row: WireLog) -> dict[str, Any]:
    return {
        "at": clock.stamp(row.at),
        "client_id": row.client_id,
        "operation": row.operation,
        "request_id": row.request_id,
        "processed": row.processed,
        "result_code": row.result_code,
        "scenario": row.scenario,
    }


def _delivery(row: Notification) -> dict[str, Any]:
    return {
        "id": row.pk,
        "client_id": row.client_id,
        "request_id": row.request_id,
        "notify_type": row.notify_type,
        "url": row.url,
        "created_at": clock.stamp(row.created_at),
        "attempts": row.attempts,
        "next_at": row.next_at.isoformat() if row.next_at else None,
        "last_answer": row.last_answer,
        "acknowledged": row.acknowledged_at is not None,
    }
