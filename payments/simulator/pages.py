"""The operator page: what the provider believes, and what it is to do next. Server-rendered; needs no scripting."""

from __future__ import annotations

import secrets
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from payments.simulator import acts, deck, showing

TOLD = "simulator_told"  # a cookie: what the last POST did, shown once
CODES = (
    "DO_NOT_HONOR",
    "USER_BALANCE_NOT_ENOUGH",
    "RISK_REJECT",
    "FRAUD_REJECT",
    "INVALID_EXPIRATION_DATE",
    "INVALID_CVV",
    "CARD_NOT_SUPPORTED",
    "AUTHENTICATION_REQUIRED",
    "PROCESS_FAIL",
    "SYSTEM_ERROR",
    "UNKNOWN_EXCEPTION",
    "REQUEST_TRAFFIC_EXCEED_LIMIT",
    "CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT",
    "MERCHANT_BALANCE_NOT_ENOUGH",
    "REFUND_WINDOW_EXCEED",
)


@require_safe
@ensure_csrf_cookie
def overview(request: HttpRequest) -> HttpResponse:
    find = request.GET.get("find", "")[:64]
    context = {
        "told": _told(request),
        "time": showing.time_of_day(),
        "typed": _typed(request),
        "operations": deck.OPERATIONS,
        "codes": CODES,
        "families": showing.scenarios(),
        "magic": deck.MAGIC,
        "armed": showing.armed(),
        "find": find,
        "payments": showing.payments(find),
        "vaultings": showing.vaultings(find),
        "tokens": showing.tokens(find),
        "notifications": showing.notifications(),
        "log": showing.log(),
        "knobs": showing.knobs(),
        "dispute_kinds": acts.DISPUTE_KINDS,
        "dispute_events": acts.DISPUTE_EVENTS,
        "judgements": acts.JUDGEMENTS,
        "nonce": secrets.token_urlsafe(16),
    }
    response = render(request, "simulator/overview.html", context)
    response.delete_cookie(TOLD)
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{context['nonce']}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    response["X-Frame-Options"] = "DENY"
    response["Referrer-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    return response


def not_from_here(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW."""
    text = "This form did not come from this page, or the page is too old. Open it again and repeat what you did."
    return HttpResponse(text, status=403, content_type="text/plain; charset=utf-8")


def _told(request: HttpRequest) -> dict[str, Any]:
    try:
        return dict(signing.loads(request.COOKIES.get(TOLD, ""), salt=TOLD, max_age=60))
    except (signing.BadSignature, ValueError):
        return {}


def _typed(request: HttpRequest) -> dict[str, Any]:
    """The form for the next outcome as it was sent, or as a link in the deck fills it in."""
    names = ("operation", "scenario", "code", "seconds", "then", "copies", "times", "request_id")
    typed: dict[str, Any] = {name: request.GET.get(name, "")[:64] for name in names}
    scenario = deck.SCENARIOS.get(typed["scenario"])
    if scenario is not None and typed["scenario"] and not typed["operation"]:
        typed["operation"] = scenario.operations[0]
    typed["about"] = scenario.about if scenario is not None and typed["scenario"] else ""
    return typed
