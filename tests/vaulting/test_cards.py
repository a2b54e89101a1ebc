"""Which card is the default, what a removed card leaves, and who is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from core import ports
from core.errors import NotYours
from payments.gateways.base import Approved, Category, Declined, NotAttempted, Pending, Rule, Unknown, Verb
from tests.factories import make_account, make_card
from tests.fake_gateway import EXACT_RULES
from tests.vaulting.tries import bind
from vaulting.models import BoundCard, Forgetting
from vaulting.removing import TRIES, remove_card, tell_due
from vaulting.services import CardExpired, card_for_payment, cards_of, in_order, make_default

pytestmark = pytest.mark.django_db(transaction=True)

HERE_ONLY = {**EXACT_RULES, Verb.FORGET: Rule(supported=False, reason="It cannot be told.")}


def default_of(buyer) -> BoundCard | None:
    return BoundCard.objects.filter(buyer=buyer, is_default=True).first()


# --- the default ------------------------------------------------------------------------------------------------------


def test_the_first_card_is_the_default(buyer, account, fake):
    first = bind(buyer, fake, fingerprint="a" * 64).card
    second = bind(buyer, fake, fingerprint="b" * 64).card
    assert (first.is_default, second.is_default) == (True, False)
    assert make_default(buyer=buyer, public_id=second.public_id).is_default
    first.refresh_from_db()
    assert (first.is_default, default_of(buyer)) == (False, second)


def test_each_account_has_its_own(buyer, account, fake):
    bind(buyer, fake)
    other = make_card(buyer, make_account("fake", "fake", name="Another"), is_default=True)
    make_default(buyer=buyer, public_id=other.public_id)
    assert BoundCard.objects.filter(is_default=True).count() == 2


def test_what_cannot_be_the_default(buyer, other_buyer, account):
    expired = make_card(buyer, account, expiry_year=2020)
    theirs = make_card(other_buyer, account)
    with pytest.raises(CardExpired):
        make_default(buyer=buyer, public_id=expired.public_id)
    for public_id in (theirs.public_id, "card_unknown"):
        with pytest.raises(NotYours):
            make_default(buyer=buyer, public_id=public_id)
    assert default_of(buyer) is default_of(other_buyer) is None


def test_the_default_comes_first_and_the_expired_last(buyer, account):
    expired = make_card(buyer, account, expiry_year=2020)
    old, new = make_card(buyer, account), make_card(buyer, account)
    default = make_card(buyer, account, is_default=True)
    make_card(buyer, account, removed_at=ports.now())
    renewed = BoundCard.objects.get(pk=old.pk)
    renewed.renewed_at = ports.now()
    renewed.save()
    assert in_order(cards_of(buyer), ports.now().date()) == [default, old, new, expired]


@pytest.mark.parametrize(
    ("today", "usable"), [(date(2028, 2, 29), True), (date(2028, 3, 1), False), (date(2028, 2, 1), True)]
)
def test_a_card_is_valid_through_the_last_day_of_its_month(buyer, account, today, usable):
    card = make_card(buyer, account, expiry_month=2, expiry_year=2028)
    assert card.usable_on(today) is usable
    assert card.valid_through == date(2028, 2, 29)
    assert make_card(buyer, account, expiry_month=None, expiry_year=None).usable_on(today)


# --- removal ----------------------------------------------------------------------------------------------------------


def test_a_card_is_gone_at_once_and_then_told(buyer, account, fake):
    card = bind(buyer, fake).card
    token = card.token.reveal()
    seen = []
    fake.next("forget", Approved(), hook=lambda: seen.append(list(cards_of(buyer))))
    removed = remove_card(buyer=buyer, public_id=card.public_id)
    assert seen == [[]]
    assert (removed.forgetting, removed.sealed_token, removed.next_at) == (Forgetting.DONE, None, None)
    assert removed.forgotten_at is not None
    assert (removed.removed_by, removed.is_default) == (buyer, False)
    assert fake.forgotten == [token]
    with pytest.raises(ValueError, match="removed"):
        assert removed.token


def test_nothing_is_paid_with_a_removed_card(buyer, account, fake):
    card = bind(buyer, fake).card
    fake.next("forget", Unknown("no answer"))
    remove_card(buyer=buyer, public_id=card.public_id)
    with pytest.raises(NotYours):
        card_for_payment(buyer=buyer, public_id=card.public_id, account=account)
    with pytest.raises(NotYours):
        remove_card(buyer=buyer, public_id=card.public_id)


def test_somebody_elses_card_stays(buyer, other_buyer, account, fake):
    theirs = make_card(other_buyer, account)
    with pytest.raises(NotYours):
        remove_card(buyer=buyer, public_id=theirs.public_id)
    assert fake.log == []


def test_a_provider_that_cannot_be_told(buyer, account, fake):
    fake.rules = HERE_ONLY
    card = remove_card(buyer=buyer, public_id=bind(buyer, fake).card.public_id)
    assert (card.forgetting, card.sealed_token, fake.sent("forget")) == (Forgetting.HERE_ONLY, None, [])


@pytest.mark.parametrize("answer", [Unknown("no answer"), NotAttempted("no connection"), Pending()])
def test_it_is_told_until_it_is_known(buyer, account, fake, answer):
    fake.next("forget", answer)
    card = remove_card(buyer=buyer, public_id=bind(buyer, fake).card.public_id)
    assert (card.forgetting, card.last_error) == (Forgetting.WANTED, getattr(answer, "reason", "under way"))
    assert tell_due() == []
    ports.pretend_now(ports.now() + timedelta(seconds=TRIES[0] + 1))
    assert tell_due() == [f"{card.public_id} removed: Removed here and at the provider"]
    card.refresh_from_db()
    assert (card.forgetting, card.sealed_token) == (Forgetting.DONE, None)
    assert tell_due() == []


def test_in_the_end_the_token_is_destroyed_all_the_same(buyer, account, fake):
    card = bind(buyer, fake).card
    for _ in range(len(TRIES) + 1):
        fake.next("forget", Unknown("no answer"))
    card = remove_card(buyer=buyer, public_id=card.public_id)
    while card.next_at is not None:
        assert card.sealed_token
        ports.pretend_now(card.next_at + timedelta(seconds=1))
        tell_due()
        card.refresh_from_db()
    assert (card.forgetting, card.sealed_token) == (Forgetting.UNKNOWN, None)
    assert len(fake.sent("forget")) == len(TRIES) + 1


def test_a_refusal_brings_no_card_back(buyer, account, fake):
    fake.next("forget", Declined("NO", Category.CONFIGURATION))
    card = remove_card(buyer=buyer, public_id=bind(buyer, fake).card.public_id)
    assert (card.forgetting, card.last_error, card.sealed_token) == (Forgetting.REFUSED, "NO", None)
    assert not cards_of(buyer).exists()


def test_what_died_before_the_call_is_told_by_the_worker(buyer, account, fake):
    card = bind(buyer, fake).card

    def die(name: str) -> None:
        if name == "remove.written":
            raise SystemExit

    ports.install_crash_hook(die)
    with pytest.raises(SystemExit):
        remove_card(buyer=buyer, public_id=card.public_id)
    ports.install_crash_hook(None)
    assert not cards_of(buyer).exists()
    ports.pretend_now(ports.now() + timedelta(minutes=1))
    assert len(tell_due()) == 1
    card.refresh_from_db()
    assert card.forgetting == Forgetting.DONE


def test_the_newest_usable_card_becomes_the_default(buyer, account, fake):
    old = bind(buyer, fake, fingerprint="a" * 64).card
    newer = bind(buyer, fake, fingerprint="b" * 64).card
    newest = bind(buyer, fake, fingerprint="c" * 64).card
    make_card(buyer, account, expiry_year=2020)
    remove_card(buyer=buyer, public_id=old.public_id)
    assert default_of(buyer) == newest
    remove_card(buyer=buyer, public_id=newest.public_id)
    assert default_of(buyer) == newer
    remove_card(buyer=buyer, public_id=newer.public_id)
    assert default_of(buyer) is None


def test_the_buyer_chooses_the_next_default(buyer, account, fake):
    old, chosen, _ = (bind(buyer, fake, fingerprint=letter * 64).card for letter in "abc")
    remove_card(buyer=buyer, public_id=old.public_id, next_default=chosen.public_id)
    assert default_of(buyer) == chosen


def test_a_choice_that_is_none_changes_nothing(buyer, account, fake):
    card = bind(buyer, fake).card
    with pytest.raises(NotYours):
        remove_card(buyer=buyer, public_id=card.public_id, next_default="card_other")
    assert list(cards_of(buyer)) == [card]
    assert default_of(buyer) == card


def test_a_colleague_removes_it_with_a_reason(buyer, operator, account, fake):
    card = remove_card(buyer=buyer, public_id=bind(buyer, fake).card.public_id, actor=operator, reason="lost phone")
    assert (card.removed_by, card.removal_reason) == (operator, "lost phone")


def test_a_removed_card_may_be_bound_again(buyer, account, fake):
    first = bind(buyer, fake).card
    remove_card(buyer=buyer, public_id=first.public_id)
    again = bind(buyer, fake)
    assert (again.was_known, again.card != first, again.card.is_default) == (False, True, True)


def test_time_is_utc(buyer, account, fake):
    ports.pretend_now(datetime(2026, 5, 31, 23, 59, tzinfo=UTC))
    card = make_card(buyer, account, expiry_month=5, expiry_year=2026)
    assert card_for_payment(buyer=buyer, public_id=card.public_id, account=account) == card
    ports.pretend_now(datetime(2026, 6, 1, 0, 0, 1, tzinfo=UTC))
    with pytest.raises(CardExpired):
        card_for_payment(buyer=buyer, public_id=card.public_id, account=account)
