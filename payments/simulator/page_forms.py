"""What the operator page's forms do. Each is a POST from that page only, answered with 303 and a sentence."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from payments.simulator import acts, courier, switchboard
from payments.simulator.deck import ANY
from payments.simulator.models import Notification
from payments.simulator.pages import TOLD
from payments.simulator.scenarios import BadOrder, read_order
from payments.simulator.showing import WITHOUT_DECIMALS

Work = Callable[..., str]


def form(section: str, *, keep: bool = False) -> Callable[[Work], Callable[..., HttpResponse]]:
    """A view from a function that returns the sentence to show; `keep`: what was typed comes back after a refusal."""

    def decorate(work: Work) -> Callable[..., HttpResponse]:
        @wraps(work)
        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                sentence, query = work(request.POST, *args, **kwargs), ""
            except (BadOrder, acts.Impossible) as problem:
                typed = {name: text for name, text in request.POST.items() if name != "csrfmiddlewaretoken"}
                query = f"?{urlencode(typed)}" if keep else ""
                return _back(f"/{query}#{section}", f"{str(problem)[:1].upper()}{str(problem)[1:]}.", bad=True)
            courier.wake()
            return _back(f"/#{section}", sentence)

        return require_POST(csrf_protect(view))

    return decorate


def _back(address: str, sentence: str, *, bad: bool = False) -> HttpResponse:
    response = HttpResponse(status=303, headers={"Location": address})
    told = signing.dumps({"sentence": sentence[:600].rstrip(".") + ".", "bad": bad}, salt=TOLD)
    response.set_cookie(TOLD, told, max_age=60, httponly=True, samesite="Strict")
    return response


@form("next", keep=True)
def arm(typed: QueryDict) -> str:
    order: dict[str, Any] = {
        name: typed[name] for name in ("operation", "scenario", "code", "request_id", "then") if typed.get(name)
    }
    order |= {name: _number(typed, name) for name in ("seconds", "copies") if typed.get(name)}
    if typed.get("times"):
        times = _number(typed, "times")
        order["times"] = int(times) if times.is_integer() else times
    row = switchboard.arm(read_order(order))
    often = "once" if row.remaining == 1 else f"{row.remaining} times"
    whom = "request" if row.operation == ANY else row.operation
    return f"The next {whom} will meet {row.plan['scenario']}, {often}."


@form("next")
def disarm(typed: QueryDict, pk: int) -> str:
    if not switchboard.disarm(pk):
        raise BadOrder("that scenario has been met or disarmed already")
    return "Disarmed."


@form("books")
def act(typed: QueryDict) -> str:
    order: dict[str, Any] = {name: text for name, text in typed.items() if text and name not in ("amount", "due_days")}
    if typed.get("amount"):
        order["amount"] = _minor_units(typed["amount"], typed.get("currency", ""))
    if typed.get("due_days"):
        order["due_days"] = _number(typed, "due_days")
    return acts.perform(order).sentence


@form("notifications")
def send(typed: QueryDict, pk: int) -> str:
    if not Notification.objects.filter(pk=pk).exists():
        raise BadOrder("there is no such notification")
    acknowledged = courier.deliver(pk)
    row = Notification.objects.get(pk=pk)
    said = "acknowledged" if acknowledged else f"not received: {row.last_answer}"
    return f"{row.notify_type} about {row.request_id} was sent and {said}."


@form("settings")
def turn(typed: QueryDict) -> str:
    before = switchboard.knobs_as_json()
    wanted = {name: _knob(typed, name, value) for name, value in before.items()}
    changes = {name: value for name, value in wanted.items() if value != before[name]}
    switchboard.turn(changes)
    return f"Changed {', '.join(changes)}." if changes else "Nothing was changed."


def _knob(typed: QueryDict, name: str, current: Any) -> Any:
    if isinstance(current, bool):
        return name in typed
    if isinstance(current, float):
        return _number(typed, name)
    return typed.get(name, "")


def _number(typed: QueryDict, name: str) -> float:
    try:
        return float(typed.get(name, ""))
    except ValueError:
        raise BadOrder(f"{name} must be a number") from None


def _minor_units(text: str, currency: str) -> int:
    """`12.50` in the payment's own currency."""
    exponent = 0 if currency in WITHOUT_DECIMALS else 2
    try:
        minor = Decimal(text.replace(",", ".")).scaleb(exponent)
        if minor != minor.to_integral_value() or not 0 < minor < 10**16:
            raise BadOrder(f"{text} is no amount in {currency}")
    except InvalidOperation:
        raise BadOrder(f"{text} is no amount in {currency}") from None
    return int(minor)
