"""Who may use which saved card."""

from __future__ import annotations

from django.db.models import QuerySet

from core import hot, ports
from core.errors import DomainError, NotYours
from core.models import User
from payments.gateways.models import MerchantAccount
from vaulting.models import BoundCard


class CardExpired(DomainError):
    code = "card_expired"
    status = 422
    detail = "This card has expired. Choose another card."


def cards_of(buyer: User, account: MerchantAccount) -> QuerySet[BoundCard]:
    return BoundCard.objects.filter(buyer=buyer, account=account, removed_at=None)


_CARD = hot.Select(lambda: BoundCard.objects.filter(removed_at=None).order_by(), "buyer_id", "account_id", "public_id")


def card_for_payment(*, buyer: User, public_id: str, account: MerchantAccount) -> BoundCard:
    """The buyer's own card in this account. Raises NotYours for any other (I33), CardExpired."""
    card = _CARD.one(buyer.pk, account.pk, public_id)
    if card is None:
        raise NotYours
    if not card.usable_on(ports.now().date()):
        raise CardExpired
    return card
