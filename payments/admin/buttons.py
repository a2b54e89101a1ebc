"""What a person can do about a payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from core.models import User
from payments.gateways.base import Kind, Verb
from payments.models import Payment, Transaction
from payments.services.rules import possibilities, possibility
from payments.states import CLOSED, STANDING


@dataclass(frozen=True, slots=True)
class Action:
    label: str
    icon: str
    url: str
    reason: str = ""
    """Why not; empty when possible."""
    posts: bool = False
    tone: str = ""
    id: str = ""


def acting(payments: Sequence[Payment]) -> Payment | None:
    """The payment that an order's buttons are about: the standing one, else the newest with money, else the newest."""
    newest = sorted(payments, key=lambda payment: -payment.attempt)
    for wanted in (
        lambda p: p.state in STANDING and not p.needs_review,
        lambda p: p.held_minor or p.refundable_minor,
        lambda p: p.state not in CLOSED,
        lambda p: True,
    ):
        found = next((payment for payment in newest if wanted(payment)), None)
        if found is not None:
            return found
    return None


def actions(user: User, payment: Payment | None, open_transactions: Sequence[Transaction], back: str) -> list[Action]:
    """Always the same buttons in the same order; what is impossible says why."""
    if payment is None:
        nobody = "Nobody has tried to pay yet."
        return [Action(label, icon, "", nobody, id=verb) for verb, label, icon in _BUTTONS]
    possible = possibilities(payment, busy=_is_busy(open_transactions))
    found = []
    for verb, label, icon in _BUTTONS:
        reason = not_allowed(user, verb)
        if verb in possible:
            reason = possible[Verb(verb)].reason or reason
        url = reverse(f"admin:payments_payment_{verb}", args=[payment.pk])
        found.append(
            Action(label, icon, f"{url}?back={back}" if verb == "inquire" else url, reason, verb == "inquire", id=verb)
        )
    return found


def why_no_refund(user: User, payment: Payment, open_transactions: Sequence[Transaction]) -> str:
    """Why the button is closed, to everybody or to this role; empty when it is not."""
    possible = possibility(payment, Verb.REFUND, busy=_is_busy(open_transactions))
    return possible.reason or not_allowed(user, "refund")


def _is_busy(open_transactions: Sequence[Transaction]) -> bool:
    return any(tx.kind != Kind.AUTHORIZE and tx.origin == "ours" for tx in open_transactions)


NO_ANSWERS = "Your role does not include answering refund requests."
_BUTTONS = (
    (Verb.CAPTURE.value, "Capture…", "download"),
    (Verb.CANCEL.value, "Release hold…", "lock_open"),
    (Verb.REFUND.value, "Refund…", "undo"),
    ("inquire", "Check with gateway now", "sync"),
)


def not_allowed(user: User, verb: str) -> str:
    """Why the button is closed to a role; empty when it is not."""
    return "" if user.has_perm(f"payments.{verb}") else f"Your role does not include “{verb}”."
