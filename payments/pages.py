"""Pages of the buyer around the bank's check: the way there, the way back, and what became of the payment.

No sign-in: the address carries our signature, and what is shown comes from our database only. Nothing in the request
decides anything (antom.md 10, 27).
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core import ports
from core.money import display
from core.strict_page import be_strict, tell_nobody
from payments.api.meaning import Meaning, Outcome, meaning_of
from payments.gateways.models import Mode
from payments.models import Payment
from payments.services.refresh import ask_gateway, may_ask_now, refresh_payment
from payments.services.returning import may_go_on_to, note_return, payment_of_state, state_of
from vaulting.brands import logo_of, name_of

log = logging.getLogger(__name__)

LEAST_WAIT = 5
"""Seconds between two looks of a page: a shorter time would take the button from people who use a keyboard."""
CHECKING = frozenset({Outcome.PROCESSING, Outcome.UNKNOWN})
APP_LINK = re.compile(r"(?!javascript|data|vbscript|file|blob)[a-z][a-z0-9+.-]{1,40}://")

PageOf = Callable[[HttpRequest, Payment], HttpResponseBase]


class SeeOther(HttpResponseRedirect):
    status_code = 303


def page_of_payment(view: PageOf) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """The payment behind the signed state, or a page that says nothing; never kept by a browser or proxy."""

    @wraps(view)
    def answered(request: HttpRequest, state: str) -> HttpResponseBase:
        payment = payment_of_state(state)
        response = render(request, "payments/nothing.html", status=404) if payment is None else view(request, payment)
        tell_nobody(response)
        return response

    return answered


class _BuyersForm(CsrfViewMiddleware):
    """The usual check, with a refusal in the buyer's words."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        log.warning("a form of a buyer's page was refused: %s", reason)
        return render(request, "payments/too_old.html", {"again": request.path}, status=403)


checked_form = decorator_from_middleware(_BuyersForm)


# --- the three pages --------------------------------------------------------------------------------------------------


@csrf_exempt
@require_safe
@page_of_payment
def come_back(request: HttpRequest, payment: Payment) -> HttpResponseBase:
    """Back from the bank: ask once, then show what we know. A HEAD of a link checker does not use up the question."""
    if request.method == "GET" and payment.returned_at is None and may_ask_now(payment.pk) and note_return(payment):
        _ask(payment, ask_gateway)
    return _to_result(payment)


@csrf_exempt
@require_safe
@page_of_payment
def go_on(request: HttpRequest, payment: Payment) -> HttpResponseBase:
    """To the bank's page, by link or form; to the result when there is nothing to do any more."""
    step = _step_of(meaning_of(payment))
    if step is None:
        return _to_result(payment)
    context = {**_about(payment), "step": step, "result": _result_path(payment)}
    page = render(request, "payments/continue.html", context)
    # Browsers check where a sent form is redirected to as well, and a gateway passes it on to any bank.
    be_strict(page, sends_to=f"{step.origin} https:" if step.method == "POST" else "'none'")
    return page


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@page_of_payment
@checked_form
def result(request: HttpRequest, payment: Payment) -> HttpResponseBase:
    """What became of the payment; POST is “I have paid”: the gateway is asked, at a bounded rate."""
    if request.method == "POST":
        _ask(payment, lambda pk: refresh_payment(payment_id=pk))
        return _to_result(payment)
    meaning = meaning_of(payment)
    wait = None if meaning.retry_after is None else max(meaning.retry_after, LEAST_WAIT)
    context = {
        **_about(payment),
        "outcome": meaning.outcome.value,
        "failure": meaning.failure,
        "wait": wait,
        "next_check": _next_check(payment),
        "way_on": reverse("pay-continue", args=[state_of(payment)]) if _step_of(meaning) else "",
        "way_back": _way_back(payment),
    }
    page = render(request, f"payments/result/{_name_of(payment, meaning)}.html", context)
    if wait is not None:
        # With no-referrer browsers send our own form with `Origin: null`, which the check of forms must refuse.
        page.headers["Referrer-Policy"] = "same-origin"
    return page


# --- what they share --------------------------------------------------------------------------------------------------


def _ask(payment: Payment, ask: Callable[[uuid.UUID], Payment]) -> None:
    """A question that fails leaves what we knew: the buyer must land on a page either way."""
    try:
        ask(payment.pk)
    except Exception:
        log.exception("payment %s could not be refreshed for its buyer", payment.public_id)


def _to_result(payment: Payment) -> SeeOther:
    return SeeOther(_result_path(payment))


def _result_path(payment: Payment) -> str:
    return reverse("pay-result", args=[state_of(payment)])


def _name_of(payment: Payment, meaning: Meaning) -> str:
    """Which page tells it. Whoever was at the bank already is not sent there again, only told how."""
    if meaning.outcome in CHECKING:
        return "checking"
    if meaning.outcome is Outcome.ACTION_REQUIRED:
        if payment.returned_at:
            return "checking"
        return "action_required" if _step_of(meaning) else "card_required"
    return meaning.outcome.value


def _about(payment: Payment) -> dict[str, Any]:
    """What every page says of a payment; nothing of it is a word of the provider."""
    return {
        "payment": payment,
        "shop": payment.account_name,
        "is_test": payment.account.mode == Mode.TEST,
        "amount": display(payment.amount),
        "captured": display(payment.money(payment.captured_minor)),
        "returning": display(payment.money(payment.refund_reserved_minor)) if payment.refund_reserved_minor else "",
        "held": display(payment.money(payment.held_minor)),
        "refunded": display(payment.money(payment.refunded_minor)),
        "card_name": name_of(payment.brand) if payment.last_four else "",
        "card_logo": logo_of(payment.brand),
    }


def _next_check(payment: Payment) -> str:
    """When we ask the gateway by ourselves, as people say it."""
    due = [tx.next_at for tx in payment.transactions.all() if tx.is_open] + [payment.next_at]
    seconds = min(((at - ports.now()).total_seconds() for at in due if at), default=None)
    if seconds is None:
        return ""
    if seconds < 90:
        return "within a minute" if seconds > 15 else "in a few seconds"
    if seconds < 5400:
        return f"in about {round(seconds / 60)} minutes"
    return f"in about {round(seconds / 3600)} hours"


def _way_back(payment: Payment) -> str:
    """The shop's address with the public id of the payment, which proves nothing; empty when it is not allowed."""
    if not payment.return_to or not may_go_on_to(payment.return_to):
        return ""
    parts = urlsplit(payment.return_to)
    told = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "payment"]
    return urlunsplit(parts._replace(query=urlencode([*told, ("payment", payment.public_id)])))


@dataclass(frozen=True, slots=True)
class Step:
    """Where the buyer goes now: a link, or a form with `fields`; `app` is the same place in an app, if there is one."""

    url: str
    origin: str
    method: str
    fields: Mapping[str, str]
    app: str


def _step_of(meaning: Meaning) -> Step | None:
    action = meaning.next_action
    if action is None or action["type"] != "redirect":
        return None
    origin = _origin_of(action["url"])
    if not origin:
        return None
    method = "POST" if action["method"] == "POST" else "GET"
    apps = action.get("app_links") or {}
    links = [apps[kind] for kind in ("ios", "android", "scheme") if APP_LINK.match(apps.get(kind, ""))]
    app = next((link for link in links if link != action["url"]), "")
    return Step(action["url"], origin, method, action.get("fields") or {}, app)


def _origin_of(url: str) -> str:
    """`https://bank.example`, fit to be named in a content policy; empty for anything else."""
    found = re.match(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(?=[/?#]|$)", url)
    return found[0].lower() if found else ""


urlpatterns: list[URLPattern] = [
    path("return/<str:state>/", come_back, name="pay-return"),
    path("result/<str:state>/", result, name="pay-result"),
    path("continue/<str:state>/", go_on, name="pay-continue"),
]
