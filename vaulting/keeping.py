"""The one room in which a card is kept, renewed or told to be known: every door that brings a token ends here.

Inside an atomic block that holds the buyer's row: whoever holds it is the only one who writes the buyer's cards.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from core import ports
from core.models import User
from core.sealing import fingerprint
from payments.gateways.base import CardFacts
from payments.gateways.models import MerchantAccount
from vaulting.models import BoundCard


@dataclass(frozen=True, slots=True)
class Consent:
    """Which text the buyer agreed to, and when."""

    version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    card: BoundCard
    was_known: bool
    """The buyer had it already: it has the newer token now."""


def lock_buyer(buyer_id: uuid.UUID) -> User:
    """Always the last lock but the cards': orders and payments are locked before it, or not at all."""
    return User.objects.select_for_update(no_key=True).get(pk=buyer_id)


def keep_card(
    *,
    buyer: User,
    account: MerchantAccount,
    told: CardFacts,
    consent: Consent,
    network_transaction_id: str = "",
    renews: BoundCard | None = None,
) -> Kept:
    """Keep the card whose token a provider told. Raises ValueError without a token.

    A card that the buyer has already gets the new token and expiry. `renews` is the card that was bound anew: where
    the provider names no fingerprint, the same brand and digits are that card.
    """
    if told.token is None:
        raise ValueError("there is no token to keep")
    digest = _fingerprint(buyer, account, told)
    known = _known(buyer, account, digest, told, renews)
    at = ports.now()
    card = known or BoundCard(buyer=buyer, account=account, created_at=at, is_default=not _has_default(buyer, account))
    card.sealed_token = told.token.reveal().encode()
    card.fingerprint = digest or card.fingerprint
    card.brand, card.last_four = told.brand[:32] or card.brand, told.last_four[-4:] or card.last_four
    card.expiry_month = told.expiry_month or card.expiry_month
    card.expiry_year = told.expiry_year or card.expiry_year
    card.funding = told.funding[:16] or card.funding
    card.issuing_country = told.issuing_country[:2] or card.issuing_country
    card.issuer = told.issuer[:128] or card.issuer
    card.network_transaction_id = network_transaction_id[:256] or card.network_transaction_id
    card.consent_version, card.consented_at = consent.version, consent.at
    card.renewed_at = at if known else None
    card.save(force_insert=known is None)
    return Kept(card, was_known=known is not None)


def _fingerprint(buyer: User, account: MerchantAccount, told: CardFacts) -> str:
    """Ours over theirs: it recognises a card of this buyer in this account, and nothing else anywhere."""
    if not told.fingerprint:
        return ""
    return fingerprint(str(buyer.pk), str(account.pk), told.fingerprint, purpose="card")


def _known(
    buyer: User, account: MerchantAccount, digest: str, told: CardFacts, renews: BoundCard | None
) -> BoundCard | None:
    mine = BoundCard.objects.filter(buyer=buyer, account=account, removed_at=None)
    if digest and (same := mine.filter(fingerprint=digest).first()):
        return same
    if renews is None or (digest and renews.fingerprint):
        return None
    return mine.filter(pk=renews.pk, brand=told.brand, last_four=told.last_four).first()


def _has_default(buyer: User, account: MerchantAccount) -> bool:
    return BoundCard.objects.filter(buyer=buyer, account=account, is_default=True).exists()
