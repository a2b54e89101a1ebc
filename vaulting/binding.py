"""Binding a card: open a session, write down what a provider tells of it. Write, commit, call, write (I7).

Three doors (answer, notification, inquiry) end in `apply_vaulting_fact`: whoever comes first does the work.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from core import ports
from core.errors import DomainError
from core.idempotency import Adopted, Answered, Ask, claim_key
from core.models import IdempotencyKey, User
from payments.gateways.base import (
    Approved,
    Category,
    Declined,
    InvalidRequest,
    NotAttempted,
    NotFound,
    Pending,
    Redirect,
    Unknown,
    Verb,
)
from payments.gateways.http import CalledInsideTransaction, sending_before
from payments.gateways.models import MerchantAccount
from payments.gateways.registry import account_for_currency, account_that_can, gateway_for
from payments.gateways.vaults import Opening, VaultingFact, VaultingRequest, VaultOpened
from vaulting.keeping import Consent, keep_card, lock_buyer
from vaulting.models import MOVES, Standing, VaultingSession
from vaulting.returning import return_url
from vaulting.services import card_of

log = logging.getLogger(__name__)

GUESSED_LIFE = timedelta(hours=1)
"""Of a session, until the provider tells its own (antom.md 3.1)."""
TIME_TO_TYPE = timedelta(minutes=10)
ASK_AT_MOST_EVERY = timedelta(seconds=2)
QUESTIONS = (3, 3, 3, 5, 10, 30, 60, 300, 1800, 3600, 21600, 86400)
"""Seconds between questions about a try whose end nobody told; after the last it is over."""


class CannotBind(DomainError):
    code = "binding_not_available"
    status = 409
    detail = "Cards cannot be saved here at the moment."


class TooManyTries(DomainError):
    code = "too_many_tries"
    status = 429
    detail = "You tried to add cards too often. Try again tomorrow."


@dataclass(frozen=True, slots=True)
class Begun:
    """The session and the key to store its first answer under; or, when `answered`, the bytes given before."""

    session: VaultingSession | None
    key: IdempotencyKey | None
    answered: Answered | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    session: VaultingSession | None
    """None: no such session is known."""
    changed: bool
    problem: str = ""


def open_vaulting_session(
    *,
    buyer: User,
    ask: Ask,
    consent_version: str,
    currency: str = "",
    renews: str = "",
) -> Begun:
    """A session in which the buyer gives a card to the provider. `renews`: id of the card to bind anew.

    `currency` picks the account; without one, the first that keeps cards. A session that the buyer left open is given
    again instead of another one. Raises CannotBind, NotYours, TooManyTries, KeyReused, KeyInProgress. After the first
    commit nothing is raised: what happens then is the session's standing.
    """
    for earlier in VaultingSession.objects.filter(buyer=buyer, standing=Standing.OPEN).select_related("account"):
        if may_ask_now(earlier):  # it may be used up, and nobody has told us yet
            inquire(earlier)
    with transaction.atomic(durable=True):
        session = VaultingSession(consent_version=consent_version)
        claim = claim_key(ask, subject=session.public_id)
        if isinstance(claim, Answered):
            return Begun(None, None, claim)
        if isinstance(claim, Adopted):
            return Begun(VaultingSession.objects.get(public_id=claim.subject), claim.key)
        lock_buyer(buyer.pk)
        at = ports.now()
        session.buyer = buyer
        session.renews = card_of(buyer, renews) if renews else None
        session.account = session.renews.account if session.renews else _account(currency)
        if (left := _left_open(session)) is not None:
            claim.key.subject = left.public_id
            claim.key.save(update_fields=["subject"])
            return Begun(left, claim.key)
        _refuse_too_many(buyer)
        session.consented_at = session.created_at = session.updated_at = at
        session.expires_at = at + GUESSED_LIFE
        session.next_at = at + timedelta(seconds=settings.SEND_WITHIN_SECONDS + settings.GATEWAY_DEADLINE_SECONDS + 1)
        session.save(force_insert=True)
        ports.crash_point("bind.before_commit")
    ports.crash_point("bind.written")
    return Begun(open_at_provider(session), claim.key)


def open_at_provider(session: VaultingSession, *, again: bool = False) -> VaultingSession:
    """Call, then write down the answer. Repeating it is safe: the provider knows the request id (antom.md 2.5).

    `again`: an earlier call may have arrived, so that this one was not sent proves nothing.
    """
    request = VaultingRequest(
        request_id=session.request_id,
        notify_url=f"{settings.PUBLIC_URL}/notify/{session.account.gateway}/vaulting/",
        return_url=return_url(session),
    )
    ports.crash_point("bind.before_call")
    answer = _ask(session, request)
    if again and isinstance(answer, NotAttempted):
        answer = Unknown(answer.reason)
    ports.crash_point("bind.after_call")
    with entered(session.account, session.request_id) as (fresh, _):
        assert fresh is not None
        _opened(fresh, answer)
        fresh.save()
        ports.crash_point("bind.before_second_commit")
    return fresh


def apply_vaulting_fact(account: MerchantAccount, fact: VaultingFact) -> Applied:
    """Write down what a provider told of a try, once; the order in which facts arrive does not matter."""
    with entered(account, fact.request_id) as (session, buyer):
        if session is None or buyer is None:
            return Applied(None, changed=False)
        before = (session.standing, session.next_action, session.problem)
        _apply(session, buyer, fact)
        changed = before != (session.standing, session.next_action, session.problem)
        if changed:
            session.save()
        ports.crash_point("bind.fact_before_commit")
    return Applied(session, changed=changed, problem=session.problem if changed else "")


def may_ask_now(session: VaultingSession) -> bool:
    """Whether nobody asked just now, and there is something to ask; of several who come at once, one may."""
    at = ports.now()
    rested = Q(asked_at=None) | Q(asked_at__lte=at - ASK_AT_MOST_EVERY)
    with transaction.atomic(durable=True):
        mine = VaultingSession.objects.filter(rested, pk=session.pk, standing__in=_ASKED)
        return mine.update(asked_at=at) == 1


_ASKED = (Standing.OPEN, Standing.VERIFYING, Standing.EXPIRED)


def inquire(session: VaultingSession) -> VaultingFact | NotFound | Unknown:
    """Ask the provider what became of a try, and write down what it tells."""
    ports.crash_point("bind.before_inquiry")
    try:
        answer = gateway_for(session.account).inquire_vault(session.request_id)
    except CalledInsideTransaction:
        raise
    except Exception as error:
        log.exception("the inquiry about session %s broke", session.public_id)
        answer = Unknown(f"our own error: {type(error).__name__}")
    ports.crash_point("bind.after_inquiry")
    if isinstance(answer, VaultingFact):
        apply_vaulting_fact(session.account, answer)
    elif isinstance(answer, Unknown) and answer.contradicts:
        apply_vaulting_fact(session.account, VaultingFact(request_id=session.request_id, outcome=answer))
    return answer


@contextmanager
def entered(account: MerchantAccount, request_id: str) -> Iterator[tuple[VaultingSession, User] | tuple[None, None]]:
    """One durable block around one locked session and its buyer."""
    with transaction.atomic(durable=True):
        rows = VaultingSession.objects.filter(account=account, request_id=request_id)
        owner = rows.values_list("buyer_id", flat=True).first()
        if owner is None:
            yield None, None
            return
        buyer = lock_buyer(owner)
        session = rows.select_related("account", "renews").select_for_update(of=("self",)).get()
        session.version += 1
        session.updated_at = ports.now()
        yield session, buyer


def _left_open(wanted: VaultingSession) -> VaultingSession | None:
    """The same try, opened before and not used yet; there must be time left to type a card."""
    same = VaultingSession.objects.filter(
        buyer=wanted.buyer,
        account=wanted.account,
        renews=wanted.renews,
        consent_version=wanted.consent_version,
        standing=Standing.OPEN,
        expires_at__gt=ports.now() + TIME_TO_TYPE,
    )
    return same.select_related("account").first()


def _refuse_too_many(buyer: User) -> None:
    """For whoever holds the buyer's row. What came to nothing without a card was no try."""
    tried = VaultingSession.objects.filter(buyer=buyer, created_at__gt=ports.now() - timedelta(days=1))
    if tried.exclude(standing=Standing.EXPIRED).exclude(failure_code="not_sent").count() >= settings.BINDINGS_PER_DAY:
        raise TooManyTries(retry_after=3600)


def _account(currency: str) -> MerchantAccount:
    account = account_for_currency(currency) if currency else account_that_can(Verb.BIND)
    if account is None or not gateway_for(account).rules[Verb.BIND].supported:
        raise CannotBind
    return account


def _ask(session: VaultingSession, request: VaultingRequest) -> Opening:
    try:
        with sending_before(ports.monotonic() + settings.SEND_WITHIN_SECONDS):
            return gateway_for(session.account).open_vault(request)
    except CalledInsideTransaction:
        raise
    except InvalidRequest as refusal:
        return NotAttempted(f"it cannot be written: {refusal}")
    except Exception as error:  # a bug of ours or of an adapter must not lose the question
        log.exception("the call about session %s broke", session.public_id)
        return Unknown(f"our own error: {type(error).__name__}")


# --- what they mean -------------------------------------------------------------------------------------------------


def _opened(session: VaultingSession, answer: Opening) -> None:
    if session.standing != Standing.OPENING:
        return  # a notification was faster
    match answer:
        case VaultOpened():
            session.standing = Standing.OPEN
            session.session_data = answer.data.reveal().encode()
            session.reference = answer.reference[:64]
            session.expires_at = max(answer.expires_at, session.created_at + timedelta(seconds=1))
            session.last_error = ""
            ask_when_over(session)
        case Declined(code, category, message):
            _fail(session, code, category, message)
        case NotAttempted(reason, _, code):
            _fail(session, code or "not_sent", Category.CONFIGURATION if code else Category.TRY_AGAIN, reason)
        case Unknown(reason):
            session.last_error = reason[:200]
            ask_again(session)
        case _:
            assert_never(answer)


def _apply(session: VaultingSession, buyer: User, fact: VaultingFact) -> None:
    match fact.outcome:
        case Approved():
            _bound(session, buyer, fact)
        case Declined(code, category, message):
            if session.standing == Standing.BOUND:
                session.problem = f"The provider now says that the card was not kept: {code}."[:200]
            elif category is Category.TRY_AGAIN and session.standing == Standing.OPEN and _is_over(session):
                end(session, Standing.EXPIRED)  # nobody gave a card: the provider closes what was left open
            elif session.standing != Standing.FAILED:
                _fail(session, code, category, message)
        case Pending(next_action):
            if isinstance(next_action, Redirect) and session.is_live:
                session.standing = Standing.VERIFYING
                session.next_action = _as_json(next_action)
        case NotAttempted():
            pass
        case Unknown(reason, _, contradicts):
            if contradicts:
                session.problem = reason[:200]
        case _:
            assert_never(fact.outcome)


def _is_over(session: VaultingSession) -> bool:
    return session.updated_at >= session.expires_at


def _bound(session: VaultingSession, buyer: User, fact: VaultingFact) -> None:
    if session.standing == Standing.BOUND:
        return
    if fact.card is None or fact.card.token is None:
        session.problem = "The provider says that the card is kept, and names no token."
        return
    kept = keep_card(
        buyer=buyer,
        account=session.account,
        told=fact.card,
        consent=Consent(session.consent_version, session.consented_at),
        network_transaction_id=fact.network_transaction_id,
        renews=session.renews,
    )
    session.card, session.was_known = kept.card, kept.was_known
    session.failure_code = session.failure_category = session.failure_message = ""
    end(session, Standing.BOUND)


def _fail(session: VaultingSession, code: str, category: Category, message: str) -> None:
    session.failure_code, session.failure_category = code[:64], category
    session.failure_message = message[:256]
    end(session, Standing.FAILED)


def end(session: VaultingSession, standing: Standing) -> None:
    """The try is over; what only it needed is destroyed. Raises ValueError where MOVES has no way."""
    if standing not in MOVES[Standing(session.standing)]:
        raise ValueError(f"{session.standing} cannot become {standing}")
    session.standing = standing
    session.session_data = session.next_action = None
    session.next_at, session.last_error = None, ""
    session.ended_at = session.updated_at


def ask_when_over(session: VaultingSession) -> None:
    """Nobody need be asked before the session's own end, unless the buyer comes back."""
    session.attempts = 0
    session.next_at = session.expires_at + timedelta(seconds=60)


def ask_again(session: VaultingSession) -> None:
    """None once the ladder is at its end."""
    left = QUESTIONS[session.attempts :]
    session.attempts += 1
    session.next_at = session.updated_at + timedelta(seconds=left[0]) if left else None


def _as_json(action: Redirect) -> bytes:
    told = {"url": action.url, "method": action.method, "fields": dict(action.fields)}
    return json.dumps({"type": "redirect", **told, "app_links": dict(action.app_links)}).encode()
