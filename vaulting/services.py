"""Who may use which saved card, and which one is the default."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from core import hot, ports
from core.errors import DomainError, NotYours
from core.models import User
from payments.gateways.models import MerchantAccount
from vaulting.keeping import lock_buyer
from vaulting.models import BoundCard


class CardExpired(DomainError):
    code = "card_expired"
    status = 422
    detail = "This card has expired. Choose another card."


def cards_of(buyer: User, account: MerchantAccount | None = None) -> QuerySet[BoundCard]:
    """Kept cards, also expired ones; of every account unless one is named."""
    mine = BoundCard.objects.filter(buyer=buyer, removed_at=None)
    return mine if account is None else mine.filter(account=account)


_CARD = hot.Select(lambda: BoundCard.objects.filter(removed_at=None).order_by(), "buyer_id", "account_id", "public_id")


def card_for_payment(*, buyer: User, public_id: str, account: MerchantAccount) -> BoundCard:
    """The buyer's own card in this account. Raises NotYours for any other (I33), CardExpired."""
    card = _CARD.one(buyer.pk, account.pk, public_id)
    if card is None:
        raise NotYours
    if not card.usable_on(ports.now().date()):
        raise CardExpired
    return card


def card_of(buyer: User, public_id: str) -> BoundCard:
    """The buyer's own card, with its account. Raises NotYours for any other, also for one that is removed."""
    card = cards_of(buyer).select_related("account").filter(public_id=public_id).first()
    if card is None:
        raise NotYours
    return card


def in_order(cards: QuerySet[BoundCard], today: date) -> list[BoundCard]:
    """The default first, then the newest; what has expired comes last."""
    newest = sorted(cards, key=lambda card: card.renewed_at or card.created_at, reverse=True)
    return sorted(newest, key=lambda card: (not card.usable_on(today), not card.is_default))


def make_default(*, buyer: User, public_id: str) -> BoundCard:
    """Raises NotYours, CardExpired."""
    with transaction.atomic(durable=True):
        lock_buyer(buyer.pk)
        card = card_of(buyer, public_id)
        if not card.usable_on(ports.now().date()):
            raise CardExpired
        set_default(card)
    return card


def set_default(card: BoundCard) -> None:
    """For whoever holds the buyer's row."""
    mine = BoundCard.objects.filter(buyer_id=card.buyer_id, account_id=card.account_id, is_default=True)
    mine.exclude(pk=card.pk).update(is_default=False)
    if not card.is_default:
        card.is_default = True
        card.save(update_fields=["is_default"])
