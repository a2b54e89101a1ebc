"""The way to the bank: one page of ours, by link or form, to exactly the place that the gateway named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import ports
from payments.gateways.base import Pending, Redirect
from payments.services.returning import state_of
from tests.pages.conftest import BANK
from tests.pages.reading import Page


def door(payment) -> str:
    return f"/pay/continue/{state_of(payment)}/"


def policy(answer) -> list[str]:
    return answer["Content-Security-Policy"].split("; ")


def test_a_link_to_the_bank(browser, at_the_bank):
    answer = browser.get(door(at_the_bank))
    page = Page(answer.content.decode())
    assert (answer.status_code, page.headings) == (200, ["Your bank wants to check it is you"])
    assert "You pay €300.00 to Shop fake" in page.text
    assert page.links["Continue to your bank"] == BANK
    assert page.links["Not now: show me the payment"] == f"/pay/result/{state_of(at_the_bank)}/"
    assert page.forms == []
    assert {"form-action 'none'", "script-src 'none'", "default-src 'none'"} <= set(policy(answer))
    assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store")


def test_a_form_goes_to_that_place_and_may_be_passed_on_to_the_bank(browser, stories):
    fields = {"PaReq": 'a"><script>', "MD": "1"}
    payment = stories.told(Pending(Redirect(url="https://acs.bank.example:8443/3ds?x=1", method="POST", fields=fields)))
    answer = browser.get(door(payment))
    page = Page(answer.content.decode())
    assert page.forms == [("post", "https://acs.bank.example:8443/3ds?x=1", fields)]
    assert page.buttons == ["Continue to your bank"]
    assert "script" not in page.tags
    assert "form-action https://acs.bank.example:8443 https:" in policy(answer)


@pytest.mark.parametrize(
    ("links", "link"),
    [
        ({"ios": "https://app.bank.example/a", "android": "https://app.bank.example/a"}, "https://app.bank.example/a"),
        ({"scheme": "bankapp://check/1"}, "bankapp://check/1"),
        ({"scheme": "javascript://x%0aalert(1)"}, None),
        ({"scheme": "data://text/html,x"}, None),
        ({"ios": BANK}, None),
        ({}, None),
    ],
)
def test_the_bank_s_app_is_offered_when_there_is_one(browser, stories, links, link):
    payment = stories.told(Pending(Redirect(url=BANK, app_links=links)))
    page = Page(browser.get(door(payment)).content.decode())
    assert page.links.get("Open your bank’s app") == link


@pytest.mark.promise("I34")
@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://bank.example; script-src *",
        "https://bank.example@evil.example/",
        "https:/\\evil.example",
        "//evil.example/",
        "data:text/html,x",
        "",
    ],
)
def test_a_place_that_is_no_plain_address_is_never_offered(browser, stories, url):
    payment = stories.told(Pending(Redirect(url=url, method="POST")))
    answer = browser.get(door(payment))
    assert (answer.status_code, answer["Location"]) == (303, f"/pay/result/{state_of(payment)}/")
    assert "evil.example" not in browser.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("story", ["held", "paid", "declined", "card_required", "nobody_knows", "under_review"])
def test_when_there_is_nothing_to_do_the_result_is_shown(browser, stories, story):
    payment = getattr(stories, story)()
    answer = browser.get(door(payment))
    assert (answer.status_code, answer["Location"]) == (303, f"/pay/result/{state_of(payment)}/")
    assert Page(browser.get(answer["Location"]).content.decode()).headings


def test_after_its_time_nobody_is_sent_to_the_bank(browser, at_the_bank):
    ports.pretend_now(ports.now() + timedelta(minutes=6))
    assert browser.get(door(at_the_bank)).status_code == 303


def test_only_looking_is_possible(browser, at_the_bank, fake):
    answer = browser.post(door(at_the_bank))
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert browser.head(door(at_the_bank)).status_code == 200
    assert fake.sent("inquire") == []
