"""Where the buyer lands after the bank's check of a new card: it asks, tells the truth, and proves nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from core import ports
from payments.gateways.base import Category, Declined, Pending, Redirect, Unknown
from tests.pages.reading import Page
from tests.vaulting.tries import begin, bind
from vaulting.models import VaultingSession
from vaulting.pages import WAIT
from vaulting.returning import return_url, state_of

pytestmark = pytest.mark.django_db(transaction=True)


def door(session: VaultingSession) -> str:
    return f"/cards/return/{state_of(session)}/"


def landed(session: VaultingSession) -> Page:
    answer = Client().get(door(session))
    assert (answer.status_code, answer["Cache-Control"], answer["Referrer-Policy"]) == (200, "no-store", "no-referrer")
    policy = answer["Content-Security-Policy"]
    assert "script-src 'none'" in policy
    assert "form-action 'self'" in policy
    return Page(answer.content.decode())


def test_the_address_given_to_the_provider_is_this_door(buyer, account, fake, settings):
    session = begin(buyer)
    assert return_url(session) == settings.PUBLIC_URL + door(session)


def test_coming_back_asks_and_tells(buyer, account, fake):
    session = begin(buyer)
    fake.bind(session.request_id, last_four="4242")
    page = landed(session)
    assert page.headings == ["Card saved"]
    assert "Visa •••• ending in 4242" in page.text
    assert "12/99" in page.text
    assert page.refresh == ""
    landed(session)
    assert len(fake.sent("inquire_vault")) == 1


@pytest.mark.parametrize("told", [None, Unknown("no answer"), Pending(Redirect(url="https://bank.example/"))])
def test_while_nobody_knows_it_comes_again_by_itself(buyer, account, fake, told):
    session = begin(buyer)
    if isinstance(told, Unknown):
        fake.next("inquire_vault", told)
    elif told is not None:
        fake.bind(session.request_id, told)
    page = landed(session)
    assert page.headings == ["Checking your card"]
    assert page.refresh == str(WAIT)
    assert "Nothing is charged" in page.text


def test_a_refusal_is_told_with_what_to_try(buyer, account, fake):
    page = landed(bind(buyer, fake, Declined("STOLEN_CARD", Category.FRAUD, "stolen")))
    assert page.headings == ["Card not saved"]
    assert "Check its details, or use another card. Nothing was charged." in page.text
    assert "stolen" not in page.text.lower()


def test_the_same_card_again_is_no_error(buyer, account, fake):
    bind(buyer, fake)
    assert landed(bind(buyer, fake)).headings == ["You have this card already"]


def test_when_its_time_is_over(buyer, account, fake):
    session = begin(buyer)
    fake.next("inquire_vault", Unknown("no answer"))
    ports.pretend_now(ports.now() + timedelta(hours=1, seconds=5))
    page = landed(session)
    assert page.headings == ["Card not saved"]
    assert "Start again." in page.text


def test_a_look_without_reading_asks_nobody(buyer, account, fake):
    session = begin(buyer)
    assert Client().head(door(session)).status_code == 200
    assert fake.sent("inquire_vault") == []


@pytest.mark.parametrize("state", ["{id}", "{state}x", "x"])
def test_a_state_that_we_did_not_sign_leads_nowhere(buyer, account, fake, state):
    session = begin(buyer)
    address = state.format(id=session.public_id, state=state_of(session))
    answer = Client().get(f"/cards/return/{address}/")
    assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")
    assert fake.sent("inquire_vault") == []


def test_our_own_mistake_still_shows_a_page(buyer, account, fake):
    def broken() -> None:
        raise OSError("a bug")

    session = begin(buyer)
    fake.next("inquire_vault", Unknown("x"), hook=broken)
    assert landed(session).headings == ["Checking your card"]
