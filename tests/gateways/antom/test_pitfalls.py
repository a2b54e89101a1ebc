"""The 29 pitfalls of antom.md 10, one test each, proven where each of them lives."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.test import Client

from core.money import Money
from orders.models import Order
from payments.errors import ActionNotAllowed, PaymentInProgress
from payments.gateways import registry
from payments.gateways.antom import signing
from payments.gateways.antom.gateway import AntomGateway
from payments.gateways.antom.read_details import read_details
from payments.gateways.base import (
    Approved,
    BadSignature,
    Category,
    Declined,
    InvalidRequest,
    Kind,
    Known,
    NotAttempted,
    Pending,
    Unknown,
)
from payments.models import NotificationEvent, Transaction
from payments.services.returning import state_of
from tests import factories
from tests.gateways.antom.examples import (
    CAPTURE,
    INQUIRY,
    PAYMENT_ID,
    REQUEST_ID,
    authorize,
    order,
    result,
)
from tests.gateways.antom.shop import Shop, authorized, says, state, statuses, told
from tests.gateways.antom.test_signing import PRIVATE, PUBLIC
from tests.gateways.antom.wire import (
    CLIENT,
    CREDENTIALS,
    MERCHANT_KEYS,
    SUCCESS,
    VENDOR_KEYS,
    answers,
    delivery,
    signed_headers,
)
from tests.gateways.test_http import answering, certificate, fresh_session, sending, serve, tls
from tests.promises.raw import everything_stored

__all__ = ["certificate", "fresh_session", "serve", "tls"]

AMOUNT = {"currency": "EUR", "value": "30000"}
PAID = {"result": SUCCESS, "paymentRequestId": REQUEST_ID, "paymentId": PAYMENT_ID, "paymentAmount": AMOUNT}
PENDING = {"notifyType": "PAYMENT_PENDING", "result": SUCCESS, "paymentRequestId": REQUEST_ID}
CAPTURED = {
    "notifyType": "CAPTURE_RESULT",
    "result": SUCCESS,
    "captureRequestId": f"AUTO_{PAYMENT_ID}",
    "captureId": "cap-1",
    "paymentId": PAYMENT_ID,
    "captureAmount": AMOUNT,
}


@pytest.fixture
def shop(transactional_db, settings, wire, buyer, product, operator) -> Iterator[Shop]:
    """Its order is captured automatically."""
    settings.GATEWAY_CREDENTIALS = {"antom": CREDENTIALS}
    registry.forget_built()
    card = factories.make_card(buyer, factories.make_account("antom", "antom"))
    yield Shop(wire, buyer, factories.make_order(buyer, product), card, operator)
    registry.forget_built()


@pytest.fixture
def manual_shop(shop, buyer, manual_product) -> Shop:
    return replace(shop, order=factories.make_order(buyer, manual_product))


def outcome_of_pay(gateway: AntomGateway) -> Any:
    (fact,) = gateway.authorize(authorize())
    return fact.outcome


# --- signatures -----------------------------------------------------------------------------------------------------


def test_pitfall_01_a_plus_survives_sending_and_reading(gateway, wire):
    answers(wire, "pay", PAID)
    outcome_of_pay(gateway)
    encoded = wire.calls[0].request.headers["Signature"].split("signature=")[1]
    assert not set("+/=") & set(encoded)
    genuine = delivery(PENDING)
    header = unquote(genuine.headers["signature"])
    assert "+" in header
    raw = replace(genuine, headers={**genuine.headers, "signature": header})
    assert gateway.read_notification(raw).problem == ""


def test_pitfall_02_what_is_signed_are_the_bytes(gateway, wire):
    answers(wire, "pay", PAID)
    request = replace(authorize(), order=order(description="Zwei Töpfe  ☕"))
    gateway.authorize(request)
    sent = wire.calls[0].request
    assert "Zwei Töpfe  ☕".encode() in sent.body
    message = signing.string_to_sign(
        path=sent.path_url, client_id=CLIENT, time=sent.headers["Request-Time"], body=sent.body
    )
    signing.verify(PUBLIC["merchant"], sent.headers["Signature"], message)
    genuine = delivery(json.dumps(PENDING, indent=3).encode())
    assert gateway.read_notification(genuine).problem == ""
    with pytest.raises(BadSignature):
        gateway.read_notification(replace(genuine, body=json.dumps(PENDING).encode()))


@pytest.mark.parametrize(("client", "prefix"), [(CLIENT, "/ams/api"), ("SANDBOX_5Y", "/ams/sandbox/api")])
def test_pitfall_03_the_signed_path_is_the_one_that_is_sent(wire, client, prefix):
    gateway = AntomGateway.from_credentials({**CREDENTIALS, "client_id": client})
    path, body = f"{prefix}/v1/payments/pay", json.dumps(PAID).encode()
    for signed_path in (path, "/v1/payments/pay", f"https://open-de-global.alipay.com{path}"):
        wire.add(
            "POST",
            f"https://open-de-global.alipay.com{path}",
            body=body,
            headers=signed_headers(signed_path, body, client=client),
        )
    assert outcome_of_pay(gateway) == Approved()
    assert wire.calls[0].request.path_url == path
    for _ in range(2):
        assert outcome_of_pay(gateway) == Unknown("the answer is not proven: the signature does not match")


def test_pitfall_04_our_own_key_proves_nothing(gateway, wire):
    with pytest.raises(ValueError, match="our own key"):
        AntomGateway.from_credentials({**CREDENTIALS, "public_keys": {"1": MERCHANT_KEYS["publicSpkiPem"]}})
    body = json.dumps(PAID).encode()
    answers(wire, "pay", body, headers=signed_headers("/ams/api/v1/payments/pay", body, key="merchant"))
    assert outcome_of_pay(gateway) == Unknown("the answer is not proven: the signature does not match")


@pytest.mark.parametrize("form", ["privatePkcs8Pem", "privatePkcs8Base64", "privatePkcs1Pem"])
@pytest.mark.parametrize("public_form", ["publicSpkiPem", "publicSpkiBase64"])
def test_pitfall_05_keys_are_read_in_every_form(wire, form, public_form):
    keys = {"private_key": MERCHANT_KEYS[form], "public_keys": {"1": VENDOR_KEYS[public_form]}}
    answers(wire, "pay", PAID)
    assert outcome_of_pay(AntomGateway.from_credentials({**CREDENTIALS, **keys})) == Approved()


def test_pitfall_06_certificates_are_verified_and_the_port_is_ours(serve, tls, certificate):
    server = serve(answering(), tls=tls)
    there = {**CREDENTIALS, "client_id": "SANDBOX_5Y", "url": f"https://127.0.0.1:{server.port}"}
    assert outcome_of_pay(AntomGateway.from_credentials(there)) == NotAttempted("the certificate was refused")
    assert server.requests == []
    trusting = AntomGateway.from_credentials({**there, "ca_bundle": str(certificate)})
    assert outcome_of_pay(trusting) == Unknown("result is missing or unknown")
    assert len(server.requests) == 1


def test_pitfall_07_an_unsigned_error_is_an_answer_and_an_unsigned_success_is_not(gateway, wire):
    half = {"client-id": CLIENT, "response-time": "2026-01-05T10:11:12Z"}
    answers(wire, "pay", {"result": result("INVALID_SIGNATURE", "F")}, headers={"client-id": CLIENT})
    answers(wire, "pay", {"result": result("DO_NOT_HONOR", "F")}, headers={"client-id": CLIENT})
    answers(wire, "pay", PAID, headers={"client-id": CLIENT})
    answers(wire, "pay", {"result": result("INVALID_SIGNATURE", "F")}, headers=half)
    assert [outcome_of_pay(gateway) for _ in range(4)] == [
        NotAttempted("refused before processing: INVALID_SIGNATURE", code="INVALID_SIGNATURE"),
        Unknown("unsigned answer: F DO_NOT_HONOR"),
        Unknown("unsigned answer: S SUCCESS"),
        Unknown("the answer is not proven: the answer is half signed"),
    ]


# --- what an answer means -------------------------------------------------------------------------------------------


def test_pitfall_08_a_system_error_is_final(manual_shop):
    payment = manual_shop.held()
    manual_shop.vendor("capture", says("SYSTEM_ERROR", "F"))
    manual_shop.capture(payment)
    assert (state(payment), statuses(payment, Kind.CAPTURE)) == ("authorized", ["failed"])
    manual_shop.let_time_pass(60)
    assert len(manual_shop.asked("capture")) == 1


def test_pitfall_09_unknown_is_never_a_failure(shop):
    shop.vendor("pay", says("UNKNOWN_EXCEPTION", "U"))
    payment = shop.pay()
    assert (state(payment), statuses(payment, Kind.AUTHORIZE)) == ("pending", ["unknown"])
    with pytest.raises(PaymentInProgress):
        shop.pay()
    assert len(shop.asked("pay")) == 1


def test_pitfall_10_after_silence_a_new_id_waits_for_the_end_of_the_old_one(shop):
    shop.vendor_is_silent("pay")
    first = shop.pay()
    with pytest.raises(PaymentInProgress):
        shop.pay()
    shop.vendor("inquiryPayment", lambda asked: told(asked, "FAIL", paymentResultCode="DO_NOT_HONOR"))
    shop.let_time_pass(5)
    assert state(first) == "failed"
    shop.vendor("pay", authorized)
    shop.pay()
    ids = [asked["paymentRequestId"] for asked in shop.asked("pay")]
    assert len(ids) == len(set(ids)) == 2


def test_pitfall_11_after_a_refusal_the_next_try_has_a_new_id(shop):
    shop.vendor("pay", says("DO_NOT_HONOR", "F"))
    shop.vendor("pay", authorized)
    assert [state(shop.pay()) for _ in range(2)] == ["failed", "authorized"]
    ids = [asked["paymentRequestId"] for asked in shop.asked("pay")]
    assert len(ids) == len(set(ids)) == 2


def test_pitfall_12_success_is_a_hold_and_no_reason_to_ship(shop):
    payment = shop.held()
    shop.notify({**PAID, "notifyType": "PAYMENT_RESULT", "paymentRequestId": shop.asked("pay")[0]["paymentRequestId"]})
    assert (state(payment), Order.objects.get(pk=shop.order.pk).safe_to_ship) == ("authorized", False)
    shop.notify(CAPTURED)
    assert (state(payment), Order.objects.get(pk=shop.order.pk).safe_to_ship) == ("captured", True)


def test_pitfall_13_a_capture_in_process_is_ordinary(manual_shop):
    payment = manual_shop.held()
    manual_shop.vendor("capture", says("CAPTURE_IN_PROCESS", "U"))
    manual_shop.capture(payment)
    assert (state(payment), statuses(payment, Kind.CAPTURE)) == ("authorized", ["pending"])
    request_id = manual_shop.asked("capture")[0]["captureRequestId"]
    manual_shop.notify({**CAPTURED, "captureRequestId": request_id})
    assert (state(payment), statuses(payment, Kind.CAPTURE)) == ("captured", ["succeeded"])
    assert len(manual_shop.asked("capture")) == 1


def test_pitfall_14_captures_are_told_at_the_address_of_payments(shop):
    payment = shop.held()
    assert shop.notify(CAPTURED, "refund").status_code == 200
    assert state(payment) == "authorized"
    assert shop.notify(CAPTURED, "payment").status_code == 200
    assert state(payment) == "captured"
    assert Transaction.objects.get(payment=payment, kind=Kind.CAPTURE).gateway_reference == "cap-1"


def test_pitfall_15_messages_about_vaulting_are_known_by_their_address(shop):
    payment = shop.held()
    bound = {"result": SUCCESS, "vaultingRequestId": "VLT_1", "vaultingStatus": "SUCCESS"}
    disguised = {**CAPTURED, "vaultingRequestId": "VLT_1"}
    for document in (bound, disguised):
        assert shop.notify(document, "vaulting").status_code == 200
    assert set(NotificationEvent.objects.values_list("topic", "status")) == {("vaulting", "problem")}
    assert NotificationEvent.objects.count() == 2
    assert state(payment) == "authorized"


def test_pitfall_16_the_result_of_an_inquiry_is_not_the_payments(gateway, wire):
    failed = {**PAID, "paymentStatus": "FAIL", "paymentResultCode": "DO_NOT_HONOR"}
    answers(wire, "inquiryPayment", failed)
    answers(wire, "inquiryPayment", {**PAID, "result": result("PROCESS_FAIL", "F"), "paymentStatus": "SUCCESS"})
    known = gateway.inquire(INQUIRY)
    assert isinstance(known, Known)
    assert [fact.outcome for fact in known.facts] == [Declined("DO_NOT_HONOR", Category.CALL_BANK)]
    assert gateway.inquire(INQUIRY) == Unknown("inquiry: F PROCESS_FAIL")


def test_pitfall_17_pending_is_not_paid_whatever_its_result_says(gateway):
    (fact,) = gateway.read_notification(delivery({**PAID, **PENDING})).facts
    assert fact.outcome == Pending()
    (fact,) = gateway.read_notification(delivery({**PAID, "notifyType": "PAYMENT_RESULT"})).facts
    assert fact.outcome == Approved()


def test_pitfall_18_misspelt_names_are_read(gateway, wire):
    details = read_details(
        {
            "authExpirytime": "2026-01-12T18:11:13+08:00",
            "paymentResultInfo": {"threeDSResult": {"caav": "misprint"}},
        }
    )
    assert (details.three_ds, details.hold_ends_at) == (
        {"cavv": "misprint"},
        datetime(2026, 1, 12, 10, 11, 13, tzinfo=UTC),
    )
    both = {"paymentResultInfo": {"threeDSResult": {"cavv": "right", "caav": "misprint"}}}
    assert read_details(both).three_ds == {"cavv": "right"}
    answers(wire, "capture", {"result": result("AUTH_CANCELLED", "F")})
    answers(wire, "capture", {"result": result("ORDER_IS_CANCELED", "F")})
    answers(wire, "inquiryPayment", {**PAID, "paymentStatus": "CANCELLED"})
    told = [gateway.capture(CAPTURE)[0].outcome for _ in range(2)]
    assert [type(outcome) for outcome in told] == [Declined, Declined]
    known = gateway.inquire(INQUIRY)
    assert isinstance(known, Known)
    assert [(fact.kind, fact.outcome) for fact in known.facts] == [(Kind.CANCEL, Approved())]


@pytest.mark.parametrize("text", ["2026-01-05T18:11:12+08:00", "2026-01-05T02:11:12-08:00", "2026-01-05T10:11:12Z"])
def test_pitfall_19_moments_are_read_with_their_offset(gateway, text):
    document = {**PAID, "notifyType": "PAYMENT_RESULT", "paymentTime": text}
    (fact,) = gateway.read_notification(delivery(document)).facts
    assert fact.occurred_at == datetime(2026, 1, 5, 10, 11, 12, tzinfo=UTC)


def test_pitfall_20_what_was_not_captured_is_cancelled_and_not_refunded(manual_shop):
    payment = manual_shop.held()
    with pytest.raises(ActionNotAllowed):
        manual_shop.refund(payment, 30000)
    manual_shop.vendor("cancel", lambda asked: {"result": SUCCESS, "paymentId": PAYMENT_ID})
    manual_shop.cancel(payment)
    assert (state(payment), manual_shop.asked("refund")) == ("canceled", [])


def test_pitfall_21_a_refund_in_process_is_never_repeated(shop):
    payment = shop.held()
    shop.notify(CAPTURED)
    shop.vendor("refund", says("REFUND_IN_PROCESS", "U"))
    shop.vendor("inquiryPayment", told)
    shop.vendor("inquiryRefund", lambda asked: {"result": SUCCESS, "refundStatus": "PROCESSING", **asked})
    shop.refund(payment, 10000)
    shop.let_time_pass(120)
    assert statuses(payment, Kind.REFUND) == ["pending"]
    assert len(shop.asked("refund")) == 1
    assert shop.asked("inquiryRefund")


def test_pitfall_22_after_an_empty_balance_a_refund_has_a_new_id(shop):
    payment = shop.held()
    shop.notify(CAPTURED)
    shop.vendor("refund", says("MERCHANT_BALANCE_NOT_ENOUGH", "F"))
    shop.vendor(
        "refund",
        lambda asked: {
            "result": SUCCESS,
            "refundId": "ref-1",
            "refundRequestId": asked["refundRequestId"],
            "refundAmount": asked["refundAmount"],
        },
    )
    shop.refund(payment, 10000)
    shop.let_time_pass(30)
    assert len(shop.asked("refund")) == 1
    shop.refund(payment, 10000)
    assert statuses(payment, Kind.REFUND) == ["failed", "succeeded"]
    ids = [asked["refundRequestId"] for asked in shop.asked("refund")]
    assert len(ids) == len(set(ids)) == 2


# --- doors, values, secrets -----------------------------------------------------------------------------------------


def test_pitfall_23_the_public_path_is_verified_and_nothing_redirects(shop, settings):
    payment = shop.held()
    settings.PUBLIC_URL = "https://shop.example/behind"
    assert shop.notify(CAPTURED).status_code == 401  # signed without the prefix
    public = "/behind/notify/antom/payment/"
    body = json.dumps(CAPTURED).encode()
    message = signing.string_to_sign(path=public, client_id=CLIENT, time="1767607871000", body=body)
    headers = {
        "client-id": CLIENT,
        "request-time": "1767607871000",
        "signature": signing.sign(PRIVATE["gateway"], message),
    }
    stripped = public.removeprefix("/behind")
    answer = Client().post(stripped.rstrip("/"), body, content_type="application/json", headers=headers)
    assert answer.status_code == 404
    answer = Client().post(stripped, body, content_type="application/json", headers=headers)
    assert (answer.status_code, state(payment)) == (200, "captured")


@pytest.mark.parametrize("minor", [1, 99, 150])
def test_pitfall_24_rupiah_are_whole(gateway, minor):
    odd = Money(minor, "IDR")
    for refuse in (
        lambda: gateway.check_amount(odd),
        lambda: gateway.check(authorize(amount=odd, order=order(total=odd, lines=()))),
        lambda: gateway.capture(replace(CAPTURE, amount=odd)),
    ):
        with pytest.raises(InvalidRequest, match="multiple of 100"):
            refuse()
    gateway.check_amount(Money(100, "IDR"))


def test_pitfall_25_a_long_token_is_kept_whole_sealed_and_out_of_sight(shop, caplog):
    token = "ALIPAY" + base64.b64encode(b"\xfb\xff" * 750).decode()
    assert len(token) == 2006
    shop.card = factories.make_card(shop.buyer, shop.card.account, token=token)
    payment = shop.held()
    sent = shop.asked("pay")[0]["paymentMethod"]["paymentMethodId"]
    assert sent == token == shop.card.token.reveal()
    assert token.encode() not in everything_stored()
    shown = [caplog.text, repr(shop.card), repr(payment), *(str(call.request.url) for call in shop.wire.calls)]
    assert not [text for text in shown if "ALIPAY" in text]


def test_pitfall_26_json_is_asked_for_and_header_names_are_read_in_any_case(serve):
    body = json.dumps(PAID).encode()
    headers = signed_headers("/ams/api/v1/payments/pay", body, client="SIM_1")
    head = "".join(f"{name.upper()}: {value}\r\n" for name, value in headers.items())
    raw = f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    server = serve(sending(raw))
    there = {**CREDENTIALS, "client_id": "SIM_1", "url": f"http://127.0.0.1:{server.port}"}
    assert outcome_of_pay(AntomGateway.from_credentials(there)) == Approved()
    assert b"Accept: application/json\r\n" in server.requests[0]


def test_pitfall_27_the_return_page_only_makes_us_ask(shop):
    shop.vendor(
        "pay",
        lambda asked: {
            **authorized(asked),
            "result": result("PAYMENT_IN_PROCESS", "U"),
            "normalUrl": "https://bank.example/3ds",
        },
    )
    payment = shop.pay()
    shop.vendor("inquiryPayment", lambda asked: told(asked, "PROCESSING"))
    Client().get(f"/pay/return/{state_of(payment)}/?paymentStatus=SUCCESS&result=S")
    assert (state(payment), len(shop.asked("inquiryPayment"))) == ("pending", 1)


def test_pitfall_28_the_key_version_stays_and_two_keys_live_at_once(gateway, wire):
    answers(wire, "pay", PAID)
    outcome_of_pay(gateway)
    assert "keyVersion=1," in wire.calls[0].request.headers["Signature"]
    new = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    spki = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    both = {"1": VENDOR_KEYS["publicSpkiPem"], "2": new.public_key().public_bytes(*spki).decode()}
    genuine = delivery(PENDING)
    rotated = signing.sign(new, _signed(genuine)[1], key_version="2")
    after = replace(genuine, headers={**genuine.headers, "signature": rotated})
    rotating = AntomGateway.from_credentials({**CREDENTIALS, "public_keys": both})
    assert [rotating.read_notification(told).key_id for told in (genuine, after)] == ["1", "2"]
    with pytest.raises(BadSignature, match="key version is unknown"):
        gateway.read_notification(after)


def _signed(genuine: Any) -> tuple[str, bytes]:
    time = genuine.headers["request-time"]
    message = signing.string_to_sign(path=genuine.target, client_id=CLIENT, time=time, body=genuine.body)
    return genuine.headers["signature"], message


def test_pitfall_29_the_digest_is_pinned(gateway):
    genuine = delivery(PENDING)
    _, message = _signed(genuine)
    for digest, proven in ((hashes.SHA256(), True), (hashes.SHA1(), False), (hashes.SHA512(), False)):
        signature = base64.b64encode(PRIVATE["gateway"].sign(message, padding.PKCS1v15(), digest)).decode()
        header = f"algorithm=RSA256,keyVersion=1,signature={signature}"
        forged = replace(genuine, headers={**genuine.headers, "signature": header})
        if proven:
            assert gateway.read_notification(forged).problem == ""
        else:
            with pytest.raises(BadSignature):
                gateway.read_notification(forged)


def test_every_pitfall_has_its_test():
    numbers = [name[13:15] for name in globals() if name.startswith("test_pitfall_")]
    assert numbers == [f"{number:02}" for number in range(1, 30)]
