"""The provider's own acts as orders: {"act": "capture", "request_id": …, …}. What they do is in acting.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from payments.simulator import acting, ledger
from payments.simulator.acting import DISPUTE_EVENTS, DISPUTE_KINDS, JUDGEMENTS, Impossible
from payments.simulator.scenarios import BadOrder

__all__ = ["DISPUTE_EVENTS", "DISPUTE_KINDS", "JUDGEMENTS", "Done", "Impossible", "perform"]

DECISIONS = ("ACCEPT", "REJECT")
ENDS = ("S", "F")
MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Done:
    """A sentence for people, and the ids that were made on the way."""

    sentence: str
    made: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Details:
    """The members of an order, read strictly. Raises BadOrder."""

    values: dict[str, Any]

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name) or default
        if not isinstance(value, str) or not value or len(value) > 64:
            raise BadOrder(f"{name} must be a text of 1 to 64 characters")
        return value

    def choice(self, name: str, known: tuple[str, ...], default: str = "") -> str:
        value = self.values.get(name) or default
        if value not in known:
            raise BadOrder(f"{name} must be {' or '.join(known)}")
        return str(value)

    def amount(self) -> int | None:
        """Minor units; None: whatever is left."""
        value = self.values.get("amount")
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**16:
            raise BadOrder("amount must be a whole number of the smallest unit, above 0")
        return value

    def days(self) -> float:
        value = self.values.get("due_days", 10)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_DAYS:
            raise BadOrder(f"due_days must be a number from 0 to {MOST_DAYS}")
        return float(value)


def perform(order: dict[str, Any]) -> Done:
    """Raises BadOrder when the order makes no sense, Impossible when the books do not allow it."""
    act = _ACTS.get(str(order.get("act")))
    if act is None:
        raise BadOrder(f"act must be one of {', '.join(_ACTS)}")
    return act(Details(order))


def _capture(details: Details) -> Done:
    request_id = details.text("request_id")
    acting.capture_by_provider(request_id, details.amount())
    return Done(f"The provider has captured {request_id} by itself.")


def _refund(details: Details) -> Done:
    request_id = details.text("request_id")
    acting.refund_by_provider(request_id, details.amount())
    return Done(f"The provider has refunded {request_id} in its own dashboard.")


def _increase(details: Details) -> Done:
    request_id = details.text("request_id")
    acting.increase_by_provider(request_id, details.amount())
    return Done(f"The hold of {request_id} has been increased at the provider.")


def _void(details: Details) -> Done:
    request_id = details.text("request_id")
    acting.void_by_provider(request_id)
    return Done(f"The provider has released the hold of {request_id}; nobody is notified.")


def _expire(details: Details) -> Done:
    request_id = details.text("request_id")
    if ledger.expire_hold(request_id):
        return Done(f"The authorisation of {request_id} has lapsed.")
    if acting.expire_vaulting(request_id):
        return Done(f"The session of {request_id} has expired.")
    raise Impossible(f"{request_id} has no uncaptured authorisation that could lapse")


def _forget_card(details: Details) -> Done:
    request_id = details.text("request_id")
    acting.forget_card(request_id)
    return Done(f"The provider has forgotten the card of {request_id}; nobody is notified.")


def _reverse_refund(details: Details) -> Done:
    request_id = details.text("refund_request_id")
    acting.reverse_refund(request_id)
    return Done(f"The refund {request_id} has failed after all.")


def _decide_review(details: Details) -> Done:
    request_id, decision = details.text("request_id"), details.choice("decision", DECISIONS)
    acting.decide_review(request_id, "ACCEPT" if decision == "ACCEPT" else "REJECT")
    return Done(f"The review of {request_id} ended: {decision.lower()}ed.")


def _open_dispute(details: Details) -> Done:
    request_id = details.text("request_id")
    dispute_id = acting.open_dispute(
        request_id,
        amount=details.amount(),
        kind=details.choice("kind", DISPUTE_KINDS, "CHARGEBACK"),
        reason_code=details.text("reason_code", "4853"),
        due_days=details.days(),
    )
    return Done(f"The cardholder disputes {request_id}: dispute {dispute_id}.", {"dispute_id": dispute_id})


def _dispute_event(details: Details) -> Done:
    dispute_id, event = details.text("dispute_id"), details.choice("event", DISPUTE_EVENTS)
    result = details.choice("result", JUDGEMENTS) if event == "DISPUTE_JUDGED" else ""
    acting.dispute_event(dispute_id, event, result=result)
    return Done(f"Dispute {dispute_id}: {event}{f' with {result}' if result else ''}.")


def _settle_now(details: Details) -> Done:
    request_id, outcome = details.text("request_id"), details.choice("outcome", ENDS)
    acting.settle_now(request_id, "S" if outcome == "S" else "F")
    return Done(f"{request_id} has {'succeeded' if outcome == 'S' else 'failed'}.")


_ACTS: dict[str, Callable[[Details], Done]] = {
    "capture": _capture,
    "refund": _refund,
    "increase": _increase,
    "void": _void,
    "expire": _expire,
    "forget_card": _forget_card,
    "reverse_refund": _reverse_refund,
    "decide_review": _decide_review,
    "open_dispute": _open_dispute,
    "dispute_event": _dispute_event,
    "settle_now": _settle_now,
}
