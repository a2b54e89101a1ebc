"""What the operator set: knobs, and scenarios that wait for their request."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from payments.simulator.deck import ANY, SCENARIOS, can_meet
from payments.simulator.models import ArmedScenario, SavedSettings, WireLog
from payments.simulator.scenarios import BadOrder, Order, Plan

CHOICES = {"capture_rule": ("equal", "up_to"), "routing": ("weighted", "first_fails")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """Times in seconds unless named otherwise."""

    capture_rule: str = "equal"  # or "up_to" (antom.md 5.3)
    permissive: bool = False  # accept what the rules forbid: over-refund, capture after void …
    no_resends: bool = False  # the vendor's sandbox sends every notification once
    skew_seconds: float = 600.0  # tolerated Request-Time difference; 0 disables the check
    time_scale: float = 1.0  # divides every wait of the provider
    auto_capture_seconds: float = 2.0
    hold_days: float = 7.0  # life of an authorization
    refund_days: float = 365.0  # from the payment on (antom.md 5.4)
    drop_hold_seconds: float = 0.2  # real time a dropped connection stays open; never scaled
    routing: str = "weighted"  # or "first_fails": the first acquirer fails, the second succeeds (antom.md 9)
    dispute_url: str = ""  # where notifyDispute goes; "": next to the payment's own notification address


def knobs() -> Knobs:
    saved = SavedSettings.objects.filter(pk=1).first()
    return Knobs(**{"time_scale": settings.SIM_TIME_SCALE, **(saved.values if saved else {})})


def turn(changes: dict[str, Any]) -> Knobs:
    """Change some knobs. Raises BadOrder for unknown names and values of the wrong kind."""
    defaults = {knob.name: knob.default for knob in fields(Knobs)}
    for name, value in changes.items():
        if name not in defaults:
            raise BadOrder(f"unknown setting {name}; known: {', '.join(defaults)}")
        _check(name, value, defaults[name])
    with transaction.atomic():
        saved, _ = SavedSettings.objects.get_or_create(pk=1)
        saved.values = {**saved.values, **changes}
        saved.save()
    return knobs()


def knobs_as_json() -> dict[str, Any]:
    return asdict(knobs())


def arm(order: Order) -> ArmedScenario:
    return ArmedScenario.objects.create(
        operation=order.operation, request_id=order.request_id, plan=order.plan.as_json(), remaining=order.times
    )


def disarm(pk: int) -> bool:
    """False when nothing of that number waits."""
    return bool(ArmedScenario.objects.filter(pk=pk).delete()[0])


def claim(operation: str, request_id: str) -> Plan | None:
    """Take the oldest armed scenario that fits; one thread gets each turn."""
    if _fitting(operation, request_id) is None:
        return None
    with transaction.atomic():
        armed = _fitting(operation, request_id)
        if armed is None:
            return None
        if armed.remaining > 1:
            armed.remaining -= 1
            armed.save(update_fields=["remaining"])
        else:
            armed.delete()
    return Plan.from_json(armed.plan)


def _fitting(operation: str, request_id: str) -> ArmedScenario | None:
    """What was armed for any operation waits for one that can meet it."""
    names = [operation] if operation == "autoCapture" else [operation, ANY]
    waiting = ArmedScenario.objects.filter(operation__in=names, request_id__in=["", request_id]).order_by("pk")
    return next((armed for armed in waiting if can_meet(operation, armed.plan["scenario"])), None)


def card_plan(operation: str, request_id: str, behaviour: str) -> Plan | None:
    """What a scenario card does where that makes sense: once per request id, so that a repeat gets through."""
    if not behaviour or behaviour not in SCENARIOS or not can_meet(operation, behaviour):
        return None
    struck = WireLog.objects.filter(operation=operation, request_id=request_id, scenario=behaviour).exists()
    return None if struck else Plan(scenario=behaviour)


def _check(name: str, value: Any, default: Any) -> None:
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise BadOrder(f"{name} must be {' or '.join(CHOICES[name])}")
    elif isinstance(default, str):
        if not isinstance(value, str) or (value and not _is_address(value)):
            raise BadOrder(f"{name} must be an http or https address, or empty")
    elif isinstance(default, bool):
        if not isinstance(value, bool):
            raise BadOrder(f"{name} must be true or false")
    elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e6:
        raise BadOrder(f"{name} must be a number from 0 to a million")
    elif name == "time_scale" and value <= 0:
        raise BadOrder("time_scale must be above 0")


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and len(text) <= 2048
