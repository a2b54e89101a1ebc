"""Asking the provider what became of a try, when nobody told: the buyer came back, or its time is over (I22)."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from core import ports
from payments.gateways.base import NotFound, Unknown
from payments.gateways.models import MerchantAccount
from payments.gateways.vaults import VaultingFact
from vaulting.binding import ask_again, ask_when_over, end, entered, inquire, may_ask_now, open_at_provider
from vaulting.models import Standing, VaultingSession

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
BUYER_WAITS = timedelta(minutes=2)
"""As long as somebody may still wait for the element, a lost answer is asked for again with the same request."""


def refresh_session(session: VaultingSession) -> VaultingSession:
    """The buyer came back: ask once, bounded in rate. What is known is given back."""
    if may_ask_now(session):
        inquire(session)
    return VaultingSession.objects.select_related("account", "card").get(pk=session.pk)


def ask_about(account: MerchantAccount, request_id: str) -> bool:
    """Inquire and write down what is told. False while the provider gives no certain answer: ask again."""
    session = VaultingSession.objects.select_related("account").filter(account=account, request_id=request_id).first()
    return session is not None and not isinstance(inquire(session), Unknown)


def resolve_due(*, limit: int = 50, going: Callable[[], bool] = lambda: True) -> list[str]:
    """Ask about every try that is due, at most `limit`. Returns one line for each."""
    lines: list[str] = []
    owner = ports.random_text(12)
    for pk in _claim(owner, limit):
        try:
            lines += [resolve_session(pk)] if going() else []
        except Exception as error:
            log.exception("vaulting session %s could not be resolved", pk)
            lines.append(f"{pk} failed: {type(error).__name__}")
            _later(pk)
        finally:
            with transaction.atomic(durable=True):
                rows = VaultingSession.objects.filter(pk=pk, lease_owner=owner)
                rows.update(lease_owner="", lease_until=None)
    return lines


def resolve_session(pk: uuid.UUID) -> str:
    """One question; then it is over, or asked about again."""
    session = VaultingSession.objects.select_related("account").get(pk=pk)
    if session.standing == Standing.OPENING and ports.now() < session.created_at + BUYER_WAITS:
        session = open_at_provider(session, again=True)
        return f"{session.public_id} opened again: {session.standing}"
    answer = inquire(session)
    with entered(session.account, session.request_id) as (fresh, _):
        assert fresh is not None
        if fresh.is_live and fresh.next_at is not None and fresh.next_at <= fresh.updated_at:
            _schedule(fresh, answer)
            fresh.save()
        ports.crash_point("bind.resolved")
    return f"{fresh.public_id} asked: {fresh.standing}"


def _schedule(session: VaultingSession, answer: VaultingFact | NotFound | Unknown) -> None:
    if session.updated_at < session.expires_at and session.standing != Standing.OPENING:
        ask_when_over(session)
        return
    if isinstance(answer, NotFound):
        end(session, Standing.EXPIRED)
        return
    ask_again(session)
    if session.next_at is None:
        end(session, Standing.EXPIRED)


def _claim(owner: str, limit: int) -> list[uuid.UUID]:
    at = ports.now()
    with transaction.atomic(durable=True):
        rows = (
            VaultingSession.objects.select_for_update(skip_locked=True)
            .filter(Q(lease_until=None) | Q(lease_until__lt=at), next_at__lte=at)
            .order_by("next_at")[:limit]
        )
        ids = [session.pk for session in rows]
        VaultingSession.objects.filter(pk__in=ids).update(lease_owner=owner, lease_until=at + LEASE)
    return ids


def _later(pk: uuid.UUID) -> None:
    with transaction.atomic(durable=True):
        VaultingSession.objects.filter(pk=pk).update(next_at=ports.now() + LEASE)
