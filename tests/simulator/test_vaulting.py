"""Keeping a card: session, element, the bank's page, notice, inquiry, forgetting (antom.md 3.1 to 3.5)."""

from __future__ import annotations

import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from payments.simulator.deck import SCENARIO_CARDS, SCENARIOS, Family, Process
from tests.simulator.merchant import SANDBOX, Answer, Delivery, Merchant, Receiver, fresh, wait_for
from tests.simulator_process import CLIENT_ID, SimulatorProcess

VISA, MASTERCARD, REFUSED = "4054695723100768", "5162774114974622", "4054692760174822"
CHALLENGE, BY_FORM, WANTS_3DS, EXEMPT = "4999990000000106", "4999990000000114", "4999990000001005", "4035501000000008"
LOST = (requests.ConnectionError, requests.Timeout)
HOME = "https://shop.example/cards/return/"
WIRE_OF_BIND = [name for name, s in SCENARIOS.items() if s.family is Family.WIRE and "bind" in s.operations]
PENDING = {"status": "PROCESSING", "code": "VERIFICATION_IN_PROCESS"}
DONE = {"status": "SUCCESS", "code": "SUCCESS"}


def arm(simulator: SimulatorProcess, operation: str, scenario: str, **more: object) -> None:
    simulator.control("next", {"operation": operation, "scenario": scenario, **more})


def opened(merchant: Merchant, **changes: Any) -> tuple[str, str]:
    """(vaultingRequestId, session data) of a fresh session."""
    document = merchant.vaulting(**changes)
    answer = merchant.post("createVaultingSession", document)
    assert (answer.code, answer.letter, answer.verified) == ("SUCCESS", "S", True)
    return document["vaultingRequestId"], answer.json["vaultingSessionData"]


def card_of(document: dict[str, Any]) -> dict[str, Any]:
    detail = document["paymentMethodDetail"]
    assert detail["paymentMethodType"] == "CARD"
    return dict(detail["card"])


def bound(merchant: Merchant, number: str = VISA, **card: str) -> dict[str, Any]:
    """The card of a binding without incidents, as the inquiry tells it."""
    request_id, data = opened(merchant)
    assert merchant.submit(data, number, **card) == DONE
    return card_of(merchant.inquire_vaulting(request_id))


def decide(page: str, answer: str) -> requests.Response:
    return requests.post(page, data={"answer": answer}, timeout=10, allow_redirects=False)


def verified(merchant: Merchant, delivery: Delivery) -> bool:
    headers = delivery.headers
    return merchant.verifies(headers["signature"], delivery.path, headers["request-time"], delivery.body)


# --- the session ----------------------------------------------------------------------------------------------------


def test_a_session_has_data_an_id_and_an_hour(merchant: Merchant) -> None:
    document = merchant.vaulting()
    answer = merchant.post("createVaultingSession", document).json
    token, region, number, shown = answer["vaultingSessionData"].split("&&")
    assert (region, number) == ("SG", "111")
    assert len(base64.b64decode(token, validate=True)) > 32
    told = json.loads(base64.b64decode(shown, validate=True))
    assert told["paymentSessionConfig"] == {"productScene": "VAULTING", "paymentMethodCategoryType": "CARD"}
    assert told["paymentSessionFactor"]["vaultingRequestId"] == document["vaultingRequestId"]
    assert 0 < len(answer["vaultingSessionId"]) <= 64
    assert len(answer["vaultingSessionData"]) <= 4096
    left = datetime.fromisoformat(answer["vaultingSessionExpiryTime"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


def test_a_repeat_gets_the_same_answer_for_ever(merchant: Merchant) -> None:
    document = merchant.vaulting()
    first = merchant.post("createVaultingSession", document)
    assert merchant.post("createVaultingSession", document).body == first.body
    merchant.submit(first.json["vaultingSessionData"], REFUSED)
    assert merchant.post("createVaultingSession", document).body == first.body


@pytest.mark.parametrize(
    "changes",
    [
        {"vaultingNotificationUrl": "http://127.0.0.1:9/elsewhere/"},
        {"redirectUrl": "https://shop.example/other/"},
        {"is3DSAuthentication": True},
    ],
)
def test_a_repeat_with_other_values_is_refused(merchant: Merchant, changes: dict[str, Any]) -> None:
    document = merchant.vaulting()
    merchant.post("createVaultingSession", document)
    assert merchant.post("createVaultingSession", document | changes).code == "REPEAT_REQ_INCONSISTENT"
    assert merchant.post("createVaultingSession", document).code == "SUCCESS"


def test_of_many_repeats_at_once_one_opens_a_session(merchant: Merchant, simulator: SimulatorProcess) -> None:
    document = merchant.vaulting()
    with ThreadPoolExecutor(8) as threads:
        bodies = {reply.body for reply in threads.map(merchant.post, ["createVaultingSession"] * 8, [document] * 8)}
    assert len(bodies) == len(simulator.cards()["vaultings"]) == 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"paymentMethodType": None}, "paymentMethodType"),
        ({"paymentMethodType": "WALLET"}, "paymentMethodType"),
        ({"vaultingRequestId": None}, "vaultingRequestId"),
        ({"vaultingRequestId": "no blanks"}, "vaultingRequestId"),
        ({"vaultingRequestId": "x" * 65}, "vaultingRequestId"),
        ({"vaultingNotificationUrl": None}, "vaultingNotificationUrl"),
        ({"vaultingNotificationUrl": "/notify/"}, "vaultingNotificationUrl"),
        ({"vaultingNotificationUrl": "https://shop.example/" + "x" * 2048}, "vaultingNotificationUrl"),
        ({"redirectUrl": "shop"}, "redirectUrl"),
        ({"is3DSAuthentication": "perhaps"}, "is3DSAuthentication"),
        ({"merchantRegion": "DE"}, "merchantRegion"),
        ({"passThroughMetadata": "x" * 2049}, "passThroughMetadata"),
    ],
)
def test_a_wrong_field_is_refused_by_name(
    merchant: Merchant, simulator: SimulatorProcess, changes: dict[str, Any], named: str
) -> None:
    answer = merchant.post("createVaultingSession", merchant.vaulting(**changes))
    assert (answer.code, answer.letter, answer.verified) == ("PARAM_ILLEGAL", "F", True)
    assert answer.json["result"]["resultMessage"].startswith(f"{named} ")
    assert simulator.cards()["vaultings"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"is3DSAuthentication": "false", "merchantRegion": "SG", "passThroughMetadata": "{}"},
        {"redirectUrl": None},
        {"metadata": "unheard of"},
    ],
)
def test_what_the_page_allows_is_taken(merchant: Merchant, changes: dict[str, Any]) -> None:
    assert merchant.post("createVaultingSession", merchant.vaulting(**changes)).code == "SUCCESS"


@pytest.mark.parametrize(
    ("operation", "prefix"),
    [("createVaultingSession", SANDBOX), ("deleteToken", SANDBOX), ("pay", SANDBOX.replace("payments", "vaults"))],
)
def test_an_operation_lives_in_its_group(merchant: Merchant, operation: str, prefix: str) -> None:
    answer = merchant.post(operation, merchant.vaulting(), prefix=prefix)
    assert (answer.code, answer.verified) == ("NO_INTERFACE_DEF", False)


def test_a_session_is_asked_for_with_a_signature(merchant: Merchant, simulator: SimulatorProcess) -> None:
    answer = merchant.post("createVaultingSession", merchant.vaulting(), Signature="")
    assert (answer.code, answer.verified) == ("INVALID_SIGNATURE", False)
    assert simulator.cards()["vaultings"] == []


# --- the card -------------------------------------------------------------------------------------------------------


def test_a_card_is_bound_and_told_by_notice_and_inquiry(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    request_id, data = opened(merchant)
    open_yet = merchant.inquire_vaulting(request_id)
    assert open_yet["vaultingStatus"] == "PROCESSING"
    assert not {"normalUrl", "vaultingResultCode", "paymentMethodDetail", "acquirerInfo"} & set(open_yet)

    assert merchant.submit(data) == DONE
    [notice] = receiver.wait(vaultingRequestId=request_id)
    assert verified(merchant, notice)
    told = notice.json
    assert "notifyType" not in told
    assert (told["result"]["resultCode"], told["result"]["resultStatus"]) == ("SUCCESS", "S")
    assert told["vaultingStatus"] == "SUCCESS"
    assert datetime.fromisoformat(told["vaultingCreateTime"]).utcoffset() is not None
    assert told["acquirerInfo"]["acquirerName"].startswith("ACQ_")
    card = card_of(told)
    assert re.fullmatch(r"ALIPAY[A-Za-z0-9+/]{86}==", card["cardToken"])
    assert re.fullmatch(r"[0-9a-f]{64}", card["fingerprint"])
    assert re.fullmatch(r"[0-9]{15}", card["networkTransactionId"])
    assert {name: card[name] for name in card if name not in ("cardToken", "fingerprint", "networkTransactionId")} == {
        "brand": "VISA",
        "maskedCardNo": "************0768",
        "expiryMonth": "12",
        "expiryYear": "39",
        "funding": "CREDIT",
        "issuingCountry": "DE",
        "issuerName": "Simulated Bank",
    }
    inquiry = merchant.inquire_vaulting(request_id)
    assert (inquiry["result"]["resultCode"], inquiry["vaultingResultCode"]) == ("SUCCESS", "SUCCESS")
    assert (inquiry["vaultingRequestId"], inquiry["vaultingStatus"]) == (request_id, "SUCCESS")
    for name in ("paymentMethodDetail", "acquirerInfo"):
        assert inquiry[name] == told[name]
    assert [row["notify_type"] for row in simulator.notifications(request_id)] == ["VAULTING_RESULT"]


def test_the_token_pays(merchant: Merchant, simulator: SimulatorProcess) -> None:
    card = bound(merchant, MASTERCARD)
    paid = merchant.pay(card["cardToken"]).json
    assert paid["result"]["resultCode"] == "SUCCESS"
    info = paid["paymentResultInfo"]
    assert (info["cardBrand"], info["lastFour"]) == (card["brand"], "4622")
    assert info["fingerprint"] == card["fingerprint"]
    assert simulator.books()[0]["authorized"] == 3000


@pytest.mark.parametrize(
    ("number", "card", "code"),
    [
        (REFUSED, {}, "DO_NOT_HONOR"),
        ("5162770472561357", {}, "DO_NOT_HONOR"),
        (VISA, {"expiryMonth": "13"}, "INVALID_EXPIRATION_DATE"),
        (VISA, {"expiryYear": "19"}, "INVALID_EXPIRATION_DATE"),
        (VISA, {"cvv": "99"}, "INVALID_CVV"),
        ("4054695723100769", {}, "INVALID_CARD_NUMBER"),
        ("9000000000000001", {}, "CARD_NOT_SUPPORTED"),
    ],
)
def test_a_card_that_is_refused_is_told_too(
    merchant: Merchant,
    simulator: SimulatorProcess,
    receiver: Receiver,
    number: str,
    card: dict[str, str],
    code: str,
) -> None:
    request_id, data = opened(merchant)
    assert merchant.submit(data, number, **card) == {"status": "FAIL", "code": code}
    [notice] = receiver.wait(vaultingRequestId=request_id)
    told = notice.json
    assert (told["result"]["resultCode"], told["result"]["resultStatus"]) == (code, "F")
    assert told["vaultingStatus"] == "FAIL"
    assert "vaultingCreateTime" in told
    assert "paymentMethodDetail" not in told
    inquiry = merchant.inquire_vaulting(request_id)
    assert (inquiry["result"]["resultStatus"], inquiry["vaultingStatus"]) == ("S", "FAIL")
    assert (inquiry["vaultingResultCode"], "paymentMethodDetail" in inquiry) == (code, False)
    assert inquiry["vaultingResultMessage"]
    assert simulator.cards()["tokens"] == []
    assert merchant.submit(data) == {"status": "FAIL", "code": code}


def test_a_second_submit_reports_the_first(merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver) -> None:
    request_id, data = opened(merchant)
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(merchant.submit, [data] * 8, [VISA, MASTERCARD] * 4))
    assert told == [DONE] * 8
    assert len(simulator.cards()["tokens"]) == 1
    assert receiver.wait(vaultingRequestId=request_id)
    assert len(receiver.wait(2, 0.5, vaultingRequestId=request_id)) == 1


def test_the_same_card_twice_is_two_tokens_and_one_fingerprint(merchant: Merchant, simulator: SimulatorProcess) -> None:
    first, second, other = bound(merchant), bound(merchant, expiryMonth="11"), bound(merchant, MASTERCARD)
    assert first["cardToken"] != second["cardToken"]
    assert first["fingerprint"] == second["fingerprint"] != other["fingerprint"]
    simulator._manage("simulator_keys", "--client-id", "SANDBOX_SIM5YOTHER000001")
    stranger = Merchant(simulator.base_url, simulator.keys, "SANDBOX_SIM5YOTHER000001", merchant.notify_url)
    assert bound(stranger)["fingerprint"] != first["fingerprint"]


def test_nothing_can_hold_a_card_number(merchant: Merchant, simulator: SimulatorProcess) -> None:
    """Neither the books nor the log, whether the card was taken, refused, malformed or met a fault."""
    opened_first, data = opened(merchant)
    merchant.submit(data, VISA, cvv="850")
    merchant.submit(opened(merchant)[1], VISA, cvv="99")
    merchant.submit(opened(merchant)[1], VISA, expiryMonth="1")
    arm(simulator, "bind", "late", seconds=600)
    with pytest.raises(LOST):
        merchant.submit(opened(merchant)[1], VISA)
    arm(simulator, "bind", "error_before")
    with pytest.raises(requests.JSONDecodeError):
        merchant.submit(opened(merchant)[1], VISA)
    files = [file for file in simulator.folder.iterdir() if file.is_file()]
    held = b"".join(file.read_bytes() for file in files)
    assert opened_first.encode() in held
    assert VISA.encode() not in held


@pytest.mark.parametrize(
    ("card", "named"),
    [
        ({"number": ""}, "card.number"),
        ({"number": "4" * 33}, "card.number"),
        ({"expiryMonth": "1"}, "card.expiryMonth"),
        ({"expiryYear": "2"}, "card.expiryYear"),
    ],
)
def test_a_malformed_card_spends_nothing(merchant: Merchant, card: dict[str, str], named: str) -> None:
    request_id, data = opened(merchant)
    told = merchant.submit(data, **card)
    assert (told["status"], told["code"]) == ("FAIL", "PARAM_ILLEGAL")
    assert told["message"].startswith(f"{named} ")
    assert merchant.inquire_vaulting(request_id)["vaultingStatus"] == "PROCESSING"
    assert merchant.submit(data) == DONE


def test_session_data_cannot_be_made_up(merchant: Merchant) -> None:
    request_id, data = opened(merchant)
    token, _, rest = data.partition("&&")
    raw = base64.b64decode(token)
    forged = base64.b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode()
    for wrong in (f"{forged}&&{rest}", request_id, "&&SG&&111", data[10:]):
        assert merchant.submit(wrong)["code"] == "PARAM_ILLEGAL"
    assert merchant.inquire_vaulting(request_id)["vaultingStatus"] == "PROCESSING"


# --- time -----------------------------------------------------------------------------------------------------------


def test_an_expired_session_is_closed_and_told(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    request_id, data = opened(merchant)
    done = simulator.control("act", {"act": "expire", "request_id": request_id})
    assert done == {"done": f"The session of {request_id} has expired."}
    assert merchant.submit(data) == {"status": "FAIL", "code": "ORDER_IS_CLOSED"}
    [notice] = receiver.wait(vaultingRequestId=request_id)
    assert notice.json["result"]["resultCode"] == "ORDER_IS_CLOSED"
    assert merchant.inquire_vaulting(request_id)["vaultingResultCode"] == "ORDER_IS_CLOSED"
    again = requests.post(
        f"{simulator.base_url}/control/act", json={"act": "expire", "request_id": request_id}, timeout=10
    )
    assert again.status_code == 409


def test_an_hour_of_the_shared_clock_ends_sessions_and_pages(tmp_path: Path, receiver: Receiver) -> None:
    """One nobody took up, one whose buyer is at the bank; a card that was bound stays bound."""
    clock = tmp_path / "clock"
    clock.write_text("0")
    simulator = SimulatorProcess()
    simulator.start(tmp_path, environment={"SIM_CLOCK_FILE": str(clock)})
    try:
        simulator.control("settings", {"skew_seconds": 0})
        merchant = Merchant(simulator.base_url, simulator.keys, notify_url=receiver.url)
        left, data = opened(merchant)
        at_the_bank, second = opened(merchant)
        page = merchant.submit(second, CHALLENGE)["url"]
        kept, third = opened(merchant)
        assert merchant.submit(third) == DONE
        clock.write_text("3540")
        assert merchant.inquire_vaulting(left)["vaultingStatus"] == "PROCESSING"
        clock.write_text("3601")
        for request_id in (left, at_the_bank):
            [notice] = receiver.wait(vaultingRequestId=request_id)
            assert notice.json["result"]["resultCode"] == "ORDER_IS_CLOSED"
        assert merchant.submit(data) == {"status": "FAIL", "code": "ORDER_IS_CLOSED"}
        assert decide(page, "confirm").status_code == 410
        assert merchant.inquire_vaulting(at_the_bank)["vaultingStatus"] == "FAIL"
        assert merchant.inquire_vaulting(kept)["vaultingStatus"] == "SUCCESS"
    finally:
        simulator.stop()


def test_a_restart_loses_neither_session_nor_page(tmp_path: Path, receiver: Receiver) -> None:
    simulator = SimulatorProcess()
    simulator.start(tmp_path)
    try:
        merchant = Merchant(simulator.base_url, simulator.keys, notify_url=receiver.url)
        request_id, data = opened(merchant)
        page = merchant.submit(opened(merchant)[1], CHALLENGE)["url"]
        simulator.kill()
        simulator.restart()
        assert merchant.submit(data) == DONE
        assert decide(page, "confirm").status_code == 303
        assert receiver.wait(vaultingRequestId=request_id)
        assert len(receiver.wait(2, vaultingStatus="SUCCESS")) == 2
    finally:
        simulator.stop()


# --- the bank's page ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "asks", "asked"),
    [
        (VISA, False, False),
        (VISA, True, True),
        (CHALLENGE, False, True),
        (WANTS_3DS, False, True),
        (EXEMPT, True, False),
        (BY_FORM, False, False),
    ],
)
def test_who_is_asked(merchant: Merchant, number: str, asks: bool, asked: bool) -> None:
    request_id, data = opened(merchant, is3DSAuthentication=asks)
    told = merchant.submit(data, number)
    assert {name: told[name] for name in DONE} == (PENDING if asked else DONE)
    assert ("url" in told) == asked
    inquiry = merchant.inquire_vaulting(request_id)
    assert inquiry.get("normalUrl") == told.get("url")
    assert inquiry["vaultingResultCode"] == told["code"]


def test_the_page_says_that_nothing_is_charged(merchant: Merchant) -> None:
    request_id, data = opened(merchant)
    page = requests.get(merchant.submit(data, CHALLENGE)["url"], timeout=10)
    for text in (
        "SIMULATED",
        "nothing: the shop wants to keep this card",
        "VISA **** 0106",
        "shop.example",
        request_id,
    ):
        assert text in page.text
    assert page.text.count("<button") == 3
    assert "Confirm the payment" not in page.text
    assert CHALLENGE not in page.text
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_confirming_binds_the_card(merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver) -> None:
    request_id, data = opened(merchant)
    page = merchant.submit(data, CHALLENGE)["url"]
    assert merchant.inquire_vaulting(request_id)["vaultingStatus"] == "PROCESSING"
    assert merchant.submit(data, CHALLENGE) == {**PENDING, "url": page}
    assert simulator.cards()["tokens"] == []
    back = decide(page, "confirm")
    assert (back.status_code, back.headers["Location"]) == (303, HOME)
    [notice] = receiver.wait(vaultingRequestId=request_id)
    inquiry = merchant.inquire_vaulting(request_id)
    assert card_of(inquiry) == card_of(notice.json)
    assert "normalUrl" not in inquiry
    assert merchant.submit(data, CHALLENGE) == DONE
    assert decide(page, "fail").status_code == 410
    lines = simulator.log(request_id, operation="challenge")["rows"]
    assert [line["result_code"] for line in lines] == ["SUCCESS"]


def test_failing_the_check_binds_nothing(merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver) -> None:
    request_id, data = opened(merchant, is3DSAuthentication=True)
    assert decide(merchant.submit(data)["url"], "fail").status_code == 303
    [notice] = receiver.wait(vaultingRequestId=request_id)
    assert notice.json["result"]["resultCode"] == "USER_PAYMENT_VERIFICATION_FAILED"
    inquiry = merchant.inquire_vaulting(request_id)
    assert (inquiry["vaultingStatus"], inquiry["vaultingResultCode"]) == ("FAIL", "USER_PAYMENT_VERIFICATION_FAILED")
    assert simulator.cards()["tokens"] == []


def test_leaving_decides_nothing(merchant: Merchant, receiver: Receiver) -> None:
    request_id, data = opened(merchant, is3DSAuthentication=True)
    page = merchant.submit(data)["url"]
    assert decide(page, "leave").headers["Location"] == HOME
    assert requests.get(page, timeout=10).status_code == 410
    inquiry = merchant.inquire_vaulting(request_id)
    assert (inquiry["vaultingStatus"], "normalUrl" in inquiry) == ("PROCESSING", False)
    assert receiver.wait(1, 0.4) == []


def test_without_an_address_the_buyer_is_told_to_go_back(merchant: Merchant) -> None:
    request_id, data = opened(merchant, redirectUrl=None)
    page = decide(merchant.submit(data, CHALLENGE)["url"], "confirm")
    assert page.status_code == 200
    assert "no address to return to" in page.text
    assert merchant.inquire_vaulting(request_id)["vaultingStatus"] == "SUCCESS"


def test_the_bank_may_refuse_after_the_proof(merchant: Merchant, simulator: SimulatorProcess) -> None:
    arm(simulator, "bind", "challenge", then="F", code="STOLEN_CARD")
    request_id, data = opened(merchant)
    decide(merchant.submit(data)["url"], "confirm")
    assert merchant.inquire_vaulting(request_id)["vaultingResultCode"] == "STOLEN_CARD"


# --- asking and forgetting ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["inquireVaulting", "deleteToken"])
def test_the_name_is_required(merchant: Merchant, operation: str) -> None:
    assert merchant.post(operation, {}).code == "PARAM_ILLEGAL"


def test_an_unknown_vaulting_does_not_exist(merchant: Merchant, simulator: SimulatorProcess) -> None:
    answer = merchant.post("inquireVaulting", {"vaultingRequestId": "VLT_nobody"})
    assert (answer.code, answer.letter, answer.verified) == ("VAULTING_NOT_EXIST", "F", True)
    request_id, _ = opened(merchant)
    simulator._manage("simulator_keys", "--client-id", "SANDBOX_SIM5YOTHER000001")
    stranger = Merchant(simulator.base_url, simulator.keys, "SANDBOX_SIM5YOTHER000001")
    assert stranger.inquire_vaulting(request_id)["result"]["resultCode"] == "VAULTING_NOT_EXIST"


def test_a_deleted_token_pays_no_more(merchant: Merchant, simulator: SimulatorProcess) -> None:
    token, other = bound(merchant)["cardToken"], bound(merchant)["cardToken"]
    before = merchant.payment(token)
    assert merchant.post("pay", before).code == "SUCCESS"
    for _ in range(2):
        answer = merchant.post("deleteToken", {"token": token})
        assert (answer.code, answer.verified, set(answer.json)) == ("SUCCESS", True, {"result"})
    refused = merchant.pay(token)
    assert (refused.code, refused.letter) == ("INVALID_PAYMENT_METHOD_META_DATA", "F")
    assert merchant.post("pay", before).code == "SUCCESS"
    assert merchant.pay(other).code == "SUCCESS"
    session = merchant.session(paymentMethod={"paymentMethodType": "CARD", "paymentMethodId": token})
    data = merchant.post("createPaymentSession", session).json["paymentSessionData"]
    body = {"sessionData": data}
    told = requests.post(f"{merchant.base_url}/element/submit", json=body, timeout=10).json()
    assert told == {"status": "FAIL", "code": "INVALID_PAYMENT_METHOD_META_DATA"}
    assert [row["deleted"] for row in simulator.cards()["tokens"]] == [False, True]


def test_only_ones_own_tokens_are_deleted(merchant: Merchant, simulator: SimulatorProcess) -> None:
    token = bound(merchant)["cardToken"]
    assert merchant.post("deleteToken", {"token": "ALIPAYnobody"}).code == "PARAM_ILLEGAL"
    simulator._manage("simulator_keys", "--client-id", "SANDBOX_SIM5YOTHER000001")
    stranger = Merchant(simulator.base_url, simulator.keys, "SANDBOX_SIM5YOTHER000001")
    assert stranger.post("deleteToken", {"token": token}).code == "PARAM_ILLEGAL"
    assert merchant.pay(token).code == "SUCCESS"


def test_the_log_names_a_token_by_its_vaulting(merchant: Merchant, simulator: SimulatorProcess) -> None:
    request_id, data = opened(merchant)
    merchant.submit(data)
    token = card_of(merchant.inquire_vaulting(request_id))["cardToken"]
    merchant.post("deleteToken", {"token": token})
    rows = simulator.log()["rows"]
    told = [(row["operation"], row["request_id"]) for row in rows]
    operations = ["createVaultingSession", "bind", "inquireVaulting", "deleteToken"]
    assert told == [(name, request_id) for name in operations]
    assert token not in json.dumps(rows)


# --- the deck -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WIRE_OF_BIND)
def test_the_element_meets_every_fault_that_makes_sense(
    merchant: Merchant, simulator: SimulatorProcess, name: str
) -> None:
    scenario = SCENARIOS[name]
    request_id, data = opened(merchant)
    arm(simulator, "bind", name, **({"seconds": 0.2} if scenario.process is Process.LATER else {}))
    with pytest.raises((*LOST, requests.JSONDecodeError)):
        merchant.submit(data)
    assert simulator.log(request_id, operation="bind")["rows"][-1]["scenario"] == name
    wanted = "PROCESSING" if scenario.process is Process.NEVER else "SUCCESS"
    assert wait_for(lambda: merchant.inquire_vaulting(request_id)["vaultingStatus"] == wanted)
    assert merchant.submit(data) == DONE
    assert len(simulator.cards()["tokens"]) == 1


def test_a_late_session_can_be_used_when_it_is_there(merchant: Merchant, simulator: SimulatorProcess) -> None:
    document = merchant.vaulting(is3DSAuthentication=True)
    arm(simulator, "createVaultingSession", "late", seconds=0.3)
    with pytest.raises(LOST):
        merchant.post("createVaultingSession", document)
    name = document["vaultingRequestId"]
    assert merchant.inquire_vaulting(name)["result"]["resultCode"] == "VAULTING_NOT_EXIST"
    assert wait_for(lambda: merchant.inquire_vaulting(name)["result"]["resultCode"] == "SUCCESS")
    data = merchant.post("createVaultingSession", document).json["vaultingSessionData"]
    assert requests.get(merchant.submit(data)["url"], timeout=10).status_code == 200


def test_a_late_deletion_happens_later(merchant: Merchant, simulator: SimulatorProcess) -> None:
    token = bound(merchant)["cardToken"]
    arm(simulator, "deleteToken", "late", seconds=0.3)
    with pytest.raises(LOST):
        merchant.post("deleteToken", {"token": token})
    assert wait_for(lambda: simulator.cards()["tokens"][0]["deleted"])
    assert merchant.pay(token).code == "INVALID_PAYMENT_METHOD_META_DATA"


def test_an_unheard_of_word_stands_where_the_status_is(merchant: Merchant, simulator: SimulatorProcess) -> None:
    request_id, data = opened(merchant)
    merchant.submit(data)
    arm(simulator, "inquireVaulting", "unknown_word")
    told = merchant.inquire_vaulting(request_id)
    assert (told["vaultingStatus"], told["result"]["resultStatus"]) == ("PERHAPS", "S")
    assert merchant.inquire_vaulting(request_id)["vaultingStatus"] == "SUCCESS"


@pytest.mark.parametrize("code", ["BLOCKED_FIRST_USED", "VERIFY_TIMES_EXCEED_LIMIT", "POLICY"])
def test_the_bank_refuses_with_any_code(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver, code: str
) -> None:
    arm(simulator, "bind", "decline", code=code)
    request_id, data = opened(merchant)
    for _ in range(2):
        assert merchant.submit(data) == {"status": "FAIL", "code": code}
    [notice] = receiver.wait(vaultingRequestId=request_id)
    assert notice.json["result"]["resultCode"] == code
    assert merchant.inquire_vaulting(request_id)["vaultingResultCode"] == code


def test_a_refused_session_stays_refused(merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver) -> None:
    arm(simulator, "createVaultingSession", "decline")
    document = merchant.vaulting()
    for _ in range(2):
        answer = merchant.post("createVaultingSession", document)
        assert (answer.code, answer.letter, set(answer.json)) == ("PROCESS_FAIL", "F", {"result"})
    inquiry = merchant.inquire_vaulting(document["vaultingRequestId"])
    assert (inquiry["vaultingStatus"], inquiry["vaultingResultCode"]) == ("FAIL", "PROCESS_FAIL")
    assert receiver.wait(1, 0.4) == []
    assert merchant.post("createVaultingSession", merchant.vaulting()).code == "SUCCESS"


@pytest.mark.parametrize("operation", ["createVaultingSession", "bind", "inquireVaulting", "deleteToken"])
def test_an_unknown_code_leaves_nothing_behind(
    merchant: Merchant, simulator: SimulatorProcess, token: str, operation: str
) -> None:
    document = merchant.vaulting()
    name = {"vaultingRequestId": document["vaultingRequestId"]}
    data = ""
    if operation != "createVaultingSession":
        data = merchant.post("createVaultingSession", document).json["vaultingSessionData"]
    arm(simulator, operation, "decline", code="UNKNOWN_EXCEPTION")
    if operation == "bind":
        assert merchant.submit(data) == {"status": "PROCESSING", "code": "UNKNOWN_EXCEPTION"}
        assert merchant.submit(data) == DONE
        return
    sent = {"createVaultingSession": document, "inquireVaulting": name, "deleteToken": {"token": token}}[operation]
    answers: list[Answer] = [merchant.post(operation, sent), merchant.post(operation, sent)]
    assert [(answer.code, answer.letter) for answer in answers] == [("UNKNOWN_EXCEPTION", "U"), ("SUCCESS", "S")]


@pytest.mark.parametrize(("then", "code", "status"), [("S", "SUCCESS", "SUCCESS"), ("F", "POLICY", "FAIL")])
def test_a_binding_may_stay_under_way(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver, then: str, code: str, status: str
) -> None:
    arm(simulator, "bind", "pending", seconds=0.5, then=then, code="POLICY")
    request_id, data = opened(merchant)
    assert merchant.submit(data) == PENDING
    inquiry = merchant.inquire_vaulting(request_id)
    assert (inquiry["vaultingStatus"], inquiry["vaultingResultCode"]) == ("PROCESSING", "VERIFICATION_IN_PROCESS")
    assert not {"normalUrl", "paymentMethodDetail"} & set(inquiry)
    [notice] = receiver.wait(vaultingRequestId=request_id)
    assert (notice.json["vaultingStatus"], notice.json["result"]["resultCode"]) == (status, code)
    assert merchant.submit(data) == {"status": status, "code": code}


def test_the_notice_may_overtake_the_answer(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    arm(simulator, "bind", "early")
    request_id, data = opened(merchant)
    assert merchant.submit(data) == DONE
    assert len(receiver.about(vaultingRequestId=request_id)) == 1
    assert len(receiver.wait(2, 0.4, vaultingRequestId=request_id)) == 1


def test_duplicates_also_after_the_bank(merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver) -> None:
    arm(simulator, "bind", "duplicate", copies=3)
    request_id, data = opened(merchant, is3DSAuthentication=True)
    decide(merchant.submit(data)["url"], "confirm")
    assert len({notice.body for notice in receiver.wait(3, vaultingRequestId=request_id)}) == 1
    assert len(receiver.about(vaultingRequestId=request_id)) == 3


def test_a_stale_notice_bears_its_old_time(merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver) -> None:
    arm(simulator, "bind", "stale", seconds=1.5)
    request_id, data = opened(merchant)
    merchant.submit(data)
    bound_by = datetime.now(UTC)
    [notice] = receiver.wait(vaultingRequestId=request_id)
    assert datetime.fromisoformat(notice.headers["request-time"]) <= bound_by
    assert datetime.now(UTC) - bound_by > timedelta(seconds=1)
    assert verified(merchant, notice)


@pytest.mark.parametrize(("number", "name"), SCENARIO_CARDS.items())
def test_scenario_cards_play_at_the_element_and_through_their_token(
    merchant: Merchant, simulator: SimulatorProcess, number: str, name: str
) -> None:
    request_id, data = opened(merchant)
    try:
        merchant.submit(data, number)
    except (*LOST, requests.JSONDecodeError):
        assert SCENARIOS[name].answer not in ("signed", "")
    met = name if "bind" in SCENARIOS[name].operations else ""
    assert simulator.log(request_id, operation="bind")["rows"][0]["scenario"] == met
    if SCENARIOS[name].process is Process.NEVER:
        merchant.submit(data, number)
    if SCENARIOS[name].outcome == "challenge" and met:
        simulator.control("act", {"act": "settle_now", "request_id": request_id, "outcome": "S"})
    assert wait_for(lambda: merchant.inquire_vaulting(request_id)["vaultingStatus"] == "SUCCESS")
    token = card_of(merchant.inquire_vaulting(request_id))["cardToken"]
    document = merchant.payment(token)
    try:
        merchant.post("pay", document)
    except LOST:
        assert SCENARIOS[name].answer == "dropped"
    assert simulator.log(document["paymentRequestId"], operation="pay")["rows"][0]["scenario"] == name


# --- what people see ------------------------------------------------------------------------------------------------


def test_the_books_show_cards_masked_with_their_last_outcome(
    merchant: Merchant, simulator: SimulatorProcess, token: str
) -> None:
    request_id, data = opened(merchant)
    merchant.submit(data)
    kept = card_of(merchant.inquire_vaulting(request_id))["cardToken"]
    paid = merchant.pay(kept, value=11).json["paymentRequestId"]
    refused, other = opened(merchant)
    merchant.submit(other, REFUSED)
    books = simulator.cards()
    assert [(row["vaulting_request_id"], row["status"], row["code"]) for row in books["vaultings"]] == [
        (refused, "FAIL", "DO_NOT_HONOR"),
        (request_id, "SUCCESS", "SUCCESS"),
    ]
    assert books["tokens"][0] == {
        "client_id": CLIENT_ID,
        "token": f"ALIPAY…{kept[-6:]}",
        "card": "VISA ************0768",
        "expiry": "12/39",
        "vaulting_request_id": request_id,
        "deleted": False,
        "last_payment": paid,
        "last_outcome": "RISK_REJECT",
    }
    assert books["tokens"][1]["last_outcome"] == ""
    [only] = simulator.cards(vaulting_request_id=refused)["vaultings"]
    assert (only["card"], only["token"]) == ("VISA ************4822", "")
    text = json.dumps(books, ensure_ascii=False) + requests.get(simulator.base_url + "/", timeout=10).text
    for secret in (kept, token, data):
        assert secret not in text
    for shown in (request_id, refused, "VISA ************0768", f"ALIPAY…{kept[-6:]}", "RISK_REJECT", "DO_NOT_HONOR"):
        assert shown in text


def test_the_operator_ends_what_is_under_way(
    merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    def act(**order: str) -> int:
        return requests.post(f"{simulator.base_url}/control/act", json=order, timeout=10).status_code

    request_id, data = opened(merchant)
    assert 'value="expire"' in requests.get(simulator.base_url + "/", timeout=10).text
    assert act(act="settle_now", request_id=request_id, outcome="S") == 409  # no card was given yet
    page = merchant.submit(data, CHALLENGE)["url"]
    assert 'value="settle_now"' in requests.get(simulator.base_url + "/", timeout=10).text
    assert act(act="settle_now", request_id=request_id, outcome="F") == 200
    [notice] = receiver.wait(vaultingRequestId=request_id)
    assert (notice.json["vaultingStatus"], notice.json["result"]["resultCode"]) == ("FAIL", "DO_NOT_HONOR")
    assert "normalUrl" not in merchant.inquire_vaulting(request_id)
    assert decide(page, "confirm").status_code == 410
    assert act(act="settle_now", request_id=request_id, outcome="S") == 409


def test_the_provider_may_forget_a_card_by_itself(merchant: Merchant, simulator: SimulatorProcess) -> None:
    request_id, data = opened(merchant)
    order = {"act": "forget_card", "request_id": request_id}
    address = f"{simulator.base_url}/control/act"
    assert requests.post(address, json=order, timeout=10).status_code == 409
    merchant.submit(data)
    assert 'value="forget_card"' in requests.get(simulator.base_url + "/", timeout=10).text
    assert simulator.control("act", order)["done"].endswith("nobody is notified.")
    token = card_of(merchant.inquire_vaulting(request_id))["cardToken"]
    assert merchant.pay(token).code == "INVALID_PAYMENT_METHOD_META_DATA"
    assert requests.post(address, json=order, timeout=10).status_code == 409
    assert merchant.post("deleteToken", {"token": token}).code == "SUCCESS"


def test_the_next_outcome_waits_for_its_request(merchant: Merchant, simulator: SimulatorProcess) -> None:
    name = fresh("VLT")
    arm(simulator, "any", "decline", code="LOST_CARD", request_id=name, times=2)
    assert opened(merchant)
    assert merchant.post("createVaultingSession", merchant.vaulting(vaultingRequestId=name)).code == "LOST_CARD"
    assert merchant.inquire_vaulting(name)["result"]["resultCode"] == "LOST_CARD"
    assert merchant.inquire_vaulting(name)["result"]["resultCode"] == "SUCCESS"
