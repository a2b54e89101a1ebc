"""From a code and a status to an outcome (antom.md 2.4). What is not understood stays Unknown, never failed (I12)."""

from __future__ import annotations

from enum import StrEnum

from payments.gateways.antom.codes import TABLES, UNSIGNED_REFUSALS, Row, Word
from payments.gateways.antom.document import Unreadable
from payments.gateways.antom.operations import INQUIRIES, Operation
from payments.gateways.antom.result import Answer, Result, is_code
from payments.gateways.base import Approved, Category, Declined, NotAttempted, Outcome, Pending, Unknown

_SAYS_NOTHING = Row("", Word.OPEN)


def _row_of(operation: Operation, result: Result) -> Row:
    """The row of this pair of code and status.

    An unknown code behaves by its status (2.4): F refuses, except for an inquiry; everything else stays open.
    """
    row = TABLES[operation].get(result.code)
    if row is None and result.status == "F" and operation not in INQUIRIES:
        return Row("F", Word.REFUSED)
    return row if row and row.status == result.status else _SAYS_NOTHING


def _meaning(operation: Operation, result: Result) -> Outcome:
    row = _row_of(operation, result)
    match row.word:
        case Word.DONE:
            return Approved()
        case Word.RUNNING:
            return Pending()
        case Word.REFUSED:
            return Declined(result.code, row.category, result.message)
        case Word.NOT_PROCESSED:
            return NotAttempted(f"refused before processing: {result.code}", code=result.code)
        case Word.ABSENT:
            return NotAttempted("unknown to the provider", absent=True)
        case Word.FROZEN:
            return Unknown(f"repeated with other values: {result.code}", frozen=True)
    return Unknown(f"{result.status} {result.code}")


# --- answers to our requests ----------------------------------------------------------------------------------------


def outcome_of(operation: Operation, answer: Answer) -> Outcome:
    """What an answer to one of our requests means, before it is compared with the request."""
    return _meaning(operation, answer.result) if answer.signed else _unsigned(answer.result)


def _unsigned(result: Result) -> Outcome:
    """Nobody vouches for it: it may only say that the request was not looked at (1.4)."""
    if result.status == "F" and result.code in UNSIGNED_REFUSALS:
        return NotAttempted(f"refused before processing: {result.code}", code=result.code)
    return Unknown(f"unsigned answer: {result.status} {result.code}")


class Asked(StrEnum):
    """Whether an inquiry worked; what became of the thing is another question (pitfall 16)."""

    TOLD = "told"
    ABSENT = "absent"
    OPEN = "open"


def asked(operation: Operation, answer: Answer) -> Asked:
    """Only a signed SUCCESS tells, and only a signed ORDER_NOT_EXIST denies."""
    word = _row_of(operation, answer.result).word if answer.signed else Word.OPEN
    return _ASKED.get(word, Asked.OPEN)


_ASKED = {Word.DONE: Asked.TOLD, Word.ABSENT: Asked.ABSENT}


# --- reports of acts that the provider knows ------------------------------------------------------------------------


def reported(operation: Operation, result: Result) -> Outcome:
    """What a message says about an act. Raises Unreadable when it decides nothing."""
    outcome = _of_known_act(operation, result)
    if isinstance(outcome, Unknown):
        raise Unreadable(f"result decides nothing: {outcome.reason}")
    return outcome


def failure(operation: Operation, code: str, message: str) -> Outcome:
    """An act whose status is FAIL; the code only says why. SUCCESS and FAIL together say nothing."""
    if not is_code(code):
        return Declined("FAIL", Category.TRY_AGAIN, message)
    return _of_known_act(operation, Result(code, "F", message))


def _of_known_act(operation: Operation, result: Result) -> Outcome:
    """A code raised before processing is a plain refusal here: the act exists."""
    outcome = _meaning(operation, result)
    if isinstance(outcome, NotAttempted):
        return Declined(result.code, Category.CONFIGURATION, result.message)
    return outcome
