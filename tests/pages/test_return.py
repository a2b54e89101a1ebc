"""Back from the bank: the address makes us ask once, and proves nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import ports
from payments.gateways.base import Pending, Redirect, Unknown
from payments.models import Payment
from payments.services.returning import return_url, state_of
from tests.pages.reading import Page


def door(payment: Payment) -> str:
    return f"/pay/return/{state_of(payment)}/"


def came_back(browser, payment: Payment, query: str = "") -> Page:
    """The page on which the buyer lands."""
    answer = browser.get(door(payment) + query)
    assert (answer.status_code, answer["Location"]) == (303, f"/pay/result/{state_of(payment)}/")
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
    return Page(browser.get(answer["Location"]).content.decode())


def bank_agrees(fake, payment: Payment) -> None:
    """The provider's books know it, and nobody has told us."""
    fake.do_authorize(fake.sent("authorize")[-1], payment.amount)


def test_the_address_given_to_the_provider_is_this_door(at_the_bank, settings):
    assert return_url(at_the_bank) == settings.PUBLIC_URL + door(at_the_bank)


def test_coming_back_asks_once_and_tells_what_was_found(browser, at_the_bank, fake):
    bank_agrees(fake, at_the_bank)
    page = came_back(browser, at_the_bank)
    assert "Your bank has agreed" in page.text
    for _ in range(3):
        ports.pretend_now(ports.now() + timedelta(minutes=1))
        came_back(browser, at_the_bank)
    assert len(fake.sent("inquire")) == 1


def test_coming_back_with_a_payment_held_for_the_shop(browser, stories, fake):
    payment = stories.told(Pending(Redirect(url="https://bank.example/")), manual=True)
    bank_agrees(fake, payment)
    assert came_back(browser, payment).headings == ["Held, not charged yet"]


@pytest.mark.promise("I18")
@pytest.mark.parametrize("query", ["?result=SUCCESS&paymentStatus=SUCCESS", "?state=paid&payment=pay_x", "?%00=%ff&a"])
def test_what_the_address_claims_is_not_looked_at(browser, at_the_bank, fake, query):
    fake.next("inquire", Unknown("no answer"))
    page = came_back(browser, at_the_bank, query)
    assert page.headings == ["Checking your payment"]
    assert "Your bank has not told us yet" in page.text
    at_the_bank.refresh_from_db()
    assert (at_the_bank.state, at_the_bank.captured_minor) == ("pending", 0)


def test_somebody_who_left_the_bank_may_go_there_again(browser, at_the_bank, fake):
    fake.next("inquire", Unknown("no answer"))
    page = came_back(browser, at_the_bank)
    again = page.links["Go to the bank’s check again"]
    assert again == f"/pay/continue/{state_of(at_the_bank)}/"
    assert browser.get(again).status_code == 200


def test_the_rate_of_questions_holds_for_returns_too(browser, at_the_bank, fake):
    Payment.objects.filter(pk=at_the_bank.pk).update(asked_at=ports.now())
    came_back(browser, at_the_bank)
    assert fake.sent("inquire") == []


def test_a_question_that_breaks_does_not_keep_the_buyer(browser, at_the_bank, monkeypatch):
    monkeypatch.setattr("payments.pages.refresh_payment", lambda **_: 1 / 0)
    assert came_back(browser, at_the_bank).headings == ["Checking your payment"]


def test_a_link_checker_does_not_use_up_the_question(browser, at_the_bank, fake):
    assert browser.head(door(at_the_bank)).status_code == 303
    assert fake.sent("inquire") == []
    came_back(browser, at_the_bank)
    assert len(fake.sent("inquire")) == 1


def test_a_post_is_not_a_return(browser, at_the_bank, fake):
    answer = browser.post(door(at_the_bank), {"result": "SUCCESS"})
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert fake.sent("inquire") == []
