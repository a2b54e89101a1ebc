"""Same question, same answer (I24). A key is claimed in the same commit as the work it guards.

Life of a key: claimed (running, leased) -> answered (sealed reply, replayed verbatim) -> forgotten after 30 days.
A refusal before execution rolls the claim back with everything else, so it is never stored.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from core import hot, ports
from core.errors import DomainError
from core.models import IdempotencyKey, User
from core.sealing import fingerprint

KEY_GRAMMAR = re.compile(r"[A-Za-z0-9._:-]{16,128}")


class KeyMissing(DomainError):
    code = "idempotency_key_required"
    status = 400
    detail = "Send an Idempotency-Key header: 16 to 128 of A-Z a-z 0-9 . _ : -, new for each thing you want done."


class KeyMalformed(DomainError):
    code = "idempotency_key_malformed"
    status = 400
    detail = "The Idempotency-Key must be 16 to 128 of A-Z a-z 0-9 . _ : - and be sent once."


class KeyReused(DomainError):
    code = "idempotency_key_reused"
    status = 422
    detail = "This Idempotency-Key was used for another request. Use a new key for a new request."


class KeyInProgress(DomainError):
    code = "idempotency_key_in_progress"
    status = 409
    detail = "The first request with this Idempotency-Key is still running. Ask again in a moment."


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks, under which key (digest only), for what (fingerprint of method, route and canonical body)."""

    principal: User
    key_digest: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Claimed:
    """First use: do the work, in this same atomic block."""

    key: IdempotencyKey


@dataclass(frozen=True, slots=True)
class Answered:
    """Done before: give the same bytes again."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Adopted:
    """The first worker died after its commit: `subject` names the row it made; find out what became of it."""

    key: IdempotencyKey
    subject: str


def parse_key(header: str | None) -> str:
    """The key as text; quotes of a structured string are allowed. Raises KeyMissing, KeyMalformed."""
    if header is None or not header.strip():
        raise KeyMissing
    text = header.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not KEY_GRAMMAR.fullmatch(text):
        raise KeyMalformed
    return text


def ask(*, principal: User, key: str, method: str, route: str, body: Any) -> Ask:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return Ask(
        principal=principal,
        key_digest=fingerprint(key, purpose="idempotency-key"),
        fingerprint=fingerprint(method, route, canonical, purpose="idempotency-request"),
    )


def claim_key(request: Ask, *, subject: str) -> Claimed | Answered | Adopted:
    """Claim the key for `subject` (a public id), or say what became of it. Raises KeyReused, KeyInProgress.

    Must run inside the atomic block that writes the subject: both are committed, or neither.
    """
    at = ports.now()
    key = IdempotencyKey(
        principal=request.principal,
        key_digest=request.key_digest,
        fingerprint=request.fingerprint,
        subject=subject,
        lease_until=at + IdempotencyKey.LEASE,
        created_at=at,
        expires_at=at + IdempotencyKey.LIFE,
    )
    if hot.insert_if_new(key):
        ports.crash_point("key.claimed")
        return Claimed(key)
    key = IdempotencyKey.objects.select_for_update().get(principal=request.principal, key_digest=request.key_digest)
    if key.fingerprint != request.fingerprint:
        raise KeyReused
    if key.status is not None:
        return Answered(Answer(key.status, bytes(key.body or b"")))
    if key.running(at):
        raise KeyInProgress(retry_after=2)
    key.lease_until = at + IdempotencyKey.LEASE
    key.save(update_fields=["lease_until"])
    return Adopted(key, key.subject)


def store_answer(key: IdempotencyKey, answer: Answer) -> Answer:
    """Keep the first answer; whoever comes second gets that one (also when two workers finish the same request)."""
    kept = [answer]
    with transaction.atomic(durable=True):
        hot.write([keeping(key, kept)])
    return kept[0]


def keeping(key: IdempotencyKey, kept: list[Answer]) -> hot.Update:
    """The write that keeps `kept[0]`, for a block that commits what it tells; an earlier answer takes its place."""

    def earlier() -> None:
        stored = IdempotencyKey.objects.get(pk=key.pk)
        kept[:] = [Answer(stored.status or kept[0].status, bytes(stored.body or b""))]

    told = {"status": kept[0].status, "body": kept[0].body}
    return hot.Update(IdempotencyKey, {"id": key.pk, "status": None}, told, missed=earlier)


def forget_expired(*, limit: int = 1000) -> int:
    """Delete keys past their life; I1 still holds by constraint. Returns how many."""
    old = list(IdempotencyKey.objects.filter(expires_at__lt=ports.now()).values_list("pk", flat=True)[:limit])
    return IdempotencyKey.objects.filter(pk__in=old).delete()[0]
