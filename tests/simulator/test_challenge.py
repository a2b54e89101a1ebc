"""3DS: who is asked, the page, what comes back, and who is not asked."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from payments.simulator.cards import passes_luhn
from tests.simulator.merchant import Merchant, Receiver
from tests.simulator_process import SimulatorProcess

CHALLENGE, BY_FORM, WANTS_3DS = "4999990000000106", "4999990000000114", "4999990000001005"
EXEMPT, MASTERCARD = "4035501000000008", "5162774114974622"
HOME = "https://shop.example/pay/return/"


def with_3ds(merchant: Merchant, number: str = "4054695723100768", **more: Any) -> dict[str, Any]:
    return merchant.new_card(number, is3DSAuthentication=True, **more)


def decide(page: str, answer: str) -> requests.Response:
    return requests.post(page, data={"answer": answer}, timeout=10, allow_redirects=False)


@pytest.fixture
def challenged(merchant: Merchant) -> dict[str, Any]:
    """A payment of 3000 whose buyer must pass 3DS."""
    answer = merchant.pay(paymentMethod=with_3ds(merchant))
    assert (answer.code, answer.letter, answer.verified) == ("PAYMENT_IN_PROCESS", "U", True)
    return answer.json


def test_the_page_is_loud_and_keeps_the_card_to_itself(challenged: dict[str, Any]) -> None:
    page = requests.get(challenged["normalUrl"], timeout=10)
    assert page.status_code == 200
    for text in ("SIMULATED", "30.00 EUR", "VISA **** 0768", "shop.example", 'name="viewport"'):
        assert text in page.text
    assert page.text.count("<button") == 3
    assert "4054695723100768" not in page.text
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


@pytest.mark.parametrize(("number", "eci"), [("4054695723100768", "05"), (MASTERCARD, "02")])
def test_confirming_authorizes_with_the_proof(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver, number: str, eci: str
) -> None:
    document = merchant.payment(paymentMethod=with_3ds(merchant, number))
    page = merchant.post("pay", document).json["normalUrl"]
    assert merchant.inquire(document["paymentRequestId"])["paymentStatus"] == "PROCESSING"
    assert simulator.books()[0]["authorized"] == 0

    back = decide(page, "confirm")
    assert (back.status_code, back.headers["Location"]) == (303, HOME)
    [notice] = receiver.wait(notifyType="PAYMENT_RESULT")
    proof = notice.json["paymentResultInfo"]["threeDSResult"]
    assert (proof["threeDSVersion"], proof["eci"], proof["challenged"]) == ("2.2.0", eci, True)
    assert proof["cavv"]
    assert proof["dsTransactionId"]
    inquiry = merchant.inquire(document["paymentRequestId"])
    assert (inquiry["paymentStatus"], inquiry["paymentResultInfo"]["threeDSResult"]) == ("SUCCESS", proof)
    assert "redirectActionForm" not in inquiry
    assert merchant.post("pay", document).code == "SUCCESS"
    assert simulator.books()[0]["authorized"] == 3000
    lines = simulator.log(document["paymentRequestId"], operation="challenge")["rows"]
    assert [line["result_code"] for line in lines] == ["SUCCESS"]


def test_failing_the_challenge_fails_the_payment(
    merchant: Merchant, challenged: dict[str, Any], simulator: SimulatorProcess, receiver: Receiver
) -> None:
    assert decide(challenged["normalUrl"], "fail").status_code == 303
    [notice] = receiver.wait(notifyType="PAYMENT_RESULT")
    assert notice.json["result"]["resultCode"] == "USER_PAYMENT_VERIFICATION_FAILED"
    proof = notice.json["paymentResultInfo"]["threeDSResult"]
    assert (proof["eci"], proof["challenged"], "cavv" in proof) == ("07", True, False)
    inquiry = merchant.inquire(challenged["paymentRequestId"])
    assert (inquiry["paymentStatus"], inquiry["paymentResultCode"]) == ("FAIL", "USER_PAYMENT_VERIFICATION_FAILED")
    assert simulator.books()[0]["authorized"] == 0


def test_leaving_decides_nothing_until_the_order_closes(merchant: Merchant, receiver: Receiver) -> None:
    closes = (datetime.now(UTC) + timedelta(seconds=1.5)).isoformat(timespec="milliseconds")
    document = merchant.payment(paymentMethod=with_3ds(merchant), paymentExpiryTime=closes)
    page = merchant.post("pay", document).json["normalUrl"]
    back = decide(page, "leave")
    assert (back.status_code, back.headers["Location"]) == (303, HOME)
    assert decide(page, "confirm").status_code == 410
    assert merchant.inquire(document["paymentRequestId"])["paymentStatus"] == "PROCESSING"
    [notice] = receiver.wait(notifyType="PAYMENT_RESULT")
    assert notice.json["result"]["resultCode"] == "ORDER_IS_CLOSED"
    assert requests.get(page, timeout=10).status_code == 410


def test_a_page_works_once(challenged: dict[str, Any], simulator: SimulatorProcess) -> None:
    page = challenged["normalUrl"]
    assert decide(page, "nonsense").status_code == 400
    assert decide(page, "fail").status_code == 303
    assert decide(page, "confirm").status_code == 410
    assert requests.get(page, timeout=10).status_code == 410
    assert simulator.books()[0]["status"] == "FAIL"


def test_of_many_answers_at_once_one_counts(challenged: dict[str, Any], simulator: SimulatorProcess) -> None:
    answers = ["confirm", "fail"] * 6
    with ThreadPoolExecutor(12) as threads:
        codes = [reply.status_code for reply in threads.map(decide, [challenged["normalUrl"]] * 12, answers)]
    assert sorted(codes) == [303] + [410] * 11
    told = simulator.notifications(challenged["paymentRequestId"])
    assert len(told) == 1


def test_a_page_cannot_be_guessed(merchant: Merchant, challenged: dict[str, Any]) -> None:
    token = challenged["normalUrl"].rsplit("/", 1)[1]
    assert len(token) >= 43
    other = "A" if token[-1] != "A" else "B"
    for guess in (token[:-1] + other, challenged["paymentRequestId"], challenged["paymentId"]):
        assert requests.get(f"{merchant.base_url}/challenge/{guess}", timeout=10).status_code == 410


def test_cancelling_ends_the_page(merchant: Merchant, challenged: dict[str, Any], simulator: SimulatorProcess) -> None:
    assert merchant.cancel(challenged["paymentRequestId"]).code == "SUCCESS"
    assert decide(challenged["normalUrl"], "confirm").status_code == 410
    assert simulator.books()[0]["status"] == "CANCELLED"


def test_a_repeat_and_an_inquiry_tell_the_page_again(merchant: Merchant) -> None:
    document = merchant.payment(paymentMethod=with_3ds(merchant))
    first, second = merchant.post("pay", document), merchant.post("pay", document)
    assert first.body == second.body
    form = merchant.inquire(document["paymentRequestId"])["redirectActionForm"]
    assert (form["method"], form["redirectUrl"]) == ("GET", first.json["normalUrl"])


def test_the_challenge_can_be_told_as_a_form(merchant: Merchant) -> None:
    assert passes_luhn(BY_FORM)
    answer = merchant.pay(paymentMethod=merchant.new_card(BY_FORM)).json
    assert "normalUrl" not in answer
    form = answer["redirectActionForm"]
    assert form["method"] == "POST"
    entered = requests.post(form["redirectUrl"], data=json.loads(form["parameters"]), timeout=10)
    assert "30.00 EUR" in entered.text
    assert decide(entered.url, "confirm").status_code == 303
    assert merchant.inquire(answer["paymentRequestId"])["paymentStatus"] == "SUCCESS"
    assert requests.post(form["redirectUrl"], data={"token": "guess"}, timeout=10).status_code == 410


def test_an_app_gets_links_of_its_own(merchant: Merchant) -> None:
    env = {"terminalType": "app", "osType": "IOS", "clientIp": "192.0.2.1"}
    answer = merchant.pay(paymentMethod=with_3ds(merchant), env=env).json
    assert answer["applinkUrl"] == answer["normalUrl"]
    assert answer["schemeUrl"].startswith("simbank://")
    assert 0 < len(answer["appIdentifier"]) <= 128
    web = merchant.pay(paymentMethod=with_3ds(merchant)).json
    assert not {"applinkUrl", "schemeUrl", "appIdentifier"} & set(web)


@pytest.mark.parametrize(
    ("number", "flags", "code"),
    [
        (WANTS_3DS, {}, "AUTHENTICATION_REQUIRED"),
        (WANTS_3DS, {"enableAuthenticationUpgrade": True}, "PAYMENT_IN_PROCESS"),
        (WANTS_3DS, {"is3DSAuthentication": "true"}, "PAYMENT_IN_PROCESS"),
        (WANTS_3DS, {"mpiData": {"eci": "05", "cavv": "AAAB", "threeDSVersion": "2.2.0"}}, "SUCCESS"),
        (WANTS_3DS, {"networkTransactionId": "12345", "recurringType": "UNSCHEDULED"}, "SUCCESS"),
        ("4054695723100768", {"enableAuthenticationUpgrade": True}, "SUCCESS"),
        (EXEMPT, {"is3DSAuthentication": True}, "SUCCESS"),
        ("4054692760174822", {"is3DSAuthentication": True}, "DO_NOT_HONOR"),
        ("4054695723100768", {"is3DSAuthentication": True, "mpiData": {"eci": "05"}}, "PARAM_ILLEGAL"),
    ],
)
def test_who_is_asked(merchant: Merchant, number: str, flags: dict[str, Any], code: str) -> None:
    answer = merchant.pay(paymentMethod=merchant.new_card(number, **flags))
    assert answer.code == code
    assert ("normalUrl" in answer.json) == (code == "PAYMENT_IN_PROCESS")


def test_what_is_known_without_a_challenge(merchant: Merchant) -> None:
    mpi = {"threeDSVersion": "2.1.0", "eci": "05", "cavv": "AAABAWFl", "dsTransactionId": "f25084f0"}
    brought = merchant.pay(paymentMethod=merchant.new_card("4054695723100768", mpiData=mpi)).json
    assert brought["paymentResultInfo"]["threeDSResult"] == {**mpi, "challenged": False}
    exempt = merchant.pay(paymentMethod=with_3ds(merchant, EXEMPT)).json["paymentResultInfo"]
    assert (exempt["exemptionRequested"], exempt["threeDSResult"]["challenged"]) == ("lowValue", False)
    plain = merchant.pay(paymentMethod=merchant.new_card("4054695723100768")).json
    assert "threeDSResult" not in plain["paymentResultInfo"]


def test_the_challenge_card_also_through_its_token(merchant: Merchant, simulator: SimulatorProcess) -> None:
    answer = merchant.pay(simulator.token(CHALLENGE)).json
    decide(answer["normalUrl"], "confirm")
    assert simulator.books()[0]["authorized"] == 3000


def test_the_bank_may_refuse_after_the_proof(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    order = {"operation": "pay", "scenario": "challenge", "then": "F", "code": "USER_BALANCE_NOT_ENOUGH"}
    simulator.control("next", order)
    answer = merchant.pay(token).json
    decide(answer["normalUrl"], "confirm")
    assert merchant.inquire(answer["paymentRequestId"])["paymentResultCode"] == "USER_BALANCE_NOT_ENOUGH"


@pytest.mark.parametrize("number", ["4054695723100768", CHALLENGE])
def test_a_session_may_end_in_a_challenge(merchant: Merchant, receiver: Receiver, number: str) -> None:
    asks = number != CHALLENGE
    method = {"paymentMethodType": "CARD", "paymentMethodMetaData": {"is3DSAuthentication": asks}}
    document = merchant.session(paymentMethod=method, paymentFactor={"isAuthorization": True})
    data = merchant.post("createPaymentSession", document).json["paymentSessionData"]
    told = merchant.submit(data, number)
    assert (told["status"], told["code"]) == ("PROCESSING", "PAYMENT_IN_PROCESS")
    assert decide(told["url"], "confirm").headers["Location"] == HOME
    assert merchant.submit(data, number) == {"status": "SUCCESS", "code": "SUCCESS"}
    assert receiver.wait(notifyType="CAPTURE_RESULT")
