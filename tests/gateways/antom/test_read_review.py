"""The provider's own review and its risk decisions, in how they combine (antom.md 3.8)."""

from __future__ import annotations

from typing import Any

import pytest

from payments.gateways.antom.read_details import read_details
from payments.gateways.base import Kind, Known, Review
from tests.gateways.antom.examples import INQUIRY, PAYMENT_ID, REQUEST_ID, authorize
from tests.gateways.antom.wire import SUCCESS, answers, delivery

RUNNING, ACCEPTED, REJECTED = Review.RUNNING, Review.ACCEPTED, Review.REJECTED


def risk(auth: str | None = None, decision: str | None = None, post: str | None = None) -> dict[str, Any]:
    return {
        "popRiskDecisionResultInfo": {
            "riskAuthDecision": auth,
            "riskDecision": decision,
            "postRiskDecision": post,
        }
    }


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, None),
        ({"authReviewStatus": "PROCESSING"}, RUNNING),
        ({"authReviewStatus": "ACCEPT"}, ACCEPTED),
        ({"authReviewStatus": "REJECT"}, REJECTED),
        ({"authReviewStatus": "LATER"}, None),
        ({"authReviewStatus": "LATER", **risk("REJECT")}, None),
        ({"authReviewStatus": None, **risk("REJECT")}, REJECTED),
        ({"authReviewStatus": "ACCEPT", **risk("REJECT")}, ACCEPTED),
        ({"authReviewStatus": "PROCESSING", **risk("ACCEPT", "ACCEPT", "ACCEPT")}, RUNNING),
        (risk("ACCEPT", "ACCEPT", "ACCEPT"), ACCEPTED),
        (risk(decision="ACCEPT"), ACCEPTED),
        (risk("ACCEPT", "REVIEW"), RUNNING),
        (risk("ACCEPT", "REVIEW", "REVIEW"), RUNNING),
        (risk("ACCEPT", "REVIEW", "ACCEPT"), ACCEPTED),
        (risk("ACCEPT", "REVIEW", "REJECT"), REJECTED),
        (risk("REJECT", "REVIEW"), REJECTED),
        (risk("REJECT", "ACCEPT", "ACCEPT"), REJECTED),
        (risk("ACCEPT", "SOMETHING"), None),
        (risk("SOMETHING"), None),
        (risk("REVIEW", "SOMETHING"), RUNNING),
        ({"popRiskDecisionResultInfo": "ACCEPT"}, None),
        (risk(), None),
    ],
)
def test_how_the_words_combine(document, expected):
    assert read_details(document).review is expected


def test_the_words_themselves_are_kept_for_people():
    told = {"authReviewSource": "ANTOM_SHIELD", **risk("ACCEPT", "REVIEW", "REJECT")}
    assert read_details(told).risk == {
        "source": "ANTOM_SHIELD",
        "auth_decision": "ACCEPT",
        "decision": "REVIEW",
        "post_decision": "REJECT",
    }
    assert read_details({}).risk == {}


REVIEWED = {
    "result": SUCCESS,
    "paymentRequestId": REQUEST_ID,
    "paymentId": PAYMENT_ID,
    "paymentAmount": {"currency": "EUR", "value": "30000"},
    "paymentStatus": "SUCCESS",
    "notifyType": "PAYMENT_RESULT",
    "authReviewStatus": "PROCESSING",
    "authReviewSource": "PSP",
}


def test_every_door_tells_of_a_review(gateway, wire):
    answers(wire, "pay", REVIEWED)
    answers(wire, "inquiryPayment", REVIEWED)
    known = gateway.inquire(INQUIRY)
    assert isinstance(known, Known)
    told = [*gateway.authorize(authorize()), *known.facts, *gateway.read_notification(delivery(REVIEWED)).facts]
    assert [(fact.kind, fact.details.review, fact.details.risk) for fact in told] == [
        (Kind.AUTHORIZE, RUNNING, {"source": "PSP"})
    ] * 3
