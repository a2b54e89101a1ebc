"""The gateway's documents and its signature, written from antom.md and not from our own code."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

SUCCESS = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success."}


def signed(key: RSAPrivateKey, *, path: str, client_id: str, body: bytes, time_header: str) -> dict[str, str]:
    """The headers of a request or an answer; `time_header` is Request-Time or Response-Time."""
    moment = str(int(time.time() * 1000))
    message = f"POST {path}\n{client_id}.{moment}.".encode() + body
    signature = base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()
    return {
        "Client-Id": client_id,
        time_header: moment,
        "Signature": f"algorithm=RSA256,keyVersion=1,signature={quote(signature, safe='')}",
        "Content-Type": "application/json; charset=UTF-8",
    }


def encode(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def pay_answer(asked: dict[str, Any], payment_id: str) -> bytes:
    """S/SUCCESS about that request and that amount, about as long as a real one."""
    now = datetime.now(UTC)
    return encode(
        {
            "result": SUCCESS,
            "paymentRequestId": asked["paymentRequestId"],
            "paymentId": payment_id,
            "paymentAmount": asked["paymentAmount"],
            "paymentCreateTime": now.isoformat(timespec="seconds"),
            "paymentTime": now.isoformat(timespec="seconds"),
            "authExpiryTime": (now + timedelta(days=7)).isoformat(timespec="seconds"),
            "acquirerReferenceNo": f"73{payment_id[-21:]}",
            "paymentResultInfo": {
                "cardBrand": "VISA",
                "cardNo": "************1111",
                "issuingCountry": "DE",
                "funding": "CREDIT",
                "networkTransactionId": payment_id[-15:],
                "authorizationCode": payment_id[-6:],
                "avsResultRaw": "A",
                "cvvResultRaw": "M",
                "expiryMonth": "12",
                "expiryYear": "39",
            },
            "acquirerInfo": {
                "acquirerName": "BENCH",
                "acquirerTransactionId": payment_id,
                "acquirerResultCode": "00",
                "acquirerResultMessage": "Approved",
            },
        }
    )


def capture_notification(request_id: str, payment_id: str, capture_id: str, amount: dict[str, str]) -> bytes:
    """The automatic capture of an authorised payment worked; the same bytes each time it is told."""
    return encode(
        {
            "notifyType": "CAPTURE_RESULT",
            "result": SUCCESS,
            "captureRequestId": f"R{capture_id}",
            "captureId": capture_id,
            "paymentRequestId": request_id,
            "paymentId": payment_id,
            "captureAmount": amount,
            "acquirerReferenceNo": f"74{capture_id[-21:]}",
            "captureTime": "2026-01-05T10:11:12+00:00",
        }
    )
