"""What a code and a status say, signed or not (antom.md 1.4, 2.4)."""

from __future__ import annotations

import pytest

from payments.gateways.antom.meaning import Asked, asked, outcome_of
from payments.gateways.antom.operations import Operation
from payments.gateways.base import NotAttempted, Unknown
from tests.gateways.antom.examples import BEFORE_PROCESSING, answer


@pytest.mark.promise("I13")
@pytest.mark.parametrize("operation", [Operation.PAY, Operation.CAPTURE, Operation.CANCEL, Operation.REFUND])
def test_a_repeat_with_other_values_freezes(operation):
    outcome = outcome_of(operation, answer("REPEAT_REQ_INCONSISTENT", "F"))
    assert outcome == Unknown("repeated with other values: REPEAT_REQ_INCONSISTENT", frozen=True)


def test_a_cancel_of_nothing_was_not_attempted():
    outcome = outcome_of(Operation.CANCEL, answer("ORDER_NOT_EXIST", "F"))
    assert outcome == NotAttempted("unknown to the provider", absent=True)


@pytest.mark.promise("I12")
@pytest.mark.parametrize("code", [*BEFORE_PROCESSING.split(), "PARAM_ILLEGAL"])
def test_an_unsigned_protocol_refusal_was_not_attempted(code):
    outcome = outcome_of(Operation.PAY, answer(code, "F", signed=False))
    assert outcome == NotAttempted(f"refused before processing: {code}", code=code)


@pytest.mark.promise("I12")
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SUCCESS", "S"),
        ("PAYMENT_IN_PROCESS", "U"),
        ("UNKNOWN_EXCEPTION", "U"),
        ("KEY_NOT_FOUND", "U"),
        ("DO_NOT_HONOR", "F"),
        ("PROCESS_FAIL", "F"),
        ("ORDER_NOT_EXIST", "F"),
        ("REPEAT_REQ_INCONSISTENT", "F"),
        ("A_CODE_OF_TOMORROW", "F"),
    ],
)
def test_any_other_unsigned_answer_is_unknown(code, status):
    for operation in (Operation.PAY, Operation.CAPTURE, Operation.CANCEL, Operation.REFUND):
        outcome = outcome_of(operation, answer(code, status, signed=False))
        assert outcome == Unknown(f"unsigned answer: {status} {code}")


@pytest.mark.parametrize("operation", [Operation.PAYMENT_INQUIRY, Operation.REFUND_INQUIRY])
@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("SUCCESS", "S", Asked.TOLD),
        ("ORDER_NOT_EXIST", "F", Asked.ABSENT),
        ("ORDER_NOT_EXIST", "U", Asked.OPEN),
        *[(code, "F", Asked.OPEN) for code in ["PARAM_ILLEGAL", "PROCESS_FAIL", "SYSTEM_ERROR", "RISK_REJECT", "NEW"]],
        *[(code, "F", Asked.OPEN) for code in BEFORE_PROCESSING.split()],
        *[
            (code, "U", Asked.OPEN)
            for code in ["PAYMENT_IN_PROCESS", "UNKNOWN_EXCEPTION", "REQUEST_TRAFFIC_EXCEED_LIMIT", "SUCCESS"]
        ],
    ],
)
def test_a_failed_inquiry_says_nothing(operation, code, status, expected):
    assert asked(operation, answer(code, status)) is expected
    assert asked(operation, answer(code, status, signed=False)) is Asked.OPEN
