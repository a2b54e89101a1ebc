"""Every result-code row of antom.md 3.0, 3.1 to 3.5 and 3.6 to 3.18, written down from that page, not from the code.

Columns: code, status, the page's "Do", and what it becomes here. DO is OK, FAIL, FIX, INQ (redirect, wait or look),
SAME, SLOW, or - where the page gives none. What it becomes is approved, pending, unknown, frozen, absent, before (the
request was not looked at), or the category of a refusal; `nothing` is an inquiry that says nothing about the thing.
"""

from __future__ import annotations

from dataclasses import dataclass

from payments.gateways.antom.operations import Operation
from payments.gateways.base import Kind, Verb


@dataclass(frozen=True, slots=True)
class SpecRow:
    operation: Operation
    code: str
    status: str
    do: str
    becomes: str

    def __str__(self) -> str:
        return f"{self.operation.rpartition('/')[2]}-{self.code}-{self.status}"


# 3.0: possible on every API
EVERYWHERE = """
INVALID_SIGNATURE             F  FIX   before
SIGNATURE_INVALID             F  FIX   before
KEY_NOT_FOUND                 F  FIX   before
UNKNOWN_CLIENT                F  FIX   before
CLIENT_INVALID                F  FIX   before
INVALID_CLIENT_STATUS         F  FIX   before
CLIENT_FORBIDDEN_ACCESS_API   F  FIX   before
ACCESS_DENIED                 F  FIX   before
INVALID_API                   F  FIX   before
API_INVALID                   F  FIX   before
NO_INTERFACE_DEF              F  FIX   before
METHOD_NOT_SUPPORTED          F  FIX   before
MEDIA_TYPE_NOT_ACCEPTABLE     F  FIX   before
OAUTH_FAILED                  F  FIX   before
PARAM_ILLEGAL                 F  FIX   configuration
PROCESS_FAIL                  F  FAIL  try_again
SYSTEM_ERROR                  F  FAIL  try_again
REQUEST_TRAFFIC_EXCEED_LIMIT  U  SLOW  unknown
UNKNOWN_EXCEPTION             U  SAME  unknown
"""

# 3.6, with the codes "seen only as paymentResultCode or in notifications"
PAY = """
SUCCESS                            S  OK    approved
PAYMENT_IN_PROCESS                 U  INQ   pending
AUTHENTICATION_REQUIRED            F  FAIL  not_authenticated
CARD_NOT_SUPPORTED                 F  FAIL  other_card
INVALID_CARD_NUMBER                F  FAIL  fix_data
INVALID_EXPIRATION_DATE            F  FAIL  fix_data
DO_NOT_HONOR                       F  FAIL  call_bank
SELECTED_CARD_BRAND_NOT_AVAILABLE  F  FAIL  other_card
USER_BALANCE_NOT_ENOUGH            F  FAIL  other_card
USER_AMOUNT_EXCEED_LIMIT           F  FAIL  other_card
PAYMENT_AMOUNT_EXCEED_LIMIT        F  FAIL  other_card
PAYMENT_COUNT_EXCEED_LIMIT         F  FAIL  other_card
USER_PAYMENT_VERIFICATION_FAILED   F  FAIL  not_authenticated
VERIFY_UNMATCHED                   F  FAIL  fix_data
VERIFY_TIMES_EXCEED_LIMIT          F  FAIL  other_card
USER_STATUS_ABNORMAL               F  FAIL  other_card
USER_NOT_EXIST                     F  FAIL  other_card
USER_KYC_NOT_QUALIFIED             F  FAIL  other_card
PAYMENT_NOT_QUALIFIED              F  FAIL  other_card
PAYMENT_PROHIBITED                 F  FAIL  other_card
FRAUD_REJECT                       F  FAIL  fraud
RISK_REJECT                        F  FAIL  fraud
ORDER_IS_CANCELED                  F  FAIL  try_again
ORDER_IS_CLOSED                    F  FAIL  try_again
REPEAT_REQ_INCONSISTENT            F  FIX   frozen
INVALID_PAYMENT_METHOD_META_DATA   F  FIX   other_card
PARAM_ILLEGAL                      F  FIX   configuration
INVALID_AMOUNT                     F  FIX   configuration
CURRENCY_NOT_SUPPORT               F  FIX   configuration
SETTLE_CONTRACT_NOT_MATCH          F  FIX   configuration
NO_PAY_OPTIONS                     F  FIX   configuration
INVALID_CONTRACT                   F  FIX   configuration
INVALID_MERCHANT_STATUS            F  FIX   configuration
MERCHANT_NOT_REGISTERED            F  FIX   configuration
MERCHANT_KYB_NOT_QUALIFIED         F  FIX   configuration
ORDER_NOT_EXIST                    F  FAIL  try_again
ORDER_STATUS_INVALID               F  FAIL  try_again
EXPIRED_CODE                       F  FAIL  try_again
INVALID_PAYMENT_CODE               F  FAIL  try_again
INVALID_ACCESS_TOKEN               F  FAIL  try_again
INCORRECT_BLIKCODE                 F  FAIL  try_again
PROCESS_FAIL                       F  FAIL  try_again
SYSTEM_ERROR                       F  FAIL  try_again
UNKNOWN_EXCEPTION                  U  SAME  unknown
REQUEST_TRAFFIC_EXCEED_LIMIT       U  SLOW  unknown
INVALID_CARD                       F  -     other_card
INVALID_EXPIRY_DATE_FORMAT         F  -     fix_data
ISSUER_REJECTS_TRANSACTION         F  -     call_bank
SUSPECTED_CARD                     F  -     fraud
SUSPECTED_RISK                     F  -     fraud
MERCHANT_BALANCE_NOT_ENOUGH        F  -     configuration
"""

# 3.7
SESSION = """
SUCCESS            S  OK    approved
PARAM_ILLEGAL      F  FIX   configuration
PROCESS_FAIL       F  FAIL  try_again
UNKNOWN_EXCEPTION  U  SAME  unknown
"""

# 3.8
PAYMENT_INQUIRY = """
SUCCESS                       S  OK    approved
ORDER_NOT_EXIST               F  -     absent
PAYMENT_IN_PROCESS            U  INQ   nothing
PARAM_ILLEGAL                 F  FIX   nothing
ACCESS_DENIED                 F  FIX   nothing
INVALID_API                   F  FIX   nothing
KEY_NOT_FOUND                 F  FIX   nothing
NO_INTERFACE_DEF              F  FIX   nothing
PROCESS_FAIL                  F  -     nothing
SYSTEM_ERROR                  F  -     nothing
REQUEST_TRAFFIC_EXCEED_LIMIT  U  SLOW  nothing
UNKNOWN_EXCEPTION             U  SAME  nothing
"""

# 3.10
CANCEL = """
SUCCESS                       S  OK    approved
CANCEL_WINDOW_EXCEED          F  FAIL  try_again
ORDER_STATUS_INVALID          F  FAIL  try_again
PROCESS_FAIL                  F  FAIL  try_again
ORDER_NOT_EXIST               F  FAIL  absent
PAYMENT_METHOD_NOT_SUPPORTED  F  FAIL  try_again
PARAM_ILLEGAL                 F  FIX   configuration
CLIENT_INVALID                F  FIX   before
KEY_NOT_FOUND                 F  FIX   before
MERCHANT_BALANCE_NOT_ENOUGH   F  FAIL  configuration
UNKNOWN_EXCEPTION             U  SAME  unknown
REQUEST_TRAFFIC_EXCEED_LIMIT  U  SAME  unknown
"""

# 3.11
CAPTURE = """
SUCCESS                           S  OK    approved
CAPTURE_IN_PROCESS                U  INQ   pending
AUTH_EXPIRED                      F  FAIL  try_again
AUTH_CANCELLED                    F  FAIL  try_again
AUTH_NOT_FOUND                    F  FIX   configuration
CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT  F  FIX   configuration
MULTI_CAPTURE_NOT_SUPPORTED       F  FAIL  configuration
ORDER_IS_CANCELED                 F  FAIL  try_again
ORDER_STATUS_INVALID              F  FAIL  try_again
REPEAT_REQ_INCONSISTENT           F  FIX   frozen
CURRENCY_NOT_SUPPORT              F  FIX   configuration
PARAM_ILLEGAL                     F  FIX   configuration
ACCESS_DENIED                     F  FIX   before
INVALID_CONTRACT                  F  FIX   configuration
NO_PAY_OPTIONS                    F  FIX   configuration
PAYMENT_COUNT_EXCEED_LIMIT        F  FAIL  try_again
USER_AMOUNT_EXCEED_LIMIT          F  FAIL  try_again
USER_BALANCE_NOT_ENOUGH           F  FAIL  try_again
USER_NOT_EXIST                    F  FAIL  try_again
USER_STATUS_ABNORMAL              F  FAIL  try_again
RISK_REJECT                       F  FAIL  fraud
PROCESS_FAIL                      F  FAIL  try_again
UNKNOWN_EXCEPTION                 U  SAME  unknown
"""

# 3.13
REFUND = """
SUCCESS                        S  OK    approved
REFUND_IN_PROCESS              U  INQ   pending
UNKNOWN_EXCEPTION              U  SAME  unknown
REQUEST_TRAFFIC_EXCEED_LIMIT   U  SAME  unknown
REFUND_AMOUNT_EXCEED           F  FIX   configuration
REFUND_WINDOW_EXCEED           F  FAIL  try_again
MERCHANT_BALANCE_NOT_ENOUGH    F  FAIL  configuration
MULTIPLE_REFUNDS_NOT_SUPPORTED F  FAIL  try_again
PARTIAL_REFUND_NOT_SUPPORTED   F  FAIL  try_again
REFUND_NOT_SUPPORTED           F  FAIL  try_again
PAYMENT_METHOD_NOT_SUPPORTED   F  FAIL  try_again
ORDER_STATUS_INVALID           F  FAIL  try_again
ORDER_IS_CLOSED                F  FAIL  try_again
ORDER_IS_CANCELED              F  FAIL  try_again
ORDER_NOT_EXIST                F  FAIL  try_again
REPEAT_REQ_INCONSISTENT        F  FIX   frozen
PARAM_ILLEGAL                  F  FIX   configuration
CURRENCY_NOT_SUPPORT           F  FIX   configuration
ACCESS_DENIED                  F  FIX   before
INVALID_API                    F  FIX   before
INVALID_MERCHANT_STATUS        F  FIX   configuration
KEY_NOT_FOUND                  F  FIX   before
NO_INTERFACE_DEF               F  FIX   before
PROCESS_FAIL                   F  FAIL  try_again
SYSTEM_ERROR                   F  FAIL  try_again
RISK_REJECT                    F  FAIL  fraud
"""

# 3.14
REFUND_INQUIRY = """
SUCCESS                       S  OK    approved
ORDER_NOT_EXIST               F  -     absent
PARAM_ILLEGAL                 F  FIX   nothing
ACCESS_DENIED                 F  FIX   nothing
INVALID_API                   F  FIX   nothing
API_INVALID                   F  FIX   nothing
KEY_NOT_FOUND                 F  FIX   nothing
NO_INTERFACE_DEF              F  FIX   nothing
PROCESS_FAIL                  F  -     nothing
SYSTEM_ERROR                  F  -     nothing
RISK_REJECT                   F  -     nothing
REQUEST_TRAFFIC_EXCEED_LIMIT  U  -     nothing
UNKNOWN_EXCEPTION             U  -     nothing
"""

# 3.16
CONSULT = """
SUCCESS                    S  OK  approved
CURRENCY_NOT_SUPPORT       F  -   nothing
MERCHANT_NOT_REGISTERED    F  -   nothing
NO_PAY_OPTIONS             F  -   nothing
PARAM_ILLEGAL              F  -   nothing
PROCESS_FAIL               F  -   nothing
SETTLE_CONTRACT_NOT_MATCH  F  -   nothing
UNKNOWN_EXCEPTION          U  -   nothing
"""

# 3.18
ACCEPT_DISPUTE = """
SUCCESS             S  OK  approved
PARAM_ILLEGAL       F  -   configuration
PROCESS_FAIL        F  -   try_again
UNKNOWN_EXCEPTION   U  -   unknown
REPEAT_REQUEST      F  OK  approved
TIME_EXCEEDS_LIMIT  F  -   try_again
"""
DEFEND_DISPUTE = """
SUCCESS                      S  OK  approved
PARAM_ILLEGAL                F  -   configuration
PROCESS_FAIL                 F  -   try_again
UNKNOWN_EXCEPTION            U  -   unknown
TIME_EXCEEDS_LIMIT           F  -   try_again
DEFENSE_EXCEED_LIMIT         F  -   try_again
NOT_ALLOW_IN_CURRENT_STATUS  F  -   try_again
REPEAT_REQUEST               F  OK  approved
"""
DISPUTE_EVIDENCE = """
SUCCESS            S  OK  approved
PARAM_ILLEGAL      F  -   configuration
PROCESS_FAIL       F  -   try_again
UNKNOWN_EXCEPTION  U  -   unknown
"""

# 3.1
VAULTING_SESSION = """
SUCCESS            S  OK    approved
PARAM_ILLEGAL      F  FIX   configuration
PROCESS_FAIL       F  FAIL  try_again
UNKNOWN_EXCEPTION  U  SAME  unknown
"""

# 3.3, the codes of the inquiry
VAULTING_INQUIRY = """
SUCCESS             S  OK    approved
VAULTING_NOT_EXIST  F  -     absent
UNKNOWN_EXCEPTION   U  SAME  nothing
"""

# 3.5 has no table: a token that is gone is what we want, by the word that pay has for it (3.6) or by its plain name
FORGET = """
SUCCESS                           S  OK  approved
INVALID_PAYMENT_METHOD_META_DATA  F  OK  approved
TOKEN_NOT_EXIST                   F  OK  approved
"""

# 3.3 `vaultingResultCode`, whose list has neither status nor "Do"; the rows of VERIFICATION_ are those of 3.2
VAULTING_REASONS = """
SUCCESS                           S  OK    approved
VERIFICATION_IN_PROCESS           U  INQ   pending
VERIFICATION_FAIL                 F  FAIL  not_authenticated
ACCESS_DENIED                     F  -     configuration
ACCOUNT_CLOSED                    F  -     other_card
AUTHENTICATION_REQUIRED           F  -     not_authenticated
BLOCKED_FIRST_USED                F  -     call_bank
CARD_EXPIRED                      F  -     other_card
CARD_NOT_SUPPORTED                F  -     other_card
DO_NOT_HONOR                      F  -     call_bank
FRAUD_REJECT                      F  -     fraud
INVALID_CARD_NUMBER               F  -     fix_data
INVALID_CVV                       F  -     fix_data
INVALID_EXPIRATION_DATE           F  -     fix_data
LOST_CARD                         F  -     fraud
NO_SELECTED_ACCOUNT               F  -     other_card
ORDER_IS_CLOSED                   F  -     try_again
PAYMENT_AMOUNT_EXCEED_LIMIT       F  -     other_card
PAYMENT_COUNT_EXCEED_LIMIT        F  -     other_card
PICKUP_CARD                       F  -     fraud
POLICY                            F  -     other_card
PROCESS_FAIL                      F  -     try_again
RESTRICTED_CARD                   F  -     other_card
STOLEN_CARD                       F  -     fraud
USER_BALANCE_NOT_ENOUGH           F  -     other_card
USER_PAYMENT_VERIFICATION_FAILED  F  -     not_authenticated
VERIFY_TIMES_EXCEED_LIMIT         F  -     other_card
"""
COUNT_VAULTING_REASONS = 27

TABLES = {
    Operation.PAY: (PAY, 51),
    Operation.SESSION: (SESSION, 4),
    Operation.PAYMENT_INQUIRY: (PAYMENT_INQUIRY, 12),
    Operation.CANCEL: (CANCEL, 12),
    Operation.CAPTURE: (CAPTURE, 23),
    Operation.REFUND: (REFUND, 26),
    Operation.REFUND_INQUIRY: (REFUND_INQUIRY, 13),
    Operation.CONSULT: (CONSULT, 8),
    Operation.ACCEPT_DISPUTE: (ACCEPT_DISPUTE, 6),
    Operation.DEFEND_DISPUTE: (DEFEND_DISPUTE, 8),
    Operation.DISPUTE_EVIDENCE: (DISPUTE_EVIDENCE, 4),
    Operation.VAULTING_SESSION: (VAULTING_SESSION, 4),
    Operation.VAULTING_INQUIRY: (VAULTING_INQUIRY, 3),
    Operation.FORGET: (FORGET, 3),
}
"""With the number of rows that the page has."""
COUNT_EVERYWHERE = 19

ASKING = frozenset({Operation.PAYMENT_INQUIRY, Operation.REFUND_INQUIRY, Operation.CONSULT, Operation.VAULTING_INQUIRY})
"""Their failures say that the question failed, and nothing else (3.8)."""

KIND_OF: dict[Operation, Kind | Verb] = {
    Operation.PAY: Kind.AUTHORIZE,
    Operation.SESSION: Kind.AUTHORIZE,
    Operation.PAYMENT_INQUIRY: Kind.AUTHORIZE,
    Operation.CONSULT: Kind.AUTHORIZE,
    Operation.CANCEL: Kind.CANCEL,
    Operation.CAPTURE: Kind.CAPTURE,
    Operation.REFUND: Kind.REFUND,
    Operation.REFUND_INQUIRY: Kind.REFUND,
    Operation.ACCEPT_DISPUTE: Kind.CAPTURE,
    Operation.DEFEND_DISPUTE: Kind.CAPTURE,
    Operation.DISPUTE_EVIDENCE: Kind.CAPTURE,
    Operation.VAULTING_SESSION: Verb.BIND,
    Operation.VAULTING_INQUIRY: Verb.BIND,
    Operation.FORGET: Verb.FORGET,
}
"""Under which kind or verb an operator looks a code up; a dispute has none of its own."""


def rows_of(operation: Operation, table: str) -> list[SpecRow]:
    return [SpecRow(operation, *line.split()) for line in table.strip().splitlines()]


def every_row() -> list[SpecRow]:
    """The rows of each operation, then those of 3.0 that its own table does not repeat."""
    found: list[SpecRow] = []
    for operation, (table, _) in TABLES.items():
        own = rows_of(operation, table)
        listed = {row.code for row in own}
        found += own
        for row in rows_of(operation, EVERYWHERE):
            if row.code not in listed:
                becomes = "nothing" if operation in ASKING else row.becomes
                found.append(SpecRow(operation, row.code, row.status, row.do, becomes))
    return found
