"""The box that is ticked at checkout: the card that was charged is kept, once, and only then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.sealing import Secret
from payments.gateways.base import Approved, CardFacts, Category, Declined, Kind
from payments.models import Payment
from payments.services.books import verify_books
from payments.services.start import start_payment
from tests.factories import WEB, make_ask
from tests.payments.test_outcomes import fact, tell
from vaulting import consent
from vaulting.models import BoundCard

pytestmark = pytest.mark.django_db(transaction=True)

TOLD = CardFacts(
    brand="VISA",
    last_four="4242",
    expiry_month=5,
    expiry_year=2031,
    fingerprint="e" * 64,
    token=Secret("token-of-the-payment"),
)


def paying(buyer, order, *, save_card: bool) -> Payment:
    started = start_payment(
        buyer=buyer, order_id=order.public_id, card_id=None, device=WEB, save_card=save_card, ask=make_ask(buyer)
    )
    assert started.payment is not None
    return started.payment


def told(payment: Payment, outcome=None, card: CardFacts | None = TOLD) -> Payment:
    news = fact(payment, Kind.AUTHORIZE, outcome or Approved())
    return tell(payment, replace(news, details=replace(news.details, card=card, network_transaction_id="ntx-9")))


def test_a_new_card_is_kept_with_the_payment_that_charged_it(buyer, manual_order, account, fake):
    payment = paying(buyer, manual_order, save_card=True)
    for _ in range(2):
        payment = told(payment)
    card = BoundCard.objects.get()
    assert (payment.state, payment.card) == ("authorized", card)
    assert (card.buyer, card.account, card.last_four, card.is_default) == (buyer, account, "4242", True)
    assert (card.token.reveal(), card.network_transaction_id) == ("token-of-the-payment", "ntx-9")
    assert (card.consent_version, card.consented_at) == (consent.CURRENT, payment.created_at)
    assert verify_books() == []


@pytest.mark.parametrize(
    ("save_card", "outcome", "card"),
    [
        (False, None, TOLD),
        (True, Declined("NO", Category.OTHER_CARD), TOLD),
        (True, None, replace(TOLD, token=None)),
        (True, None, None),
    ],
)
def test_nothing_is_kept_that_was_not_wanted_charged_and_told(
    buyer, manual_order, account, fake, save_card, outcome, card
):
    payment = told(paying(buyer, manual_order, save_card=save_card), outcome, card)
    assert payment.card is None
    assert not BoundCard.objects.exists()


def test_the_money_is_written_whatever_becomes_of_the_card(buyer, manual_order, account, fake, monkeypatch):
    def broken(card: BoundCard, **options) -> None:
        BoundCard.objects.raw("SELECT nonsense FROM nowhere")[0]

    payment = paying(buyer, manual_order, save_card=True)
    monkeypatch.setattr(BoundCard, "save", broken)
    payment = told(payment)
    assert (payment.state, payment.held_minor, payment.card) == ("authorized", 30000, None)
    assert not BoundCard.objects.exists()
    assert verify_books() == []


def test_a_card_that_is_known_is_renewed(buyer, manual_order, account, fake):
    from tests.vaulting.tries import bind

    known = bind(buyer, fake, fingerprint="e" * 64, expiry_year=2027).card
    payment = told(paying(buyer, manual_order, save_card=True))
    assert payment.card == known
    known.refresh_from_db()
    assert (known.expiry_year, known.token.reveal()) == (2031, "token-of-the-payment")
