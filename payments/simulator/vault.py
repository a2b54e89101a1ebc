"""Card tokens: what the provider remembers of a card."""

from __future__ import annotations

from payments.simulator import cards
from payments.simulator.cards import CardFacts
from payments.simulator.models import CardToken, Payment, Vaulting


def mint_token(client_id: str, card: CardFacts) -> CardToken:
    return CardToken.objects.create(
        client_id=client_id,
        token=cards.new_token(),
        brand=card.brand,
        last4=card.last4,
        expiry_month=card.expiry_month,
        expiry_year=card.expiry_year,
        fingerprint=card.fingerprint,
        behaviour=card.behaviour,
        traits=cards.traits_of(card),
    )


def card_of_token(client_id: str, token: str) -> CardFacts | None:
    tokens = CardToken.objects.filter(client_id=client_id, token=token, deleted_at=None)
    row = tokens.first() if token else None
    return facts_of(row) if row else None


def facts_of(row: CardToken | Payment | Vaulting) -> CardFacts:
    return CardFacts(
        brand=row.brand,
        last4=row.last4,
        expiry_month=row.expiry_month,
        expiry_year=row.expiry_year,
        fingerprint=row.fingerprint,
        behaviour=row.behaviour,
        **row.traits,
    )
