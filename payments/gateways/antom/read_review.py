"""The provider's own review after the authorization, and its risk decisions (antom.md 3.8)."""

from __future__ import annotations

from collections.abc import Iterable

from payments.gateways.antom.document import Document
from payments.gateways.antom.tolerant import read_object, read_text, read_value
from payments.gateways.base import Review

_STATUS = {"PROCESSING": Review.RUNNING, "ACCEPT": Review.ACCEPTED, "REJECT": Review.REJECTED}
_DECISIONS = {"REVIEW": Review.RUNNING, "ACCEPT": Review.ACCEPTED, "REJECT": Review.REJECTED}
_FIRST_DECISIONS = ("riskAuthDecision", "riskDecision")
_LAST_DECISION = "postRiskDecision"
"""Made after the review that a first decision asked for."""


def read_review(document: Document) -> Review | None:
    """None when nothing was said that we understand."""
    if read_value(document, "authReviewStatus") is not None:
        return _STATUS.get(read_text(document, "authReviewStatus"))
    decisions = read_object(document, "popRiskDecisionResultInfo")
    told = {name: word for name in (*_FIRST_DECISIONS, _LAST_DECISION) if (word := read_text(decisions, name))}
    if _DECISIONS.get(told.get(_LAST_DECISION, "")) is Review.ACCEPTED:
        told = {name: word for name, word in told.items() if word != "REVIEW"}
    if set(told) == {"riskAuthDecision"} and _DECISIONS.get(told["riskAuthDecision"]) is Review.ACCEPTED:
        return None  # made before the authorization: it ends no review after it
    return _combined(_DECISIONS.get(word) for word in told.values())


def _combined(decisions: Iterable[Review | None]) -> Review | None:
    """One rejection rejects, and a review that was not ended runs; acceptance needs every word to be understood."""
    told = set(decisions)
    if Review.REJECTED in told:
        return Review.REJECTED
    if Review.RUNNING in told:
        return Review.RUNNING
    return Review.ACCEPTED if told == {Review.ACCEPTED} else None


def read_risk(document: Document) -> dict[str, str]:
    """Who reviews, and the words of each decision."""
    decisions = read_object(document, "popRiskDecisionResultInfo")
    told = {
        "source": read_text(document, "authReviewSource", 64),
        "auth_decision": read_text(decisions, "riskAuthDecision", 64),
        "decision": read_text(decisions, "riskDecision", 64),
        "post_decision": read_text(decisions, "postRiskDecision", 64),
    }
    return {name: word for name, word in told.items() if word}
