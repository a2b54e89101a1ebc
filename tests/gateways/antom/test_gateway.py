"""The adapter on the wire: signed answers, unsigned answers, inquiries, notifications (antom.md 1.4, 3, 4)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from core.money import Money
from core.sealing import Secret
from payments.gateways import http
from payments.gateways.antom import signing
from payments.gateways.antom.gateway import AntomGateway
from payments.gateways.base import (
    AccountHint,
    Acknowledgement,
    Approved,
    BadSignature,
    Category,
    Declined,
    Delivery,
    Fact,
    InvalidRequest,
    Kind,
    Known,
    NotAttempted,
    NotFound,
    Notice,
    Outcome,
    PaymentRef,
    Pending,
    Redirect,
    SdkSession,
    Strength,
    Unknown,
    Verb,
)
from tests.gateways.antom.examples import (
    CANCEL,
    CAPTURE,
    EUR300,
    INQUIRY,
    NOW,
    PAYMENT_ID,
    REF,
    REFUND,
    REQUEST_ID,
    authorize,
    result,
)
from tests.gateways.antom.test_signing import VECTORS, ids
from tests.gateways.antom.wire import (
    BASE,
    CLIENT,
    CREDENTIALS,
    HOST,
    MERCHANT_KEYS,
    SUCCESS,
    answers,
    delivery,
    sent,
    signed_headers,
)

AMOUNT = {"currency": "EUR", "value": "30000"}


# --- configuration --------------------------------------------------------------------------------------------------


@pytest.mark.promise("I35")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"url": ""}, "url is missing"),
        ({"client_id": None}, "client_id is missing"),
        ({"private_key": ""}, "private_key is missing"),
        ({"public_keys": None}, "public_keys is missing"),
        ({"public_keys": {}}, "public_keys is missing"),
        ({"public_keys": {"1": ""}}, "1 is missing"),
        ({"public_keys": {"1": MERCHANT_KEYS["publicSpkiPem"]}}, "our own key"),
        ({"client_id": "a\nb"}, "client_id is malformed"),
        ({"url": "ftp://open-de-global.alipay.com"}, "must be https"),
        ({"url": "https://"}, "must be https"),
        ({"url": "https://open-de-global.alipay.com/ams"}, "nothing but scheme"),
        ({"url": "https://u:p@open-de-global.alipay.com"}, "nothing but scheme"),
        ({"url": "http://open-de-global.alipay.com"}, "plain http"),
        ({"url": "http://127.0.0.1:9000"}, "plain http"),
        ({"url": "http://127.0.0.1:9000", "client_id": "SANDBOX_5Y"}, "plain http"),
        ({"url": "http://gateway.example", "client_id": "SIM_5Y"}, "plain http"),
        ({"url": "https://evil.example"}, "host of the vendor"),
        ({"url": "https://open-de-global.alipay.com:8443"}, "host of the vendor"),
        ({"settlement_currency": "eur"}, "settlement_currency"),
        ({"deadline_seconds": 0}, "deadline_seconds"),
        ({"deadline_seconds": "61"}, "deadline_seconds"),
        ({"ca_bundle": "/nowhere/ca.pem"}, "ca_bundle"),
        ({"forget_tokens": "perhaps"}, "forget_tokens must be true or false"),
    ],
)
def test_nonsense_is_refused_at_configuration(changes, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        AntomGateway.from_credentials({**CREDENTIALS, **changes})
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"url": HOST + "/"},
        {"url": "https://open.antglobal-us.com:443"},
        {"url": "https://sandbox.example", "client_id": "SANDBOX_5Y"},
        {"url": "http://127.0.0.1:9000", "client_id": "SANDBOX_SIM_1"},
        {"url": "http://localhost:9000", "client_id": "SIM_1"},
        {"url": "http://[::1]:9000", "client_id": "SIM_1"},
        {"ca_bundle": __file__, "settlement_currency": "USD", "key_version": 2, "deadline_seconds": "5"},
    ],
)
def test_sense_is_accepted(changes):
    gateway = AntomGateway.from_credentials({**CREDENTIALS, **changes})
    assert not gateway.wire.base_url.endswith("/")


@pytest.mark.promise("I32")
def test_no_key_is_in_the_repr(gateway):
    shown = repr(gateway)
    assert CLIENT in shown
    assert "key" not in shown.replace("key_version", "")


def test_rules_and_repeats(gateway):
    rules = gateway.rules
    assert [verb for verb in Verb if not rules[verb].supported] == [Verb.REFUND_PRESENT, Verb.FORGET]
    assert rules[Verb.AUTHORIZE].within == timedelta(minutes=5)
    assert rules[Verb.CAPTURE].exact_amount
    assert not rules[Verb.CAPTURE].partial
    assert rules[Verb.CAPTURE].within == rules[Verb.CANCEL].within == timedelta(days=7)
    assert (rules[Verb.REFUND].partial, rules[Verb.REFUND].several) == (True, True)
    assert rules[Verb.CAPTURE].reason == "Antom captures exactly what was authorised, once, within 7 days."
    assert all(rules[verb].reason for verb in Verb if verb is not Verb.AUTHORIZE)
    assert gateway.repeat_is_safe == set(Verb) - {Verb.AUTHORIZE, Verb.REFUND_PRESENT}


def test_check_refuses_what_cannot_be_sent(gateway):
    gateway.check(authorize())
    gateway.check(authorize(card_token=None))
    with pytest.raises(InvalidRequest, match=r"paymentAmount|orderAmount"):
        gateway.check(authorize(amount=Money(1, "KWD")))


def test_three_decimals_only_where_the_vendor_confirmed_them(gateway):
    dinar = Money(1234, "KWD")
    order = replace(authorize().order, total=dinar, lines=())
    asked = replace(gateway, merchant=replace(gateway.merchant, confirmed_currencies=frozenset({"KWD"})))
    assert (gateway.takes("KWD"), asked.takes("KWD"), asked.takes("BHD")) == (False, True, False)
    assert all(gateway.takes(code) for code in ("EUR", "JPY", "IDR"))
    asked.check(authorize(amount=dinar, order=order))
    with pytest.raises(InvalidRequest, match="ask the vendor first"):
        gateway.check(authorize(amount=dinar, order=order))


# --- one request on the wire ----------------------------------------------------------------------------------------


def test_a_request_is_signed_over_the_bytes_that_are_sent(gateway, wire):
    answers(wire, "capture", {"result": result("CAPTURE_IN_PROCESS", "U")})
    gateway.capture(CAPTURE)
    request = wire.calls[0].request
    assert request.headers["Client-Id"] == CLIENT
    assert request.headers["Request-Time"] == str(int(NOW.timestamp() * 1000)) == "1767607871000"
    assert request.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert request.headers["Signature"].startswith("algorithm=RSA256,keyVersion=1,signature=")
    message = signing.string_to_sign(
        path="/ams/api/v1/payments/capture", client_id=CLIENT, time="1767607871000", body=request.body
    )
    ours = {"1": signing.load_public_key(MERCHANT_KEYS["publicSpkiPem"])}
    assert signing.verify(ours, request.headers["Signature"], message) == "1"


def test_a_sandbox_client_sends_and_signs_the_longer_path(wire):
    client = "SANDBOX_5YTESTVECTOR00000001"
    path = "/ams/sandbox/api/v1/payments/cancel"
    body = json.dumps({"result": SUCCESS, "paymentId": PAYMENT_ID}).encode()
    wire.add("POST", HOST + path, body=body, headers=signed_headers(path, body, client=client))
    gateway = AntomGateway.from_credentials({**CREDENTIALS, "client_id": client})
    assert outcome(gateway.cancel(CANCEL)) == Approved()


def outcome(facts: tuple[Fact, ...]) -> Outcome:
    (fact,) = facts
    return fact.outcome


def every_act(gateway: AntomGateway) -> list[tuple[Kind, str, Any]]:
    return [
        (Kind.AUTHORIZE, "pay", lambda: gateway.authorize(authorize())),
        (Kind.AUTHORIZE, "createPaymentSession", lambda: gateway.authorize(authorize(card_token=None))),
        (Kind.CAPTURE, "capture", lambda: gateway.capture(CAPTURE)),
        (Kind.CANCEL, "cancel", lambda: gateway.cancel(CANCEL)),
        (Kind.REFUND, "refund", lambda: gateway.refund(REFUND)),
    ]


ACTS = ["pay", "createPaymentSession", "capture", "cancel", "refund"]
GOOD = json.dumps({"result": SUCCESS, "paymentRequestId": REQUEST_ID, "paymentId": PAYMENT_ID}).encode()


@pytest.mark.promise("I12")
@pytest.mark.parametrize("operation", ACTS)
@pytest.mark.parametrize(
    ("mock", "expected"),
    [
        ({"body": http.NeverSent("connection refused")}, NotAttempted("connection refused")),
        ({"body": http.NoAnswer("no answer in time")}, Unknown("no answer in time")),
        ({"body": requests.ConnectionError("x")}, Unknown("the connection failed (ConnectionError)")),
        ({"body": GOOD, "status": 500}, Unknown("HTTP 500")),
        ({"body": b"", "status": 302, "headers": {"Location": "https://x"}}, Unknown("HTTP 302")),
        ({"body": b""}, Unknown("the document is not JSON")),
        ({"body": b"<html>"}, Unknown("the document is not JSON")),
        ({"body": b"[]"}, Unknown("the document is not an object")),
        ({"body": b"{}"}, Unknown("result is missing or unknown")),
        ({"body": GOOD}, Unknown("unsigned answer: S SUCCESS")),
        ({"body": GOOD, "headers": {"signature": "x"}}, Unknown("the answer is not proven: the answer is half signed")),
        (
            {"body": GOOD, "headers": {"response-time": "x"}},
            Unknown("the answer is not proven: the answer is half signed"),
        ),
        (
            {"body": GOOD, "headers": {"response-time": "x", "signature": ""}},
            Unknown("the answer is not proven: the algorithm is not RSA256"),
        ),
        (
            {"body": GOOD, "headers": {"client-id": "other"}},
            Unknown("the answer is not proven: the answer is for another client"),
        ),
        (
            {"body": GOOD, "headers": signed_headers("/ams/api/v1/payments/other", GOOD)},
            Unknown("the answer is not proven: the signature does not match"),
        ),
        (
            {"body": GOOD, "headers": signed_headers("/ams/api/v1/payments/pay", GOOD, key="merchant")},
            Unknown("the answer is not proven: the signature does not match"),
        ),
    ],
)
def test_trouble_on_the_way_never_means_failed(gateway, wire, operation, mock, expected):
    wire.add("POST", f"{BASE}/{operation}", **mock)
    kind, _, act = next(entry for entry in every_act(gateway) if entry[1] == operation)
    (fact,) = act()
    assert (fact.kind, fact.outcome) == (kind, expected)
    assert fact.request_id
    assert len(wire.calls) == 1


@pytest.mark.promise("I12")
@pytest.mark.parametrize(
    ("entry", "expected"),
    list(
        zip(
            VECTORS["unsignedResponses"],
            [
                NotAttempted("refused before processing: INVALID_SIGNATURE", code="INVALID_SIGNATURE"),
                Unknown("unsigned answer: U UNKNOWN_EXCEPTION"),
                Unknown("unsigned answer: S SUCCESS"),
            ],
            strict=True,
        )
    ),
    ids=[entry["id"] for entry in VECTORS["unsignedResponses"]],
)
def test_the_unsigned_answers_of_the_vectors(gateway, wire, entry, expected):
    headers = {name: value for name, value in entry["headers"].items() if name != "Content-Type"}
    answers(wire, "pay", entry["body"].encode(), headers=headers, status=entry["status"])
    assert outcome(gateway.authorize(authorize())) == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("resp-pay-success", Approved()),
        ("resp-pay-in-process", Pending(Redirect(url="https://gateway.example/3ds?token=a%2Bb&x=1"))),
        ("resp-pay-fail", Declined("DO_NOT_HONOR", Category.CALL_BANK, "The issuer declined the payment")),
    ],
)
def test_the_signed_answers_of_the_vectors(gateway, wire, entry, expected):
    vector = next(found for found in VECTORS["responses"] if found["id"] == entry)
    headers = {
        "client-id": vector["clientId"],
        "response-time": vector["time"],
        "signature": vector["signatureHeader"],
    }
    answers(wire, "pay", vector["body"].encode(), headers=headers)
    request_id = json.loads(vector["body"]).get("paymentRequestId", "PAY_20260105_0003")
    (fact,) = gateway.authorize(authorize(request_id=request_id))
    assert (fact.outcome, fact.request_id) == (expected, request_id)


# --- authorize ------------------------------------------------------------------------------------------------------

PAID = {
    "result": SUCCESS,
    "paymentRequestId": REQUEST_ID,
    "paymentId": PAYMENT_ID,
    "paymentAmount": AMOUNT,
    "paymentCreateTime": "2026-01-05T18:11:12+08:00",
    "authExpiryTime": "2026-01-12T18:11:13+08:00",
    "paymentResultInfo": {"cardNo": "************0768", "cardBrand": "VISA", "avsResultRaw": "A"},
}


def test_an_authorization_tells_all_it_knows(gateway, wire):
    answers(wire, "pay", PAID)
    (fact,) = gateway.authorize(authorize())
    assert fact.payment == PaymentRef(request_id=REQUEST_ID, gateway_reference=PAYMENT_ID)
    assert (fact.kind, fact.outcome, fact.amount) == (Kind.AUTHORIZE, Approved(), EUR300)
    assert (fact.request_id, fact.gateway_reference) == (REQUEST_ID, PAYMENT_ID)
    assert fact.occurred_at == datetime(2026, 1, 5, 10, 11, 12, tzinfo=UTC)
    assert fact.details.hold_ends_at == datetime(2026, 1, 12, 10, 11, 13, tzinfo=UTC)
    assert fact.details.card
    assert (fact.details.card.brand, fact.details.card.last_four) == ("VISA", "0768")


@pytest.mark.promise("I9")
def unknown(reason: str) -> Unknown:
    """What differs from what we asked contradicts us; what is missing or cannot be read does not."""
    return Unknown(reason, contradicts=not reason.endswith(("missing", "not an amount")))


@pytest.mark.promise("I20")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"paymentRequestId": "PAY_of_somebody"}, "paymentRequestId is not ours"),
        ({"paymentRequestId": None}, "paymentRequestId is missing"),
        ({"paymentRequestId": ["x"]}, "paymentRequestId is not an id"),
        ({"paymentId": None}, "paymentId is missing"),
        ({"paymentId": "x" * 65}, "paymentId is missing"),
        ({"paymentAmount": {"currency": "EUR", "value": "29999"}}, "paymentAmount differs"),
        ({"paymentAmount": {"currency": "USD", "value": "30000"}}, "paymentAmount differs"),
        ({"paymentAmount": {"currency": "EUR", "value": "300.00"}}, "paymentAmount is not an amount"),
    ],
)
def test_an_authorization_that_is_not_ours_is_unknown(gateway, wire, changes, reason):
    answers(wire, "pay", {**PAID, **changes})
    assert outcome(gateway.authorize(authorize())) == Unknown(
        reason, contradicts=not reason.endswith(("missing", "not an amount"))
    )


@pytest.mark.promise("I20")
def test_a_refusal_of_another_payment_refuses_nothing(gateway, wire):
    answers(wire, "pay", {"result": result("DO_NOT_HONOR", "F"), "paymentRequestId": "PAY_of_somebody"})
    assert outcome(gateway.authorize(authorize())) == Unknown("paymentRequestId is not ours", contradicts=True)


@pytest.mark.promise("I13")
def test_a_repeat_with_other_values_is_never_a_failure(gateway, wire):
    answers(wire, "refund", {"result": result("REPEAT_REQ_INCONSISTENT", "F")})
    assert outcome(gateway.refund(REFUND)) == Unknown(
        "repeated with other values: REPEAT_REQ_INCONSISTENT", frozen=True
    )


def test_in_process_without_an_address_has_nothing_to_show(gateway, wire):
    answers(wire, "pay", {"result": result("PAYMENT_IN_PROCESS", "U"), "paymentRequestId": REQUEST_ID})
    assert outcome(gateway.authorize(authorize())) == Pending(None)


def test_a_new_card_opens_a_session(gateway, wire):
    answers(
        wire,
        "createPaymentSession",
        {
            "result": SUCCESS,
            "paymentSessionData": "UNvj&&SG&&111",
            "paymentSessionId": "sess-1",
            "paymentSessionExpiryTime": "2026-01-05T18:21:11+08:00",
        },
    )
    (fact,) = gateway.authorize(authorize(card_token=None))
    assert fact.outcome == Pending(
        SdkSession(data=Secret("UNvj&&SG&&111"), expires_at=datetime(2026, 1, 5, 10, 21, 11, tzinfo=UTC))
    )
    assert fact.payment == PaymentRef(request_id=REQUEST_ID, gateway_reference=None, session="sess-1")
    assert (fact.gateway_reference, fact.amount) == (None, None)
    assert "paymentMethodId" not in sent(wire)["paymentMethod"]


def test_a_session_without_an_end_ends_as_we_asked_and_without_data_is_unknown(gateway, wire):
    answers(wire, "createPaymentSession", {"result": SUCCESS, "paymentSessionData": "x"})
    answers(wire, "createPaymentSession", {"result": SUCCESS, "paymentSessionId": "s"})
    answers(wire, "createPaymentSession", {"result": result("PROCESS_FAIL", "F")})
    request = authorize(card_token=None)
    opened = outcome(gateway.authorize(request))
    assert opened == Pending(SdkSession(data=Secret("x"), expires_at=request.expires_at))
    assert outcome(gateway.authorize(request)) == Unknown("paymentSessionData is missing")
    assert outcome(gateway.authorize(request)) == Declined("PROCESS_FAIL", Category.TRY_AGAIN, "words")


# --- follow-ups -----------------------------------------------------------------------------------------------------


def test_a_capture_succeeds(gateway, wire):
    done = {"captureRequestId": CAPTURE.request_id, "captureId": "cap-1", "paymentId": PAYMENT_ID}
    answers(
        wire, "capture", {"result": SUCCESS, **done, "captureAmount": AMOUNT, "captureTime": "2026-01-05T18:12:25Z"}
    )
    (fact,) = gateway.capture(CAPTURE)
    assert (fact.kind, fact.outcome, fact.amount) == (Kind.CAPTURE, Approved(), EUR300)
    assert (fact.payment, fact.request_id, fact.gateway_reference) == (REF, CAPTURE.request_id, "cap-1")
    assert fact.occurred_at == datetime(2026, 1, 5, 18, 12, 25, tzinfo=UTC)


def test_a_running_capture_is_ordinary(gateway, wire):
    answers(wire, "capture", {"result": result("CAPTURE_IN_PROCESS", "U"), "captureId": ["odd"]})
    (fact,) = gateway.capture(CAPTURE)
    assert (fact.outcome, fact.gateway_reference, fact.amount) == (Pending(), None, None)


@pytest.mark.promise("I20")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"captureRequestId": "CAP_other"}, "captureRequestId is not ours"),
        ({"captureRequestId": None}, "captureRequestId is missing"),
        ({"paymentId": "other"}, "paymentId is not ours"),
        ({"captureAmount": {"currency": "EUR", "value": "1"}}, "captureAmount differs"),
    ],
)
def test_a_capture_that_is_not_ours_is_unknown(gateway, wire, changes, reason):
    done = {"captureRequestId": CAPTURE.request_id, "captureId": "cap-1", "captureAmount": AMOUNT, **changes}
    answers(wire, "capture", {"result": SUCCESS, **done})
    assert outcome(gateway.capture(CAPTURE)) == Unknown(
        reason, contradicts=not reason.endswith(("missing", "not an amount"))
    )


def test_a_cancel_is_named_by_its_payment(gateway, wire):
    silent = replace(CANCEL, payment=PaymentRef(request_id=REQUEST_ID, gateway_reference=None))
    done = {
        "result": SUCCESS,
        "paymentId": PAYMENT_ID,
        "paymentRequestId": REQUEST_ID,
        "cancelTime": "2026-01-05T18:13:50Z",
    }
    answers(wire, "cancel", done)
    (fact,) = gateway.cancel(silent)
    assert sent(wire) == {"paymentRequestId": REQUEST_ID}
    assert (fact.kind, fact.outcome, fact.amount) == (Kind.CANCEL, Approved(), None)
    assert fact.payment == REF
    assert (fact.request_id, fact.gateway_reference) == (CANCEL.request_id, PAYMENT_ID)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"result": result("ORDER_NOT_EXIST", "F")}, NotAttempted("unknown to the provider", absent=True)),
        (
            {"result": result("CANCEL_WINDOW_EXCEED", "F")},
            Declined("CANCEL_WINDOW_EXCEED", Category.TRY_AGAIN, "words"),
        ),
        ({"result": SUCCESS}, Unknown("paymentId is missing")),
        ({"result": SUCCESS, "paymentId": "other"}, Unknown("paymentId is not ours", contradicts=True)),
        (
            {"result": SUCCESS, "paymentId": PAYMENT_ID, "paymentRequestId": "x"},
            Unknown("paymentRequestId is not ours", contradicts=True),
        ),
    ],
)
def test_a_cancel_that_does_not_succeed(gateway, wire, document, expected):
    answers(wire, "cancel", document)
    (fact,) = gateway.cancel(CANCEL)
    assert (fact.outcome, fact.gateway_reference) == (expected, None)


REFUNDED = {"refundRequestId": REFUND.request_id, "refundId": "ref-1", "paymentId": PAYMENT_ID}


def test_refunds(gateway, wire):
    amount = {"currency": "EUR", "value": "10000"}
    answers(
        wire, "refund", {"result": SUCCESS, **REFUNDED, "refundAmount": amount, "refundTime": "2026-01-05T18:30:00Z"}
    )
    answers(wire, "refund", {"result": result("REFUND_IN_PROCESS", "U"), **REFUNDED})
    answers(wire, "refund", {"result": SUCCESS, **REFUNDED, "refundAmount": AMOUNT})
    (fact,) = gateway.refund(REFUND)
    assert (fact.kind, fact.outcome, fact.amount) == (Kind.REFUND, Approved(), REFUND.amount)
    assert (fact.request_id, fact.gateway_reference) == (REFUND.request_id, "ref-1")
    assert outcome(gateway.refund(REFUND)) == Pending()
    assert outcome(gateway.refund(REFUND)) == Unknown("refundAmount differs", contradicts=True)


# --- inquiries ------------------------------------------------------------------------------------------------------

STATUS = {
    "result": SUCCESS,
    "paymentStatus": "SUCCESS",
    "paymentResultCode": "SUCCESS",
    "paymentRequestId": REQUEST_ID,
    "paymentId": PAYMENT_ID,
    "paymentAmount": AMOUNT,
    "paymentTime": "2026-01-05T18:11:13+08:00",
}


def entry(kind: str, status: str = "SUCCESS", **changes: Any) -> dict[str, Any]:
    base = {
        "transactionType": kind,
        "transactionStatus": status,
        "transactionId": f"{kind}-id",
        "transactionRequestId": f"{kind}-request",
        "transactionAmount": AMOUNT,
        "transactionTime": "2026-01-05T18:12:25+08:00",
    }
    return {**base, **changes}


def told(known: Any) -> list[tuple[Kind, Outcome, str | None, str | None]]:
    assert isinstance(known, Known)
    return [(fact.kind, fact.outcome, fact.request_id, fact.gateway_reference) for fact in known.facts]


AUTHORIZED = (Kind.AUTHORIZE, Approved(), REQUEST_ID, PAYMENT_ID)
CANCELLED = (Kind.CANCEL, Approved(), None, PAYMENT_ID)


def test_an_inquiry_lists_every_act_once(gateway, wire):
    transactions = [entry("PAYMENT"), entry("AUTHORIZATION"), entry("INCREMENTAL"), entry("CAPTURE"), entry("REFUND")]
    answers(wire, "inquiryPayment", {**STATUS, "transactions": transactions})
    known = gateway.inquire(INQUIRY)
    *acts, (kind, increased, *_) = told(known)
    assert acts == [
        AUTHORIZED,
        (Kind.CAPTURE, Approved(), "CAPTURE-request", "CAPTURE-id"),
        (Kind.REFUND, Approved(), "REFUND-request", "REFUND-id"),
    ]
    assert (kind, increased.contradicts) == (Kind.AUTHORIZE, True)
    assert known.complete
    assert {fact.payment for fact in known.facts} == {REF}
    assert [fact.amount for fact in known.facts] == [EUR300, EUR300, EUR300, None]
    assert known.facts[1].occurred_at == datetime(2026, 1, 5, 10, 12, 25, tzinfo=UTC)
    assert sent(wire) == {"paymentId": PAYMENT_ID}


@pytest.mark.parametrize(
    ("above", "expected"),
    [({}, {"name": "ACQ_ONE"}), ({"acquirerInfo": {"acquirerName": "ACQ_TOP"}}, {"name": "ACQ_TOP"})],
)
def test_every_act_tells_its_own_acquirer(gateway, wire, above, expected):
    authorization = entry("AUTHORIZATION", acquirerInfo={"acquirerName": "ACQ_ONE"})
    captured = entry("CAPTURE", acquirerInfo={"acquirerName": "ACQ_TWO"}, rrn="1")
    answers(wire, "inquiryPayment", {**STATUS, **above, "transactions": [captured, authorization]})
    known = gateway.inquire(INQUIRY)
    assert isinstance(known, Known)
    assert [(fact.kind, fact.details.acquirer) for fact in known.facts] == [
        (Kind.AUTHORIZE, expected),
        (Kind.CAPTURE, {"name": "ACQ_TWO", "rrn": "1"}),
    ]


def test_an_inquiry_by_our_id_learns_theirs(gateway, wire):
    answers(wire, "inquiryPayment", {**STATUS, "transactions": None})
    silent = PaymentRef(request_id=REQUEST_ID, gateway_reference=None, session="s")
    known = gateway.inquire(replace(INQUIRY, payment=silent))
    assert sent(wire) == {"paymentRequestId": REQUEST_ID}
    assert isinstance(known, Known)
    assert known.facts[0].payment == PaymentRef(request_id=REQUEST_ID, gateway_reference=PAYMENT_ID, session="s")


@pytest.mark.parametrize(
    ("changes", "expected", "complete"),
    [
        ({"paymentStatus": "PENDING"}, Pending(), True),
        (
            {"paymentStatus": "PROCESSING", "redirectActionForm": {"redirectUrl": "https://g.example/"}},
            Pending(Redirect(url="https://g.example/")),
            True,
        ),
        (
            {"paymentStatus": "FAIL", "paymentResultCode": "RISK_REJECT", "paymentResultMessage": "no"},
            Declined("RISK_REJECT", Category.FRAUD, "no"),
            True,
        ),
        ({"paymentStatus": "FAIL", "paymentResultCode": None}, Declined("FAIL", Category.TRY_AGAIN), True),
        (
            {"paymentStatus": "FAIL", "paymentResultCode": "KEY_NOT_FOUND"},
            Declined("KEY_NOT_FOUND", Category.CONFIGURATION),
            True,
        ),
        ({"paymentStatus": "FAIL", "paymentResultCode": "SUCCESS"}, Unknown("F SUCCESS"), False),
        ({"paymentStatus": "REVIEW"}, Unknown("paymentStatus is missing or unknown"), False),
        ({"paymentStatus": None}, Unknown("paymentStatus is missing or unknown"), False),
    ],
)
def test_the_status_of_an_authorization(gateway, wire, changes, expected, complete):
    answers(wire, "inquiryPayment", {**STATUS, **changes})
    known = gateway.inquire(INQUIRY)
    assert told(known) == [(Kind.AUTHORIZE, expected, REQUEST_ID, PAYMENT_ID)]
    assert known.complete is complete


@pytest.mark.parametrize(
    "transactions",
    [None, [entry("CANCEL")], [entry("VOID")], [entry("VOID"), entry("CANCEL")]],
    ids=["status only", "cancel", "void", "both"],
)
def test_a_cancelled_payment_is_one_cancel_and_no_authorization(gateway, wire, transactions):
    answers(wire, "inquiryPayment", {**STATUS, "paymentStatus": "CANCELLED", "transactions": transactions})
    known = gateway.inquire(INQUIRY)
    assert told(known) == [CANCELLED]
    assert known.complete
    assert known.facts[0].amount == (None if transactions is None else EUR300)


@pytest.mark.parametrize(
    ("transaction", "expected", "complete"),
    [
        (entry("CAPTURE", "PROCESSING"), (Kind.CAPTURE, Pending(), "CAPTURE-request", "CAPTURE-id"), True),
        (entry("CAPTURE", "PENDING"), (Kind.CAPTURE, Pending(), "CAPTURE-request", "CAPTURE-id"), True),
        (
            entry("CAPTURE", "FAIL", transactionResult=result("AUTH_EXPIRED", "F")),
            (Kind.CAPTURE, Declined("AUTH_EXPIRED", Category.TRY_AGAIN, "words"), "CAPTURE-request", "CAPTURE-id"),
            True,
        ),
        (
            entry("REFUND", "FAIL"),
            (Kind.REFUND, Declined("FAIL", Category.TRY_AGAIN), "REFUND-request", "REFUND-id"),
            True,
        ),
        (
            entry("REFUND", "CANCELLED"),
            (Kind.REFUND, Unknown("transactionStatus is missing or unknown"), "REFUND-request", "REFUND-id"),
            True,
        ),
        (entry("VOID", "FAIL"), (Kind.CANCEL, Declined("FAIL", Category.TRY_AGAIN), None, None), True),
        (entry("SPLIT"), None, False),
        (entry("CAPTURE", transactionAmount="1"), None, False),
        (entry("CAPTURE", transactionId=None, transactionRequestId=None), None, False),
        ("text", None, False),
    ],
)
def test_an_entry_is_understood_or_makes_the_list_incomplete(gateway, wire, transaction, expected, complete):
    answers(wire, "inquiryPayment", {**STATUS, "transactions": [transaction]})
    known = gateway.inquire(INQUIRY)
    assert told(known) == [AUTHORIZED, *([expected] if expected else [])]
    assert known.complete is complete


def test_a_list_that_is_none_is_incomplete(gateway, wire):
    answers(wire, "inquiryPayment", {**STATUS, "transactions": "none"})
    known = gateway.inquire(INQUIRY)
    assert told(known) == [AUTHORIZED]
    assert not known.complete


def test_another_amount_is_passed_on(gateway, wire):
    answers(wire, "inquiryPayment", {**STATUS, "paymentAmount": {"currency": "USD", "value": "1"}})
    known = gateway.inquire(INQUIRY)
    assert isinstance(known, Known)
    assert known.facts[0].amount == Money(1, "USD")


@pytest.mark.promise("I20")
@pytest.mark.promise("I12")
@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({**STATUS, "paymentRequestId": "other"}, "paymentRequestId is not ours"),
        ({**STATUS, "paymentId": "other"}, "paymentId is not ours"),
        ({**STATUS, "paymentRequestId": None, "paymentId": None}, "paymentRequestId is missing"),
        ({**STATUS, "paymentAmount": {"currency": "EUR", "value": "x"}}, "paymentAmount is not an amount"),
        ({"result": result("PROCESS_FAIL", "F")}, "inquiry: F PROCESS_FAIL"),
        ({"result": result("PAYMENT_IN_PROCESS", "U")}, "inquiry: U PAYMENT_IN_PROCESS"),
    ],
)
def test_an_inquiry_that_does_not_tell_is_unknown(gateway, wire, document, reason):
    answers(wire, "inquiryPayment", document)
    assert gateway.inquire(INQUIRY) == Unknown(reason)


@pytest.mark.promise("I12")
def test_only_a_signed_denial_is_not_found(gateway, wire):
    denial = {"result": result("ORDER_NOT_EXIST", "F")}
    answers(wire, "inquiryPayment", denial)
    answers(wire, "inquiryPayment", denial, headers={})
    wire.add("POST", f"{BASE}/inquiryPayment", body=http.NeverSent("connection refused"))
    assert gateway.inquire(INQUIRY) == NotFound()
    assert gateway.inquire(INQUIRY) == Unknown("unsigned inquiry: F ORDER_NOT_EXIST")
    assert gateway.inquire(INQUIRY) == Unknown("connection refused")


REFUND_STATUS = {"result": SUCCESS, "refundRequestId": "R1", "refundId": "ref-1", "refundAmount": AMOUNT}


@pytest.mark.parametrize(
    ("document", "expected", "complete"),
    [
        ({**REFUND_STATUS, "refundStatus": "SUCCESS"}, Approved(), True),
        ({**REFUND_STATUS, "refundStatus": "PROCESSING"}, Pending(), True),
        ({**REFUND_STATUS, "refundStatus": "FAIL"}, Declined("FAIL", Category.TRY_AGAIN), True),
        ({**REFUND_STATUS, "refundStatus": "MAYBE"}, None, False),
        ({**REFUND_STATUS, "refundStatus": "SUCCESS", "refundRequestId": "R2"}, None, False),
        ({**REFUND_STATUS, "refundStatus": "SUCCESS", "refundRequestId": None}, None, False),
        ({"result": result("ORDER_NOT_EXIST", "F")}, None, True),
        ({"result": result("SYSTEM_ERROR", "F")}, None, False),
        (http.NoAnswer("no answer in time"), None, False),
    ],
)
def test_a_refund_that_is_not_listed_is_asked_for_by_itself(gateway, wire, document, expected, complete):
    listed = entry("REFUND", transactionRequestId="R0")
    answers(wire, "inquiryPayment", {**STATUS, "transactions": [listed]})
    if isinstance(document, Exception):
        wire.add("POST", f"{BASE}/inquiryRefund", body=document)
    else:
        answers(wire, "inquiryRefund", document)
    known = gateway.inquire(replace(INQUIRY, refund_request_ids=("R0", "R1")))
    assert sent(wire, 1) == {"refundRequestId": "R1"}
    asked = [] if expected is None else [(Kind.REFUND, expected, "R1", "ref-1")]
    assert told(known) == [AUTHORIZED, (Kind.REFUND, Approved(), "R0", "REFUND-id"), *asked]
    assert known.complete is complete


def test_refund_inquiries_are_bounded(gateway, wire):
    answers(wire, "inquiryPayment", STATUS)
    answers(wire, "inquiryRefund", {"result": result("ORDER_NOT_EXIST", "F")})
    known = gateway.inquire(replace(INQUIRY, refund_request_ids=tuple(f"R{number}" for number in range(30))))
    assert isinstance(known, Known)
    assert not known.complete
    assert len(wire.calls) == 21


# --- notifications --------------------------------------------------------------------------------------------------


def of_vector(vector: dict[str, Any]) -> Delivery:
    headers = {
        "client-id": vector["clientId"],
        "request-time": vector["time"],
        "signature": vector["signatureHeader"],
    }
    topic = "refund" if vector["path"].endswith("refund") else "payment"
    return Delivery(target=vector["path"], topic=topic, headers=headers, body=vector["body"].encode())


EXPECTED = {
    "notify-payment-success": ("PAYMENT_RESULT", Kind.AUTHORIZE, Approved(), EUR300),
    "notify-payment-fail": (
        "PAYMENT_RESULT",
        Kind.AUTHORIZE,
        Declined("ORDER_IS_CLOSED", Category.TRY_AGAIN, "The order is closed."),
        Money(1200, "JPY"),
    ),
    "notify-payment-pending": ("PAYMENT_PENDING", Kind.AUTHORIZE, Pending(), Money(999, "EUR")),
    "notify-capture": ("CAPTURE_RESULT", Kind.CAPTURE, Approved(), EUR300),
    "notify-refund": ("REFUND_RESULT", Kind.REFUND, Approved(), Money(10000, "EUR")),
}


@pytest.mark.promise("I19")
@pytest.mark.parametrize("vector", VECTORS["notifications"], ids=ids)
def test_the_notifications_of_the_vectors(gateway, vector):
    notice = gateway.read_notification(of_vector(vector))
    (fact,) = notice.facts
    assert (notice.kind, fact.kind, fact.outcome, fact.amount) == EXPECTED[vector["id"]]
    assert (notice.key_id, notice.problem) == ("1", "")


@pytest.mark.promise("I19")
@pytest.mark.parametrize(
    "vector", [entry for entry in VECTORS["negatives"] if entry["verifyWith"] == "gateway"], ids=ids
)
def test_a_forged_notification_is_refused(gateway, vector):
    with pytest.raises(BadSignature) as caught:
        gateway.read_notification(of_vector(vector))
    assert "PAYMENT_RESULT" not in caught.value.reason


def without(found: Delivery, *names: str, **more: str) -> Delivery:
    kept = {name: value for name, value in found.headers.items() if name not in names}
    return replace(found, headers={**kept, **more})


GENUINE = delivery({"notifyType": "PAYMENT_PENDING", "paymentRequestId": REQUEST_ID})


@pytest.mark.promise("I19")
@pytest.mark.parametrize(
    ("forged", "reason"),
    [
        (replace(GENUINE, body=b"x" * (64 * 1024 + 1)), "the body is too large"),
        (without(GENUINE, "client-id"), "the client id is missing"),
        (without(GENUINE, **{"client-id": "other"}), "the client id is not ours"),
        (without(GENUINE, "request-time"), "the time is missing or malformed"),
        (without(GENUINE, **{"request-time": "", "response-time": "1767607871000"}), "the time is missing"),
        (without(GENUINE, **{"request-time": "1\n2345678901"}), "the time is missing or malformed"),
        (without(GENUINE, "signature"), "the algorithm is not RSA256"),
        (replace(GENUINE, target="/notify/antom/payment/?a=1"), "the signature does not match"),
        (replace(GENUINE, target="/\ud800"), "the signature does not match"),
        (delivery({}, key="merchant"), "the signature does not match"),
    ],
)
def test_what_is_not_proven_is_refused(gateway, forged, reason):
    with pytest.raises(BadSignature, match=reason):
        gateway.read_notification(forged)


@pytest.mark.promise("I19")
def test_cheap_checks_come_before_rsa(gateway, monkeypatch):
    monkeypatch.setattr(signing, "verify", lambda *args: pytest.fail("RSA for a stranger"))
    for forged in (without(GENUINE, **{"client-id": "other"}), replace(GENUINE, body=b"x" * 70_000)):
        with pytest.raises(BadSignature):
            gateway.read_notification(forged)


def test_response_time_is_a_fallback_only(gateway):
    moved = without(GENUINE, "request-time", **{"response-time": GENUINE.headers["request-time"]})
    assert gateway.read_notification(moved).problem == ""


@pytest.mark.promise("I19")
@pytest.mark.parametrize(
    ("time", "strength"),
    [
        ("1767607871000", Strength.PROOF),
        (str(1767607871000 + 10 * 60 * 1000), Strength.PROOF),
        (str(1767607871000 + 10 * 60 * 1000 + 1), Strength.HINT),
        (str(1767607871000 - 10 * 60 * 1000 - 1), Strength.HINT),
        ("2026-01-05T18:15:00+08:00", Strength.PROOF),
        ("2026-01-05T18:15:00+00:00", Strength.HINT),
        ("2026-01-05T10:11:11", Strength.HINT),
        ("not-a-time-at-all", Strength.HINT),
        ("9" * 40, Strength.HINT),
    ],
)
def test_an_old_or_odd_time_is_only_a_hint(gateway, time, strength):
    notice = gateway.read_notification(
        delivery({"notifyType": "PAYMENT_PENDING", "paymentRequestId": REQUEST_ID}, time=time)
    )
    assert notice.strength is strength
    assert notice.facts


@pytest.mark.promise("I21")
def test_the_delivery_key_is_the_same_for_a_retry_and_another_for_anything_else(gateway):
    document = {"notifyType": "PAYMENT_PENDING", "paymentRequestId": REQUEST_ID}
    first, again = (
        gateway.read_notification(delivery(document, time=time)) for time in ("1767607871000", "1767607999000")
    )
    assert first.delivery_key == again.delivery_key
    assert len(first.delivery_key) == 64
    other = gateway.read_notification(delivery({**document, "x": 1}))
    elsewhere = gateway.read_notification(delivery(document, topic="refund"))
    assert len({first.delivery_key, other.delivery_key, elsewhere.delivery_key}) == 3


PAYMENT_RESULT = {
    "notifyType": "PAYMENT_RESULT",
    "result": SUCCESS,
    "paymentRequestId": REQUEST_ID,
    "paymentId": PAYMENT_ID,
    "paymentAmount": AMOUNT,
}
CAPTURE_RESULT = {
    "notifyType": "CAPTURE_RESULT",
    "result": SUCCESS,
    "captureRequestId": "AUTO_1",
    "captureId": "cap-1",
    "paymentId": PAYMENT_ID,
    "captureAmount": AMOUNT,
}
REFUND_RESULT = {
    "notifyType": "REFUND_RESULT",
    "result": SUCCESS,
    "refundStatus": "SUCCESS",
    "refundRequestId": "R1",
    "refundId": "ref-1",
    "refundAmount": AMOUNT,
}


def test_a_capture_that_we_never_asked_for_is_told_as_it_is(gateway):
    (fact,) = gateway.read_notification(delivery(CAPTURE_RESULT)).facts
    assert (fact.request_id, fact.gateway_reference) == ("AUTO_1", "cap-1")
    assert fact.payment == PaymentRef(request_id=None, gateway_reference=PAYMENT_ID)


@pytest.mark.promise("I9")
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({**PAYMENT_RESULT, "notifyType": "PAYMENT_PENDING"}, Pending()),
        ({**PAYMENT_RESULT, "notifyType": "PAYMENT_PENDING", "result": result("X", "F")}, Pending()),
        (
            {"notifyType": "PAYMENT_RESULT", "result": result("DO_NOT_HONOR", "F"), "paymentRequestId": REQUEST_ID},
            Declined("DO_NOT_HONOR", Category.CALL_BANK, "words"),
        ),
        (
            {**PAYMENT_RESULT, "result": result("ACCESS_DENIED", "F")},
            Declined("ACCESS_DENIED", Category.CONFIGURATION, "words"),
        ),
        ({**CAPTURE_RESULT, "result": result("CAPTURE_IN_PROCESS", "U")}, Pending()),
        (
            {**CAPTURE_RESULT, "captureAmount": None, "result": result("AUTH_EXPIRED", "F")},
            Declined("AUTH_EXPIRED", Category.TRY_AGAIN, "words"),
        ),
    ],
)
def test_what_a_payment_message_means(gateway, document, expected):
    notice = gateway.read_notification(delivery(document))
    assert outcome(notice.facts) == expected
    assert notice.problem == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Approved()),
        ({"refundStatus": None}, Approved()),
        ({"refundStatus": "FAIL"}, Declined("FAIL", Category.TRY_AGAIN, "success.")),
        (
            {"refundStatus": "FAIL", "result": result("MERCHANT_BALANCE_NOT_ENOUGH", "F")},
            Declined("MERCHANT_BALANCE_NOT_ENOUGH", Category.CONFIGURATION, "words"),
        ),
        (
            {"refundStatus": None, "result": result("REFUND_WINDOW_EXCEED", "F")},
            Declined("REFUND_WINDOW_EXCEED", Category.TRY_AGAIN, "words"),
        ),
        ({"result": result("PROCESS_FAIL", "F")}, Approved()),
        ({"refundStatus": "PROCESSING"}, Pending()),
    ],
)
def test_the_refund_status_beats_the_result(gateway, changes, expected):
    (fact,) = gateway.read_notification(delivery({**REFUND_RESULT, **changes}, topic="refund")).facts
    assert (fact.kind, fact.outcome) == (Kind.REFUND, expected)
    assert (fact.request_id, fact.gateway_reference) == ("R1", "ref-1")


def test_other_messages_are_stored_and_change_nothing(gateway):
    notice = gateway.read_notification(delivery({**PAYMENT_RESULT, "notifyType": "SOMETHING_NEW"}))
    assert (notice.facts, notice.kind, notice.problem) == ((), "SOMETHING_NEW", "")


@pytest.mark.promise("I20")
@pytest.mark.parametrize(
    ("topic", "document", "problem"),
    [
        ("payment", b"not json", "the document is not JSON"),
        ("payment", b"[1]", "the document is not an object"),
        ("payment", {"result": SUCCESS}, "notifyType is missing"),
        ("payment", {"notifyType": "<script>"}, "notifyType is missing"),
        ("payment", REFUND_RESULT, "REFUND_RESULT does not belong to the topic payment"),
        ("refund", PAYMENT_RESULT, "PAYMENT_RESULT does not belong to the topic refund"),
        ("dispute", PAYMENT_RESULT, "disputeNotificationType is missing"),
        ("vaulting", PAYMENT_RESULT, "PAYMENT_RESULT does not belong to the topic vaulting"),
        ("elsewhere", PAYMENT_RESULT, "no such topic"),
        ("payment", {**PAYMENT_RESULT, "result": None}, "result is missing or unknown"),
        ("payment", {**PAYMENT_RESULT, "result": result("SUCCESS", "U")}, "result decides nothing: U SUCCESS"),
        ("payment", {**PAYMENT_RESULT, "result": result("NEW", "S")}, "result decides nothing: S NEW"),
        ("payment", {**PAYMENT_RESULT, "paymentRequestId": None}, "paymentRequestId is missing"),
        ("payment", {**PAYMENT_RESULT, "paymentId": ""}, "paymentId is missing"),
        ("payment", {**PAYMENT_RESULT, "paymentAmount": None}, "paymentAmount is missing"),
        ("payment", {**PAYMENT_RESULT, "paymentAmount": {"value": "1"}}, "paymentAmount has no known currency"),
        ("payment", {**CAPTURE_RESULT, "captureRequestId": None, "captureId": None}, "captureRequestId is missing"),
        ("payment", {**CAPTURE_RESULT, "paymentId": None}, "paymentId is missing"),
        ("payment", {**CAPTURE_RESULT, "captureAmount": None}, "captureAmount is missing"),
        ("refund", {**REFUND_RESULT, "refundRequestId": None, "refundId": None}, "refundRequestId is missing"),
        ("refund", {**REFUND_RESULT, "refundAmount": None}, "refundAmount is missing"),
        ("refund", {**REFUND_RESULT, "refundStatus": "MAYBE"}, "refundStatus is unknown"),
        (
            "refund",
            {**REFUND_RESULT, "refundStatus": None, "result": result("REPEAT_REQ_INCONSISTENT", "F")},
            "result decides nothing: repeated with other values: REPEAT_REQ_INCONSISTENT",
        ),
    ],
)
def test_a_message_that_cannot_be_understood_is_a_problem_and_no_fact(gateway, topic, document, problem):
    notice = gateway.read_notification(delivery(document, topic=topic))
    assert (notice.facts, notice.problem) == ((), problem)
    assert notice.strength is Strength.PROOF


def test_which_account_is_the_client_id():
    assert AntomGateway.which_account(GENUINE) == AccountHint(CLIENT)
    with pytest.raises(BadSignature):
        AntomGateway.which_account(without(GENUINE, "client-id"))


def test_the_acknowledgement_is_exact(gateway):
    expected = VECTORS["merchantNotificationAcknowledgement"]
    notice = Notice(facts=(), delivery_key="", strength=Strength.HINT)
    assert gateway.acknowledge(notice) == Acknowledgement(
        status=expected["httpStatus"], body=expected["body"].encode(), content_type=expected["contentType"]
    )
