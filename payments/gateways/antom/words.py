"""Words about the result codes that every operation shares (antom.md 3.0), and how such tables are written."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from payments.gateways.base import CodeMeaning

Words: TypeAlias = Mapping[str, CodeMeaning]

NOTHING_TO_DO = "Nothing to do."
WAIT = "Wait: the gateway is asked again by itself. Do not start another one."
TRY_ONCE_MORE = "Nothing happened. Do not repeat it at once; a later try is a new request."
DO_NOT_REPEAT = "Nothing happened. Trying the same again will not help."
TELL_TECHNICAL = "Nothing happened. Tell a technical colleague; trying again is pointless until it is put right."
UNTIL_THEN = "Nothing happened, and nothing will until it is put right."
CHECK_CONTRACT = f"Check in the Antom dashboard what our contract allows and whether it is active. {UNTIL_THEN}"
A_PERSON_LOOKS = "Look in the Antom dashboard what really happened before anything is done again."


def table(rows: str, *, next_step: str, ours_to_fix: bool = False) -> Words:
    """Lines of `CODES | sentence`, which share the next step."""
    found: dict[str, CodeMeaning] = {}
    for row in rows.strip().splitlines():
        codes, about = (part.strip() for part in row.split("|"))
        meaning = CodeMeaning(about=about, next_step=next_step, ours_to_fix=ours_to_fix)
        found |= dict.fromkeys(codes.split(), meaning)
    return MappingProxyType(found)


def joined(*tables: Words) -> Words:
    return MappingProxyType({code: meaning for one in tables for code, meaning in one.items()})


COMMON = joined(
    table("SUCCESS | Antom did what was asked.", next_step=NOTHING_TO_DO),
    table(
        """
        INVALID_SIGNATURE SIGNATURE_INVALID | Antom could not verify our signature: a wrong key, path, time or encoding.
        KEY_NOT_FOUND | Antom holds no public key of ours for this client and key version.
        """,
        next_step="Check the private key and key version of this account, the public key in the Antom dashboard, and "
        f"the server’s clock. {UNTIL_THEN}",
        ours_to_fix=True,
    ),
    table(
        "UNKNOWN_CLIENT CLIENT_INVALID INVALID_CLIENT_STATUS | Antom does not know our client id, or it is not active.",
        next_step=f"Check the client id of this account, and in the Antom dashboard whether it is active. {UNTIL_THEN}",
        ours_to_fix=True,
    ),
    table(
        "CLIENT_FORBIDDEN_ACCESS_API ACCESS_DENIED INVALID_API API_INVALID | Our client may not use this function.",
        next_step=CHECK_CONTRACT,
        ours_to_fix=True,
    ),
    table(
        """
        NO_INTERFACE_DEF | We called an address that Antom does not have.
        METHOD_NOT_SUPPORTED | We called Antom with another method than POST.
        MEDIA_TYPE_NOT_ACCEPTABLE | We called Antom with a media type that it does not take.
        """,
        next_step="Check the address of Antom in the credentials of this account, and what stands between us. "
        f"{UNTIL_THEN}",
        ours_to_fix=True,
    ),
    table(
        "OAUTH_FAILED | Antom refused the agent token of our account.",
        next_step=f"Check the agent token in the credentials of this account. {UNTIL_THEN}",
        ours_to_fix=True,
    ),
    table(
        """
        PARAM_ILLEGAL | A field of our request is missing, malformed, too long, or not allowed together with another.
        """,
        next_step=TELL_TECHNICAL,
        ours_to_fix=True,
    ),
    table(
        "REPEAT_REQ_INCONSISTENT | Antom holds another request with the same id and other values.",
        next_step=A_PERSON_LOOKS,
        ours_to_fix=True,
    ),
    table("PROCESS_FAIL | Antom refused without giving a reason.", next_step=TRY_ONCE_MORE),
    table("SYSTEM_ERROR | Antom failed while it worked on this, and says so finally.", next_step=TRY_ONCE_MORE),
    table("FAIL | Antom says that it failed, and gives no reason.", next_step=TRY_ONCE_MORE),
    table(
        """
        REQUEST_TRAFFIC_EXCEED_LIMIT | We asked Antom too often; it does not say what became of this.
        UNKNOWN_EXCEPTION | Antom does not know yet what became of this.
        """,
        next_step=WAIT,
    ),
)
