"""The deck: what can go wrong, as data. Pure: knows no Django and no rows.

A scenario says four things: when the request is processed, what the answer looks like, what comes out, and how the
notifications behave. A new card in the deck is a new row in SCENARIOS (and, for a new kind of broken answer, one
function in answers.py).

Scenarios are armed through `POST /control/next`, or played by a *scenario card*: a number whose behaviour sticks to the
card and to every token of it, on `pay` (by token or number) and on `/element/submit`, once per payment request id.

Scenario cards (ours; any future expiry, any three-digit CVV; all count as Visa):

    4999990000000015  lost_request   the request is never processed and never answered
    4999990000000023  lost_reply     processed, but the connection closes without an answer
    4999990000000031  late           no answer; processed 5 s later (divided by the time scale)
    4999990000000049  error_before   HTTP 500, not processed
    4999990000000056  error_after    HTTP 500, processed
    4999990000000064  duplicate      every notification of the payment comes twice
    4999990000000072  missing        no notification of the payment is ever sent
    4999990000000080  early          the notification is delivered before the synchronous answer
    4999990000000098  pending        PROCESSING, authorized 5 s later (divided by the time scale)

The vendor's own test cards (antom.md 8) are in cards.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

OPERATIONS = (
    "pay",
    "createPaymentSession",
    "submit",
    "inquiryPayment",
    "capture",
    "autoCapture",
    "cancel",
    "refund",
    "inquiryRefund",
)
ANY = "any"  # matches every operation except autoCapture, which no merchant sends


class Process(StrEnum):
    NOW = "now"
    NEVER = "never"
    LATER = "later"


class Answer(StrEnum):
    SIGNED = "signed"
    UNSIGNED = "unsigned"
    WRONG_SIGNATURE = "wrong_signature"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    REDIRECT = "redirect"
    OTHER_AMOUNT = "other_amount"
    HTTP_500 = "http_500"
    DROPPED = "dropped"


class Outcome(StrEnum):
    NORMAL = "normal"
    DECLINE = "decline"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    about: str
    process: Process = Process.NOW
    answer: Answer = Answer.SIGNED
    outcome: Outcome = Outcome.NORMAL
    copies: int = 1  # of every notification
    silent: bool = False  # notifications are written to the books but never sent by themselves
    early: bool = False  # delivered before the synchronous answer
    stale: bool = False  # delivered late, with the Request-Time of when it was true
    seconds: float = 0.0  # default wait, divided by the time scale; an explicit wait is taken as it is


SCENARIOS: dict[str, Scenario] = {
    "": Scenario(about="nothing special"),
    "decline": Scenario(about="refused with `code`", outcome=Outcome.DECLINE),
    "pending": Scenario(
        about="U now; S (or F with `then`) after `seconds`: pay, submit, capture, refund",
        outcome=Outcome.PENDING,
        seconds=5,
    ),
    "lost_request": Scenario(about="never processed, connection closed", process=Process.NEVER, answer=Answer.DROPPED),
    "lost_reply": Scenario(about="processed, connection closed", answer=Answer.DROPPED),
    "late": Scenario(
        about="connection closed, processed after `seconds`", process=Process.LATER, answer=Answer.DROPPED, seconds=5
    ),
    "error_before": Scenario(about="HTTP 500, not processed", process=Process.NEVER, answer=Answer.HTTP_500),
    "error_after": Scenario(about="HTTP 500 after processing", answer=Answer.HTTP_500),
    "unsigned": Scenario(about="the answer carries no signature", answer=Answer.UNSIGNED),
    "wrong_signature": Scenario(about="the answer's signature does not verify", answer=Answer.WRONG_SIGNATURE),
    "empty_body": Scenario(about="HTTP 200 without a body", answer=Answer.EMPTY),
    "truncated": Scenario(about="half a JSON document, unsigned", answer=Answer.TRUNCATED),
    "redirect": Scenario(about="HTTP 302 after processing", answer=Answer.REDIRECT),
    "other_amount": Scenario(about="signed, with an amount one unit higher", answer=Answer.OTHER_AMOUNT),
    "duplicate": Scenario(about="`copies` copies of each notification", copies=2),
    "missing": Scenario(about="notifications are held back", silent=True),
    "early": Scenario(about="notification before the answer", early=True),
    "stale": Scenario(about="notification sent `seconds` late with its old time", stale=True, seconds=10),
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
}


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
        """Real seconds that a connection stays open before it is dropped."""
        return default if self.seconds is None or self.card.process is Process.LATER else self.seconds

    def without_outcome(self) -> Plan:
        """The same plan for a later step of the same payment: only the notifications keep misbehaving."""
        if self.card.silent or self.card.stale:
            return self
        return Plan(scenario="duplicate", copies=self.notifications) if self.notifications != 1 else Plan()

    def as_json(self) -> dict[str, Any]:
        blank = Plan()
        return {name: value for name in Plan.__slots__ if (value := getattr(self, name)) != getattr(blank, name)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Plan:
        return cls(**values)


class BadOrder(ValueError):
    """A control request that cannot be armed; the text says what is wrong."""


def read_plan(values: dict[str, Any]) -> Plan:
    """The plan in a `POST /control/next` body. Raises BadOrder."""
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
