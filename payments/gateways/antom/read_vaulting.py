"""What is told about keeping a card: the session, what became of a try, messages (antom.md 3.1, 3.3, 3.4, 3.5).

A card is kept only when the provider says so and gives a token with it; anything else that claims it is a
contradiction. Why it was not kept is said in the words of the session, at every door.
"""

from __future__ import annotations

from dataclasses import replace

from core.sealing import Secret
from payments.gateways.antom.codes import TABLES
from payments.gateways.antom.document import Document, Unreadable
from payments.gateways.antom.meaning import failure, outcome_of, reported
from payments.gateways.antom.operations import Operation
from payments.gateways.antom.read_card import read_card, read_network_id
from payments.gateways.antom.read_redirect import read_address, read_redirect
from payments.gateways.antom.result import Answer, Reply, Result, is_code, read_result
from payments.gateways.antom.tolerant import (
    read_fitting_id,
    read_free_text,
    read_id,
    read_moment,
    read_needed_id,
    read_object,
    read_text,
    read_value,
    refuse_other_ids,
)
from payments.gateways.base import Approved, CardFacts, NotAttempted, Outcome, Pending, Unknown
from payments.gateways.vaults import Opening, VaultingFact, VaultingRequest, VaultOpened

_SESSION = Operation.VAULTING_SESSION
_STATUS = {"S": "SUCCESS", "F": "FAIL", "U": "PROCESSING"}
"""Which `vaultingStatus` agrees with the `result` of a message."""


# --- answers --------------------------------------------------------------------------------------------------------


def read_opening(request: VaultingRequest, reply: Reply, *, plain_http: bool = False) -> Opening:
    """The opened session (3.1): nothing is kept, the buyer has yet to give the card."""
    if not isinstance(reply, Answer):
        return reply
    outcome = outcome_of(_SESSION, reply)
    if isinstance(outcome, Unknown | NotAttempted):
        return outcome
    if other := _about_another(request.request_id, reply.document):
        return other
    if isinstance(outcome, Approved):
        return _opened(reply.document, plain_http=plain_http)
    return Unknown(f"{reply.result.status} {reply.result.code}") if isinstance(outcome, Pending) else outcome


def _opened(document: Document, *, plain_http: bool) -> VaultOpened | Unknown:
    data = read_text(document, "vaultingSessionData", 4096)
    if not data:
        return Unknown("vaultingSessionData is missing")
    expires_at = read_moment(document, "vaultingSessionExpiryTime")
    if expires_at is None:  # no page says how long a session lives
        return Unknown("vaultingSessionExpiryTime is missing")
    return VaultOpened(
        data=Secret(data),
        reference=read_fitting_id(document, "vaultingSessionId") or "",
        expires_at=expires_at,
        url=read_address(document, "normalUrl", plain_http=plain_http),
    )


def read_forgotten(reply: Reply) -> Outcome:
    """Whether the provider forgot a token (3.5); one that it does not know is forgotten."""
    return outcome_of(Operation.FORGET, reply) if isinstance(reply, Answer) else reply


# --- an inquiry -----------------------------------------------------------------------------------------------------


def read_vaulting_status(request_id: str, document: Document, *, plain_http: bool = False) -> VaultingFact | Unknown:
    """A successful `inquireVaulting` (3.3): only `vaultingStatus` says what became of the try (pitfall 16)."""
    if other := _about_another(request_id, document):
        return other
    if read_id(document, "vaultingRequestId") is None:
        return Unknown("vaultingRequestId is missing")
    outcome: Outcome
    match read_text(document, "vaultingStatus", 64):
        case "SUCCESS":
            code = _code(document)
            outcome = _contradiction(f"vaultingStatus SUCCESS with {code}") if _denies(code) else Approved()
        case "FAIL":
            outcome = failure(_SESSION, _code(document), read_free_text(document, "vaultingResultMessage"))
            if isinstance(outcome, Unknown):
                outcome = replace(outcome, contradicts=True)
        case "PROCESSING":
            outcome = Pending(read_redirect(document, plain_http=plain_http))
        case _:
            return Unknown("vaultingStatus is missing or unknown")
    return _fact(request_id, document, outcome)


# --- messages -------------------------------------------------------------------------------------------------------


def speaks_of_vaulting(document: Document) -> bool:
    return read_value(document, "vaultingRequestId") is not None


def read_vaulting_result(document: Document) -> VaultingFact:
    """`notifyVaulting` (3.4). Raises Unreadable when it decides nothing or disagrees with itself."""
    request_id = read_needed_id(document, "vaultingRequestId")
    result = read_result(document)
    if read_value(document, "vaultingStatus") is not None:
        status = read_text(document, "vaultingStatus", 64)
        if status not in _STATUS.values():
            raise Unreadable("vaultingStatus is unknown")
        if status != _STATUS[result.status]:
            raise Unreadable("vaultingStatus and result disagree")
    code = _code(document)
    if result.status == "F":
        words = read_free_text(document, "vaultingResultMessage") or result.message
        return _fact(request_id, document, reported(_SESSION, Result(code or result.code, "F", words)))
    outcome = reported(_SESSION, result)
    if isinstance(outcome, Approved) and _denies(code):
        raise Unreadable("vaultingResultCode and result disagree")
    return _fact(request_id, document, Pending(read_redirect(document)) if isinstance(outcome, Pending) else outcome)


# --- both -----------------------------------------------------------------------------------------------------------


def _fact(request_id: str, document: Document, outcome: Outcome) -> VaultingFact:
    """What is told, with the card as far as it may be shown; a token only of a card that is kept."""
    method = read_object(document, "paymentMethodDetail")
    told = read_object(method, "card")
    card = read_card(told)
    if isinstance(outcome, Approved):
        outcome = _kept(method, card)
    if card is not None and not isinstance(outcome, Approved):
        card = replace(card, token=None)
    return VaultingFact(
        request_id=request_id,
        outcome=outcome,
        card=None if card == CardFacts() else card,
        network_transaction_id=read_network_id(told),
        occurred_at=read_moment(document, "vaultingCreateTime"),
    )


def _kept(method: Document, card: CardFacts | None) -> Outcome:
    kind = read_text(method, "paymentMethodType", 64)
    if kind and kind.upper() != "CARD":
        return _contradiction("paymentMethodType is not CARD")
    if card is None or card.token is None:
        return _contradiction("cardToken is missing or of no use")
    return Approved()


def _contradiction(reason: str) -> Unknown:
    return Unknown(reason, contradicts=True)


def _about_another(request_id: str, document: Document) -> Unknown | None:
    try:
        refuse_other_ids(document, {"vaultingRequestId": request_id})
    except Unreadable as error:
        return _contradiction(str(error))
    return None


def _code(document: Document) -> str:
    """`vaultingResultCode`, if it is a word at all."""
    code = read_text(document, "vaultingResultCode", 64)
    return code if is_code(code) else ""


def _denies(code: str) -> bool:
    """Whether a page lists it as anything but a success; a word of tomorrow denies nothing."""
    row = TABLES[_SESSION].get(code)
    return row is not None and row.status != "S"
