"""One honest page for every outcome: readable without scripting, alone, and silent about what is not the buyer's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import ports
from payments.api.meaning import Outcome, meaning_of
from payments.gateways.base import Category
from payments.gateways.models import Mode
from payments.models import Payment
from payments.services.returning import state_of
from tests.pages.reading import Page

PAGES = {
    "paid": ("Paid", "€300.00", "paid"),
    "partly_paid": ("Partly charged", "€200.00 is still reserved", "partly_paid"),
    "held": ("Held, not charged yet", "€300.00 is reserved on your card", "held"),
    "bank_has_not_answered": ("Checking your payment", "The bank has not answered yet", "processing"),
    "charge_not_confirmed": ("Checking your payment", "Your bank has agreed", "processing"),
    "nobody_knows": ("Checking your payment", "We do not know whether it went through", "unknown"),
    "action_required": ("Your bank wants to check it is you", "The payment is not done yet", "action_required"),
    "card_required": ("Not paid yet", "Nothing has been charged", "action_required"),
    "declined": ("Not paid", "nothing was charged", "declined"),
    "canceled": ("Cancelled", "nothing was charged", "canceled"),
    "expired": ("The time to pay is over", "nothing was charged", "expired"),
    "refunded": ("Refunded", "has given €300.00 back", "refunded"),
    "partly_refunded": ("Partly refunded", "€50.00 of €300.00", "partly_refunded"),
    "under_review": ("The shop is checking this payment", "Please do not pay again", "under_review"),
}


def address(payment: Payment) -> str:
    return f"/pay/result/{state_of(payment)}/"


def shown(browser, payment: Payment) -> Page:
    answer = browser.get(address(payment))
    assert answer.status_code == 200
    return Page(answer.content.decode())


def test_every_outcome_has_a_page():
    assert {outcome for _, _, outcome in PAGES.values()} == set(Outcome)


@pytest.mark.parametrize("story", PAGES)
def test_the_page_says_what_is_so(browser, stories, story):
    heading, sentence, outcome = PAGES[story]
    payment = getattr(stories, story)()
    meaning = meaning_of(Payment.objects.get(pk=payment.pk))
    assert meaning.outcome == outcome
    page = shown(browser, payment)
    assert page.headings == [heading]
    assert page.title == f"{heading} | Shop fake"
    assert sentence in page.text
    assert payment.order_number in page.text
    assert payment.public_id in page.text
    assert ("TEST – no real money" in page.text) is True
    if story != "card_required" and story != "expired":
        assert "Visa •••• ending in 1111" in page.text
    assert bool(page.refresh) is not meaning.settled


@pytest.mark.promise("I34")
@pytest.mark.parametrize("story", PAGES)
def test_the_page_stands_alone(browser, stories, story):
    answer = browser.get(address(getattr(stories, story)()))
    page = Page(answer.content.decode())
    assert page.language == "en"
    assert page.tags.isdisjoint({"script", "style", "iframe", "object", "embed", "base"})
    assert not [name for name in page.attributes if name == "style" or name.startswith("on")]
    assert all(place.startswith("/static/") for place in page.loaded)
    assert "http://" not in answer.content.decode()
    assert "https://" not in answer.content.decode()
    policy = answer["Content-Security-Policy"]
    for rule in ("default-src 'none'", "script-src 'none'", "style-src 'self'", "frame-ancestors 'none'"):
        assert rule in policy.split("; ")
    assert "form-action 'self'" in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] in ("no-referrer", "same-origin")


@pytest.mark.promise("I30")
@pytest.mark.parametrize("category", Category)
def test_why_a_payment_failed_is_told_in_our_words_only(browser, stories, category):
    answer = browser.get(address(stories.declined(category))).content.decode()
    for secret in ("risk_reject_7", "risk", "score 97", "fraud"):
        assert secret not in answer.lower().replace("csrf", "")
    assert "cannot charge you twice" in answer


@pytest.mark.promise("I30")
def test_why_the_shop_looks_is_not_told(browser, stories):
    assert "risk" not in browser.get(address(stories.under_review())).content.decode()


def test_a_declined_card_says_what_to_try(browser, stories):
    assert "Ask your bank" in shown(browser, stories.declined(Category.CALL_BANK)).text
    assert "Check the card’s number" in shown(browser, stories.declined(Category.FRAUD)).text
    assert "try again" in shown(browser, stories.declined(Category.TRY_AGAIN)).text


def test_a_check_of_the_bank_that_was_not_completed_is_told(browser, stories):
    page = shown(browser, stories.declined(Category.NOT_AUTHENTICATED))
    assert "Your bank’s check that it is you was not completed, and nothing was charged." in page.text
    assert "confirm the payment in your bank’s app or on its page when it asks you" in page.text
    assert "Wait a moment and try again" not in page.text


def test_what_is_ours_to_fix_is_not_put_on_the_buyer(browser, stories):
    page = shown(browser, stories.declined(Category.CONFIGURATION))
    assert "Check what you entered; if it is right, something must be mended at the shop first." in page.text
    assert "Pay in another way, or ask Shop fake." in page.text
    assert "Wait a moment and try again" not in page.text


def test_a_name_of_the_shop_is_only_ever_text(browser, stories):
    payment = stories.held()
    Payment.objects.filter(pk=payment.pk).update(account_name="<b>Shop</b>")
    answer = browser.get(address(payment)).content.decode()
    assert "&lt;b&gt;Shop" in answer
    assert "<b>" not in answer


def test_a_live_account_has_no_banner(browser, stories, account):
    account.mode = Mode.LIVE
    account.save()
    assert "no real money" not in shown(browser, stories.held()).text


# --- asking again ---------------------------------------------------------------------------------------------------


@pytest.mark.promise("I25")
def test_looking_asks_nobody_and_writes_nothing(browser, stories, fake):
    payment = stories.nobody_knows()
    before = Payment.objects.values().get(pk=payment.pk)
    for _ in range(3):
        shown(browser, payment)
    assert fake.sent("inquire") == []
    assert Payment.objects.values().get(pk=payment.pk) == before


def test_the_page_renews_itself_until_it_is_settled(browser, stories, fake):
    payment = stories.nobody_knows()
    page = shown(browser, payment)
    assert page.refresh == "5"
    assert "We ask again by ourselves in a few seconds" in page.text
    browser.post(address(payment), page.forms[0][2])
    fake.do(fake.payments[fake.sent("authorize")[0]], "capture", 30000)
    ports.pretend_now(ports.now() + timedelta(seconds=3))
    browser.post(address(payment), page.forms[0][2])
    page = shown(browser, payment)
    assert (page.headings, page.refresh, page.forms) == (["Paid"], "", [])


def test_i_have_paid_asks_once_and_leads_back_to_the_page(browser, stories, fake):
    payment = stories.nobody_knows()
    page = shown(browser, payment)
    assert page.buttons == ["I have paid: check now"]
    method, action, fields = page.forms[0]
    assert (method, action) == ("post", address(payment))
    for _ in range(3):  # a person in a hurry
        answer = browser.post(action, fields)
        assert (answer.status_code, answer["Location"]) == (303, address(payment))
    assert len(fake.sent("inquire")) == 1
    assert "Your bank has agreed" in shown(browser, payment).text


@pytest.mark.parametrize("fields", [{}, {"csrfmiddlewaretoken": "x" * 64}])
def test_a_form_from_elsewhere_asks_nobody(browser, stories, fake, fields):
    payment = stories.nobody_knows()
    shown(browser, payment)
    answer = browser.post(address(payment), fields)
    page = Page(answer.content.decode())
    assert (answer.status_code, page.headings) == (403, ["Please press again"])
    assert page.links["Open the page again"] == address(payment)
    assert answer["Cache-Control"] == "no-store"
    assert fake.sent("inquire") == []


@pytest.mark.parametrize("origin", ["null", "https://evil.example"])
def test_a_form_that_another_place_sent_is_refused(browser, stories, fake, origin):
    payment = stories.nobody_knows()
    fields = shown(browser, payment).forms[0][2]
    assert browser.post(address(payment), fields, headers={"Origin": origin}).status_code == 403
    assert fake.sent("inquire") == []


def test_a_page_with_a_form_lets_the_browser_say_where_it_was_sent_from(browser, stories):
    assert browser.get(address(stories.nobody_knows()))["Referrer-Policy"] == "same-origin"
    assert browser.get(address(stories.held()))["Referrer-Policy"] == "no-referrer"


def test_a_question_that_breaks_leaves_what_was_known(browser, stories, monkeypatch):
    payment = stories.nobody_knows()
    fields = shown(browser, payment).forms[0][2]
    monkeypatch.setattr("payments.pages.refresh_payment", lambda **_: 1 / 0)
    assert browser.post(address(payment), fields).status_code == 303
    assert shown(browser, payment).headings == ["Checking your payment"]


# --- back to the shop -----------------------------------------------------------------------------------------------


@pytest.mark.promise("I34")
@pytest.mark.parametrize(
    ("return_to", "link"),
    [
        ("https://shop.example/thanks", "https://shop.example/thanks?payment={id}"),
        ("https://shop.example/t?a=1&payment=pay_other#top", "https://shop.example/t?a=1&payment={id}#top"),
        ("shop://paid", "shop://paid?payment={id}"),
        ("", None),
        ("https://evil.example/", None),
        ("javascript:alert(1)", None),
        ("https://shop.example@evil.example/", None),
    ],
)
def test_the_way_back_is_an_allowed_one_and_carries_only_a_public_id(browser, stories, return_to, link):
    payment = stories.paid()
    Payment.objects.filter(pk=payment.pk).update(return_to=return_to)
    page = shown(browser, payment)
    expected = {} if link is None else {"Back to the shop": link.format(id=payment.public_id)}
    assert {text: place for text, place in page.links.items() if place != "#main"} == expected
    assert ("You can close this page" in page.text) is (link is None)


# --- methods and strangers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", ["return", "result", "continue"])
@pytest.mark.parametrize(
    "state",
    ["pay_0123456789abcdefghijkl", "pay_x:forged", "x", "%00", "%F0%9F%92%B3", "a" * 3000, ":", "pay_x%0d%0aX:1"],
)
def test_an_unknown_address_says_nothing(browser, stories, fake, door, state):
    payment = stories.nobody_knows()
    for wrong in (state, state_of(payment)[:-1], f"{state_of(payment)}x", payment.public_id):
        for method in (browser.get, browser.post):
            answer = method(f"/pay/{door}/{wrong}/")
            assert answer.status_code in ((404,) if method == browser.get or door == "result" else (404, 405))
        page = Page(browser.get(f"/pay/{door}/{wrong}/").content.decode())
        assert page.headings == ["Nothing here"]
        assert payment.order_number not in page.text
    assert fake.sent("inquire") == []


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_refused(browser, stories, method):
    payment = stories.held()
    answer = getattr(browser, method)(address(payment))
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")


def test_head_is_answered_like_get_without_a_body(browser, stories):
    answer = browser.head(address(stories.held()))
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (200, b"", "no-store")
