"""A key means one thing, once, and is forgotten after its life."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from core import ports
from core.idempotency import (
    Adopted,
    Answer,
    Answered,
    Claimed,
    KeyInProgress,
    KeyMalformed,
    KeyMissing,
    KeyReused,
    claim_key,
    forget_expired,
    parse_key,
    store_answer,
)
from core.models import IdempotencyKey
from tests.factories import make_ask

pytestmark = pytest.mark.django_db(transaction=True)


def claim(ask, subject="one"):
    with transaction.atomic():
        return claim_key(ask, subject=subject)


@pytest.mark.promise("I24")
def test_life_of_a_key(buyer):
    ask = make_ask(buyer, "k" * 20)
    first = claim(ask)
    assert isinstance(first, Claimed)
    with pytest.raises(KeyInProgress) as refusal:
        claim(ask, "two")
    assert refusal.value.retry_after == 2
    store_answer(first.key, Answer(202, b'{"a":1}'))
    again = claim(ask, "three")
    assert isinstance(again, Answered)
    assert again.answer == Answer(202, b'{"a":1}')


@pytest.mark.promise("I24")
def test_another_body_is_refused_and_the_first_answer_stays(buyer):
    first = claim(make_ask(buyer, "k" * 20, {"a": 1}))
    store_answer(first.key, Answer(201, b"one"))
    with pytest.raises(KeyReused):
        claim(make_ask(buyer, "k" * 20, {"a": 2}))
    assert bytes(IdempotencyKey.objects.get().body) == b"one"


def test_another_principal_is_independent(buyer, other_buyer):
    claim(make_ask(buyer, "k" * 20))
    assert isinstance(claim(make_ask(other_buyer, "k" * 20)), Claimed)


def test_after_the_lease_the_retry_adopts(buyer):
    ask = make_ask(buyer, "k" * 20)
    claim(ask, "pay_1")
    ports.pretend_now(ports.now() + IdempotencyKey.LEASE + timedelta(seconds=1))
    adopted = claim(ask, "pay_2")
    assert isinstance(adopted, Adopted)
    assert adopted.subject == "pay_1"
    with pytest.raises(KeyInProgress):
        claim(ask, "pay_3")


def test_a_refusal_rolls_the_claim_back(buyer):
    ask = make_ask(buyer, "k" * 20)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        claim_key(ask, subject="x")
        raise ZeroDivisionError
    assert isinstance(claim(ask), Claimed)


def test_the_first_answer_wins(buyer):
    key = claim(make_ask(buyer, "k" * 20)).key
    assert store_answer(key, Answer(201, b"one")) == Answer(201, b"one")
    assert store_answer(key, Answer(202, b"two")) == Answer(201, b"one")


@pytest.mark.promise("I32")
def test_neither_key_nor_answer_is_readable_in_the_table(buyer):
    from django.db import connection

    first = claim(make_ask(buyer, "key-canary-0123456789"))
    store_answer(first.key, Answer(201, b"session-canary"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM core_idempotencykey")
        text = b"|".join(bytes(v) if isinstance(v, (bytes, memoryview)) else str(v).encode() for v in cursor.fetchone())
    assert b"canary" not in text


def test_keys_are_forgotten_after_thirty_days(buyer):
    claim(make_ask(buyer, "k" * 20))
    assert forget_expired() == 0
    ports.pretend_now(ports.now() + timedelta(days=30, seconds=1))
    assert forget_expired() == 1


@pytest.mark.parametrize(
    "header", ["short", "x" * 129, "with blank in the middle", "ключ" * 8, "a" * 16 + "," + "b" * 16]
)
def test_malformed_keys(header):
    with pytest.raises(KeyMalformed):
        parse_key(header)


@pytest.mark.parametrize("header", [None, "", "  "])
def test_missing_keys(header):
    with pytest.raises(KeyMissing):
        parse_key(header)


def test_quotes_of_a_structured_string_are_allowed():
    assert parse_key('"abcdefghijklmnop"') == "abcdefghijklmnop"
