"""What a scenario can say, and to which operations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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
    "updateAmount",
    "consult",
    "acceptDispute",
    "supplyDefenseDocument",
    "downloadDisputeEvidence",
    "createVaultingSession",
    "bind",
    "inquireVaulting",
    "deleteToken",
)
ANY = "any"  # the next request that can meet the scenario; never autoCapture, which no merchant sends

SENT = tuple(name for name in OPERATIONS if name != "autoCapture")  # somebody waits for an answer
SIGNED = tuple(name for name in SENT if name not in ("submit", "bind"))  # the card element's answers go to a browser
KEEPING = ("createVaultingSession", "bind", "deleteToken")  # bind is the buyer's part of keeping a card
ACTS = ("pay", "createPaymentSession", "submit", "capture", "cancel", "refund", "updateAmount", *KEEPING)
PAYING = ("pay", "submit")
MOVING = ("pay", "submit", "capture", "autoCapture", "refund", "updateAmount")  # moves money
NOTIFIED = (*MOVING, "bind")  # may stay under way; is notified
WITH_AMOUNT = ("pay", "inquiryPayment", "capture", "refund", "inquiryRefund", "updateAmount")


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
    OTHER_CURRENCY = "other_currency"
    UNKNOWN_WORD = "unknown_word"
    HTTP_500 = "http_500"
    DROPPED = "dropped"
    SLOW = "slow"
    DRIP = "drip"
    HUGE = "huge"


class Outcome(StrEnum):
    NORMAL = "normal"
    DECLINE = "decline"
    PENDING = "pending"
    PENDING_STATUS = "pending_status"
    CHALLENGE = "challenge"
    REVIEW = "review"


class Altered(StrEnum):
    """What a notification tells differently from the books."""

    NOTHING = ""
    AMOUNT = "amount"
    CURRENCY = "currency"


class FirstSend(StrEnum):
    """What is wrong with the first try to deliver; the provider's resends are right. Kept with the notification."""

    RIGHT = ""
    WRONG_KEY = "wrong_key"
    WRONG_PATH = "wrong_path"
    AFTER_CAPTURE = "after_capture"


class Family(StrEnum):
    OUTCOME = "outcome"
    WIRE = "wire"
    NOTIFICATION = "notification"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    about: str  # one sentence for somebody who never saw the deck
    wire: str = "A signed answer, as always."
    books: str = "What the answer says."
    family: Family = Family.OUTCOME
    operations: tuple[str, ...] = ()
    process: Process = Process.NOW
    answer: Answer = Answer.SIGNED
    outcome: Outcome = Outcome.NORMAL
    copies: int = 1  # of every notification
    silent: bool = False  # notifications are written to the books but never sent by themselves
    early: bool = False  # delivered before the synchronous answer
    stale: bool = False  # delivered late, with the Request-Time of when it was true
    delayed: bool = False  # delivered late, with a fresh Request-Time
    altered: Altered = Altered.NOTHING
    first_send: FirstSend = FirstSend.RIGHT
    seconds: float = 0.0  # default wait, divided by the time scale; an explicit wait is taken as it is
    open_seconds: float | None = None  # how long the answer takes; real seconds, never divided
    seconds_mean: str = ""  # what the operator's `seconds` set, "" when they set nothing

    @property
    def lasting(self) -> bool:
        """The later steps of the same payment are notified the same way."""
        return self.silent or self.stale or self.delayed
