"""pay, createPaymentSession, the card element, inquiryPayment and cancel."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.simulator.merchant import Merchant, Receiver, wait_for
from tests.simulator_process import SimulatorProcess


def soon(**distance: float) -> str:
    return (datetime.now(UTC) + timedelta(**distance)).isoformat(timespec="milliseconds")


def test_a_saved_card_is_authorized_and_notified(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    answer = merchant.pay(token)
    document = answer.json
    assert (answer.status, answer.code, answer.letter, answer.verified) == (200, "SUCCESS", "S", True)
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert {"client-id", "response-time", "signature"} <= set(answer.headers)
    assert re.fullmatch(r"20\d{33}", document["paymentId"])
    assert document["paymentResultInfo"]["cardNo"] == "************0768"
    assert document["paymentResultInfo"]["cardBrand"] == "VISA"
    assert document["acquirerInfo"]["acquirerName"] == "ACQ_ONE"
    held = datetime.fromisoformat(document["authExpiryTime"]) - datetime.fromisoformat(document["paymentTime"])
    assert held == timedelta(days=7)

    [notice] = receiver.wait(paymentRequestId=document["paymentRequestId"])
    assert notice.json["notifyType"] == "PAYMENT_RESULT"
    assert notice.json["result"]["resultCode"] == "SUCCESS"
    assert notice.path.endswith("?shop=7")
    assert merchant.verifies(notice.headers["signature"], notice.path, notice.headers["request-time"], notice.body)

    [page] = simulator.books(payment_request_id=document["paymentRequestId"])
    assert (page["status"], page["authorized"], page["captured"], page["voided"]) == ("SUCCESS", 3000, 0, 0)


def test_automatic_capture_follows_by_itself(merchant: Merchant, token: str, receiver: Receiver) -> None:
    paid = merchant.pay(token, paymentFactor={"isAuthorization": "true"}).json
    [notice] = receiver.wait(notifyType="CAPTURE_RESULT", paymentId=paid["paymentId"])
    assert notice.json["captureRequestId"] == f"AUTO_{paid['paymentId']}"
    kinds = [
        (row["transactionType"], row["transactionStatus"], row["transactionRequestId"])
        for row in merchant.inquire(paid["paymentRequestId"])["transactions"]
    ]
    assert kinds == [
        ("AUTHORIZATION", "SUCCESS", paid["paymentRequestId"]),
        ("CAPTURE", "SUCCESS", f"AUTO_{paid['paymentId']}"),
    ]


def test_a_session_exists_for_nobody_until_the_buyer_submits(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    document = merchant.session()
    opened = merchant.post("createPaymentSession", document)
    request_id, data = document["paymentRequestId"], opened.json["paymentSessionData"]
    assert (opened.code, opened.verified) == ("SUCCESS", True)
    _, region, version, shown = data.split("&&")
    assert (region, version) == ("SG", "111")
    assert json.loads(base64.b64decode(shown))["paymentSessionFactor"]["paymentRequestId"] == request_id
    assert merchant.inquire(request_id)["result"]["resultCode"] == "ORDER_NOT_EXIST"
    assert merchant.cancel(request_id).code == "ORDER_NOT_EXIST"
    assert simulator.books() == []

    assert merchant.submit(data) == {"status": "SUCCESS", "code": "SUCCESS"}
    assert merchant.inquire(request_id)["paymentStatus"] == "SUCCESS"
    assert receiver.wait(paymentRequestId=request_id)
    assert merchant.submit(data, "4054692760174822") == {"status": "SUCCESS", "code": "SUCCESS"}  # too late to change
    assert len(simulator.books()) == 1


def test_a_lost_session_answer_can_be_asked_for_again(merchant: Merchant) -> None:
    document = merchant.session()
    first, second = (merchant.post("createPaymentSession", document).json for _ in range(2))
    assert first == second
    other = {**document, "paymentAmount": {"currency": "EUR", "value": "3001"}}
    assert merchant.post("createPaymentSession", other).code == "REPEAT_REQ_INCONSISTENT"


def test_forged_session_data_is_not_known(merchant: Merchant) -> None:
    data = merchant.post("createPaymentSession", merchant.session()).json["paymentSessionData"]
    token, rest = data.split("&&", 1)
    raw = bytearray(base64.b64decode(token))
    raw[-1] ^= 1
    assert merchant.submit(f"{base64.b64encode(bytes(raw)).decode()}&&{rest}")["code"] == "PARAM_ILLEGAL"
    assert merchant.submit("nonsense")["code"] == "PARAM_ILLEGAL"


@pytest.mark.parametrize("field", ["paymentSessionExpiryTime", "paymentExpiryTime"])
def test_an_expired_session_takes_no_card(merchant: Merchant, simulator: SimulatorProcess, field: str) -> None:
    document = merchant.session(**{field: soon(seconds=0.5)})
    data = merchant.post("createPaymentSession", document).json["paymentSessionData"]
    assert wait_for(lambda: datetime.fromisoformat(document[field]) < datetime.now(UTC))
    assert merchant.submit(data) == {"status": "FAIL", "code": "ORDER_IS_CLOSED"}
    assert simulator.books() == []


def test_a_session_longer_than_an_hour_is_refused(merchant: Merchant) -> None:
    answer = merchant.post("createPaymentSession", merchant.session(paymentSessionExpiryTime=soon(hours=2)))
    assert (answer.code, answer.verified) == ("PARAM_ILLEGAL", True)
    assert "paymentSessionExpiryTime" in answer.json["result"]["resultMessage"]


@pytest.mark.parametrize(
    ("number", "changes", "code"),
    [
        ("4054695723100768", {}, "SUCCESS"),
        ("5162774114974622", {}, "SUCCESS"),
        ("9490220011669217", {}, "SUCCESS"),
        ("4035501000000008", {}, "SUCCESS"),
        ("378282246310005", {"cvv": "1234"}, "SUCCESS"),
        ("4054692760174822", {}, "DO_NOT_HONOR"),
        ("5162770472561357", {}, "DO_NOT_HONOR"),
        ("4054695723100769", {}, "INVALID_CARD_NUMBER"),
        ("4054695723100768", {"month": "13"}, "INVALID_EXPIRATION_DATE"),
        ("4054695723100768", {"expiryYear": "20"}, "INVALID_EXPIRATION_DATE"),
        ("4054695723100768", {"cvv": "99"}, "PARAM_ILLEGAL"),
    ],
)
def test_the_vendors_test_cards(
    merchant: Merchant, simulator: SimulatorProcess, number: str, changes: dict[str, str], code: str
) -> None:
    answer = merchant.pay(paymentMethod=merchant.new_card(number, **changes))
    assert answer.code == code
    [page] = simulator.books()
    assert page["authorized"] == (3000 if code == "SUCCESS" else 0)
    assert page["status"] == ("SUCCESS" if code == "SUCCESS" else "FAIL")


def test_a_refusal_is_notified_and_stays_for_ever(merchant: Merchant, receiver: Receiver) -> None:
    document = merchant.payment(paymentMethod=merchant.new_card("4054692760174822"))
    assert merchant.post("pay", document).code == "DO_NOT_HONOR"
    [notice] = receiver.wait(paymentRequestId=document["paymentRequestId"])
    assert notice.json["result"]["resultStatus"] == "F"
    document["paymentMethod"] = merchant.new_card("4054695723100768")
    assert merchant.post("pay", document).code == "DO_NOT_HONOR"
    assert merchant.inquire(document["paymentRequestId"])["paymentStatus"] == "FAIL"
    assert merchant.cancel(document["paymentRequestId"]).code == "ORDER_STATUS_INVALID"


def test_amount_11_is_refused_by_risk_control(merchant: Merchant, token: str) -> None:
    assert merchant.pay(token, value=11).code == "RISK_REJECT"


def test_an_unknown_token_is_refused(merchant: Merchant) -> None:
    assert merchant.pay("ALIPAYnobody==").code == "INVALID_PAYMENT_METHOD_META_DATA"


def test_a_new_card_can_be_kept_as_a_token(merchant: Merchant) -> None:
    paid = merchant.pay(paymentMethod=merchant.new_card("5162774114974622", tokenize="true")).json
    kept = paid["paymentResultInfo"]["cardToken"]
    assert kept.startswith("ALIPAY")
    assert len(kept) == 94
    again = merchant.pay(kept).json
    assert again["paymentResultInfo"]["cardNo"] == "************4622"
    assert "cardToken" not in again["paymentResultInfo"]


def test_the_element_keeps_the_card_when_asked(merchant: Merchant) -> None:
    document = merchant.session(paymentFactor={"isAuthorization": True, "storePaymentMethodForBuyer": True})
    refused = merchant.post("createPaymentSession", document)
    assert "referenceBuyerId" in refused.json["result"]["resultMessage"]
    document["order"] = {**document["order"], "buyer": {"referenceBuyerId": "buyer-17"}}
    data = merchant.post("createPaymentSession", document).json["paymentSessionData"]
    merchant.submit(data)
    info = merchant.inquire(document["paymentRequestId"])["paymentResultInfo"]
    assert merchant.pay(info["cardToken"]).code == "SUCCESS"


def test_no_card_number_is_written_anywhere(merchant: Merchant, simulator: SimulatorProcess) -> None:
    number = "4112273146798764"
    merchant.pay(paymentMethod=merchant.new_card(number, tokenize=True))
    simulator.control("next", {"operation": "pay", "scenario": "late", "seconds": 60})
    with pytest.raises(requests.ConnectionError):
        merchant.pay(paymentMethod=merchant.new_card(number))
    files = [file for file in simulator.folder.rglob("*") if file.is_file()]
    assert len(files) > 4
    assert not [file.name for file in files if number.encode() in file.read_bytes()]


def test_pay_is_idempotent(merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver) -> None:
    document = merchant.payment(token)
    first, second = merchant.post("pay", document), merchant.post("pay", document)
    assert first.body == second.body
    other_amount = {**document, "paymentAmount": {"currency": "EUR", "value": "3001"}}
    assert merchant.post("pay", other_amount).code == "REPEAT_REQ_INCONSISTENT"
    other_card = {**document, "paymentMethod": {"paymentMethodType": "CARD", "paymentMethodId": simulator.token()}}
    assert merchant.post("pay", other_card).code == "REPEAT_REQ_INCONSISTENT"
    assert merchant.cancel(document["paymentRequestId"]).code == "SUCCESS"
    assert merchant.post("pay", document).body == first.body  # once S, the same answer for ever
    assert len(simulator.books()) == 1
    assert len(receiver.wait(paymentRequestId=document["paymentRequestId"])) == 1


REQUIRED = [
    "productCode",
    "paymentRequestId",
    "order",
    "order.referenceOrderId",
    "order.orderDescription",
    "order.orderAmount",
    "paymentAmount",
    "paymentAmount.currency",
    "paymentAmount.value",
    "paymentMethod",
    "paymentMethod.paymentMethodType",
    "paymentFactor",
    "paymentFactor.isAuthorization",
    "settlementStrategy",
    "settlementStrategy.settlementCurrency",
    "paymentRedirectUrl",
]


@pytest.mark.parametrize("operation", ["pay", "createPaymentSession"])
def test_a_missing_field_is_named(merchant: Merchant, token: str, operation: str) -> None:
    """One test for all fields: each is left out in turn."""
    env = ["env", "env.terminalType", "env.clientIp"] if operation == "pay" else []
    for name in REQUIRED + env:
        document = json.loads(json.dumps(merchant.payment(token)))
        *parents, last = name.split(".")
        holder = document
        for parent in parents:
            holder = holder[parent]
        del holder[last]
        answer = merchant.post(operation, document)
        assert (name, answer.code, answer.letter, answer.verified) == (name, "PARAM_ILLEGAL", "F", True)
        assert answer.json["result"]["resultMessage"].startswith(name)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"paymentRequestId": "P" * 65}, "paymentRequestId"),
        ({"paymentRequestId": "PAY 1"}, "paymentRequestId"),
        ({"paymentAmount": {"currency": "EUR", "value": "12.34"}}, "paymentAmount.value"),
        ({"paymentAmount": {"currency": "EUR", "value": "-100"}}, "paymentAmount.value"),
        ({"paymentAmount": {"currency": "EUR", "value": "0"}}, "paymentAmount.value"),
        ({"paymentAmount": {"currency": "EUR", "value": "0100"}}, "paymentAmount.value"),
        ({"paymentAmount": {"currency": "EUR", "value": 100}}, "paymentAmount.value"),
        ({"paymentAmount": {"currency": "EUR", "value": "12345678901234567"}}, "paymentAmount.value"),
        ({"paymentAmount": {"currency": "eur", "value": "100"}}, "paymentAmount.currency"),
        ({"paymentAmount": {"currency": "IDR", "value": "1500050"}}, "paymentAmount.value"),
        ({"paymentRedirectUrl": "shop.example"}, "paymentRedirectUrl"),
        ({"paymentNotifyUrl": "https://shop.example/" + "x" * 2048}, "paymentNotifyUrl"),
        ({"paymentExpiryTime": "2026-01-05T10:00:00"}, "paymentExpiryTime"),
        ({"paymentFactor": {"isAuthorization": True, "captureMode": "LATER"}}, "paymentFactor.captureMode"),
        ({"env": {"terminalType": "APP", "clientIp": "192.0.2.1"}}, "env.osType"),
        ({"env": {"terminalType": "WEB", "clientIp": "192.0.2.1", "colorDepth": 7}}, "env.colorDepth"),
        ({"paymentMethod": {"paymentMethodType": "CARD"}}, "paymentMethod.paymentMethodMetaData.cardNo"),
        ({"order": []}, "order"),
    ],
)
def test_a_malformed_field_is_named(merchant: Merchant, token: str, changes: dict[str, object], field: str) -> None:
    answer = merchant.pay(token, **changes)
    assert answer.code == "PARAM_ILLEGAL"
    assert answer.json["result"]["resultMessage"].startswith(field)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(merchant: Merchant, body: bytes) -> None:
    assert merchant.post("pay", body).code == "PARAM_ILLEGAL"


def test_a_payment_after_its_expiry_is_closed(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    assert merchant.pay(token, paymentExpiryTime=soon(seconds=-5)).code == "ORDER_IS_CLOSED"
    [page] = simulator.books()
    assert (page["status"], page["authorized"]) == ("FAIL", 0)


def test_a_payment_under_way_is_closed_at_its_expiry(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    simulator.control("next", {"operation": "pay", "scenario": "pending", "seconds": 60})
    document = merchant.payment(token, paymentExpiryTime=soon(seconds=0.7))
    assert (answer := merchant.post("pay", document)).code == "PAYMENT_IN_PROCESS"
    assert answer.letter == "U"
    [notice] = receiver.wait(paymentRequestId=document["paymentRequestId"])
    assert notice.json["result"]["resultCode"] == "ORDER_IS_CLOSED"
    assert merchant.inquire(document["paymentRequestId"])["paymentStatus"] == "FAIL"
    assert merchant.post("pay", document).code == "ORDER_IS_CLOSED"


def test_cancel_releases_a_hold_once_and_silently(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    paid = merchant.pay(token).json
    assert receiver.wait(paymentRequestId=paid["paymentRequestId"])
    first, second = merchant.cancel(paid["paymentRequestId"]), merchant.post("cancel", {"paymentId": paid["paymentId"]})
    assert (first.code, first.body) == ("SUCCESS", second.body)
    [page] = simulator.books()
    assert (page["status"], page["authorized"], page["voided"]) == ("CANCELLED", 3000, 3000)
    inquiry = merchant.inquire(paid["paymentRequestId"])
    assert (inquiry["paymentStatus"], inquiry["transactions"][-1]["transactionType"]) == ("CANCELLED", "VOID")
    assert merchant.capture(paid["paymentId"]).code == "AUTH_CANCELLED"
    assert len(simulator.notifications()) == 1


def test_cancel_closes_a_payment_under_way_for_good(
    merchant: Merchant, token: str, simulator: SimulatorProcess
) -> None:
    simulator.control("next", {"operation": "pay", "scenario": "pending", "seconds": 0.5})
    document = merchant.payment(token)
    merchant.post("pay", document)
    assert merchant.cancel(document["paymentRequestId"]).code == "SUCCESS"
    assert not wait_for(lambda: simulator.books()[0]["authorized"], 0.9)
    assert simulator.books()[0]["status"] == "CANCELLED"
    assert merchant.post("pay", document).code == "ORDER_IS_CANCELED"
    assert simulator.notifications() == []


def test_a_hold_that_nobody_captures_lapses(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    paid = merchant.pay(token).json
    simulator.control(f"authorizations/{paid['paymentRequestId']}/expire")
    assert merchant.inquire(paid["paymentRequestId"])["paymentStatus"] == "CANCELLED"
    assert merchant.capture(paid["paymentId"]).code == "AUTH_EXPIRED"
    assert merchant.cancel(paid["paymentRequestId"]).code == "CANCEL_WINDOW_EXCEED"
    assert simulator.books()[0]["voided"] == 3000


def test_hold_days_can_be_shortened(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    simulator.control("settings", {"hold_days": 0.5 / 86400})
    merchant.pay(token)
    assert wait_for(lambda: simulator.books()[0]["status"] == "CANCELLED")


def test_an_unknown_payment_does_not_exist(merchant: Merchant) -> None:
    for operation in ("inquiryPayment", "cancel"):
        answer = merchant.post(operation, {"paymentRequestId": "PAY_nobody"})
        assert (answer.code, answer.letter, answer.verified) == ("ORDER_NOT_EXIST", "F", True)
        assert merchant.post(operation, {}).code == "PARAM_ILLEGAL"
