"""Every fault of the wire, met by every operation that can meet it: what arrives, and what was processed."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from payments.simulator.deck import SCENARIOS, Answer, Family, Process
from tests.simulator.merchant import SANDBOX, Merchant, fresh, wait_for
from tests.simulator.merchant import Answer as Reply
from tests.simulator_process import SimulatorProcess

LOST = (requests.ConnectionError, requests.Timeout)
OURS = (
    "pay",
    "createPaymentSession",
    "inquiryPayment",
    "capture",
    "cancel",
    "refund",
    "inquiryRefund",
    "updateAmount",
    "createVaultingSession",
    "inquireVaulting",
    "deleteToken",
)
WIRE = [name for name, scenario in SCENARIOS.items() if scenario.family is Family.WIRE]
PAIRS = [(operation, name) for operation in OURS for name in WIRE if operation in SCENARIOS[name].operations]
GROWING = "4999990000002102"
LIMIT = 64 * 1024


def request_of(operation: str, merchant: Merchant, token: str) -> dict[str, Any]:
    """A document that succeeds when nothing goes wrong; what must exist before it is made."""
    if operation == "pay":
        return merchant.payment(token)
    if operation == "createPaymentSession":
        return merchant.session()
    if operation == "deleteToken":
        return {"token": token}
    if operation == "createVaultingSession":
        return merchant.vaulting()
    if operation == "inquireVaulting":
        known = merchant.vaulting()
        merchant.post("createVaultingSession", known)
        return {"vaultingRequestId": known["vaultingRequestId"]}
    amount = {"currency": "EUR", "value": "3000"}
    if operation == "updateAmount":
        paid = merchant.pay(paymentMethod=merchant.new_card(GROWING), value=2000).json
        return {"updateRequestId": fresh("UPD"), "paymentId": paid["paymentId"], "amount": amount}
    paid = merchant.pay(token).json
    if operation in ("inquiryPayment", "cancel"):
        return {"paymentRequestId": paid["paymentRequestId"]}
    if operation == "capture":
        return {"captureRequestId": fresh("CAP"), "paymentId": paid["paymentId"], "captureAmount": amount}
    merchant.capture(paid["paymentId"])
    refund = {"refundRequestId": fresh("REF"), "paymentId": paid["paymentId"], "refundAmount": amount}
    if operation == "refund":
        return refund
    merchant.post("refund", refund)
    return {"refundRequestId": refund["refundRequestId"]}


def half_a_document(reply: Reply) -> bool:
    try:
        json.loads(reply.body)
    except ValueError:
        return reply.body.startswith(b"{")
    return False


SEEN: dict[Answer, Callable[[Reply], bool]] = {
    Answer.SIGNED: lambda reply: reply.verified,
    Answer.UNSIGNED: lambda reply: "signature" not in reply.headers and reply.letter == "S",
    Answer.WRONG_SIGNATURE: lambda reply: "signature" in reply.headers and not reply.verified,
    Answer.EMPTY: lambda reply: (reply.status, reply.body) == (200, b""),
    Answer.TRUNCATED: half_a_document,
    Answer.REDIRECT: lambda reply: reply.status == 302,
    Answer.OTHER_AMOUNT: lambda reply: reply.verified and b'"value":"3001"' in reply.body,
    Answer.OTHER_CURRENCY: lambda reply: reply.verified and b'"currency":"USD","value":"3000"' in reply.body,
    Answer.UNKNOWN_WORD: lambda reply: reply.verified and b'Status":"PERHAPS"' in reply.body,
    Answer.HTTP_500: lambda reply: reply.status == 500,
    Answer.SLOW: lambda reply: reply.verified and reply.letter == "S",
    Answer.DRIP: lambda reply: reply.verified and reply.letter == "S",
    Answer.HUGE: lambda reply: reply.verified and len(reply.body) > LIMIT and "Content-Length" not in reply.headers,
}


@pytest.mark.parametrize(("operation", "name"), PAIRS)
def test_the_wire_does_what_the_deck_says(
    merchant: Merchant, token: str, simulator: SimulatorProcess, operation: str, name: str
) -> None:
    scenario = SCENARIOS[name]
    document = request_of(operation, merchant, token)
    before = simulator.log(operation=operation)["counts"].get(operation, {"processed": 0})["processed"]
    seconds = {"seconds": 0.2} if scenario.open_seconds else {}
    simulator.control("next", {"operation": operation, "scenario": name, **seconds})
    if scenario.answer is Answer.DROPPED:
        with pytest.raises(LOST):
            merchant.post(operation, document)
    else:
        reply = merchant.post(operation, document)
        assert SEEN[scenario.answer](reply), (reply.status, reply.headers, reply.body[:300])
    log = simulator.log(operation=operation)
    assert log["rows"][-1]["scenario"] == name
    processed = int(scenario.process is not Process.NEVER)
    assert wait_for(lambda: simulator.log(operation=operation)["counts"][operation]["processed"] == before + processed)
    assert merchant.post(operation, document).letter == "S"


def test_unknown_words_stand_where_the_status_is(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    paid = merchant.pay(token).json
    merchant.capture(paid["paymentId"])
    simulator.control("next", {"operation": "inquiryPayment", "scenario": "unknown_word"})
    told = merchant.inquire(paid["paymentRequestId"])
    assert (told["paymentStatus"], told["result"]["resultStatus"]) == ("PERHAPS", "S")
    assert {row["transactionStatus"] for row in told["transactions"]} == {"PERHAPS"}
    simulator.control("next", {"operation": "inquiryPayment", "scenario": "unknown_word"})
    assert merchant.inquire("PAY_nobody")["result"] == {
        "resultCode": "ORDER_NOT_EXIST",
        "resultStatus": "PERHAPS",
        "resultMessage": "The order does not exist.",
    }


@pytest.mark.parametrize("name", ["slow", "drip"])
def test_the_answer_takes_as_long_as_it_was_told(merchant: Merchant, simulator: SimulatorProcess, name: str) -> None:
    simulator.control("next", {"operation": "inquiryPayment", "scenario": name, "seconds": 0.8})
    sent = time.monotonic()
    assert merchant.post("inquiryPayment", {"paymentRequestId": "PAY_nobody"}).verified
    assert 0.75 <= time.monotonic() - sent < 5


class Raw:
    """One signed request on a bare socket, to see bytes as they come."""

    def __init__(self, merchant: Merchant) -> None:
        body, path, moment = (
            b'{"paymentRequestId":"PAY_nobody"}',
            SANDBOX + "inquiryPayment",
            str(int(time.time() * 1000)),
        )
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nClient-Id: {merchant.client_id}\r\nRequest-Time: {moment}\r\n"
            f"Signature: {merchant.signature(path, moment, body)}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        port = int(merchant.base_url.rsplit(":", 1)[1])
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.sendall(head.encode() + body)

    def read(self) -> bytes:
        return self.socket.recv(65536)

    def hang_up(self) -> None:
        self.socket.close()


def test_drip_begins_at_once_and_never_leaves_a_client_without_bytes_for_long(
    merchant: Merchant, simulator: SimulatorProcess
) -> None:
    """So a time-out between two reads never fires: only a deadline for the whole answer helps."""
    simulator.control("next", {"operation": "inquiryPayment", "scenario": "drip"})
    raw = Raw(merchant)
    gaps, last = [], time.monotonic()
    for _ in range(4):
        assert raw.read()
        gaps.append(time.monotonic() - last)
        last = time.monotonic()
    raw.hang_up()
    assert max(gaps) < 2


@pytest.mark.parametrize("name", ["slow", "drip", "lost_reply"])
def test_thirty_clients_that_hang_up_leave_the_simulator_free(
    merchant: Merchant, simulator: SimulatorProcess, name: str
) -> None:
    """It has 32 threads: without noticing the hang-up, most of them would wait for a minute."""
    simulator.control("next", {"operation": "inquiryPayment", "scenario": name, "seconds": 60, "times": 60})
    for hung_up in (30, 60):
        waiting = [Raw(merchant) for _ in range(30)]
        assert wait_for(lambda wanted=hung_up: _met(simulator) == wanted)
        for raw in waiting:
            raw.hang_up()
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: merchant.inquire("PAY_nobody")["result"]["resultCode"], range(8)))
    assert codes == ["ORDER_NOT_EXIST"] * 8
    assert time.monotonic() - began < 5


def _met(simulator: SimulatorProcess) -> int:
    return sum(bool(row["scenario"]) for row in simulator.log()["rows"])


def test_a_dripping_answer_stops_nobody_else(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    simulator.control("next", {"operation": "inquiryPayment", "scenario": "drip", "seconds": 4})
    done = threading.Event()

    def wait_patiently() -> None:
        merchant.post("inquiryPayment", {"paymentRequestId": "PAY_nobody"})
        done.set()

    patient = threading.Thread(target=wait_patiently)
    patient.start()
    assert wait_for(lambda: _met(simulator) == 1)
    assert merchant.pay(token).code == "SUCCESS"
    assert not done.is_set()
    patient.join(15)
    assert done.is_set()
