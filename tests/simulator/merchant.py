"""A merchant written by hand for these tests: signs, posts, verifies, and listens for notifications."""

from __future__ import annotations

import base64
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from tests.simulator_process import CLIENT_ID

ACKNOWLEDGED = b'{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}'
SANDBOX = "/ams/sandbox/api/v1/payments/"
VAULTS = "/ams/sandbox/api/v1/vaults/"
IN_VAULTS = ("createVaultingSession", "inquireVaulting", "deleteToken")
_numbers = itertools.count(1)


def fresh(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex[:12]}_{next(_numbers)}"


def wait_for(check: Callable[[], Any], seconds: float = 8.0) -> Any:
    """Ask until the answer is truthy; the last answer otherwise."""
    end = time.monotonic() + seconds
    while not (found := check()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    verified: bool

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def code(self) -> str:
        return str(self.json["result"]["resultCode"])

    @property
    def letter(self) -> str:
        return str(self.json["result"]["resultStatus"])


class Merchant:
    def __init__(self, base_url: str, keys: Path, client_id: str = CLIENT_ID, notify_url: str = "") -> None:
        self.base_url = base_url
        self.client_id = client_id
        self.notify_url = notify_url
        folder = keys / client_id
        self.private: Any = serialization.load_pem_private_key((folder / "merchant_private.pem").read_bytes(), None)
        self.gateway: Any = serialization.load_pem_public_key((folder / "gateway_public.pem").read_bytes())

    def signature(self, path: str, moment: str, body: bytes, client_id: str | None = None) -> str:
        content = f"POST {path}\n{client_id or self.client_id}.{moment}.".encode() + body
        raw = base64.b64encode(self.private.sign(content, padding.PKCS1v15(), hashes.SHA256())).decode()
        return f"algorithm=RSA256,keyVersion=1,signature={quote(raw, safe='')}"

    def verifies(self, header: str, path: str, moment: str, body: bytes) -> bool:
        content = f"POST {path}\n{self.client_id}.{moment}.".encode() + body
        try:
            raw = base64.b64decode(unquote(header.split("signature=", 1)[1]))
            self.gateway.verify(raw, content, padding.PKCS1v15(), hashes.SHA256())
        except Exception:
            return False
        return True

    def post(self, operation: str, document: Any, *, prefix: str = "", moment: str = "", **headers: str) -> Answer:
        path = (prefix or (VAULTS if operation in IN_VAULTS else SANDBOX)) + operation
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        moment = moment or str(int(time.time() * 1000))
        sent = {
            "Client-Id": self.client_id,
            "Request-Time": moment,
            "Content-Type": "application/json; charset=UTF-8",
            "Signature": self.signature(path, moment, body),
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        reply = requests.post(self.base_url + path, data=body, headers=sent, timeout=15, allow_redirects=False)
        got = dict(reply.headers)
        verified = self.verifies(got.get("signature", ""), path, got.get("response-time", ""), reply.content)
        return Answer(reply.status_code, got, reply.content, verified)

    # ------------------------------------------------------------------------------------------------- documents

    def payment(self, token: str = "", *, value: int = 3000, currency: str = "EUR", **changes: Any) -> dict[str, Any]:
        """A complete pay document for a saved card; `changes` replace top-level members (None removes one)."""
        money = {"currency": currency, "value": str(value)}
        document: dict[str, Any] = {
            "productCode": "CASHIER_PAYMENT",
            "paymentRequestId": fresh("PAY"),
            "order": {"referenceOrderId": "ORDER_1", "orderDescription": "Two mugs", "orderAmount": money},
            "paymentAmount": money,
            "paymentMethod": {
                "paymentMethodType": "CARD",
                "paymentMethodId": token,
                "paymentMethodMetaData": {"isCardOnFile": True, "is3DSAuthentication": False},
            },
            "paymentFactor": {"isAuthorization": True, "captureMode": "MANUAL"},
            "settlementStrategy": {"settlementCurrency": "EUR"},
            "env": {"terminalType": "WEB", "clientIp": "192.0.2.10"},
            "paymentNotifyUrl": self.notify_url,
            "paymentRedirectUrl": "https://shop.example/pay/return/",
        }
        document |= changes
        return {name: value for name, value in document.items() if value is not None}

    def new_card(self, number: str, *, month: str = "12", cvv: str = "123", **more: Any) -> dict[str, Any]:
        details = {"cardNo": number, "expiryMonth": month, "expiryYear": "39", "cvv": cvv} | more
        return {"paymentMethodType": "CARD", "paymentMethodMetaData": details}

    def pay(self, token: str = "", **changes: Any) -> Answer:
        return self.post("pay", self.payment(token, **changes))

    def session(self, **changes: Any) -> dict[str, Any]:
        changes.setdefault("paymentMethod", {"paymentMethodType": "CARD"})
        return self.payment(**changes)

    def submit(self, data: str, number: str = "4054695723100768", **card: str) -> dict[str, Any]:
        typed = {"number": number, "expiryMonth": "12", "expiryYear": "39", "cvv": "123", "holder": "Tom Jay"} | card
        body = {"sessionData": data, "card": typed}
        return dict(requests.post(f"{self.base_url}/element/submit", json=body, timeout=15).json())

    def vaulting(self, **changes: Any) -> dict[str, Any]:
        """A complete createVaultingSession document; None removes a member."""
        document: dict[str, Any] = {
            "paymentMethodType": "CARD",
            "vaultingRequestId": fresh("VLT"),
            "vaultingNotificationUrl": self.notify_url,
            "redirectUrl": "https://shop.example/cards/return/",
        }
        return {name: value for name, value in (document | changes).items() if value is not None}

    def inquire_vaulting(self, request_id: str) -> dict[str, Any]:
        return self.post("inquireVaulting", {"vaultingRequestId": request_id}).json

    def inquire(self, request_id: str) -> dict[str, Any]:
        return self.post("inquiryPayment", {"paymentRequestId": request_id}).json

    def capture(self, payment_id: str, value: int = 3000, **changes: Any) -> Answer:
        amount = {"currency": "EUR", "value": str(value)}
        document = {"captureRequestId": fresh("CAP"), "paymentId": payment_id, "captureAmount": amount}
        return self.post("capture", document | changes)

    def refund(self, payment_id: str, value: int = 3000, **changes: Any) -> Answer:
        amount = {"currency": "EUR", "value": str(value)}
        document = {"refundRequestId": fresh("REF"), "paymentId": payment_id, "refundAmount": amount}
        return self.post("refund", document | {"refundNotifyUrl": self.notify_url} | changes)

    def cancel(self, request_id: str) -> Answer:
        return self.post("cancel", {"paymentRequestId": request_id})


@dataclass
class Delivery:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass
class Receiver:
    """A merchant's notification door: keeps what arrives, answers `status` and `reply`."""

    status: int = 200
    reply: bytes = ACKNOWLEDGED
    received: list[Delivery] = field(default_factory=list)

    def __post_init__(self) -> None:
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, reply = receiver.status, receiver.reply
                receiver.received.append(Delivery(self.path, headers, body, time.monotonic()))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *arguments: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/notify/antom/payment/?shop=7"

    def about(self, **wanted: str) -> list[Delivery]:
        """Deliveries whose document has these members."""
        return [d for d in list(self.received) if all(d.json.get(name) == value for name, value in wanted.items())]

    def wait(self, count: int = 1, seconds: float = 8.0, **wanted: str) -> list[Delivery]:
        wait_for(lambda: len(self.about(**wanted)) >= count, seconds)
        return self.about(**wanted)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
