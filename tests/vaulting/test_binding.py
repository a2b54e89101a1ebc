"""A try at binding: written before it is sent, the same through every door, never lost and never two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from core import ports
from core.errors import NotYours
from core.idempotency import KeyReused
from payments.gateways.base import (
    Approved,
    Category,
    Declined,
    InvalidRequest,
    NotAttempted,
    Pending,
    Redirect,
    Unknown,
)
from payments.models import EventStatus
from payments.services.inbox import apply_stored
from tests import factories
from tests.factories import make_ask
from tests.vaulting.tries import begin, bind, notify
from vaulting import consent
from vaulting.asking import refresh_session, resolve_due
from vaulting.binding import CannotBind, TooManyTries, apply_vaulting_fact, open_vaulting_session
from vaulting.models import BoundCard, Standing, VaultingSession

pytestmark = pytest.mark.django_db(transaction=True)

CHECK = Pending(Redirect(url="https://bank.example/check", method="POST", fields={"a": "b"}))
NO = Declined("DO_NOT_HONOR", Category.OTHER_CARD, "no")


def standing(session: VaultingSession) -> str:
    return VaultingSession.objects.get(pk=session.pk).standing


def later(**values: float) -> None:
    ports.pretend_now(ports.now() + timedelta(**values))


# --- opening ----------------------------------------------------------------------------------------------------------


def test_a_session_is_opened_for_the_element(buyer, account, fake):
    session = begin(buyer)
    assert (session.standing, bytes(session.session_data)) == (Standing.OPEN, b"vault&&SG&&111")
    assert (session.buyer, session.account, session.consent_version) == (buyer, account, consent.CURRENT)
    assert session.reference == f"VS-{session.request_id}"
    assert session.next_at > session.expires_at
    assert fake.sent("bind") == [session.request_id]


def test_it_is_written_before_it_is_sent(buyer, account, fake):
    seen = []
    fake.next("bind", Approved(), hook=lambda: seen.append(VaultingSession.objects.get().standing))
    begin(buyer)
    assert seen == [Standing.OPENING]


def test_the_same_key_opens_one_session(buyer, account, fake):
    ask = make_ask(buyer, "k" * 20)
    first = open_vaulting_session(buyer=buyer, ask=ask, consent_version=consent.CURRENT)
    later(minutes=5)
    again = open_vaulting_session(buyer=buyer, ask=ask, consent_version=consent.CURRENT)
    assert again.session == first.session
    assert len(fake.sent("bind")) == 1
    with pytest.raises(KeyReused):
        open_vaulting_session(
            buyer=buyer, ask=make_ask(buyer, "k" * 20, body={"x": 1}), consent_version=consent.CURRENT
        )


def test_without_an_account_that_keeps_cards(buyer, account):
    with pytest.raises(CannotBind):
        begin(buyer, currency="XXX")
    account.active = False
    account.save()
    with pytest.raises(CannotBind):
        begin(buyer)
    assert not VaultingSession.objects.exists()


@pytest.mark.parametrize(
    ("answer", "expected", "code"),
    [
        (NO, Standing.FAILED, "DO_NOT_HONOR"),
        (NotAttempted("no connection"), Standing.FAILED, "not_sent"),
        (NotAttempted("refused", code="KEY_NOT_FOUND"), Standing.FAILED, "KEY_NOT_FOUND"),
        (Unknown("no answer"), Standing.OPENING, ""),
    ],
)
def test_what_the_provider_answers(buyer, account, fake, answer, expected, code):
    fake.next("bind", answer)
    session = begin(buyer)
    assert (session.standing, session.failure_code) == (expected, code)
    assert (session.ended_at is None) == (expected is Standing.OPENING)
    assert (session.next_at is None) == (expected is Standing.FAILED)


def test_a_lost_answer_is_asked_for_again_with_the_same_request(buyer, account, fake):
    fake.lose_reply("bind")
    session = begin(buyer)
    later(seconds=5)
    assert resolve_due() == [f"{session.public_id} opened again: open"]
    assert fake.sent("bind") == [session.request_id] * 2
    session.refresh_from_db()
    assert bytes(session.session_data) == b"vault&&SG&&111"


def test_a_repeat_that_never_left_us_proves_nothing(buyer, account, fake):
    fake.lose_reply("bind")
    session = begin(buyer)
    fake.next("bind", NotAttempted("no connection"))
    later(seconds=5)
    resolve_due()
    assert standing(session) == Standing.OPENING
    later(seconds=5)
    resolve_due()
    assert standing(session) == Standing.OPEN


def test_nobody_waits_for_a_session_that_never_opened(buyer, account, fake):
    fake.lose_request("bind")
    session = begin(buyer)
    later(minutes=3)
    resolve_due()
    assert (standing(session), fake.sent("inquire_vault")) == (Standing.EXPIRED, [session.request_id])
    assert len(fake.sent("bind")) == 1


def test_our_own_mistake_loses_no_question(buyer, account, fake):
    def broken() -> None:
        raise ValueError("a bug")

    fake.next("bind", Approved(), hook=broken)
    session = begin(buyer)
    assert (session.standing, session.last_error) == (Standing.OPENING, "our own error: ValueError")


def test_a_session_that_was_left_open_is_given_again(buyer, other_buyer, account, fake):
    session = begin(buyer)
    assert begin(buyer) == session
    assert begin(other_buyer) != session
    assert len(fake.sent("bind")) == 2
    later(minutes=51)
    assert begin(buyer) != session


def test_a_session_that_was_used_up_is_not_given_again(buyer, account, fake):
    """The buyer adds a second card before the message about the first has come."""
    session = begin(buyer)
    fake.bind(session.request_id)
    assert begin(buyer) != session
    assert standing(session) == Standing.BOUND


def test_another_wish_is_another_session(buyer, account, fake):
    card = factories.make_card(buyer, account)
    assert begin(buyer) != begin(buyer, renews=card.public_id)


@pytest.mark.promise("I30")
def test_a_buyer_has_three_tries_a_day(buyer, other_buyer, account, fake):
    for _ in range(3):
        bind(buyer, fake, NO)
    with pytest.raises(TooManyTries) as refusal:
        begin(buyer)
    assert refusal.value.retry_after == 3600
    assert len(fake.sent("bind")) == 3
    begin(other_buyer)
    later(days=1, seconds=1)
    assert begin(buyer).standing == Standing.OPEN


@pytest.mark.promise("I30")
def test_what_came_to_nothing_was_no_try(buyer, account, fake):
    for _ in range(5):
        fake.next("bind", NotAttempted("no connection"))
        begin(buyer)
    for _ in range(5):
        VaultingSession.objects.filter(pk=begin(buyer).pk).update(standing=Standing.EXPIRED)
    assert begin(buyer).standing == Standing.OPEN


def test_what_cannot_be_written_is_not_sent(buyer, account, fake):
    def refuse() -> None:
        raise InvalidRequest("redirectUrl", "must be https")

    fake.next("bind", Approved(), hook=refuse)
    session = begin(buyer)
    assert (session.standing, session.failure_code) == (Standing.FAILED, "not_sent")
    assert "redirectUrl" in session.failure_message


# --- the three doors --------------------------------------------------------------------------------------------------


def by_message(session, fake):
    notify(session)


def by_the_buyers_return(session, fake):
    refresh_session(session)


def by_the_worker(session, fake):
    later(hours=1, minutes=2)
    resolve_due()


DOORS = [by_message, by_the_buyers_return, by_the_worker]


@pytest.mark.parametrize("door", DOORS)
def test_a_card_is_kept_through_any_door(buyer, account, fake, door):
    session = begin(buyer)
    fake.bind(session.request_id, brand="MASTERCARD", last_four="4444", funding="CREDIT", issuing_country="DE")
    door(session, fake)
    session.refresh_from_db()
    card = BoundCard.objects.get()
    assert (session.standing, session.card, session.was_known) == (Standing.BOUND, card, False)
    assert (card.buyer, card.account, card.brand, card.last_four) == (buyer, account, "MASTERCARD", "4444")
    assert (card.funding, card.issuing_country, card.is_default) == ("CREDIT", "DE", True)
    assert (card.consent_version, card.consented_at) == (consent.CURRENT, session.consented_at)
    assert card.token.reveal().startswith("token-")
    assert (session.session_data, session.next_action, session.next_at) == (None, None, None)


@pytest.mark.parametrize("first", DOORS)
@pytest.mark.parametrize("second", DOORS)
def test_whoever_comes_second_finds_it_done(buyer, account, fake, first, second):
    session = begin(buyer)
    fake.bind(session.request_id)
    first(session, fake)
    later(seconds=5)
    second(session, fake)
    assert standing(session) == Standing.BOUND
    assert BoundCard.objects.count() == 1


@pytest.mark.parametrize("door", DOORS)
def test_a_refusal_is_told_through_any_door(buyer, account, fake, door):
    session = begin(buyer)
    fake.bind(session.request_id, NO)
    door(session, fake)
    session.refresh_from_db()
    assert (session.standing, session.failure_code, session.failure_category) == (
        "failed",
        "DO_NOT_HONOR",
        "other_card",
    )
    assert not BoundCard.objects.exists()


def test_the_bank_wants_a_check_first(buyer, account, fake):
    session = begin(buyer)
    fake.bind(session.request_id, CHECK)
    session = refresh_session(session)
    assert (session.standing, session.action["url"]) == (Standing.VERIFYING, "https://bank.example/check")
    fake.bind(session.request_id)
    later(seconds=3)
    session = refresh_session(session)
    assert (session.standing, session.action) == (Standing.BOUND, None)


def test_the_buyer_may_tap_as_often_as_people_like(buyer, account, fake):
    session = begin(buyer)
    for _ in range(5):
        refresh_session(session)
    assert len(fake.sent("inquire_vault")) == 1


def test_a_message_before_the_answer(buyer, account, fake):
    """The provider tells the end while our own call is still waiting."""

    def told() -> None:
        session = VaultingSession.objects.get()
        fake.bind(session.request_id)
        notify(session)

    fake.next("bind", Approved(), hook=told)
    session = begin(buyer)
    assert (session.standing, session.session_data) == (Standing.BOUND, None)


def test_a_message_about_a_session_that_we_do_not_know_waits(buyer, account, fake):
    session = begin(buyer)
    fake.bind(session.request_id)
    VaultingSession.objects.filter(pk=session.pk).update(request_id="somebody-elses")
    event = notify(session)
    assert (event.status, event.next_at is not None) == (EventStatus.PARKED, True)


def test_the_same_message_twice_is_stored_once(buyer, account, fake):
    session = begin(buyer)
    fake.bind(session.request_id)
    assert notify(session).status == EventStatus.APPLIED
    assert notify(session).repeats == 1


def test_a_hint_only_makes_us_ask(buyer, account, fake):
    session = begin(buyer)
    fake.bind(session.request_id)
    fake.next("inquire_vault", Unknown("no answer"))
    event = notify(session, **{"request-time": "stale"})
    assert (event.status, standing(session)) == (EventStatus.PARKED, Standing.OPEN)
    assert apply_stored(event_id=event.pk).status == EventStatus.HINT
    assert standing(session) == Standing.BOUND


# --- what cannot be ---------------------------------------------------------------------------------------------------


def test_a_success_without_a_token_is_a_problem_and_no_card(buyer, account, fake):
    session = begin(buyer)
    fake.bind(session.request_id, token=None)
    event = notify(session)
    session.refresh_from_db()
    assert (event.status, session.standing) == (EventStatus.PROBLEM, Standing.OPEN)
    assert "names no token" in session.problem
    assert not BoundCard.objects.exists()


def test_a_refusal_after_the_success_takes_no_card_away(buyer, account, fake):
    session = bind(buyer, fake)
    fake.bind(session.request_id, NO)
    told = apply_vaulting_fact(account, fake.tries[session.request_id])
    assert "was not kept: DO_NOT_HONOR" in told.problem
    assert standing(session) == Standing.BOUND
    assert BoundCard.objects.filter(removed_at=None).count() == 1


@pytest.mark.parametrize("end", ["failed", "expired"])
def test_a_late_success_is_believed(buyer, account, fake, end):
    session = begin(buyer)
    if end == "failed":
        fake.bind(session.request_id, NO)
        notify(session)
    else:
        fake.tries.clear()
        later(hours=1, minutes=2)
        resolve_due()
    assert standing(session) == end
    fake.bind(session.request_id, last_four="4242")
    apply_vaulting_fact(account, fake.tries[session.request_id])
    session.refresh_from_db()
    assert (session.standing, session.card.last_four, session.failure_code) == (Standing.BOUND, "4242", "")


def test_a_contradiction_is_kept_for_a_person(buyer, account, fake):
    session = begin(buyer)
    fake.bind(session.request_id, Unknown("it speaks of another request", contradicts=True))
    event = notify(session)
    session.refresh_from_db()
    assert (event.status, session.problem) == (EventStatus.PROBLEM, "it speaks of another request")
    assert session.standing == Standing.OPEN


def test_an_answer_about_another_request_is_kept_for_a_person_too(buyer, account, fake):
    session = begin(buyer)
    fake.next("inquire_vault", Unknown("it names another request", contradicts=True))
    assert refresh_session(session).problem == "it names another request"


# --- the end of its time ----------------------------------------------------------------------------------------------


def test_before_its_end_nobody_is_asked(buyer, account, fake):
    begin(buyer)
    later(minutes=59)
    assert resolve_due() == []
    assert fake.sent("inquire_vault") == []


def test_a_session_that_nobody_used_ends(buyer, account, fake):
    session = begin(buyer)
    fake.tries.clear()
    later(hours=1, minutes=2)
    resolve_due()
    session.refresh_from_db()
    assert (session.standing, session.session_data, session.next_at) == (Standing.EXPIRED, None, None)


def test_what_the_provider_closes_at_its_end_was_no_refusal(buyer, account, fake):
    session = begin(buyer)
    fake.bind(session.request_id, Declined("ORDER_IS_CLOSED", Category.TRY_AGAIN))
    later(hours=1, seconds=1)
    notify(session)
    session.refresh_from_db()
    assert (session.standing, session.failure_code) == (Standing.EXPIRED, "")


def test_silence_is_asked_about_until_the_ladder_ends(buyer, account, fake):
    session = begin(buyer)
    asked = 0
    while standing(session) != Standing.EXPIRED:
        fake.next("inquire_vault", Unknown("no answer"))
        session.refresh_from_db()
        ports.pretend_now(session.next_at + timedelta(seconds=1))
        resolve_due()
        asked += 1
        assert asked < 30
    assert asked == 13
    assert len(fake.sent("inquire_vault")) == 13


def test_one_worker_has_it_in_hand(buyer, account, fake):
    session = begin(buyer)
    later(hours=1, minutes=2)
    VaultingSession.objects.update(lease_owner="another", lease_until=ports.now() + timedelta(seconds=20))
    assert resolve_due() == []
    later(seconds=21)
    assert len(resolve_due()) == 1
    session.refresh_from_db()
    assert session.lease_owner == ""


# --- the same card again ----------------------------------------------------------------------------------------------


def test_the_same_card_is_known_and_renewed(buyer, account, fake):
    first = bind(buyer, fake, expiry_year=2030)
    again = bind(buyer, fake, expiry_year=2033)
    card = BoundCard.objects.get()
    assert (again.card, again.was_known, first.was_known) == (card, True, False)
    assert (card.expiry_year, card.renewed_at is not None, card.is_default) == (2033, True, True)
    assert card.token.reveal() == fake.tries[again.request_id].card.token.reveal()


def test_cards_are_the_same_only_for_one_buyer_in_one_account(buyer, other_buyer, account, fake):
    mine, theirs = bind(buyer, fake), bind(other_buyer, fake)
    assert mine.card.fingerprint != theirs.card.fingerprint
    assert BoundCard.objects.count() == 2
    assert "f" * 64 not in {mine.card.fingerprint, theirs.card.fingerprint}


def test_without_a_fingerprint_equal_digits_are_two_cards(buyer, account, fake):
    bind(buyer, fake, fingerprint="")
    bind(buyer, fake, fingerprint="")
    assert BoundCard.objects.count() == 2


@pytest.mark.parametrize(("last_four", "cards"), [("1111", 1), ("4444", 2)])
def test_an_expiry_is_updated_by_binding_the_card_anew(buyer, account, fake, last_four, cards):
    old = factories.make_card(buyer, account, expiry_year=2020)
    session = begin(buyer, renews=old.public_id)
    fake.bind(session.request_id, last_four=last_four, fingerprint="")
    notify(session)
    assert BoundCard.objects.count() == cards
    old.refresh_from_db()
    assert old.expiry_year == (2099 if cards == 1 else 2020)


def test_nobody_renews_somebody_elses_card(buyer, other_buyer, account):
    theirs = factories.make_card(other_buyer, account)
    with pytest.raises(NotYours):
        begin(buyer, renews=theirs.public_id)


def test_the_database_keeps_a_card_once_and_one_default(buyer, account, fake):
    card = bind(buyer, fake).card
    twin = {**{f.attname: getattr(card, f.attname) for f in card._meta.concrete_fields}, "id": ports.new_uuid()}
    for changes in ({"public_id": "card_2"}, {"public_id": "card_3", "fingerprint": "other"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            BoundCard.objects.create(**{**twin, **changes})
