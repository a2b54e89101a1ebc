"""Every row of the code tables (antom.md 3)."""

from __future__ import annotations

from typing import Any

import pytest

from payments.gateways.antom.codes import TABLES
from payments.gateways.antom.meaning import outcome_of
from payments.gateways.antom.operations import INQUIRIES, Operation
from payments.gateways.base import Approved, Category, Declined, NotAttempted, Outcome, Pending, Unknown
from tests.gateways.antom.examples import BEFORE_PROCESSING, answer

C = Category
APPROVED, RUNNING, SKIPPED, OPEN = "approved", "pending", "not attempted", "unknown"

COMMON = {
    ("F", SKIPPED): BEFORE_PROCESSING,
    ("F", C.CONFIGURATION): "PARAM_ILLEGAL",
    ("F", C.TRY_AGAIN): "PROCESS_FAIL SYSTEM_ERROR A_CODE_OF_TOMORROW",
    ("F", OPEN): "REPEAT_REQ_INCONSISTENT",
    ("U", OPEN): "REQUEST_TRAFFIC_EXCEED_LIMIT UNKNOWN_EXCEPTION A_CODE_OF_TOMORROW PROCESS_FAIL SUCCESS",
    ("S", APPROVED): "SUCCESS",
    ("S", OPEN): "A_CODE_OF_TOMORROW PROCESS_FAIL KEY_NOT_FOUND",
}
PAY = {
    ("U", RUNNING): "PAYMENT_IN_PROCESS",
    ("F", OPEN): "SUCCESS PAYMENT_IN_PROCESS UNKNOWN_EXCEPTION",
    ("F", C.TRY_AGAIN): "AUTHENTICATION_REQUIRED USER_PAYMENT_VERIFICATION_FAILED ORDER_IS_CANCELED ORDER_IS_CLOSED "
    "ORDER_NOT_EXIST ORDER_STATUS_INVALID EXPIRED_CODE INVALID_PAYMENT_CODE INVALID_ACCESS_TOKEN INCORRECT_BLIKCODE",
    ("F", C.OTHER_CARD): "CARD_NOT_SUPPORTED SELECTED_CARD_BRAND_NOT_AVAILABLE USER_BALANCE_NOT_ENOUGH "
    "USER_AMOUNT_EXCEED_LIMIT PAYMENT_AMOUNT_EXCEED_LIMIT PAYMENT_COUNT_EXCEED_LIMIT VERIFY_TIMES_EXCEED_LIMIT "
    "USER_STATUS_ABNORMAL USER_NOT_EXIST USER_KYC_NOT_QUALIFIED PAYMENT_NOT_QUALIFIED PAYMENT_PROHIBITED INVALID_CARD "
    "INVALID_PAYMENT_METHOD_META_DATA",
    ("F", C.CALL_BANK): "DO_NOT_HONOR ISSUER_REJECTS_TRANSACTION",
    ("F", C.FIX_DATA): "INVALID_CARD_NUMBER INVALID_EXPIRATION_DATE INVALID_EXPIRY_DATE_FORMAT VERIFY_UNMATCHED",
    ("F", C.FRAUD): "FRAUD_REJECT RISK_REJECT SUSPECTED_CARD SUSPECTED_RISK",
    ("F", C.CONFIGURATION): "INVALID_AMOUNT CURRENCY_NOT_SUPPORT SETTLE_CONTRACT_NOT_MATCH NO_PAY_OPTIONS "
    "INVALID_CONTRACT INVALID_MERCHANT_STATUS MERCHANT_NOT_REGISTERED MERCHANT_KYB_NOT_QUALIFIED "
    "MERCHANT_BALANCE_NOT_ENOUGH",
}
CAPTURES = {
    ("U", RUNNING): "CAPTURE_IN_PROCESS",
    ("F", OPEN): "CAPTURE_IN_PROCESS",
    ("F", C.TRY_AGAIN): "AUTH_EXPIRED AUTH_CANCELLED ORDER_IS_CANCELED ORDER_STATUS_INVALID "
    "PAYMENT_COUNT_EXCEED_LIMIT USER_AMOUNT_EXCEED_LIMIT USER_BALANCE_NOT_ENOUGH USER_NOT_EXIST USER_STATUS_ABNORMAL",
    ("F", C.FRAUD): "RISK_REJECT",
    ("F", C.CONFIGURATION): "AUTH_NOT_FOUND CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT MULTI_CAPTURE_NOT_SUPPORTED "
    "CURRENCY_NOT_SUPPORT INVALID_CONTRACT NO_PAY_OPTIONS",
}
CANCELS = {
    ("F", SKIPPED): "ORDER_NOT_EXIST",
    ("F", C.TRY_AGAIN): "CANCEL_WINDOW_EXCEED ORDER_STATUS_INVALID PAYMENT_METHOD_NOT_SUPPORTED",
    ("F", C.CONFIGURATION): "MERCHANT_BALANCE_NOT_ENOUGH",
}
REFUNDS = {
    ("U", RUNNING): "REFUND_IN_PROCESS",
    ("F", C.TRY_AGAIN): "REFUND_WINDOW_EXCEED MULTIPLE_REFUNDS_NOT_SUPPORTED PARTIAL_REFUND_NOT_SUPPORTED "
    "REFUND_NOT_SUPPORTED PAYMENT_METHOD_NOT_SUPPORTED ORDER_STATUS_INVALID ORDER_IS_CLOSED ORDER_IS_CANCELED "
    "ORDER_NOT_EXIST",
    ("F", C.FRAUD): "RISK_REJECT",
    ("F", C.CONFIGURATION): "REFUND_AMOUNT_EXCEED MERCHANT_BALANCE_NOT_ENOUGH CURRENCY_NOT_SUPPORT "
    "INVALID_MERCHANT_STATUS",
}


def rows(operation: Operation, *tables: dict[tuple[str, Any], str]) -> list[tuple[Operation, str, str, Any]]:
    return [
        (operation, code, status, word)
        for table in tables
        for (status, word), codes in table.items()
        for code in codes.split()
    ]


ROWS = [
    *rows(Operation.PAY, COMMON, PAY),
    *rows(Operation.SESSION, COMMON),
    *rows(Operation.CAPTURE, COMMON, CAPTURES),
    *rows(Operation.CANCEL, COMMON, CANCELS),
    *rows(Operation.REFUND, COMMON, REFUNDS),
]


def word_of(outcome: Outcome) -> Any:
    match outcome:
        case Approved():
            return APPROVED
        case Pending():
            return RUNNING
        case Declined():
            return outcome.category
        case NotAttempted():
            return SKIPPED
        case Unknown():
            return OPEN


@pytest.mark.promise("I12")
@pytest.mark.parametrize(("operation", "code", "status", "expected"), ROWS)
def test_every_row_of_the_code_tables(operation, code, status, expected):
    outcome = outcome_of(operation, answer(code, status))
    assert word_of(outcome) == expected
    if isinstance(outcome, Declined):
        assert (outcome.code, outcome.message) == (code, "words")


def test_no_row_of_a_table_is_without_a_test():
    tested = {(operation, code) for operation, code, _, _ in ROWS}
    acts = set(Operation) - INQUIRIES - {Operation.SESSION}
    assert {(operation, code) for operation in acts for code in TABLES[operation]} <= tested
