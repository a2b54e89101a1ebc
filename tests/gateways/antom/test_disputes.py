"""Disputes: what is told, what we answer, and the provider's files (antom.md 3.18)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from core.money import Money
from payments.gateways import http
from payments.gateways.antom.write_disputes import MAX_EVIDENCE, defend_document
from payments.gateways.base import Approved, Category, Declined, InvalidRequest, NotAttempted, PaymentRef, Unknown
from payments.gateways.disputes import DisputeEvent, DisputeFact, EvidenceFile, EvidenceKind
from tests.gateways.antom.examples import PAYMENT_ID, REF, REQUEST_ID, result
from tests.gateways.antom.wire import SUCCESS, answers, delivery, sent
from tests.gateways.test_http import answering, fresh_session, serve

__all__ = ["fresh_session", "serve"]

DISPUTE_ID = "202601051940108010018857027180001"
NEEDED = {
    "paymentRequestId": REQUEST_ID,
    "paymentId": PAYMENT_ID,
    "disputeId": DISPUTE_ID,
    "disputeNotificationType": "DISPUTE_CREATED",
}
CREATED = {
    **NEEDED,
    "captureId": "cap-1",
    "disputeType": "CHARGEBACK",
    "disputeTime": "2026-01-20T09:00:00+08:00",
    "disputeAmount": {"currency": "EUR", "value": "30000"},
    "disputeReasonCode": "4853",
    "disputeReasonMsg": "Not as described",
    "disputeSource": "Mastercard",
    "defenseDueTime": "2026-01-30T09:00:00+08:00",
    "defendable": True,
    "autoDefendReason": "covered",
    "arn": "74000000000000000000001",
    "acquirerInfo": {"acquirerName": "ACQ_ONE"},
    "issuerComments": "The cardholder never got it.",
}


def at(day: int) -> datetime:
    return datetime(2026, 1, day, 1, tzinfo=UTC)


# --- messages -------------------------------------------------------------------------------------------------------


def test_a_new_dispute_is_told_with_all_it_says(gateway):
    notice = gateway.read_notification(delivery(CREATED, topic="dispute"))
    assert (notice.kind, notice.problem, notice.facts) == ("DISPUTE_CREATED", "", ())
    assert notice.disputes == (
        DisputeFact(
            payment=REF,
            reference=DISPUTE_ID,
            event=DisputeEvent.OPENED,
            kind="chargeback",
            amount=Money(30000, "EUR"),
            capture_reference="cap-1",
            reason_code="4853",
            reason="Not as described",
            network="Mastercard",
            arn="74000000000000000000001",
            opened_at=at(20),
            due_at=at(30),
            defendable=True,
            auto_defended="covered",
            occurred_at=at(20),
            acquirer={"name": "ACQ_ONE", "arn": "74000000000000000000001"},
            comment="The cardholder never got it.",
        ),
    )


@pytest.mark.parametrize(
    ("name", "event", "time_name"),
    [
        ("DISPUTE_CREATED", DisputeEvent.OPENED, "disputeTime"),
        ("DEFENSE_DUE_ALERT", DisputeEvent.DUE_SOON, None),
        ("DEFENSE_SUPPLIED", DisputeEvent.DEFENDED, "defenseSuppliedTime"),
        ("DISPUTE_ACCEPTED", DisputeEvent.ACCEPTED, "disputeAcceptTime"),
        ("DISPUTE_JUDGED", DisputeEvent.JUDGED, "disputeJudgedTime"),
        ("DISPUTE_CANCELLED", DisputeEvent.CANCELED, "disputeCancelledTime"),
        ("RDR_RESOLVED", DisputeEvent.RESOLVED, "disputeJudgedTime"),
    ],
)
def test_every_event_and_its_time(gateway, name, event, time_name):
    moment = {time_name: "2026-02-01T09:00:00+08:00"} if time_name else {}
    notice = gateway.read_notification(delivery({**NEEDED, **moment, "disputeNotificationType": name}, topic="dispute"))
    (fact,) = notice.disputes
    assert (notice.kind, fact.event) == (name, event)
    assert fact.occurred_at == (datetime(2026, 2, 1, 1, tzinfo=UTC) if time_name else None)


def test_a_judgement_keeps_the_providers_own_word(gateway):
    judged = {
        **NEEDED,
        "disputeNotificationType": "DISPUTE_JUDGED",
        "disputeJudgedResult": "VALIDATE_FAIL",
        "disputeJudgedAmount": {"currency": "EUR", "value": "100"},
        "disputeAcceptReason": "TIMEOUT",
    }
    (fact,) = gateway.read_notification(delivery(judged, topic="dispute")).disputes
    assert (fact.verdict, fact.judged_amount, fact.accepted_because) == ("VALIDATE_FAIL", Money(100, "EUR"), "TIMEOUT")


BARE = DisputeFact(payment=REF, reference=DISPUTE_ID, event=DisputeEvent.OPENED)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, BARE),
        ({name: None for name in CREATED if name not in NEEDED}, BARE),
        ({"disputeAmount": {"value": "x"}, "disputeTime": "soon", "captureId": "x" * 65}, BARE),
        ({"defendable": "perhaps", "arn": ["x"], "disputeJudgedAmount": "much"}, BARE),
        ({"issuerComments": ["x"]}, BARE),
        ({"issuerComments": "x" * 257}, BARE),
    ],
)
def test_an_optional_field_that_is_missing_or_odd_refuses_nothing(gateway, changes, expected):
    notice = gateway.read_notification(delivery({**NEEDED, **changes}, topic="dispute"))
    assert (notice.disputes, notice.problem) == ((expected,), "")


@pytest.mark.promise("I31")
@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("x" * 256, "x" * 256),
        ("Not received.\r\n\tNo answer from the shop. ", "Not received. No answer from the shop."),
        ("card 4111 1111\n1111 1111 was lost", "card **** was lost"),
        ("<b>\x00</b>", ""),
    ],
)
def test_the_issuers_comment_is_one_line_without_a_card_number(gateway, told, kept):
    (fact,) = gateway.read_notification(delivery({**NEEDED, "issuerComments": told}, topic="dispute")).disputes
    assert fact.comment == kept


def test_one_name_of_the_payment_is_enough(gateway):
    (fact,) = gateway.read_notification(delivery({**NEEDED, "paymentRequestId": None}, topic="dispute")).disputes
    assert fact.payment == PaymentRef(request_id=None, gateway_reference=PAYMENT_ID)


@pytest.mark.promise("I31")
def test_a_card_number_in_the_words_of_the_other_side_is_not_kept(gateway):
    told = {**CREATED, "disputeReasonMsg": "card 4111 1111 1111 1111 was stolen"}
    (fact,) = gateway.read_notification(delivery(told, topic="dispute")).disputes
    assert fact.reason == "card **** was stolen"


@pytest.mark.parametrize(
    ("topic", "document", "problem"),
    [
        ("dispute", {**NEEDED, "disputeNotificationType": "SOMETHING_NEW"}, "disputeNotificationType is unknown"),
        ("dispute", {**NEEDED, "disputeNotificationType": None}, "disputeNotificationType is missing"),
        ("dispute", {**NEEDED, "disputeId": None}, "disputeId is missing"),
        ("dispute", {**NEEDED, "disputeId": "x" * 65}, "disputeId is not an id"),
        ("dispute", {**NEEDED, "paymentId": None, "paymentRequestId": ""}, "paymentId is missing"),
        ("payment", NEEDED, "a dispute does not belong to the topic payment"),
        ("vaulting", NEEDED, "a dispute does not belong to the topic vaulting"),
    ],
)
def test_a_dispute_that_cannot_be_understood_is_a_problem(gateway, topic, document, problem):
    notice = gateway.read_notification(delivery(document, topic=topic))
    assert (notice.disputes, notice.facts, notice.problem) == ((), (), problem)


# --- accepting and defending ----------------------------------------------------------------------------------------

PDF = b"%PDF-1.4 evidence"
DONE = {"result": SUCCESS, "disputeId": DISPUTE_ID, "disputeResolutionTime": "2026-01-21T10:00:00+08:00"}


def act(gateway: Any, operation: str) -> Any:
    if operation == "acceptDispute":
        return gateway.accept_dispute(DISPUTE_ID)
    return gateway.defend_dispute(DISPUTE_ID, PDF)


@pytest.mark.parametrize("operation", ["acceptDispute", "supplyDefenseDocument"])
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (DONE, Approved()),
        ({"result": result("REPEAT_REQUEST", "F")}, Approved()),
        ({"result": result("TIME_EXCEEDS_LIMIT", "F")}, Declined("TIME_EXCEEDS_LIMIT", Category.TRY_AGAIN, "words")),
        ({"result": result("PARAM_ILLEGAL", "F")}, Declined("PARAM_ILLEGAL", Category.CONFIGURATION, "words")),
        ({"result": result("UNKNOWN_EXCEPTION", "U")}, Unknown("U UNKNOWN_EXCEPTION")),
        (
            {"result": result("KEY_NOT_FOUND", "F")},
            NotAttempted("refused before processing: KEY_NOT_FOUND", code="KEY_NOT_FOUND"),
        ),
        ({**DONE, "disputeId": "another"}, Unknown("disputeId is not ours")),
        ({"result": SUCCESS}, Unknown("disputeId is missing")),
        ({"result": result("REPEAT_REQUEST", "F"), "disputeId": "another"}, Unknown("disputeId is not ours")),
    ],
)
def test_what_became_of_an_act(gateway, wire, operation, document, expected):
    answers(wire, operation, document)
    assert act(gateway, operation) == expected


@pytest.mark.promise("I12")
@pytest.mark.parametrize("operation", ["acceptDispute", "supplyDefenseDocument"])
def test_silence_about_an_act_is_unknown(gateway, wire, operation):
    answers(wire, operation, DONE, status=500)
    assert act(gateway, operation) == Unknown("HTTP 500")


def test_what_is_sent(gateway, wire):
    answers(wire, "acceptDispute", DONE)
    answers(wire, "supplyDefenseDocument", DONE)
    act(gateway, "acceptDispute")
    act(gateway, "supplyDefenseDocument")
    assert sent(wire, 0) == {"disputeId": DISPUTE_ID}
    assert sent(wire, 1) == {"disputeId": DISPUTE_ID, "disputeEvidence": base64.b64encode(PDF).decode()}


def test_evidence_is_never_cut(gateway):
    assert len(defend_document(DISPUTE_ID, b"x" * 750_000)["disputeEvidence"]) == MAX_EVIDENCE
    for document in (b"", b"x" * 750_001):
        with pytest.raises(InvalidRequest) as caught:
            gateway.defend_dispute(DISPUTE_ID, document)
        assert caught.value.field == "disputeEvidence"
    with pytest.raises(InvalidRequest, match="disputeId"):
        gateway.accept_dispute("")


# --- files ----------------------------------------------------------------------------------------------------------


def file(content: bytes = PDF, form: str = "PDF") -> dict[str, Any]:
    return {"result": SUCCESS, "disputeEvidence": base64.b64encode(content).decode(), "disputeEvidenceFormat": form}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (file(), EvidenceFile(PDF, "pdf")),
        (file(b"PK", "WORD"), EvidenceFile(b"PK", "docx")),
        (file(b"PK", "ZIP"), EvidenceFile(b"PK", "zip")),
        (file(b"\xff\xd8", "JPG"), EvidenceFile(b"\xff\xd8", "jpg")),
        (file(form="EXE"), Unknown("disputeEvidenceFormat is missing or unknown")),
        ({**file(), "disputeEvidence": "a b="}, Unknown("disputeEvidence is not base64")),
        ({**file(), "disputeEvidence": "JVBE!Rg=="}, Unknown("disputeEvidence is not base64")),
        ({**file(), "disputeEvidence": "abc"}, Unknown("disputeEvidence is not base64")),
        ({**file(), "disputeEvidence": "äöü="}, Unknown("disputeEvidence is not base64")),
        ({**file(), "disputeEvidence": None}, Unknown("disputeEvidence is missing")),
        ({**file(), "disputeId": "another"}, Unknown("disputeId is not ours")),
        ({"result": result("PROCESS_FAIL", "F")}, Declined("PROCESS_FAIL", Category.TRY_AGAIN, "words")),
        ({"result": result("UNKNOWN_EXCEPTION", "U")}, Unknown("U UNKNOWN_EXCEPTION")),
    ],
)
def test_a_file_of_the_provider(gateway, wire, document, expected):
    answers(wire, "downloadDisputeEvidence", document)
    assert gateway.dispute_evidence(DISPUTE_ID, EvidenceKind.TEMPLATE) == expected


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (EvidenceKind.TEMPLATE, "DISPUTE_EVIDENCE_TEMPLATE"),
        (EvidenceKind.FILE, "DISPUTE_EVIDENCE_FILE"),
        (EvidenceKind.AI, "DISPUTE_EVIDENCE_AI"),
    ],
)
def test_which_file_is_asked_for(gateway, wire, kind, name):
    answers(wire, "downloadDisputeEvidence", file())
    gateway.dispute_evidence(DISPUTE_ID, kind)
    assert sent(wire) == {"disputeId": DISPUTE_ID, "disputeEvidenceType": name}


def test_a_large_file_is_read_whole_and_a_huge_one_is_not(gateway, wire):
    large = file(b"x" * 1_000_000)
    answers(wire, "downloadDisputeEvidence", large)
    assert gateway.dispute_evidence(DISPUTE_ID, EvidenceKind.FILE) == EvidenceFile(b"x" * 1_000_000, "pdf")
    wire.reset()
    answers(wire, "downloadDisputeEvidence", file(b"x" * 1_600_000))
    assert gateway.dispute_evidence(DISPUTE_ID, EvidenceKind.FILE) == Unknown("the answer is too large")


def test_only_the_call_that_asks_for_it_may_be_answered_at_length(serve):
    body = b"x" * 500_000
    server = serve(answering(body, keep=True))
    assert http.post(server.url, b"{}", {}, max_answer=500_000).body == body
    for limit in ({"max_answer": 499_999}, {"max_answer": 200_000}, {}):
        with pytest.raises(http.NoAnswer, match="too large"):
            http.post(server.url, b"{}", {}, **limit)
