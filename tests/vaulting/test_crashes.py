"""The process dies at any instant of a binding; another one goes on, and the provider is never asked for two cards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import ports
from tests.crash.life import dies_at
from tests.factories import make_ask
from tests.vaulting.tries import begin
from vaulting import consent
from vaulting.asking import refresh_session, resolve_due
from vaulting.binding import apply_vaulting_fact, open_vaulting_session
from vaulting.models import BoundCard, Standing, VaultingSession
from vaulting.removing import remove_card, tell_due

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "k" * 20
OPENING = ["bind.before_commit", "bind.written", "bind.before_call", "bind.after_call", "bind.before_second_commit"]
ENDING = ["bind.before_inquiry", "bind.after_inquiry", "bind.fact_before_commit"]
REMOVING = ["remove.before_commit", "remove.written", "remove.after_call"]
NAMES = frozenset({*OPENING, *ENDING, *REMOVING, "bind.resolved"})


def open_it(buyer) -> VaultingSession | None:
    ask = make_ask(buyer, KEY, route="bind")
    return open_vaulting_session(buyer=buyer, ask=ask, consent_version=consent.CURRENT).session


def later(**values: float) -> None:
    ports.pretend_now(ports.now() + timedelta(**values))


@pytest.mark.parametrize("instant", OPENING)
def test_the_app_sends_the_same_again_and_the_buyer_adds_the_card(buyer, account, fake, instant):
    assert dies_at(instant, lambda: open_it(buyer))
    assert VaultingSession.objects.count() == (0 if instant == "bind.before_commit" else 1)
    later(seconds=50)
    resolve_due()
    session = open_it(buyer)
    assert session is not None
    session.refresh_from_db()
    assert (session.standing, VaultingSession.objects.count()) == (Standing.OPEN, 1)
    assert set(fake.sent("bind")) == {session.request_id}
    fake.bind(session.request_id)
    later(seconds=3)
    assert refresh_session(session).standing == Standing.BOUND


@pytest.mark.parametrize("instant", ENDING)
def test_what_the_provider_told_is_learnt_all_the_same(buyer, account, fake, instant):
    session = begin(buyer)
    fake.bind(session.request_id)
    assert dies_at(instant, lambda: refresh_session(session))
    assert not BoundCard.objects.exists()
    later(hours=1, minutes=2)
    resolve_due()
    assert VaultingSession.objects.get().standing == Standing.BOUND
    assert BoundCard.objects.count() == 1


def test_a_worker_that_dies_leaves_the_question_to_the_next(buyer, account, fake):
    session = begin(buyer)
    fake.bind(session.request_id)
    later(hours=1, minutes=2)
    assert dies_at("bind.resolved", resolve_due)
    assert VaultingSession.objects.get().standing == Standing.BOUND
    later(minutes=1)
    assert resolve_due() == []


@pytest.mark.parametrize("instant", REMOVING)
def test_a_removal_is_whole_or_not_at_all(buyer, account, fake, instant):
    session = begin(buyer)
    fact = fake.bind(session.request_id)
    apply_vaulting_fact(account, fact)
    card = BoundCard.objects.get()
    assert dies_at(instant, lambda: remove_card(buyer=buyer, public_id=card.public_id))
    card.refresh_from_db()
    if instant == "remove.before_commit":
        assert (card.removed_at, card.is_default) == (None, True)
        remove_card(buyer=buyer, public_id=card.public_id)
    else:
        assert (card.removed_at is not None, card.forgetting) == (True, "wanted")
        later(minutes=1)
        tell_due()
    card.refresh_from_db()
    assert (card.forgetting, card.sealed_token) == ("done", None)
    assert set(fake.forgotten) == {fact.card.token.reveal()}
