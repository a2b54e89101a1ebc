"""The deck: what can go wrong, as data. Pure: knows no Django and no rows.

A scenario says four things: when the request is processed, what the answer looks like, what comes out, and how the
notifications behave. A new card in the deck is a new row (and, for a new kind of broken answer, one
function in answers.py). `manage.py sim faults` prints it.

Scenarios are armed through `POST /control/next`, or played by a *scenario card*: a number whose behaviour sticks to the
card and to every token of it, on `pay` (by token or number) and on `/element/submit`, once per request id. There a
vaulting session's `bind` meets it too, where that makes sense.
Any future expiry and any three-digit CVV; all count as Visa. The vendor's own test cards (antom.md 8) are in cards.py.
"""

from __future__ import annotations

from typing import Any

from payments.simulator.deck.notices import NOTICES
from payments.simulator.deck.outcomes import OUTCOMES
from payments.simulator.deck.wire import WIRE
from payments.simulator.deck.words import (
    ANY,
    OPERATIONS,
    Altered,
    Answer,
    Family,
    FirstSend,
    Outcome,
    Process,
    Scenario,
)

__all__ = [
    "ANY",
    "MAGIC",
    "OPERATIONS",
    "SCENARIOS",
    "SCENARIO_CARDS",
    "Altered",
    "Answer",
    "Family",
    "FirstSend",
    "Outcome",
    "Process",
    "Scenario",
    "as_json",
    "can_meet",
    "card_of",
]

SCENARIOS: dict[str, Scenario] = {
    "": Scenario(about="Nothing special happens.", operations=OPERATIONS),
    **OUTCOMES,
    **WIRE,
    **NOTICES,
}

SCENARIO_CARDS: dict[str, str] = {
    "4999990000000015": "lost_request",
    "4999990000000023": "lost_reply",
    "4999990000000031": "late",
    "4999990000000049": "error_before",
    "4999990000000056": "error_after",
    "4999990000000064": "duplicate",
    "4999990000000072": "missing",
    "4999990000000080": "early",
    "4999990000000098": "pending",
    "4999990000000106": "challenge",
    "4999990000000114": "challenge_form",
}


MAGIC: tuple[tuple[str, str], ...] = (  # the vendor's (antom.md 8) and the most useful of ours; all are in cards.py
    ("4054695723100768", "Visa: succeeds"),
    ("5162774114974622", "Mastercard: succeeds"),
    ("4294097400915107", "Visa, Brazil: succeeds"),
    ("9490220011669217", "Hyundai, Korea: succeeds and is captured at once, whoever was to capture"),
    ("4035501000000008", "Visa, exempt from 3-D Secure: succeeds without a challenge"),
    ("4054692760174822", "Visa: refused with DO_NOT_HONOR"),
    ("5162770472561357", "Mastercard: refused with DO_NOT_HONOR"),
    ("4999990000001005", "the bank wants 3-D Secure, or refuses with AUTHENTICATION_REQUIRED where that cannot be"),
    ("4999990000002003", "address check N: neither street nor postcode match"),
    ("4999990000002045", "security code check D: no match"),
    ("4999990000002086", "a debit card"),
    ("4999990000002094", "a prepaid company card of the United States"),
    ("4999990000002102", "its hold may be increased (updateAmount)"),
    ("month 13", "refused with INVALID_EXPIRATION_DATE"),
    ("CVV 99", "refused with PARAM_ILLEGAL, with INVALID_CVV where a card is to be kept"),
    ("amount 0.11", "refused with RISK_REJECT (11 in the smallest unit)"),
)


def as_json() -> dict[str, Any]:
    """What `manage.py sim faults` prints and `GET /control/deck` answers."""
    return {
        "scenarios": [_row(name, scenario) for name, scenario in SCENARIOS.items() if name],
        "operations": list(OPERATIONS),
        "magic": [{"value": value, "meaning": meaning} for value, meaning in MAGIC],
    }


def _row(name: str, scenario: Scenario) -> dict[str, Any]:
    waits = scenario.open_seconds if scenario.open_seconds is not None else scenario.seconds
    return {
        "name": name,
        "family": scenario.family.value,
        "about": scenario.about,
        "wire": scenario.wire,
        "books": scenario.books,
        "operations": list(scenario.operations),
        "seconds": waits or None,
        "seconds_mean": scenario.seconds_mean,
        "card": card_of(name),
    }


def can_meet(operation: str, scenario: str) -> bool:
    return operation in SCENARIOS[scenario].operations


def card_of(scenario: str) -> str:
    """The number that plays a scenario, "" when none does."""
    return next((number for number, name in SCENARIO_CARDS.items() if name == scenario), "")
