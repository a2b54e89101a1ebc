"""Every row of the code tables: what it becomes, what people read, and what happens next (antom.md 1.4, 2.4, 3)."""

from __future__ import annotations

import pytest

from payments.api.meaning import TO_TRY, Try, sentence_for
from payments.gateways.antom.codes import TABLES as CODE_TABLES
from payments.gateways.antom.meaning import Asked, asked, outcome_of
from payments.gateways.antom.operations import Operation
from payments.gateways.antom.words_codes import explain_code
from payments.gateways.base import Approved, Category, Declined, Kind, NotAttempted, Outcome, Pending, Unknown
from tests.gateways.antom.examples import answer
from tests.gateways.antom.spec_codes import (
    ASKING,
    COUNT_EVERYWHERE,
    EVERYWHERE,
    KIND_OF,
    TABLES,
    SpecRow,
    every_row,
    rows_of,
)

ROWS = every_row()
ACTS = [row for row in ROWS if row.operation not in ASKING]
QUESTIONS = [row for row in ROWS if row.operation in ASKING]
BEFORE = {row.code for row in rows_of(Operation.PAY, EVERYWHERE) if row.becomes == "before"} | {"PARAM_ILLEGAL"}
"""What an answer may say without a signature: the request was not looked at (1.4)."""


def word_of(outcome: Outcome) -> str:
    match outcome:
        case Approved():
            return "approved"
        case Pending():
            return "pending"
        case Declined(_, category, _):
            return category.value
        case NotAttempted(_, absent, _):
            return "absent" if absent else "before"
        case Unknown(_, frozen):
            return "frozen" if frozen else "unknown"


def wrong_statuses(rows: list[SpecRow]) -> list[tuple[SpecRow, str]]:
    return [(row, status) for row in rows for status in "SFU" if status != row.status]


# --- the table is whole ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", list(Operation))
def test_no_row_of_the_page_is_lost(operation):
    table, count = TABLES[operation]
    assert len({row.code for row in rows_of(operation, table)}) == len(rows_of(operation, table)) == count


def test_no_row_that_is_possible_everywhere_is_lost():
    assert len({row.code for row in rows_of(Operation.PAY, EVERYWHERE)}) == COUNT_EVERYWHERE


def test_the_code_has_no_row_that_the_page_does_not_have():
    """REPEAT_REQ_INCONSISTENT freezes wherever it appears; a session is refused in the words of a payment (3.7)."""
    spec = {(row.operation, row.code) for row in ROWS}
    spec |= {(operation, "REPEAT_REQ_INCONSISTENT") for operation in Operation}
    spec |= {(Operation.SESSION, row.code) for row in rows_of(Operation.PAY, TABLES[Operation.PAY][0])}
    assert {(operation, code) for operation in Operation for code in CODE_TABLES[operation]} <= spec


# --- what it becomes ------------------------------------------------------------------------------------------------


@pytest.mark.promise("I12")
@pytest.mark.parametrize("row", ACTS, ids=str)
def test_what_a_row_becomes(row):
    outcome = outcome_of(row.operation, answer(row.code, row.status))
    assert word_of(outcome) == row.becomes
    if isinstance(outcome, Declined):
        assert (outcome.code, outcome.message) == (row.code, "words")


@pytest.mark.promise("I12")
@pytest.mark.parametrize(("row", "status"), wrong_statuses(ACTS), ids=str)
def test_a_code_with_another_status_says_nothing(row, status):
    assert outcome_of(row.operation, answer(row.code, status)) == Unknown(f"{status} {row.code}")


@pytest.mark.promise("I12")
@pytest.mark.parametrize("row", QUESTIONS, ids=str)
def test_what_an_inquiry_says(row):
    expected = {"approved": Asked.TOLD, "absent": Asked.ABSENT, "nothing": Asked.OPEN}[row.becomes]
    assert asked(row.operation, answer(row.code, row.status)) is expected
    assert asked(row.operation, answer(row.code, row.status, signed=False)) is Asked.OPEN


@pytest.mark.promise("I12")
@pytest.mark.parametrize(("row", "status"), wrong_statuses(QUESTIONS), ids=str)
def test_an_inquiry_with_another_status_says_nothing(row, status):
    assert asked(row.operation, answer(row.code, status)) is Asked.OPEN


@pytest.mark.promise("I12")
@pytest.mark.parametrize("status", ["S", "F", "U"])
@pytest.mark.parametrize("row", ACTS, ids=str)
def test_without_a_signature_only_a_refusal_before_processing_is_believed(row, status):
    outcome = outcome_of(row.operation, answer(row.code, status, signed=False))
    if status == "F" and row.code in BEFORE:
        assert outcome == NotAttempted(f"refused before processing: {row.code}", code=row.code)
    else:
        assert outcome == Unknown(f"unsigned answer: {status} {row.code}")


@pytest.mark.promise("I12")
@pytest.mark.parametrize("operation", sorted(set(Operation) - ASKING))
@pytest.mark.parametrize(("status", "expected"), [("S", "unknown"), ("F", "try_again"), ("U", "unknown")])
def test_an_unknown_code_behaves_by_its_status(operation, status, expected):
    assert word_of(outcome_of(operation, answer("A_CODE_OF_TOMORROW", status))) == expected


@pytest.mark.parametrize("operation", sorted(ASKING))
@pytest.mark.parametrize("status", ["S", "F", "U"])
def test_an_unknown_code_of_an_inquiry_says_nothing(operation, status):
    assert asked(operation, answer("A_CODE_OF_TOMORROW", status)) is Asked.OPEN


# --- what happens next ----------------------------------------------------------------------------------------------

MAY_BECOME = {
    "OK": {"approved"},
    "FAIL": {category.value for category in Category} | {"absent"},
    "FIX": {"configuration", "other_card", "before", "frozen", "nothing"},
    "INQ": {"pending", "nothing"},
    "SAME": {"unknown", "nothing"},
    "SLOW": {"unknown", "nothing"},
}
"""SAME, SLOW and INQ never end anything; FAIL and FIX never stay open, but for an id that was used twice."""


@pytest.mark.parametrize("row", [row for row in ROWS if row.do != "-"], ids=str)
def test_the_outcome_follows_the_advice_of_the_page(row):
    allowed = MAY_BECOME[row.do] | ({"nothing"} if row.operation in ASKING else set())
    assert row.becomes in allowed


# --- what people read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_an_operator_reads(row):
    meaning = explain_code(KIND_OF[row.operation], row.code)
    assert meaning is not None
    assert meaning.about.endswith(".")
    assert meaning.next_step.endswith(".")
    assert row.code not in meaning.about + meaning.next_step
    if row.do in ("SAME", "SLOW", "INQ"):
        assert meaning.next_step.startswith("Wait: ")
    elif row.do in ("FAIL", "FIX"):
        assert not meaning.next_step.startswith("Wait: ") or row.code == "ORDER_NOT_EXIST"
    elif row.do == "OK":
        assert meaning.next_step == "Nothing to do."
    if row.do != "-":
        assert meaning.ours_to_fix is (row.do == "FIX")


@pytest.mark.parametrize("kind", list(Kind))
def test_a_code_that_nobody_documents_is_not_explained(kind):
    assert explain_code(kind, "A_CODE_OF_TOMORROW") is None
    assert explain_code(kind, "") is None


BUYER_READS = {
    "try_again": Try.TRY_AGAIN,
    "other_card": Try.OTHER_CARD,
    "call_bank": Try.CALL_BANK,
    "fix_data": Try.OTHER_CARD,
    "fraud": Try.OTHER_CARD,
    "configuration": Try.TRY_AGAIN,
    "not_authenticated": Try.TRY_AGAIN,
}
REFUSED_PAYMENTS = [row for row in ACTS if row.operation is Operation.PAY and row.becomes in BUYER_READS]


@pytest.mark.promise("I30")
@pytest.mark.parametrize("row", REFUSED_PAYMENTS, ids=str)
def test_what_the_buyer_reads(row):
    outcome = outcome_of(row.operation, answer(row.code, row.status))
    assert isinstance(outcome, Declined)
    assert TO_TRY[outcome.category] == BUYER_READS[row.becomes]
    sentence = sentence_for(outcome.category)
    assert "nothing was charged" in sentence
    for secret in ("risk", "fraud", "stolen", row.code.lower()):
        assert secret not in sentence.lower()
