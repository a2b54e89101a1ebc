"""The door itself: signatures, clocks, clients, prefixes; and the golden vectors."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from payments.simulator import signing
from tests.simulator.merchant import Merchant
from tests.simulator_process import CLIENT_ID, SimulatorProcess

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "antom-vectors.json").read_text())
POSITIVE = [*VECTORS["requests"], *VECTORS["responses"], *VECTORS["notifications"]]
NAME = {"paymentRequestId": "PAY_nobody"}
PLAIN = "/ams/api/v1/payments/"


def content_of(vector: dict[str, Any]) -> bytes:
    return signing.string_to_sign(
        method=vector["method"],
        path=vector["path"],
        client_id=vector["clientId"],
        time=vector["time"],
        body=vector["body"].encode(),
    )


def public_key(owner: str) -> Any:
    return load_pem_public_key(VECTORS["keys"][owner]["publicSpkiPem"].encode())


@pytest.mark.parametrize("vector", POSITIVE, ids=lambda vector: vector["id"])
def test_golden_vectors_are_signed_and_verified(vector: dict[str, Any]) -> None:
    content = content_of(vector)
    private: Any = load_pem_private_key(VECTORS["keys"][vector["signedBy"]]["privatePkcs8Pem"].encode(), None)
    assert content == vector["contentToSign"].encode()
    assert hashlib.sha256(content).hexdigest() == vector["contentSha256"]
    assert signing.sign(private, content) == vector["signatureHeader"].replace(", ", ",")
    signing.verify(public_key(vector["signedBy"]), vector["signatureHeader"], content)


@pytest.mark.parametrize("vector", VECTORS["negatives"], ids=lambda vector: vector["id"])
def test_negative_vectors_are_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(signing.SignatureRefused):
        signing.verify(public_key(vector["verifyWith"]), vector["signatureHeader"], content_of(vector))


@pytest.mark.parametrize("vector", VECTORS["edgeCases"], ids=lambda vector: vector["id"])
def test_edge_vectors_are_judged_as_recommended(vector: dict[str, Any]) -> None:
    """`implementation-defined` is the unknown keyVersion: refused."""
    key, content = public_key(vector["verifyWith"]), content_of(vector)
    if vector["recommendedVerdict"] == "valid":
        signing.verify(key, vector["signatureHeader"], content)
    else:
        with pytest.raises(signing.UnknownKeyVersion):
            signing.verify(key, vector["signatureHeader"], content)


def refused_unsigned(answer: Any, code: str) -> None:
    assert (answer.status, answer.code, answer.letter) == (200, code, "F")
    assert not {"signature", "response-time"} & set(answer.headers)


@pytest.mark.parametrize(
    "zone", [UTC, timezone(timedelta(hours=8)), None], ids=["UTC", "with an offset", "milliseconds"]
)
def test_every_spelling_of_time_is_accepted(merchant: Merchant, zone: timezone | None) -> None:
    moment = datetime.now(zone).isoformat(timespec="seconds") if zone else ""
    assert merchant.post("inquiryPayment", NAME, moment=moment).code == "ORDER_NOT_EXIST"


@pytest.mark.parametrize("seconds", [-700, 700])
def test_a_clock_too_far_off_is_refused(merchant: Merchant, simulator: SimulatorProcess, seconds: int) -> None:
    moment = str(int((time.time() + seconds) * 1000))
    refused_unsigned(merchant.post("inquiryPayment", NAME, moment=moment), "INVALID_SIGNATURE")
    simulator.control("settings", {"skew_seconds": 0})
    assert merchant.post("inquiryPayment", NAME, moment=moment).code == "ORDER_NOT_EXIST"


@pytest.mark.parametrize("moment", ["yesterday", "2026-01-05T10:11:12", "9" * 40])
def test_a_time_that_is_none_is_refused(merchant: Merchant, moment: str) -> None:
    refused_unsigned(merchant.post("inquiryPayment", NAME, moment=moment), "INVALID_SIGNATURE")


def test_a_wrong_signature_changes_nothing(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    moment = str(int(time.time() * 1000))
    document = merchant.payment(token)
    other = merchant.signature("/ams/sandbox/api/v1/payments/pay", moment, b"{}")
    refused_unsigned(merchant.post("pay", document, moment=moment, Signature=other), "INVALID_SIGNATURE")
    refused_unsigned(merchant.post("pay", document, Signature=""), "INVALID_SIGNATURE")
    assert simulator.books() == []
    assert simulator.log(operation="pay")["counts"] == {"pay": {"received": 2, "processed": 0}}


def test_another_key_version_is_not_found(merchant: Merchant) -> None:
    moment = str(int(time.time() * 1000))
    header = merchant.signature("/ams/sandbox/api/v1/payments/inquiryPayment", moment, json.dumps(NAME).encode())
    second = header.replace("keyVersion=1", "keyVersion=2")
    refused_unsigned(merchant.post("inquiryPayment", NAME, moment=moment, Signature=second), "KEY_NOT_FOUND")
    spaced = ", ".join(reversed(header.replace("%2B", "+").replace("%3D", "=").split(",")))
    assert merchant.post("inquiryPayment", NAME, moment=moment, Signature=spaced).code == "ORDER_NOT_EXIST"


@pytest.mark.parametrize("client_id", ["", "5YLIVE0000000000001", "SANDBOX_SIMUNKNOWN", "../SIM", "SIM/../../etc"])
def test_an_unknown_client_is_refused(merchant: Merchant, client_id: str) -> None:
    refused_unsigned(merchant.post("inquiryPayment", NAME, Client_Id=client_id), "UNKNOWN_CLIENT")


def test_the_prefix_belongs_to_the_client_id(merchant: Merchant) -> None:
    refused_unsigned(merchant.post("inquiryPayment", NAME, prefix=PLAIN), "NO_INTERFACE_DEF")
    refused_unsigned(merchant.post("unknown", NAME), "NO_INTERFACE_DEF")


def test_a_client_without_the_sandbox_prefix_uses_the_plain_path(simulator: SimulatorProcess) -> None:
    simulator._manage("simulator_keys", "--client-id", "SIM5YPLAIN000000001")
    merchant = Merchant(simulator.base_url, simulator.keys, client_id="SIM5YPLAIN000000001")
    answer = merchant.post("inquiryPayment", NAME, prefix=PLAIN)
    assert (answer.code, answer.verified) == ("ORDER_NOT_EXIST", True)
    refused_unsigned(merchant.post("inquiryPayment", NAME), "NO_INTERFACE_DEF")


def test_one_client_does_not_see_another(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    simulator._manage("simulator_keys", "--client-id", "SANDBOX_SIM5YOTHER000001")
    other = Merchant(simulator.base_url, simulator.keys, client_id="SANDBOX_SIM5YOTHER000001")
    paid = merchant.pay(token).json
    assert other.inquire(paid["paymentRequestId"])["result"]["resultCode"] == "ORDER_NOT_EXIST"
    assert other.post("cancel", {"paymentId": paid["paymentId"]}).code == "ORDER_NOT_EXIST"
    assert other.post("pay", other.payment(token, paymentNotifyUrl=None)).code == "INVALID_PAYMENT_METHOD_META_DATA"
    assert [page["client_id"] for page in simulator.books(client_id=CLIENT_ID)] == [CLIENT_ID]


def test_get_and_odd_media_types_are_refused(merchant: Merchant) -> None:
    reply = requests.get(f"{merchant.base_url}/ams/sandbox/api/v1/payments/pay", timeout=10)
    assert (reply.status_code, reply.json()["result"]["resultCode"]) == (200, "METHOD_NOT_SUPPORTED")
    refused_unsigned(merchant.post("inquiryPayment", NAME, Content_Type="text/plain"), "MEDIA_TYPE_NOT_ACCEPTABLE")
    assert merchant.post("inquiryPayment", NAME, Accept="text/plain").code == "ORDER_NOT_EXIST"


def test_the_query_is_part_of_the_signed_path(merchant: Merchant) -> None:
    assert merchant.post("inquiryPayment?trace=1", NAME).code == "ORDER_NOT_EXIST"


def test_keys_are_made_once_and_only_for_simulated_clients(simulator: SimulatorProcess) -> None:
    folder = simulator.keys / CLIENT_ID
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert sorted(before) == [
        "gateway_private.pem",
        "gateway_public.pem",
        "merchant_private.pem",
        "merchant_public.pem",
    ]
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    simulator._manage("simulator_keys", "--client-id", CLIENT_ID)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    with pytest.raises(RuntimeError, match="contains SIM"):
        simulator._manage("simulator_keys", "--client-id", "5YLIVE0000000000001")
