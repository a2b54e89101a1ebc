"""What the pages of a verb say before it is done: its words, its button, what will come of it."""

from __future__ import annotations

from dataclasses import dataclass

from core.money import display
from payments.gateways.base import Rule, Verb
from payments.models import Payment
from payments.states import State


@dataclass(frozen=True, slots=True)
class Page:
    """The words of one verb."""

    verb: Verb
    title: str
    icon: str
    everything: str
    question: str


PAGES = {
    Verb.CAPTURE: Page(Verb.CAPTURE, "Capture", "download", "All that is held", "What will be captured"),
    Verb.CANCEL: Page(Verb.CANCEL, "Release hold", "lock_open", "The whole hold", "What will be released"),
    Verb.REFUND: Page(Verb.REFUND, "Refund", "undo", "Everything left", "What will be returned"),
}


def button_of(payment: Payment, verb: Verb, minor: int) -> str:
    amount, card = display(payment.money(minor)), payment.masked_card if payment.last_four else "the card"
    return {
        Verb.CAPTURE: f"Capture {amount} from {card}",
        Verb.CANCEL: f"Release {amount} on {card}",
        Verb.REFUND: f"Return {amount} to {card}",
    }[verb]


def limit_of(verb: Verb, rule: Rule) -> str:
    """Why there is nothing to choose."""
    return rule.reason if verb is Verb.CAPTURE and rule.exact_amount else ""


def predicted_of(payment: Payment, verb: Verb, minor: int, most: int, final: bool) -> str:
    left = display(payment.money(most - minor))
    match verb:
        case Verb.CAPTURE if minor == most:
            return "The order will become Paid once the gateway confirms it."
        case Verb.CAPTURE if final:
            return f"The rest of {left} is released. The payment will become Captured once the gateway confirms it."
        case Verb.CAPTURE:
            return (
                f"The rest of {left} stays held. The payment will become Partly captured once the gateway confirms it."
            )
        case Verb.CANCEL if payment.state == State.PENDING:
            return "This attempt ends and nothing is charged. The buyer can pay again."
        case Verb.CANCEL:
            return "The hold is released and nothing is charged. The buyer’s bank may show it for some days."
        case _:
            whole = minor == most and not payment.refund_reserved_minor
            word = "Refunded" if whole else "Partly refunded"
            rest = "" if minor == most else f" {left} stays with us."
            return (
                f"The payment will become {word} once the gateway confirms it; until then the money is “on its way”. "
                f"It usually arrives in 3–10 days.{rest}"
            )
