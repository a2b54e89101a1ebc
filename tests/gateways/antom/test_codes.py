"""Every row of the code tables: what it becomes, what people read, and what happens next (antom.md 1.4, 2.4, 3)."""

from __future__ import annotations

import pytest

from payments.api.meaning import TO_TRY, Try, sentence_for
from payments.gateways.antom.codes import TABLES as CODE_TABLES
from payments.gateways.antom.document import Unreadable
from payments.gateways.antom.meaning import Asked, asked, failure, outcome_of, reported
from payments.gateways.antom.operations import Operation
from payments.gateways.antom.result import Result
from payments.gateways.antom.words_codes import explain_code
from payments.gateways.base import (
    Approved,
    Category,
    Declined,
    Kind,
    NotAttempted,
    Outcome,
    Pending,
    Unknown,
    Verb,
)
from tests.gateways.antom.examples import answer
from tests.gateways.antom.spec_codes import (
    ASKING,
    COUNT_EVERYWHERE,
    COUNT_VAULTING_REASONS,
    EVERYWHERE,
    KIND_OF,
    TABLES,
    VAULTING_REASONS,
    SpecRow,
    every_row,
    rows_of,
)

ROWS = every_row()
ACTS = [row for row in ROWS if row.operation not in ASKING]
QUESTIONS = [row for row in ROWS if row.operation in ASKING]
REASONS = rows_of(Operation.VAULTING_SESSION, VAULTING_REASONS)
"""Why a card was kept or not, wherever it is told."""
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


def test_no_reason_of_vaulting_is_lost():
    assert len({row.code for row in REASONS}) == len(REASONS) == COUNT_VAULTING_REASONS


def test_the_code_has_no_row_that_the_page_does_not_have():
    """REPEAT_REQ_INCONSISTENT freezes wherever it appears; sessions are refused in the words of what they are for."""
    spec = {(row.operation, row.code) for row in ROWS}
    spec |= {(operation, "REPEAT_REQ_INCONSISTENT") for operation in Operation}
    spec |= {(Operation.SESSION, row.code) for row in rows_of(Operation.PAY, TABLES[Operation.PAY][0])}
    spec |= {(Operation.VAULTING_SESSION, row.code) for row in REASONS}
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


@pytest.mark.promise("I12")
@pytest.mark.parametrize("row", REASONS, ids=str)
def test_why_a_card_was_not_kept(row):
    """A status FAIL with this code, and a message whose result has it: the try exists, so nothing was `before`."""
    failed = failure(row.operation, row.code, "words")
    if row.status == "F":
        assert isinstance(failed, Declined)
        assert (failed.code, failed.category.value, failed.message) == (row.code, row.becomes, "words")
    else:
        assert failed == Unknown(f"F {row.code}")
    assert word_of(reported(row.operation, Result(row.code, row.status))) == row.becomes


@pytest.mark.promise("I12")
@pytest.mark.parametrize(("row", "status"), wrong_statuses(REASONS), ids=str)
def test_a_reason_with_another_status_says_nothing(row, status):
    with pytest.raises(Unreadable, match="decides nothing"):
        reported(row.operation, Result(row.code, status))


@pytest.mark.parametrize("row", [row for row in REASONS if row.code != "ACCESS_DENIED"], ids=str)
def test_a_session_is_refused_in_the_same_words(row):
    assert word_of(outcome_of(row.operation, answer(row.code, row.status))) == row.becomes


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


@pytest.mark.parametrize("row", ROWS + REASONS, ids=str)
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


@pytest.mark.parametrize("kind", [*Kind, *Verb])
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


REFUSED_CARDS = [
    row for row in REASONS if row.becomes in BUYER_READS and row.code not in ("ACCESS_DENIED", "PROCESS_FAIL")
]


@pytest.mark.parametrize("row", REFUSED_CARDS, ids=str)
def test_a_card_that_was_not_kept_was_not_charged(row):
    meaning = explain_code(Verb.BIND, row.code)
    assert meaning is not None
    assert meaning.next_step.startswith("No card was saved. ")
    assert ("Do not tell the buyer why" in meaning.next_step) is (row.becomes == "fraud")


@pytest.mark.promise("I30")
@pytest.mark.parametrize("row", REASONS, ids=str)
def test_what_may_be_tried_instead_never_tells_why(row):
    if row.becomes in BUYER_READS:
        outcome = failure(row.operation, row.code, "")
        assert isinstance(outcome, Declined)
        assert TO_TRY[outcome.category] == BUYER_READS[row.becomes]
        for secret in ("risk", "fraud", "stolen", "lost", row.code.lower()):
            assert secret not in sentence_for(outcome.category).lower()


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
