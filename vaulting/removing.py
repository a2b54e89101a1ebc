"""Removing a card: gone here at once, then told to the provider where it can be told; a receipt stays.

What the provider says never brings a card back. The token is destroyed as soon as nobody needs it any more.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import assert_never

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from core import ports
from core.errors import NotYours
from core.models import User
from payments.gateways.base import Approved, Declined, NotAttempted, Outcome, Pending, Unknown, Verb
from payments.gateways.http import CalledInsideTransaction, sending_before
from payments.gateways.registry import NotConfigured, gateway_for
from vaulting.keeping import lock_buyer
from vaulting.models import BoundCard, Forgetting
from vaulting.services import card_of, cards_of, in_order, set_default

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
TRIES = (10, 60, 600, 3600, 21600, 86400, 86400, 86400)
"""Seconds between tries to tell the provider; afterwards the token is destroyed all the same."""


def remove_card(
    *, buyer: User, public_id: str, actor: User | None = None, reason: str = "", next_default: str = ""
) -> BoundCard:
    """Remove the buyer's own card. `actor`: a colleague who does it for the buyer, with a reason.

    `next_default`: id of the card that becomes the default in its place; else the newest usable one. Raises NotYours.
    """
    at = ports.now()
    with transaction.atomic(durable=True):
        lock_buyer(buyer.pk)
        card = card_of(buyer, public_id)
        was_default, card.is_default = card.is_default, False
        card.removed_at, card.removed_by, card.removal_reason = at, actor or buyer, reason[:200]
        if _can_be_told(card):
            card.forgetting = Forgetting.WANTED
            card.next_at = at + timedelta(seconds=settings.SEND_WITHIN_SECONDS + settings.GATEWAY_DEADLINE_SECONDS + 1)
        else:
            card.forgetting, card.sealed_token = Forgetting.HERE_ONLY, None
        card.save()
        if was_default:
            _choose_default(buyer, card, next_default)
        ports.crash_point("remove.before_commit")
    ports.crash_point("remove.written")
    return tell_provider(card.pk) if card.forgetting == Forgetting.WANTED else card


def tell_provider(pk: uuid.UUID) -> BoundCard:
    """One call about one removed card; repeating it is safe."""
    card = BoundCard.objects.select_related("account").get(pk=pk)
    if card.forgetting != Forgetting.WANTED:
        return card
    outcome = _ask(card)
    ports.crash_point("remove.after_call")
    with transaction.atomic(durable=True):
        lock_buyer(card.buyer_id)
        card = BoundCard.objects.select_related("account").get(pk=pk)
        if card.forgetting == Forgetting.WANTED:
            _told(card, outcome)
            card.save()
    return card


def tell_due(*, limit: int = 20, going: Callable[[], bool] = lambda: True) -> list[str]:
    """Tell the provider of every removed card that is due. Returns one line for each."""
    lines = []
    for pk in _claim(limit):
        if going():
            card = tell_provider(pk)
            lines.append(f"{card.public_id} removed: {card.get_forgetting_display()}")
    return lines


def _choose_default(buyer: User, removed: BoundCard, wanted: str) -> None:
    today = ports.now().date()
    left = in_order(cards_of(buyer).filter(account_id=removed.account_id), today)
    usable = [card for card in left if card.usable_on(today)]
    if wanted and wanted not in {card.public_id for card in usable}:
        raise NotYours
    chosen = next((card for card in usable if card.public_id == wanted or not wanted), None)
    if chosen is not None:
        set_default(chosen)


def _can_be_told(card: BoundCard) -> bool:
    try:
        return gateway_for(card.account).rules[Verb.FORGET].supported
    except NotConfigured:
        return False


def _ask(card: BoundCard) -> Outcome:
    try:
        with sending_before(ports.monotonic() + settings.SEND_WITHIN_SECONDS):
            return gateway_for(card.account).forget_card(card.token)
    except CalledInsideTransaction:
        raise
    except Exception as error:
        log.exception("the provider could not be told of card %s", card.public_id)
        return Unknown(f"our own error: {type(error).__name__}")


def _told(card: BoundCard, outcome: Outcome) -> None:
    card.lease_owner, card.lease_until = "", None
    match outcome:
        case Approved():
            _end(card, Forgetting.DONE)
            card.forgotten_at = ports.now()
        case Declined(code):
            _end(card, Forgetting.REFUSED, code)
        case NotAttempted(reason) | Unknown(reason):
            _once_more(card, reason)
        case Pending():
            _once_more(card, "under way")
        case _:
            assert_never(outcome)


def _once_more(card: BoundCard, reason: str) -> None:
    if card.attempts == len(TRIES):
        _end(card, Forgetting.UNKNOWN, reason)
        return
    card.last_error = reason[:200]
    card.next_at = ports.now() + timedelta(seconds=TRIES[card.attempts])
    card.attempts += 1


def _end(card: BoundCard, forgetting: Forgetting, error: str = "") -> None:
    card.forgetting, card.last_error = forgetting, error[:200]
    card.sealed_token, card.next_at = None, None


def _claim(limit: int) -> list[uuid.UUID]:
    at = ports.now()
    with transaction.atomic(durable=True):
        rows = (
            BoundCard.objects.select_for_update(skip_locked=True)
            .filter(Q(lease_until=None) | Q(lease_until__lt=at), next_at__lte=at)
            .order_by("next_at")[:limit]
        )
        ids = [card.pk for card in rows]
        BoundCard.objects.filter(pk__in=ids).update(lease_owner=ports.random_text(12), lease_until=at + LEASE)
    return ids
