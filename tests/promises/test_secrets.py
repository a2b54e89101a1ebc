"""What is sealed stays sealed: in the raw database, in every log line and repr, and while keys change."""

from __future__ import annotations

import json
import logging

import pytest
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import connection, transaction

from core.idempotency import Answer, claim_key, store_answer
from core.logs import configure
from core.sealing import reseal
from payments.gateways.antom import signing
from payments.gateways.antom.gateway import AntomGateway
from payments.gateways.base import BadSignature, Delivery
from payments.models import Payment
from payments.services.inbox import store_delivery
from tests.factories import make_ask, make_card, start
from tests.payments.test_inbox import delivery, news
from tests.promises.raw import everything_stored
from vaulting.models import BoundCard

CANARY = "CANARY4f1c"


@pytest.mark.promise("I32")
@pytest.mark.django_db(transaction=True)
def test_no_secret_is_readable_in_the_raw_database(buyer, order, account, fake):
    card = make_card(buyer, account, token=f"ALIPAY{CANARY}token")
    payment = start(buyer, order)  # its next action holds session data
    message = delivery(news(payment, note=f"{CANARY}body"))
    store_delivery(account, fake.read_notification(message), message)
    with transaction.atomic():
        claim = claim_key(make_ask(buyer, f"{CANARY}-key-0123456789"), subject="x")
    store_answer(claim.key, Answer(201, f"{CANARY}answer".encode()))

    stored = everything_stored()
    assert payment.public_id.encode() in stored  # the search finds what is there
    for secret in (CANARY.encode(), b"session&&SG&&111"):
        assert secret not in stored
    assert card.token.reveal() == f"ALIPAY{CANARY}token"


@pytest.mark.promise("I32")
@pytest.mark.django_db(transaction=True)
def test_sealing_keys_rotate_while_everything_stays_readable(buyer, account, settings):
    old, new = settings.SEALING_KEYS[0], Fernet.generate_key().decode()
    card = make_card(buyer, account, token="ALIPAYbefore")
    settings.SEALING_KEYS = [new, old]
    later = make_card(buyer, account, token="ALIPAYafter")
    assert [c.token.reveal() for c in BoundCard.objects.order_by("id")] == ["ALIPAYbefore", "ALIPAYafter"]
    Fernet(new).decrypt(raw_token(later))
    with pytest.raises(InvalidToken):
        Fernet(new).decrypt(raw_token(card))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE vaulting_boundcard SET sealed_token = %s WHERE public_id = %s",
            [reseal(raw_token(card)), card.public_id],
        )
    settings.SEALING_KEYS = [new]  # the old one is gone
    assert BoundCard.objects.get(pk=card.pk).token.reveal() == "ALIPAYbefore"


def raw_token(card: BoundCard) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_token FROM vaulting_boundcard WHERE public_id = %s", [card.public_id])
        return bytes(cursor.fetchone()[0])


@pytest.mark.promise("I32")
def test_two_keys_of_the_provider_live_at_once_and_one_is_retired():
    ours, old, new = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3))
    both = gateway(ours, {"1": old, "2": new})
    assert both.read_notification(signed(old, "1")).key_id == "1"
    assert both.read_notification(signed(new, "2")).key_id == "2"
    with pytest.raises(BadSignature):
        gateway(ours, {"2": new}).read_notification(signed(old, "1"))
    with pytest.raises(BadSignature):
        both.read_notification(signed(old, "2"))


def gateway(ours: rsa.RSAPrivateKey, theirs: dict[str, rsa.RSAPrivateKey]) -> AntomGateway:
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return AntomGateway.from_credentials(
        {
            "url": "http://127.0.0.1:1",
            "client_id": "SANDBOX_SIM",
            "private_key": ours.private_bytes(serialization.Encoding.PEM, pkcs8, plain).decode(),
            "public_keys": {
                version: key.public_key()
                .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
                .decode()
                for version, key in theirs.items()
            },
        }
    )


def signed(key: rsa.RSAPrivateKey, version: str) -> Delivery:
    body, path, time = json.dumps({"notifyType": "VAULT"}).encode(), "/notify/antom/payment/", "2026-01-05T10:00:00Z"
    message = signing.string_to_sign(path=path, client_id="SANDBOX_SIM", time=time, body=body)
    headers = {
        "client-id": "SANDBOX_SIM",
        "request-time": time,
        "signature": signing.sign(key, message, key_version=version),
    }
    return Delivery(target=path, topic="payment", headers=headers, body=body)


@pytest.mark.promise("I32")
@pytest.mark.django_db(transaction=True)
def test_neither_repr_nor_log_shows_a_token(buyer, order, account, fake, capsys):
    card = make_card(buyer, account, token=f"ALIPAY{CANARY}token")
    start(buyer, order, card)
    request = Payment.objects.get()
    shown = [repr(card), str(card), repr(card.token), f"{card.token}", repr(request)]
    root = logging.getLogger()
    before = (root.handlers, root.level)
    try:
        configure({"level": "INFO"})
        logging.getLogger("payments.proof").error("about %s and %r", card, card.token, extra={"token": card.token})
        shown.append(capsys.readouterr().err)
    finally:
        root.handlers, root.level = before
    assert "payments.proof" in shown[-1]
    assert not [text for text in shown if CANARY in text]
    with pytest.raises(TypeError):
        json.dumps(card.token)
