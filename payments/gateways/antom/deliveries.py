"""Proving and reading a delivered notification (antom.md 1.5, 4)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from core import ports
from payments.gateways.antom import signing
from payments.gateways.antom.document import Unreadable, parse
from payments.gateways.antom.read_notices import Meant, kind_of, read_notice
from payments.gateways.base import AccountHint, BadSignature, Delivery, Notice, Strength

MAX_NOTIFICATION = 64 * 1024
CLOCK_TOLERANCE = timedelta(minutes=10)


def which_account(delivery: Delivery) -> AccountHint:
    """The client id. Raises BadSignature without one."""
    client_id = delivery.headers.get("client-id", "")
    if not client_id:
        raise BadSignature("the client id is missing")
    return AccountHint(client_id)


def read_delivery(delivery: Delivery, *, client_id: str, public_keys: Mapping[str, RSAPublicKey]) -> Notice:
    """Verify over the raw body and our own request-target, then read. Raises BadSignature."""
    key_id, time = _verify(delivery, client_id, public_keys)
    meant, kind, problem = Meant(), "", ""
    try:
        document = parse(delivery.body)
        kind = kind_of(delivery.topic, document)
        meant = read_notice(delivery.topic, document)
        problem = meant.problem
    except Unreadable as error:
        problem = str(error)
    return Notice(
        facts=meant.facts,
        disputes=meant.disputes,
        vaultings=meant.vaultings,
        delivery_key=_delivery_key(delivery, client_id),
        strength=Strength.PROOF if _is_recent(time) else Strength.HINT,
        kind=kind,
        key_id=key_id,
        problem=problem,
    )


def _verify(delivery: Delivery, client_id: str, public_keys: Mapping[str, RSAPublicKey]) -> tuple[str, str]:
    """Key version and time text. Everything cheap is checked before RSA. Raises BadSignature."""
    headers = delivery.headers
    if len(delivery.body) > MAX_NOTIFICATION:
        raise BadSignature("the body is too large")
    if which_account(delivery).value != client_id:
        raise BadSignature("the client id is not ours")
    time = headers["request-time"] if "request-time" in headers else headers.get("response-time", "")
    if not re.fullmatch(r"[0-9A-Za-z:+. -]{10,40}", time):
        raise BadSignature("the time is missing or malformed")
    message = signing.string_to_sign(path=delivery.target, client_id=client_id, time=time, body=delivery.body)
    return signing.verify(public_keys, headers.get("signature", ""), message), time


def _delivery_key(delivery: Delivery, client_id: str) -> str:
    path = delivery.target.partition("?")[0]
    head = f"{client_id}\n{path}\n".encode("utf-8", "backslashreplace")
    return hashlib.sha256(head + delivery.body).hexdigest()


def _is_recent(time: str) -> bool:
    """Epoch milliseconds or ISO 8601 with offset, within ten minutes of our clock (I19)."""
    try:
        moment = datetime.fromtimestamp(int(time) / 1000, UTC) if time.isdigit() else datetime.fromisoformat(time)
        return moment.tzinfo is not None and abs(ports.now() - moment) <= CLOCK_TOLERANCE
    except (ValueError, OverflowError, OSError):
        return False
