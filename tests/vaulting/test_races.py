"""Many at one instant: one session, one card, one default, exactly as many tries as are allowed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from payments.gateways.base import Category, Declined
from tests.factories import make_card
from tests.vaulting.tries import begin, bind
from vaulting.binding import TooManyTries, apply_vaulting_fact
from vaulting.models import BoundCard, Standing, VaultingSession
from vaulting.removing import remove_card
from vaulting.services import make_default

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 8
NO = Declined("NO", Category.OTHER_CARD)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each gave or raised."""
    ready = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        ready.wait(timeout=20)
        try:
            return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_one_card_whoever_tells(buyer, account, fake):
    session = begin(buyer)
    fact = fake.bind(session.request_id)
    told = at_once(*[lambda: apply_vaulting_fact(account, fact)] * MANY)
    assert sorted(one.changed for one in told) == [False] * (MANY - 1) + [True]
    assert BoundCard.objects.count() == 1
    session.refresh_from_db()
    assert session.standing == Standing.BOUND


def test_the_same_card_in_many_tries_is_one_card(buyer, account, fake, settings):
    settings.BINDINGS_PER_DAY = MANY
    facts = []
    for _ in range(MANY):
        session = begin(buyer)
        facts.append(fake.bind(session.request_id))
        VaultingSession.objects.filter(pk=session.pk).update(standing=Standing.VERIFYING)
    told = at_once(*[lambda fact=fact: apply_vaulting_fact(account, fact) for fact in facts])
    assert all(one.changed for one in told), told
    card = BoundCard.objects.get()
    assert card.is_default
    assert VaultingSession.objects.filter(standing=Standing.BOUND, card=card).count() == MANY
    assert VaultingSession.objects.filter(was_known=False).count() == 1


@pytest.mark.promise("I30")
def test_exactly_as_many_tries_as_are_allowed(buyer, account, fake):
    bind(buyer, fake, NO)
    cards = [make_card(buyer, account) for _ in range(MANY)]
    told = at_once(*[lambda card=card: begin(buyer, renews=card.public_id) for card in cards])
    assert sum(isinstance(one, TooManyTries) for one in told) == MANY - 2, told
    assert VaultingSession.objects.count() == 3


def test_one_session_for_a_buyer_who_taps_often(buyer, account, fake):
    begin(buyer)
    told = at_once(*[lambda: begin(buyer)] * MANY)
    assert len({one.pk for one in told}) == 1, told
    assert len(fake.sent("bind")) == 1


def test_one_default(buyer, account, fake):
    cards = [make_card(buyer, account) for _ in range(MANY)]
    told = at_once(*[lambda card=card: make_default(buyer=buyer, public_id=card.public_id) for card in cards])
    assert not [one for one in told if isinstance(one, Exception)]
    assert BoundCard.objects.filter(is_default=True).count() == 1


def test_a_card_is_removed_once(buyer, account, fake):
    card = bind(buyer, fake).card
    told = at_once(*[lambda: remove_card(buyer=buyer, public_id=card.public_id)] * MANY)
    assert sum(isinstance(one, BoundCard) for one in told) == 1, told
    assert len(fake.sent("forget")) == 1
