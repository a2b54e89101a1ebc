"""One scenario of the deck as it was asked for, and how such an order is read. Pure: knows no Django and no rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from payments.simulator.deck import (
    ANY,
    OPERATIONS,
    SCENARIO_CARDS,
    SCENARIOS,
    Altered,
    Answer,
    FirstSend,
    Outcome,
    Process,
    Scenario,
    can_meet,
)

__all__ = [
    "ANY",
    "OPERATIONS",
    "SCENARIOS",
    "SCENARIO_CARDS",
    "Altered",
    "Answer",
    "BadOrder",
    "FirstSend",
    "Order",
    "Outcome",
    "Plan",
    "Process",
    "Scenario",
    "can_meet",
    "read_order",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One scenario as it was asked for; travels with payments and jobs as JSON."""

    scenario: str = ""
    code: str = ""  # result code of a refusal
    seconds: float | None = None  # real seconds; None: the scenario's default, divided by the time scale
    then: str = "S"  # how `pending` ends
    copies: int | None = None

    @property
    def card(self) -> Scenario:
        return SCENARIOS[self.scenario]

    @property
    def notifications(self) -> int:
        return self.copies if self.copies is not None else self.card.copies

    def wait(self, time_scale: float) -> float:
        """Real seconds until what the scenario postpones."""
        return self.seconds if self.seconds is not None else self.card.seconds / time_scale

    def hold(self, default: float) -> float:
        """Real seconds that an answer takes, or that a connection stays open before it is dropped."""
        if self.seconds is not None and self.card.process is not Process.LATER:
            return self.seconds
        return default if self.card.open_seconds is None else self.card.open_seconds

    def without_outcome(self) -> Plan:
        """The same plan for a later step of the same payment: only the notifications keep misbehaving."""
        if self.card.lasting:
            return self
        return Plan(scenario="duplicate", copies=self.notifications) if self.notifications != 1 else Plan()

    def as_json(self) -> dict[str, Any]:
        blank = Plan()
        return {name: value for name in Plan.__slots__ if (value := getattr(self, name)) != getattr(blank, name)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Plan:
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What `POST /control/next` asks for: a plan, and the requests it waits for."""

    operation: str
    plan: Plan
    request_id: str = ""
    times: int = 1


class BadOrder(ValueError):
    """A control request that cannot be armed; the text says what is wrong."""


def read_order(values: dict[str, Any]) -> Order:
    """Raises BadOrder, also for an operation that cannot meet the scenario."""
    operation, times = values.get("operation", ANY), values.get("times", 1)
    if operation != ANY and operation not in OPERATIONS:
        raise BadOrder(f"operation must be any or one of {', '.join(OPERATIONS)}")
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= 1000:
        raise BadOrder("times must be a whole number from 1 to 1000")
    plan = _read_plan(values)
    if operation != ANY and not can_meet(operation, plan.scenario):
        able = ", ".join(plan.card.operations)
        raise BadOrder(f"{operation} cannot meet {plan.scenario}: it makes sense for {able}")
    return Order(operation=operation, plan=plan, request_id=_text(values, "request_id"), times=times)


def _read_plan(values: dict[str, Any]) -> Plan:
    name = values.get("scenario")
    if not isinstance(name, str) or name not in SCENARIOS or not name:
        raise BadOrder(f"scenario must be one of {', '.join(sorted(filter(None, SCENARIOS)))}")
    plan = Plan(scenario=name, code=_text(values, "code"), seconds=_number(values, "seconds", 86400))
    if SCENARIOS[name].outcome is Outcome.DECLINE and not plan.code:
        plan = replace(plan, code="PROCESS_FAIL")
    if values.get("then") is not None:
        if values["then"] not in ("S", "F"):
            raise BadOrder("then must be S or F")
        plan = replace(plan, then=values["then"])
    copies = _number(values, "copies", 20)
    return plan if copies is None else replace(plan, copies=int(copies))


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name) or ""
    if not isinstance(value, str) or len(value) > 64:
        raise BadOrder(f"{name} must be a short text")
    return value


def _number(values: dict[str, Any], name: str, most: float) -> float | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadOrder(f"{name} must be a number from 0 to {most:g}")
    return float(value)
