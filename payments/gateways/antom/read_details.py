"""What else a document tells about one act: card, checks, 3DS, acquirer, refusal, review (antom.md 3.6, 3.20, 6)."""

from __future__ import annotations

from collections.abc import Mapping

from payments.gateways.antom.document import Document
from payments.gateways.antom.read_card import read_card
from payments.gateways.antom.read_review import read_review, read_risk
from payments.gateways.antom.tolerant import read_free_text, read_moment, read_object, read_text
from payments.gateways.base import Details

_THREE_DS = {
    "threeDSVersion": "version",
    "eci": "eci",
    "caav": "cavv",  # a misprint of the vendor (pitfall 18); the right name wins
    "cavv": "cavv",
    "dsTransactionId": "ds_transaction_id",
    "xid": "xid",
    "threeDStransactionStatusReason": "status_reason",
    "challengeCancel": "challenge_cancel",
    "challenged": "challenged",
    "exemptionType": "exemption_type",
    "threeDSOffered": "offered",
    "paResStatus": "pares_status",
    "liabilityShift": "liability_shift",
}
_ACQUIRER = {
    "acquirerName": "name",
    "referenceRequestId": "reference_request_id",
    "acquirerTransactionId": "transaction_id",
    "acquirerMerchantId": "merchant_id",
    "acquirerMerchantName": "merchant_name",
    "acquirerAccountName": "account_name",
    "acquirerResultCode": "result_code",
    "ptspTransactionId": "ptsp_transaction_id",
}
"""For operators; card token and fingerprint of the acquirer are left where they are."""
_ACQUIRER_WORDS = {"acquirerResultMessage": "result_message", "acquirerReasonDescription": "reason"}
_ALLOWS = {
    "incrementalAuthorizationAvailable": "incremental",
    "extendedAuthorizationAvailable": "extended",
    "refundOnAuthorizationAvailable": "refund_on_authorization",
}
_REFERENCES = {"acquirerReferenceNo": "reference_no", "arn": "arn", "rrn": "rrn"}


def read_details(document: Document) -> Details:
    """Nothing in here is needed, so nothing in here is refused."""
    info = read_object(document, "cardInfo") | read_object(document, "paymentResultInfo")
    return Details(
        card=read_card(info),
        avs=read_text(info, "avsResultRaw", 16),
        cvv=read_text(info, "cvvResultRaw", 16),
        network_transaction_id=read_text(info, "networkTransactionId"),
        authorization_code=read_text(info, "authorizationCode", 64),
        three_ds=_three_ds(read_object(info, "threeDSResult")),
        acquirer=read_acquirer(document),
        refusal=_refusal(info),
        review=read_review(document),
        risk=read_risk(document),
        credential=read_free_text(info, "credentialTypeUsed"),
        exemption=read_free_text(info, "exemptionRequested"),
        allows=_allows(info),
        hold_ends_at=read_moment(document, "authExpiryTime"),
    )


def read_acquirer(document: Document) -> dict[str, str]:
    """Who took it in the end, from `acquirerInfo` and the references beside it (3.20)."""
    info = read_object(document, "paymentResultInfo")
    acquirer = read_object(document, "acquirerInfo") or read_object(info, "acquirerInfo")
    words = {ours: text for theirs, ours in _ACQUIRER_WORDS.items() if (text := read_free_text(acquirer, theirs))}
    return _renamed(acquirer, _ACQUIRER) | words | _renamed(info, _REFERENCES) | _renamed(document, _REFERENCES)


def _renamed(document: Document, names: Mapping[str, str]) -> dict[str, str]:
    return {ours: value for theirs, ours in names.items() if (value := read_text(document, theirs))}


def _three_ds(result: Document) -> dict[str, str]:
    told = _renamed(result, _THREE_DS)
    if told.get("liability_shift") == "-1":
        told["liability_shift"] = "0"  # unknown counts as not shifted (6)
    return told


def _allows(info: Document) -> dict[str, str]:
    told = {ours: read_text(info, theirs).lower() for theirs, ours in _ALLOWS.items()}
    return {name: word for name, word in told.items() if word in ("true", "false")}


def _refusal(info: Document) -> dict[str, str]:
    told = {
        "code": read_text(info, "refusalCodeRaw", 64),
        "reason": read_free_text(info, "refusalReasonRaw"),
        "advice": read_free_text(info, "merchantAdviceCode"),
    }
    return {name: words for name, words in told.items() if words}
