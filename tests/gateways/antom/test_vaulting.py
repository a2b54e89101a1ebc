"""Keeping a card: the session, what became of it, messages, forgetting (antom.md 3.1, 3.3 to 3.6, pitfalls 15, 16)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from config.env import gateway_credentials
from core.sealing import Secret
from payments.gateways import http
from payments.gateways.antom.gateway import AntomGateway
from payments.gateways.antom.rules import RULES
from payments.gateways.antom.write_vaulting import vaulting_document
from payments.gateways.base import (
    Approved,
    BadSignature,
    CardFacts,
    Category,
    Declined,
    InvalidRequest,
    Known,
    NotAttempted,
    NotFound,
    Outcome,
    Pending,
    Redirect,
    Strength,
    Unknown,
    Verb,
)
from payments.gateways.vaults import VaultingFact, VaultingRequest, VaultOpened
from tests.gateways.antom.examples import INQUIRY, PAYMENT_ID, REQUEST_ID, TOKEN, authorize, result
from tests.gateways.antom.test_signing import VECTORS
from tests.gateways.antom.wire import (
    API,
    CREDENTIALS,
    HOST,
    MERCHANT_KEYS,
    SUCCESS,
    VENDOR_KEYS,
    answers,
    delivery,
    sent,
    signed_headers,
)

VAULTING_ID = "VLT_20260105_0001"
REQUEST = VaultingRequest(
    request_id=VAULTING_ID,
    notify_url="https://shop.example/notify/antom/vaulting/",
    return_url="https://shop.example/cards/return/",
)
PAN = "4111 1111 1111 1111"
SAVED = "ALIPAYq0Vf3+/ab=="


def vendor_says(wire: Any, operation: str, document: Any, **changes: Any) -> None:
    answers(wire, operation, document, group="vaults", **changes)


@pytest.fixture
def forgetting() -> AntomGateway:
    return AntomGateway.from_credentials({**CREDENTIALS, "forget_tokens": True})


# --- what is sent ---------------------------------------------------------------------------------------------------

OPENED = {
    "result": SUCCESS,
    "vaultingSessionData": "UNvjVWnW==&&SG&&111&&eyJ2ZXJzaW9uIjoi",
    "vaultingSessionId": "UNvjVWnWPXJA4BgW",
    "vaultingSessionExpiryTime": "2026-01-05T11:12:01-08:00",
}


def test_the_whole_document_of_a_session(gateway, wire):
    vendor_says(wire, "createVaultingSession", OPENED)
    gateway.open_vault(REQUEST)
    assert sent(wire) == {
        "paymentMethodType": "CARD",
        "vaultingRequestId": VAULTING_ID,
        "vaultingNotificationUrl": "https://shop.example/notify/antom/vaulting/",
        "redirectUrl": "https://shop.example/cards/return/",
    }
    assert wire.calls[0].request.url == f"{HOST}/ams/api/v1/vaults/createVaultingSession"


def test_the_banks_check_is_asked_for_only_when_we_want_it():
    assert vaulting_document(replace(REQUEST, force_three_ds=True))["is3DSAuthentication"] is True
    assert "is3DSAuthentication" not in vaulting_document(REQUEST)


def test_our_document_is_the_one_of_the_vectors():
    vector = next(entry for entry in VECTORS["requests"] if entry["id"] == "req-vault-sandbox")
    expected = json.loads(vector["body"])
    request = VaultingRequest(
        request_id=expected["vaultingRequestId"],
        notify_url=expected["vaultingNotificationUrl"],
        return_url=expected["redirectUrl"],
    )
    assert vaulting_document(request) == expected


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("vaultingRequestId", {"request_id": ""}),
        ("vaultingRequestId", {"request_id": "a b"}),
        ("vaultingRequestId", {"request_id": "x" * 65}),
        ("vaultingNotificationUrl", {"notify_url": ""}),
        ("vaultingNotificationUrl", {"notify_url": "/notify/"}),
        ("vaultingNotificationUrl", {"notify_url": "https://" + "x" * 2048}),
        ("redirectUrl", {"return_url": "javascript:alert(1)"}),
        ("redirectUrl", {"return_url": "https://" + "x" * 2048}),
        ("redirectUrl", {"return_url": "https://shop.example/\ud800"}),
    ],
)
def test_what_the_provider_would_refuse_is_refused_by_its_name(gateway, field, changes):
    with pytest.raises(InvalidRequest) as caught:
        gateway.open_vault(replace(REQUEST, **changes))
    assert caught.value.field == field
    assert "xxxx" not in str(caught.value)


@pytest.mark.parametrize("request_id", ["", "a/b", "x" * 65])
def test_only_an_id_of_ours_can_be_asked_about(gateway, request_id):
    with pytest.raises(InvalidRequest, match="vaultingRequestId"):
        gateway.inquire_vault(request_id)


@pytest.mark.promise("I32")
@pytest.mark.parametrize("token", [Secret(""), Secret("secret" * 342)])
def test_only_a_token_that_fits_can_be_forgotten(forgetting, token):
    with pytest.raises(InvalidRequest, match="token") as caught:
        forgetting.forget_card(token)
    assert "secret" not in str(caught.value)


# --- the session ----------------------------------------------------------------------------------------------------


def test_an_opened_session(gateway, wire):
    vendor_says(wire, "createVaultingSession", OPENED)
    opened = gateway.open_vault(REQUEST)
    assert opened == VaultOpened(
        data=Secret("UNvjVWnW==&&SG&&111&&eyJ2ZXJzaW9uIjoi"),
        reference="UNvjVWnWPXJA4BgW",
        expires_at=datetime(2026, 1, 5, 19, 12, 1, tzinfo=UTC),
    )
    assert "UNvjVWnW==" not in repr(opened)


def test_the_session_of_the_vectors_with_its_signature(wire):
    vector = next(entry for entry in VECTORS["responses"] if entry["id"] == "resp-vault-sandbox")
    headers = {
        "client-id": vector["clientId"],
        "response-time": vector["time"],
        "signature": vector["signatureHeader"],
    }
    wire.add("POST", HOST + vector["path"], body=vector["body"].encode(), headers=headers)
    gateway = AntomGateway.from_credentials({**CREDENTIALS, "client_id": vector["clientId"]})
    assert gateway.open_vault(REQUEST) == VaultOpened(
        data=Secret("QUFB&&U0c=&&MQ==&&eyJhY3Rpb24iOiJ2YXVsdCJ9"),
        reference="UNvjVWnWPXJA4BgWTESTVECTOR0001",
        expires_at=datetime(2026, 1, 5, 11, 12, 1, tzinfo=UTC),
    )


@pytest.mark.promise("I34")
@pytest.mark.parametrize(
    ("told", "url"),
    [
        ("https://gateway.example/vault?x=1", "https://gateway.example/vault?x=1"),
        ("http://gateway.example/vault", ""),
        ("javascript:alert(1)", ""),
        ("https://shop.example@gateway.example/", ""),
        ("https://" + "x" * 2048, ""),
        (None, ""),
    ],
)
def test_a_hosted_page_is_passed_on_only_when_it_leads_somewhere_safe(gateway, wire, told, url):
    vendor_says(wire, "createVaultingSession", {**OPENED, "normalUrl": told})
    opened = gateway.open_vault(REQUEST)
    assert isinstance(opened, VaultOpened)
    assert opened.url == url


@pytest.mark.parametrize(
    "changes",
    [{"vaultingSessionId": None}, {"vaultingSessionId": "x" * 65}, {"vaultingSessionId": ["x"]}],
)
def test_a_session_needs_no_id_of_theirs(gateway, wire, changes):
    vendor_says(wire, "createVaultingSession", {**OPENED, **changes})
    opened = gateway.open_vault(REQUEST)
    assert isinstance(opened, VaultOpened)
    assert opened.reference == ""


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({**OPENED, "vaultingSessionData": None}, Unknown("vaultingSessionData is missing")),
        ({**OPENED, "vaultingSessionData": "x" * 4097}, Unknown("vaultingSessionData is missing")),
        ({**OPENED, "vaultingSessionExpiryTime": None}, Unknown("vaultingSessionExpiryTime is missing")),
        (
            {**OPENED, "vaultingSessionExpiryTime": "2026-01-05T11:12:01"},
            Unknown("vaultingSessionExpiryTime is missing"),
        ),
        ({**OPENED, "vaultingRequestId": "VLT_2"}, Unknown("vaultingRequestId is not ours", contradicts=True)),
        ({**OPENED, "vaultingRequestId": ["x"]}, Unknown("vaultingRequestId is not an id", contradicts=True)),
        ({"result": result("PROCESS_FAIL", "F")}, Declined("PROCESS_FAIL", Category.TRY_AGAIN, "words")),
        ({"result": result("PARAM_ILLEGAL", "F")}, Declined("PARAM_ILLEGAL", Category.CONFIGURATION, "words")),
        (
            {"result": result("PROCESS_FAIL", "F"), "vaultingRequestId": "VLT_2"},
            Unknown("vaultingRequestId is not ours", contradicts=True),
        ),
        ({"result": result("UNKNOWN_EXCEPTION", "U")}, Unknown("U UNKNOWN_EXCEPTION")),
        ({"result": result("VERIFICATION_IN_PROCESS", "U")}, Unknown("U VERIFICATION_IN_PROCESS")),
        ({"result": result("A_CODE_OF_TOMORROW", "S")}, Unknown("S A_CODE_OF_TOMORROW")),
        (
            {"result": result("REPEAT_REQ_INCONSISTENT", "F")},
            Unknown("repeated with other values: REPEAT_REQ_INCONSISTENT", frozen=True),
        ),
        (
            {"result": result("KEY_NOT_FOUND", "F")},
            NotAttempted("refused before processing: KEY_NOT_FOUND", code="KEY_NOT_FOUND"),
        ),
    ],
)
def test_a_session_that_is_not_opened(gateway, wire, document, expected):
    vendor_says(wire, "createVaultingSession", document)
    assert gateway.open_vault(REQUEST) == expected


# --- trouble on the way ---------------------------------------------------------------------------------------------


def ask(gateway: AntomGateway, operation: str) -> Any:
    match operation:
        case "createVaultingSession":
            return gateway.open_vault(REQUEST)
        case "inquireVaulting":
            return gateway.inquire_vault(VAULTING_ID)
        case _:
            return gateway.forget_card(TOKEN)


GOOD = json.dumps({**OPENED, "vaultingRequestId": VAULTING_ID, "vaultingStatus": "FAIL"}).encode()


@pytest.mark.promise("I12")
@pytest.mark.parametrize("operation", ["createVaultingSession", "inquireVaulting", "deleteToken"])
@pytest.mark.parametrize(
    ("mock", "expected"),
    [
        ({"body": http.NeverSent("connection refused")}, NotAttempted("connection refused")),
        ({"body": http.NoAnswer("no answer in time")}, Unknown("no answer in time")),
        ({"body": requests.ConnectionError("x")}, Unknown("the connection failed (ConnectionError)")),
        ({"body": GOOD, "status": 500}, Unknown("HTTP 500")),
        ({"body": b""}, Unknown("the document is not JSON")),
        ({"body": b"{}"}, Unknown("result is missing or unknown")),
        ({"body": GOOD, "headers": {"signature": "x"}}, Unknown("the answer is not proven: the answer is half signed")),
        (
            {"body": GOOD, "headers": {"client-id": "other"}},
            Unknown("the answer is not proven: the answer is for another client"),
        ),
        (
            {"body": GOOD, "headers": signed_headers("/ams/api/v1/payments/pay", GOOD)},
            Unknown("the answer is not proven: the signature does not match"),
        ),
    ],
)
def test_trouble_on_the_way_never_means_failed(forgetting, wire, operation, mock, expected):
    wire.add("POST", f"{API}/vaults/{operation}", **mock)
    answer = ask(forgetting, operation)
    if operation == "inquireVaulting":  # a question that was never sent is no answer either
        assert answer == Unknown(expected.reason)
    else:
        assert answer == expected
    assert len(wire.calls) == 1


@pytest.mark.promise("I12")
def test_an_unsigned_answer_tells_nothing(forgetting, wire):
    for operation in ("createVaultingSession", "inquireVaulting", "deleteToken"):
        vendor_says(wire, operation, GOOD, headers={})
    denial = {"result": result("VAULTING_NOT_EXIST", "F")}
    vendor_says(wire, "inquireVaulting", denial, headers={})
    vendor_says(wire, "deleteToken", {"result": result("TOKEN_NOT_EXIST", "F")}, headers={})
    assert ask(forgetting, "createVaultingSession") == Unknown("unsigned answer: S SUCCESS")
    assert ask(forgetting, "inquireVaulting") == Unknown("unsigned inquiry: S SUCCESS")
    assert ask(forgetting, "deleteToken") == Unknown("unsigned answer: S SUCCESS")
    assert ask(forgetting, "inquireVaulting") == Unknown("unsigned inquiry: F VAULTING_NOT_EXIST")
    assert ask(forgetting, "deleteToken") == Unknown("unsigned answer: F TOKEN_NOT_EXIST")


# --- what became of a try -------------------------------------------------------------------------------------------

TOLD_CARD = {"brand": "VISA", "cardToken": SAVED, "maskedCardNo": "************0768"}
CARD = CardFacts(brand="VISA", last_four="0768", token=Secret(SAVED))
SHOWN = replace(CARD, token=None)
KEPT = {
    "result": SUCCESS,
    "vaultingRequestId": VAULTING_ID,
    "vaultingStatus": "SUCCESS",
    "paymentMethodDetail": {"paymentMethodType": "CARD", "card": TOLD_CARD},
}


def contradiction(reason: str) -> Unknown:
    return Unknown(reason, contradicts=True)


def fact(outcome: Outcome, card: CardFacts | None = None, **changes: Any) -> VaultingFact:
    return VaultingFact(request_id=VAULTING_ID, outcome=outcome, card=card, **changes)


def with_card(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**document, "paymentMethodDetail": {"paymentMethodType": "CARD", "card": {**TOLD_CARD, **changes}}}


def inquired(gateway: AntomGateway, wire: Any, document: Any) -> Any:
    wire.reset()
    vendor_says(wire, "inquireVaulting", document)
    found = gateway.inquire_vault(VAULTING_ID)
    assert sent(wire, -1) == {"vaultingRequestId": VAULTING_ID}
    return found


def notified(gateway: AntomGateway, document: Any) -> Any:
    """The fact of a message that is understood."""
    notice = gateway.read_notification(delivery(document, topic="vaulting"))
    assert (notice.facts, notice.disputes, notice.strength) == ((), (), Strength.PROOF)
    (found,) = notice.vaultings
    assert notice.problem == (found.outcome.reason if isinstance(found.outcome, Unknown) else "")
    return found


def test_a_kept_card(gateway, wire):
    assert inquired(gateway, wire, KEPT) == fact(Approved(), CARD)
    created = {**KEPT, "vaultingCreateTime": "2026-01-05T18:12:40+08:00"}
    moment = datetime(2026, 1, 5, 10, 12, 40, tzinfo=UTC)
    assert notified(gateway, created) == fact(Approved(), CARD, occurred_at=moment)


@pytest.mark.promise("I32")
def test_a_token_is_not_shown(gateway, wire):
    assert "ALIPAY" not in repr(inquired(gateway, wire, KEPT))
    assert "ALIPAY" not in repr(gateway.read_notification(delivery(KEPT, topic="vaulting")))


WHOLE_CARD = {
    **TOLD_CARD,
    "expiryMonth": "12",
    "expiryYear": "29",
    "funding": "CREDIT",
    "issuerName": "First Bank",
    "issuingCountry": "DE",
    "bin": "40546957",
    "fingerprint": "0f" * 32,
    "networkTransactionId": "sampleNetworkTransactionId123456",
    "cardholderName": {"fullName": "Tom Jay"},
    "supportedBrands": ["VISA"],
    "somethingNew": {"x": 1},
}
WHOLE = replace(
    CARD,
    expiry_month=12,
    expiry_year=2029,
    funding="CREDIT",
    issuer="First Bank",
    issuing_country="DE",
    fingerprint="0f" * 32,
)


def through_both_doors(gateway: AntomGateway, wire: Any, document: Any) -> VaultingFact:
    found = inquired(gateway, wire, document)
    assert notified(gateway, document) == found
    return found


def test_all_that_may_be_told_of_a_card(gateway, wire):
    told = through_both_doors(gateway, wire, with_card(KEPT, **WHOLE_CARD))
    assert (told.outcome, told.card) == (Approved(), WHOLE)
    assert told.network_transaction_id == "sampleNetworkTransactionId123456"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"expiryYear": "2031", "expiryMonth": 7}, {"expiry_year": 2031, "expiry_month": 7}),
        ({"expiryYear": 31, "expiryMonth": "07"}, {"expiry_year": 2031, "expiry_month": 7}),
        ({"expiryYear": "203", "expiryMonth": "13"}, {}),
        ({"expiryYear": "1999", "expiryMonth": "0"}, {}),
        ({"expiryYear": "soon", "expiryMonth": None}, {}),
        ({"maskedCardNo": "4054******1234"}, {"last_four": "1234"}),
        ({"maskedCardNo": None, "cardNo": "************1234"}, {"last_four": "1234"}),
        ({"maskedCardNo": "****", "last4": "4321"}, {"last_four": "4321"}),
        ({"maskedCardNo": None, "lastFour": "4321"}, {"last_four": "4321"}),
        ({"maskedCardNo": None, "last4": 4321}, {"last_four": "4321"}),
        ({"maskedCardNo": None, "last4": "54321"}, {"last_four": ""}),
        ({"maskedCardNo": ["x"]}, {"last_four": ""}),
        ({"brand": None}, {"brand": ""}),
        ({"brand": "A_BRAND_OF_TOMORROW"}, {"brand": "A_BRAND_OF_TOMORROW"}),
        ({"brand": "V\x00"}, {"brand": ""}),
        ({"funding": ["x"], "issuerName": {}, "issuingCountry": "GERMANY", "fingerprint": "x" * 257}, {}),
        ({"fingerprint": "a-short-text"}, {"fingerprint": "a-short-text"}),
        ({"fingerprint": "1234567890123" + "a" * 51}, {"fingerprint": "1234567890123" + "a" * 51}),
        ({"fingerprint": "1234567890123" + "A" * 51}, {"fingerprint": "1234567890123" + "A" * 51}),
        ({"fingerprint": "4111111111111111" * 4}, {}),
        ({"CARDTOKEN": "other", "BRAND": "OTHER"}, {}),
    ],
)
def test_odd_members_of_a_card_are_ignored_and_spellings_do_not_matter(gateway, wire, changes, expected):
    told = through_both_doors(gateway, wire, with_card(KEPT, **changes))
    assert (told.outcome, told.card) == (Approved(), replace(CARD, **expected))


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("016153570198200", "016153570198200"),
        ("123456789012344", "123456789012344"),  # passes the check-digit rule, as one in ten does
        ("4111111111110768", "4111111111110768"),  # does not
        ("4111111111111111", ""),
        ("tx 4111-1111-1111-1111", ""),
        ("378282246310005", "378282246310005"),  # not how this card ends
        ("x" * 257, ""),
    ],
)
def test_the_networks_id_is_kept_unless_it_could_be_the_card(gateway, wire, told, kept):
    document = with_card(KEPT, networkTransactionId=told)
    assert through_both_doors(gateway, wire, document).network_transaction_id == kept
    amex = with_card(KEPT, networkTransactionId="378282246310005", maskedCardNo="***********0005")
    assert through_both_doors(gateway, wire, amex).network_transaction_id == ""


NUMBERS = [PAN, "4111111111111111", "4111-1111-1111-1111", "378282246310005"]


@pytest.mark.promise("I31")
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    "name",
    [
        "brand",
        "cardBrand",
        "maskedCardNo",
        "cardNo",
        "bin",
        "lastFour",
        "last4",
        "expiryMonth",
        "expiryYear",
        "funding",
        "cardCategory",
        "issuerName",
        "issuingCountry",
        "cardholderName",
        "billingAddress",
        "fingerprint",
        "networkTransactionId",
    ],
)
def test_a_card_number_in_any_member_stays_where_it_is(gateway, wire, name, number):
    document = with_card(KEPT, **{"maskedCardNo": f"****{number[-4:]}", "brand": None, name: number})
    told = through_both_doors(gateway, wire, document)
    assert told.outcome == Approved()
    shown = repr(told)
    assert number not in shown
    assert number.replace(" ", "").replace("-", "") not in shown


@pytest.mark.promise("I31")
@pytest.mark.parametrize("number", NUMBERS)
def test_a_card_number_in_the_words_of_a_refusal_is_not_kept(gateway, wire, number):
    plain = number.replace(" ", "").replace("-", "")
    failed = {
        **KEPT,
        "vaultingStatus": "FAIL",
        "result": result("PROCESS_FAIL", "F", f"card {number}"),
        "vaultingResultCode": plain,
        "vaultingResultMessage": f"card {number} is blocked",
        "notifyType": plain,
    }
    message = "card **** is blocked"
    told = notified(gateway, failed)
    assert told.outcome == Declined("PROCESS_FAIL", Category.TRY_AGAIN, message)
    told = inquired(gateway, wire, {**failed, "result": SUCCESS})
    assert told.outcome == Declined("FAIL", Category.TRY_AGAIN, message)
    assert gateway.read_notification(delivery(failed, topic="vaulting")).kind == "VAULTING"


@pytest.mark.parametrize(
    "token",
    [None, "", "  ", "a\nb", "x" * 2049, ["x"], {"x": 1}, 12345, True, PAN, "4111111111111111", "tok-378282246310005"],
)
def test_without_a_token_of_use_nothing_was_kept(gateway, wire, token):
    told = through_both_doors(gateway, wire, with_card(KEPT, cardToken=token))
    assert told == fact(contradiction("cardToken is missing or of no use"), SHOWN)


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        (None, "cardToken is missing or of no use"),
        ({}, "cardToken is missing or of no use"),
        ("card", "cardToken is missing or of no use"),
        ({"paymentMethodType": "CARD", "card": [TOLD_CARD]}, "cardToken is missing or of no use"),
        ({"paymentMethodType": "ALIPAY_CN", "card": {"cardToken": SAVED}}, "paymentMethodType is not CARD"),
    ],
)
def test_a_success_without_a_card_is_a_contradiction(gateway, wire, detail, reason):
    told = through_both_doors(gateway, wire, {**KEPT, "paymentMethodDetail": detail})
    assert told == fact(contradiction(reason))


@pytest.mark.promise("I9")
def test_a_long_token_is_kept_whole(gateway, wire):
    long = "ALIPAY" + "+/=" * 680
    told = through_both_doors(gateway, wire, with_card(KEPT, cardToken=long))
    assert told.card is not None
    assert told.card.token == Secret(long)


# --- an inquiry -----------------------------------------------------------------------------------------------------

FAILED = {"result": SUCCESS, "vaultingRequestId": VAULTING_ID, "vaultingStatus": "FAIL"}
RUNNING = {"result": SUCCESS, "vaultingRequestId": VAULTING_ID, "vaultingStatus": "PROCESSING"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({**KEPT, "vaultingResultCode": "SUCCESS"}, fact(Approved(), CARD)),
        ({**KEPT, "vaultingResultCode": "A_CODE_OF_TOMORROW"}, fact(Approved(), CARD)),
        ({**KEPT, "vaultingResultCode": "<b>"}, fact(Approved(), CARD)),
        (
            {**KEPT, "vaultingResultCode": "DO_NOT_HONOR"},
            fact(contradiction("vaultingStatus SUCCESS with DO_NOT_HONOR"), SHOWN),
        ),
        (
            {**KEPT, "vaultingResultCode": "VERIFICATION_IN_PROCESS"},
            fact(contradiction("vaultingStatus SUCCESS with VERIFICATION_IN_PROCESS"), SHOWN),
        ),
        (FAILED, fact(Declined("FAIL", Category.TRY_AGAIN))),
        (
            {**FAILED, "vaultingResultCode": "STOLEN_CARD", "vaultingResultMessage": "stolen"},
            fact(Declined("STOLEN_CARD", Category.FRAUD, "stolen")),
        ),
        (
            {**FAILED, "vaultingResultCode": "A_CODE_OF_TOMORROW"},
            fact(Declined("A_CODE_OF_TOMORROW", Category.TRY_AGAIN)),
        ),
        (
            with_card({**FAILED, "vaultingResultCode": "DO_NOT_HONOR"}),
            fact(Declined("DO_NOT_HONOR", Category.CALL_BANK), SHOWN),
        ),
        ({**FAILED, "vaultingResultCode": "SUCCESS"}, fact(contradiction("F SUCCESS"))),
        (
            {**FAILED, "vaultingResultCode": "VERIFICATION_IN_PROCESS"},
            fact(contradiction("F VERIFICATION_IN_PROCESS")),
        ),
        (
            {**FAILED, "vaultingResultCode": "REPEAT_REQ_INCONSISTENT"},
            fact(Unknown("repeated with other values: REPEAT_REQ_INCONSISTENT", frozen=True, contradicts=True)),
        ),
        (RUNNING, fact(Pending())),
        (with_card(RUNNING), fact(Pending(), SHOWN)),
        (
            {**RUNNING, "normalUrl": "https://bank.example/3ds", "schemeUrl": "bank://3ds"},
            fact(Pending(Redirect(url="https://bank.example/3ds", app_links={"scheme": "bank://3ds"}))),
        ),
        (
            {**RUNNING, "applinkUrl": "https://bank.example/app"},
            fact(
                Pending(
                    Redirect(
                        url="https://bank.example/app",
                        app_links={"ios": "https://bank.example/app", "android": "https://bank.example/app"},
                    )
                )
            ),
        ),
        ({**RUNNING, "normalUrl": "http://bank.example/"}, fact(Pending())),
        ({**RUNNING, "normalUrl": "javascript:alert(1)", "schemeUrl": "javascript://x"}, fact(Pending())),
        ({**RUNNING, "normalUrl": "https://shop.example@bank.example/"}, fact(Pending())),
        ({**KEPT, "vaultingStatus": None}, Unknown("vaultingStatus is missing or unknown")),
        ({**KEPT, "vaultingStatus": "success"}, Unknown("vaultingStatus is missing or unknown")),
        ({**KEPT, "vaultingStatus": "CANCELLED"}, Unknown("vaultingStatus is missing or unknown")),
        ({**KEPT, "vaultingRequestId": "VLT_of_somebody"}, contradiction("vaultingRequestId is not ours")),
        ({**FAILED, "vaultingRequestId": "VLT_of_somebody"}, contradiction("vaultingRequestId is not ours")),
        ({**KEPT, "vaultingRequestId": ["x"]}, contradiction("vaultingRequestId is not an id")),
        ({**KEPT, "vaultingRequestId": None}, Unknown("vaultingRequestId is missing")),
        ({"result": result("VAULTING_NOT_EXIST", "F")}, NotFound()),
        ({"result": result("VAULTING_NOT_EXIST", "U")}, Unknown("inquiry: U VAULTING_NOT_EXIST")),
        ({"result": result("ORDER_NOT_EXIST", "F")}, Unknown("inquiry: F ORDER_NOT_EXIST")),
        ({**KEPT, "result": result("PROCESS_FAIL", "F")}, Unknown("inquiry: F PROCESS_FAIL")),
        ({**KEPT, "result": result("UNKNOWN_EXCEPTION", "U")}, Unknown("inquiry: U UNKNOWN_EXCEPTION")),
    ],
)
def test_only_the_status_tells_what_became_of_a_try(gateway, wire, document, expected):
    assert inquired(gateway, wire, document) == expected


def test_a_simulator_may_send_the_buyer_over_plain_http(wire):
    url = "http://127.0.0.1:9000"
    gateway = AntomGateway.from_credentials({**CREDENTIALS, "url": url, "client_id": "SIM_1"})
    body = json.dumps({**RUNNING, "normalUrl": f"{url}/3ds"}).encode()
    path = "/ams/api/v1/vaults/inquireVaulting"
    wire.add("POST", url + path, body=body, headers=signed_headers(path, body, client="SIM_1"))
    assert gateway.inquire_vault(VAULTING_ID) == fact(Pending(Redirect(url=f"{url}/3ds")))


# --- messages -------------------------------------------------------------------------------------------------------

REFUSED = {"result": result("DO_NOT_HONOR", "F"), "vaultingRequestId": VAULTING_ID}


@pytest.mark.promise("I19")
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({**KEPT, "vaultingStatus": None}, fact(Approved(), CARD)),
        ({**KEPT, "vaultingResultCode": "SUCCESS"}, fact(Approved(), CARD)),
        ({**KEPT, "vaultingResultCode": "A_CODE_OF_TOMORROW"}, fact(Approved(), CARD)),
        (REFUSED, fact(Declined("DO_NOT_HONOR", Category.CALL_BANK, "words"))),
        ({**REFUSED, "vaultingStatus": "FAIL"}, fact(Declined("DO_NOT_HONOR", Category.CALL_BANK, "words"))),
        (with_card(REFUSED), fact(Declined("DO_NOT_HONOR", Category.CALL_BANK, "words"), SHOWN)),
        (
            {
                **REFUSED,
                "result": result("PROCESS_FAIL", "F"),
                "vaultingResultCode": "INVALID_CVV",
                "vaultingResultMessage": "no match",
            },
            fact(Declined("INVALID_CVV", Category.FIX_DATA, "no match")),
        ),
        (
            {**REFUSED, "result": result("VERIFICATION_FAIL", "F")},
            fact(Declined("VERIFICATION_FAIL", Category.NOT_AUTHENTICATED, "words")),
        ),
        (
            {**REFUSED, "result": result("ACCESS_DENIED", "F")},
            fact(Declined("ACCESS_DENIED", Category.CONFIGURATION, "words")),
        ),
        (
            {**REFUSED, "result": result("A_CODE_OF_TOMORROW", "F")},
            fact(Declined("A_CODE_OF_TOMORROW", Category.TRY_AGAIN, "words")),
        ),
        (
            {**REFUSED, "result": result("VERIFICATION_IN_PROCESS", "U"), "normalUrl": "https://bank.example/"},
            fact(Pending(Redirect(url="https://bank.example/"))),
        ),
        (
            {**RUNNING, "result": result("VERIFICATION_IN_PROCESS", "U")},
            fact(Pending()),
        ),
    ],
)
def test_what_a_message_means(gateway, document, expected):
    assert notified(gateway, document) == expected


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (None, "VAULTING"),
        ("", "VAULTING"),
        ("<script>", "VAULTING"),
        ("VAULTING_RESULT", "VAULTING_RESULT"),
        ("A_TYPE_OF_TOMORROW", "A_TYPE_OF_TOMORROW"),
    ],
)
def test_a_message_is_known_by_its_address_and_not_by_its_type(gateway, name, kind):
    notice = gateway.read_notification(delivery({**KEPT, "notifyType": name}, topic="vaulting"))
    assert (notice.kind, notice.problem, notice.vaultings) == (kind, "", (fact(Approved(), CARD),))


PAID = {"result": SUCCESS, "paymentRequestId": REQUEST_ID, "paymentId": PAYMENT_ID}
DISPUTED = {"disputeNotificationType": "DISPUTE_CREATED", "disputeId": "1", "paymentId": PAYMENT_ID}


@pytest.mark.promise("I20")
@pytest.mark.parametrize(
    ("topic", "document", "problem"),
    [
        ("vaulting", b"not json", "the document is not JSON"),
        ("vaulting", {}, "vaultingRequestId is missing"),
        ("vaulting", PAID, "vaultingRequestId is missing"),
        ("vaulting", {**PAID, "notifyType": "A_TYPE_OF_TOMORROW"}, "vaultingRequestId is missing"),
        ("vaulting", {**KEPT, "vaultingRequestId": "x" * 65}, "vaultingRequestId is not an id"),
        *[
            ("vaulting", {**PAID, **KEPT, "notifyType": name}, f"{name} does not belong to the topic vaulting")
            for name in ("PAYMENT_RESULT", "PAYMENT_PENDING", "CAPTURE_RESULT", "REFUND_RESULT", "UPDATE_AMOUNT_RESULT")
        ],
        ("vaulting", DISPUTED, "a dispute does not belong to the topic vaulting"),
        ("payment", KEPT, "a vaulting does not belong to the topic payment"),
        ("refund", KEPT, "a vaulting does not belong to the topic refund"),
        ("payment", {**KEPT, "notifyType": "VAULTING_RESULT"}, "a vaulting does not belong to the topic payment"),
        ("dispute", KEPT, "disputeNotificationType is missing"),
        ("vaulting", {**KEPT, "result": None}, "result is missing or unknown"),
        ("vaulting", {**KEPT, "result": result("SUCCESS", "U")}, "vaultingStatus and result disagree"),
        ("vaulting", {**KEPT, "result": result("DO_NOT_HONOR", "F")}, "vaultingStatus and result disagree"),
        ("vaulting", {**KEPT, "vaultingStatus": "FAIL"}, "vaultingStatus and result disagree"),
        ("vaulting", {**KEPT, "vaultingStatus": "PROCESSING"}, "vaultingStatus and result disagree"),
        ("vaulting", {**KEPT, "vaultingStatus": "CANCELLED"}, "vaultingStatus is unknown"),
        ("vaulting", {**KEPT, "vaultingStatus": ["SUCCESS"]}, "vaultingStatus is unknown"),
        ("vaulting", {**KEPT, "vaultingResultCode": "LOST_CARD"}, "vaultingResultCode and result disagree"),
        ("vaulting", {**KEPT, "result": result("NEW", "S")}, "result decides nothing: S NEW"),
        ("vaulting", {**REFUSED, "vaultingResultCode": "SUCCESS"}, "result decides nothing: F SUCCESS"),
        ("vaulting", {**REFUSED, "result": result("SUCCESS", "F")}, "result decides nothing: F SUCCESS"),
        (
            "vaulting",
            {**REFUSED, "result": result("UNKNOWN_EXCEPTION", "U")},
            "result decides nothing: U UNKNOWN_EXCEPTION",
        ),
        (
            "vaulting",
            {**REFUSED, "result": result("REPEAT_REQ_INCONSISTENT", "F")},
            "result decides nothing: repeated with other values: REPEAT_REQ_INCONSISTENT",
        ),
    ],
)
def test_a_message_that_cannot_be_understood_is_a_problem_and_no_fact(gateway, topic, document, problem):
    notice = gateway.read_notification(delivery(document, topic=topic))
    assert (notice.vaultings, notice.facts, notice.disputes) == ((), (), ())
    assert notice.problem == problem
    assert gateway.acknowledge(notice).status == 200


def test_a_payment_message_stays_one_whatever_else_it_names(gateway):
    pending = {**PAID, "notifyType": "PAYMENT_PENDING", "vaultingRequestId": VAULTING_ID}
    notice = gateway.read_notification(delivery(pending))
    assert (notice.problem, notice.vaultings) == ("", ())
    assert [found.outcome for found in notice.facts] == [Pending()]


@pytest.mark.promise("I20")
def test_a_success_without_a_token_is_told_and_is_a_problem(gateway):
    notice = gateway.read_notification(delivery({**KEPT, "paymentMethodDetail": None}, topic="vaulting"))
    reason = "cardToken is missing or of no use"
    assert (notice.vaultings, notice.problem) == ((fact(contradiction(reason)),), reason)


@pytest.mark.promise("I19")
def test_a_forged_message_is_refused_and_an_old_one_is_a_hint(gateway):
    with pytest.raises(BadSignature):
        gateway.read_notification(delivery(KEPT, topic="vaulting", key="merchant"))
    with pytest.raises(BadSignature):  # signed for another address of ours
        gateway.read_notification(replace(delivery(KEPT, topic="payment"), target="/notify/antom/vaulting/"))
    old = gateway.read_notification(delivery(KEPT, topic="vaulting", time="2026-01-05T09:00:00+00:00"))
    assert (old.strength, old.vaultings) == (Strength.HINT, (fact(Approved(), CARD),))


# --- forgetting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"result": SUCCESS}, Approved()),
        ({"result": result("TOKEN_NOT_EXIST", "F")}, Approved()),
        ({"result": result("INVALID_PAYMENT_METHOD_META_DATA", "F")}, Approved()),
        ({"result": result("PROCESS_FAIL", "F")}, Declined("PROCESS_FAIL", Category.TRY_AGAIN, "words")),
        ({"result": result("PARAM_ILLEGAL", "F")}, Declined("PARAM_ILLEGAL", Category.CONFIGURATION, "words")),
        ({"result": result("UNKNOWN_EXCEPTION", "U")}, Unknown("U UNKNOWN_EXCEPTION")),
        ({"result": result("TOKEN_NOT_EXIST", "U")}, Unknown("U TOKEN_NOT_EXIST")),
        (
            {"result": result("CLIENT_FORBIDDEN_ACCESS_API", "F")},
            NotAttempted("refused before processing: CLIENT_FORBIDDEN_ACCESS_API", code="CLIENT_FORBIDDEN_ACCESS_API"),
        ),
    ],
)
def test_what_became_of_forgetting(forgetting, wire, document, expected):
    vendor_says(wire, "deleteToken", document)
    assert forgetting.forget_card(TOKEN) == expected
    assert sent(wire) == {"token": TOKEN.reveal()}
    assert TOKEN.reveal() not in wire.calls[0].request.url


def test_a_card_is_forgotten_there_only_where_that_is_switched_on(gateway, forgetting, wire):
    rule = gateway.rules[Verb.FORGET]
    assert (rule.supported, forgetting.rules[Verb.FORGET].supported) == (False, True)
    assert rule.reason.endswith(".")
    assert gateway.forget_card(TOKEN) == NotAttempted(rule.reason)
    assert len(wire.calls) == 0
    for account in (gateway, forgetting):
        assert account.rules[Verb.BIND].supported
        assert {Verb.BIND, Verb.FORGET} <= account.repeat_is_safe
        assert set(account.rules) == set(Verb)
        assert {verb: rule for verb, rule in account.rules.items() if verb is not Verb.FORGET} == {
            verb: rule for verb, rule in RULES.items() if verb is not Verb.FORGET
        }


@pytest.mark.parametrize(
    ("word", "switched_on"),
    [(True, True), ("true", True), ("True", True), (False, False), ("false", False), ("", False), (None, False)],
)
def test_the_switch_in_the_credentials(word, switched_on):
    gateway = AntomGateway.from_credentials({**CREDENTIALS, "forget_tokens": word})
    assert gateway.rules[Verb.FORGET].supported is switched_on


@pytest.mark.parametrize(("word", "switched_on"), [("true", True), ("false", False), (None, False)])
def test_the_switch_comes_from_the_environment(monkeypatch, word, switched_on):
    for name, value in {
        "GATEWAY_CREDENTIALS": "antom_eu",
        "ANTOM_EU_URL": HOST,
        "ANTOM_EU_CLIENT_ID": CREDENTIALS["client_id"],
        "ANTOM_EU_PRIVATE_KEY": MERCHANT_KEYS["privatePkcs8Base64"],
        "ANTOM_EU_PUBLIC_KEY_1": VENDOR_KEYS["publicSpkiPem"],
        "ANTOM_EU_FORGET_TOKENS": word,
    }.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    gateway = AntomGateway.from_credentials(gateway_credentials()["antom_eu"])
    assert gateway.rules[Verb.FORGET].supported is switched_on


# --- a card that is kept with a payment -----------------------------------------------------------------------------


def test_a_token_that_comes_with_a_payment_is_told_at_every_door(gateway, wire):
    info = {"cardBrand": "VISA", "cardNo": "************0768", "cardToken": SAVED, "fingerprint": "0f" * 32}
    paid = {
        **PAID,
        "paymentAmount": {"currency": "EUR", "value": "30000"},
        "paymentResultInfo": info,
    }
    answers(wire, "pay", paid)
    answers(wire, "inquiryPayment", {**paid, "paymentStatus": "SUCCESS"})
    (answered,) = gateway.authorize(authorize())
    known = gateway.inquire(INQUIRY)
    assert isinstance(known, Known)
    (message,) = gateway.read_notification(delivery({**paid, "notifyType": "PAYMENT_RESULT"})).facts
    for told in (answered, known.facts[0], message):
        assert told.outcome == Approved()
        assert told.details.card == replace(CARD, fingerprint="0f" * 32)


@pytest.mark.promise("I31")
@pytest.mark.parametrize("name", ["cardBrand", "cardToken", "fingerprint", "funding", "cardCategory", "issuerName"])
def test_a_card_number_beside_a_payment_is_not_told(gateway, wire, name):
    info = {"cardNo": "************1111", name: PAN}
    answers(wire, "pay", {**PAID, "paymentResultInfo": info})
    (told,) = gateway.authorize(authorize())
    assert told.outcome == Approved()
    assert told.details.card is not None
    assert (told.details.card.last_four, told.details.card.token) == ("1111", None)
    assert PAN not in repr(told)


def test_a_saved_card_is_paid_with_by_its_token(gateway, wire):
    answers(wire, "pay", PAID)
    gateway.authorize(authorize(card_token=Secret(SAVED)))
    assert sent(wire)["paymentMethod"] == {
        "paymentMethodType": "CARD",
        "paymentMethodId": SAVED,
        "paymentMethodMetaData": {
            "isCardOnFile": True,
            "is3DSAuthentication": False,
            "enableAuthenticationUpgrade": True,
        },
    }
