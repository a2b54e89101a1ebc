"""The code tables: what a result code of each operation means (antom.md 3). The provider's words stop here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from payments.gateways.antom.operations import Operation
from payments.gateways.base import Category


class Word(StrEnum):
    """The meaning of one row of a code table."""

    DONE = "done"
    RUNNING = "running"
    REFUSED = "refused"
    NOT_PROCESSED = "not_processed"
    """Refused before anything was looked at (3.0)."""
    ABSENT = "absent"
    """The provider does not know what we speak of."""
    OPEN = "open"
    """Says nothing about the thing that was asked for."""
    FROZEN = "frozen"
    """Our own request id was used with other values: a person must look (I13)."""


@dataclass(frozen=True, slots=True)
class Row:
    """A code counts only together with its documented status; any other pair says nothing."""

    status: str
    word: Word
    category: Category = Category.TRY_AGAIN
    """Why, when it is REFUSED."""


Table: TypeAlias = Mapping[str, Row]


def _rows(status: str, word: Word, codes: str) -> Table:
    return dict.fromkeys(codes.split(), Row(status, word))


def _refused(category: Category, codes: str) -> Table:
    return dict.fromkeys(codes.split(), Row("F", Word.REFUSED, category))


def _table(*parts: Table) -> Table:
    return MappingProxyType({code: row for part in parts for code, row in part.items()})


_BEFORE_PROCESSING = (
    "INVALID_SIGNATURE SIGNATURE_INVALID KEY_NOT_FOUND UNKNOWN_CLIENT CLIENT_INVALID INVALID_CLIENT_STATUS "
    "CLIENT_FORBIDDEN_ACCESS_API ACCESS_DENIED INVALID_API API_INVALID NO_INTERFACE_DEF METHOD_NOT_SUPPORTED "
    "MEDIA_TYPE_NOT_ACCEPTABLE OAUTH_FAILED"
)
"""Protocol codes of 3.0: the request was not looked at."""

UNSIGNED_REFUSALS = frozenset({*_BEFORE_PROCESSING.split(), "PARAM_ILLEGAL"})
"""What an answer may say without a signature (1.4)."""

_COMMON = _table(
    _rows("S", Word.DONE, "SUCCESS"),
    _rows("F", Word.NOT_PROCESSED, _BEFORE_PROCESSING),
    _rows("F", Word.FROZEN, "REPEAT_REQ_INCONSISTENT"),
    _rows("U", Word.OPEN, "UNKNOWN_EXCEPTION REQUEST_TRAFFIC_EXCEED_LIMIT"),
    _refused(Category.CONFIGURATION, "PARAM_ILLEGAL"),
    # Despite its name SYSTEM_ERROR is final (pitfall 8).
    _refused(Category.TRY_AGAIN, "PROCESS_FAIL SYSTEM_ERROR"),
)

_PAY_REFUSALS = _table(
    _refused(
        Category.TRY_AGAIN,
        "ORDER_IS_CANCELED ORDER_IS_CLOSED ORDER_NOT_EXIST ORDER_STATUS_INVALID EXPIRED_CODE INVALID_PAYMENT_CODE "
        "INVALID_ACCESS_TOKEN INCORRECT_BLIKCODE",
    ),
    _refused(Category.NOT_AUTHENTICATED, "AUTHENTICATION_REQUIRED USER_PAYMENT_VERIFICATION_FAILED"),
    _refused(
        Category.OTHER_CARD,
        "CARD_NOT_SUPPORTED SELECTED_CARD_BRAND_NOT_AVAILABLE USER_BALANCE_NOT_ENOUGH USER_AMOUNT_EXCEED_LIMIT "
        "PAYMENT_AMOUNT_EXCEED_LIMIT PAYMENT_COUNT_EXCEED_LIMIT VERIFY_TIMES_EXCEED_LIMIT USER_STATUS_ABNORMAL "
        "USER_NOT_EXIST USER_KYC_NOT_QUALIFIED PAYMENT_NOT_QUALIFIED PAYMENT_PROHIBITED INVALID_CARD "
        "INVALID_PAYMENT_METHOD_META_DATA",
    ),
    _refused(Category.CALL_BANK, "DO_NOT_HONOR ISSUER_REJECTS_TRANSACTION"),
    _refused(
        Category.FIX_DATA,
        "INVALID_CARD_NUMBER INVALID_EXPIRATION_DATE INVALID_EXPIRY_DATE_FORMAT VERIFY_UNMATCHED",
    ),
    _refused(Category.FRAUD, "FRAUD_REJECT RISK_REJECT SUSPECTED_CARD SUSPECTED_RISK"),
    _refused(
        Category.CONFIGURATION,
        "INVALID_AMOUNT CURRENCY_NOT_SUPPORT SETTLE_CONTRACT_NOT_MATCH NO_PAY_OPTIONS INVALID_CONTRACT "
        "INVALID_MERCHANT_STATUS MERCHANT_NOT_REGISTERED MERCHANT_KYB_NOT_QUALIFIED MERCHANT_BALANCE_NOT_ENOUGH",
    ),
)

_VAULTING_REFUSALS = _table(
    _refused(Category.TRY_AGAIN, "ORDER_IS_CLOSED"),
    _refused(Category.NOT_AUTHENTICATED, "AUTHENTICATION_REQUIRED USER_PAYMENT_VERIFICATION_FAILED VERIFICATION_FAIL"),
    _refused(
        Category.OTHER_CARD,
        "ACCOUNT_CLOSED CARD_EXPIRED CARD_NOT_SUPPORTED NO_SELECTED_ACCOUNT PAYMENT_AMOUNT_EXCEED_LIMIT "
        "PAYMENT_COUNT_EXCEED_LIMIT POLICY RESTRICTED_CARD USER_BALANCE_NOT_ENOUGH VERIFY_TIMES_EXCEED_LIMIT",
    ),
    _refused(Category.CALL_BANK, "BLOCKED_FIRST_USED DO_NOT_HONOR"),
    _refused(Category.FIX_DATA, "INVALID_CARD_NUMBER INVALID_CVV INVALID_EXPIRATION_DATE"),
    _refused(Category.FRAUD, "FRAUD_REJECT LOST_CARD PICKUP_CARD STOLEN_CARD"),
)
"""Why a card was not kept: `vaultingResultCode` of 3.3, and what 3.2 says of the buyer's check."""

# Every other code says that the inquiry failed, and nothing about the thing (pitfall 16).
_INQUIRY = _table(_rows("S", Word.DONE, "SUCCESS"), _rows("F", Word.ABSENT, "ORDER_NOT_EXIST"))

_DONE_ALREADY = _rows("F", Word.DONE, "REPEAT_REQUEST")
"""Of a dispute: what we ask for was done before, so asking again is safe."""

TABLES: Mapping[Operation, Table] = MappingProxyType(
    {
        Operation.PAY: _table(_COMMON, _PAY_REFUSALS, _rows("U", Word.RUNNING, "PAYMENT_IN_PROCESS")),
        Operation.SESSION: _table(_COMMON, _PAY_REFUSALS),
        Operation.CAPTURE: _table(
            _COMMON,
            _rows("U", Word.RUNNING, "CAPTURE_IN_PROCESS"),
            _refused(
                Category.TRY_AGAIN,
                "AUTH_EXPIRED AUTH_CANCELLED ORDER_IS_CANCELED ORDER_STATUS_INVALID PAYMENT_COUNT_EXCEED_LIMIT "
                "USER_AMOUNT_EXCEED_LIMIT USER_BALANCE_NOT_ENOUGH USER_NOT_EXIST USER_STATUS_ABNORMAL",
            ),
            _refused(Category.FRAUD, "RISK_REJECT"),
            _refused(
                Category.CONFIGURATION,
                "AUTH_NOT_FOUND CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT MULTI_CAPTURE_NOT_SUPPORTED CURRENCY_NOT_SUPPORT "
                "INVALID_CONTRACT NO_PAY_OPTIONS",
            ),
        ),
        Operation.CANCEL: _table(
            _COMMON,
            _rows("F", Word.ABSENT, "ORDER_NOT_EXIST"),
            _refused(Category.TRY_AGAIN, "CANCEL_WINDOW_EXCEED ORDER_STATUS_INVALID PAYMENT_METHOD_NOT_SUPPORTED"),
            _refused(Category.CONFIGURATION, "MERCHANT_BALANCE_NOT_ENOUGH"),
        ),
        Operation.REFUND: _table(
            _COMMON,
            _rows("U", Word.RUNNING, "REFUND_IN_PROCESS"),
            _refused(
                Category.TRY_AGAIN,
                "REFUND_WINDOW_EXCEED ORDER_STATUS_INVALID ORDER_IS_CLOSED ORDER_IS_CANCELED ORDER_NOT_EXIST "
                "MULTIPLE_REFUNDS_NOT_SUPPORTED PARTIAL_REFUND_NOT_SUPPORTED REFUND_NOT_SUPPORTED "
                "PAYMENT_METHOD_NOT_SUPPORTED",
            ),
            _refused(Category.FRAUD, "RISK_REJECT"),
            _refused(
                Category.CONFIGURATION,
                "REFUND_AMOUNT_EXCEED MERCHANT_BALANCE_NOT_ENOUGH CURRENCY_NOT_SUPPORT INVALID_MERCHANT_STATUS",
            ),
        ),
        Operation.ACCEPT_DISPUTE: _table(_COMMON, _DONE_ALREADY, _refused(Category.TRY_AGAIN, "TIME_EXCEEDS_LIMIT")),
        Operation.DEFEND_DISPUTE: _table(
            _COMMON,
            _DONE_ALREADY,
            _refused(Category.TRY_AGAIN, "TIME_EXCEEDS_LIMIT DEFENSE_EXCEED_LIMIT NOT_ALLOW_IN_CURRENT_STATUS"),
        ),
        Operation.DISPUTE_EVIDENCE: _COMMON,
        Operation.VAULTING_SESSION: _table(
            _COMMON, _VAULTING_REFUSALS, _rows("U", Word.RUNNING, "VERIFICATION_IN_PROCESS")
        ),
        # No page lists its codes; these two say that the token is gone, which is what we want (3.5, 3.6).
        Operation.FORGET: _table(_COMMON, _rows("F", Word.DONE, "TOKEN_NOT_EXIST INVALID_PAYMENT_METHOD_META_DATA")),
        Operation.VAULTING_INQUIRY: _table(
            _rows("S", Word.DONE, "SUCCESS"), _rows("F", Word.ABSENT, "VAULTING_NOT_EXIST")
        ),
        Operation.CONSULT: _table(_rows("S", Word.DONE, "SUCCESS")),
        Operation.PAYMENT_INQUIRY: _INQUIRY,
        Operation.REFUND_INQUIRY: _INQUIRY,
    }
)
