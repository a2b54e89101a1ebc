"""Outcomes: the wire is fine, the answer disappoints."""

from __future__ import annotations

from payments.simulator.deck.words import NOTIFIED, OPERATIONS, PAYING, Outcome, Scenario

OUTCOMES: dict[str, Scenario] = {
    "decline": Scenario(
        about="The provider refuses, with the result code you choose (PROCESS_FAIL if you choose none).",
        wire="A signed refusal (F), or U when the code is one that says unknown.",
        books="Refused; the same request id is refused for ever. After a U code: nothing happened.",
        operations=OPERATIONS,
        outcome=Outcome.DECLINE,
    ),
    "pending": Scenario(
        about="The provider is still working on it and tells the end later, by notification.",
        wire="U now; a notification with S (or F, see `then`) when it has settled.",
        books="PROCESSING, then SUCCESS or FAIL.",
        operations=NOTIFIED,
        outcome=Outcome.PENDING,
        seconds=5,
        seconds_mean="until it settles",
    ),
    "pending_status": Scenario(
        about="The buyer has done everything, but the money is not confirmed yet (paymentStatus PENDING).",
        wire="U now, a PAYMENT_PENDING notification at once, PAYMENT_RESULT with S or F later.",
        books="PENDING, then SUCCESS or FAIL.",
        operations=PAYING,
        outcome=Outcome.PENDING_STATUS,
        seconds=5,
        seconds_mean="until it settles",
    ),
    "challenge": Scenario(
        about="The bank wants to see the buyer: a 3-D Secure page comes first.",
        wire="U with the address of a challenge page; the result comes by notification once the buyer has answered.",
        books="PROCESSING until the buyer has answered, then SUCCESS or FAIL.",
        operations=(*PAYING, "bind"),
        outcome=Outcome.CHALLENGE,
    ),
    "challenge_form": Scenario(
        about="The same 3-D Secure page, reached by posting a form (redirectActionForm) instead of by an address.",
        wire="U with a form that the buyer's browser must post; the result comes by notification.",
        books="PROCESSING until the buyer has answered, then SUCCESS or FAIL.",
        operations=PAYING,
        outcome=Outcome.CHALLENGE,
    ),
    "review": Scenario(
        about="Authorised, but a person at the provider looks at it first: neither capture nor ship meanwhile.",
        wire="S with authReviewStatus PROCESSING; a second notification with ACCEPT (or REJECT with `then` F).",
        books="SUCCESS; the review stays open until it is decided on this page, or after `seconds` when given.",
        operations=PAYING,
        outcome=Outcome.REVIEW,
        seconds_mean="until the review is decided; empty: when you decide it",
    ),
}
