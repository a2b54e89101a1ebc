"""Checks, acquirers, refusals, the gateway's review and its silence: raw values with their meaning, found by a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import ports
from payments.admin import search
from payments.gateways import registry
from payments.gateways.base import (
    Approved,
    Category,
    CheckMeaning,
    Declined,
    Details,
    Fact,
    Kind,
    Match,
    PaymentRef,
    Pending,
    Review,
)
from payments.models import Payment, Source, Transaction
from payments.services.outcomes import apply_facts
from tests import factories
from tests.admin.conftest import capture_by_gateway, desk_of, order_url, url_of
from tests.admin.test_disputes import told

LISTS = ("/admin/orders/order/", "/admin/payments/payment/")
TOLD = {
    "avs": "N",
    "cvv": "Y",
    "network_transaction_id": "016153570198200",
    "authorization_code": "A1B2C3",
    "three_ds": {"version": "2.2.0", "eci": "07", "challenged": "true", "liability_shift": "0", "cavv": "secret-cavv"},
    "acquirer": {
        "name": "Second Acquirer",
        "result_code": "00",
        "result_message": "first one timed out",
        "arn": "7400123",
    },
    "refusal": {"code": "05", "reason": "Do not honor", "advice": "03"},
    "risk": {"source": "Shield", "decision": "ACCEPT"},
    "credential": "NETWORK_TOKEN",
    "exemption": "transactionRiskAnalysis",
    "allows": {"incremental": "true", "extended": "false"},
}


@pytest.fixture
def checked(buyer, manual_order, card, fake) -> Payment:
    fake.details = replace(fake.details, **TOLD)
    return factories.start(buyer, manual_order, card)


def shown_in(html: str, payments: list[Payment]) -> set[str]:
    rows = html.split("result_list")[-1]
    return {payment.order_number for payment in payments if f">{payment.order_number}" in rows}


# --- what was told ----------------------------------------------------------------------------------------------------


def test_every_raw_value_stands_beside_its_meaning(root, checked, fake, monkeypatch):
    meanings = {
        "N": CheckMeaning(match=Match.NONE, about="nothing matches."),
        "Y": CheckMeaning(match=Match.FULL, about="it matches"),
        "07": CheckMeaning(match=Match.PARTIAL, about="it was tried"),
    }
    monkeypatch.setattr(type(fake), "explain_check", lambda self, check, raw: meanings[raw])
    page = root.page(url_of(checked))
    for words in (
        "Address check (AVS) N – nothing matches cancel No match",
        "Security code (CVV) Y – it matches check_circle Match",
        "3-D Secure (ECI) 07 – it was tried contrast Attempted",
        "3-D Secure version 2.2.0",
        "Challenged Yes: the bank asked the buyer",
        "Liability 0 – we bear a fraud dispute",
        "Network id 016153570198200",
        "Authorisation code A1B2C3",
        "Acquirer: Second Acquirer · 00 first one timed out · ARN 7400123",
        "The issuer’s words 05 – Do not honor (advice 03)",
        "Risk: decision ACCEPT",
        "Card presented as NETWORK_TOKEN – a token of the card scheme instead of the number",
        "Exemption asked for transactionRiskAnalysis – no check of the buyer, because the risk is low",
        "Raising the hold The gateway could do it",
        "A longer hold The gateway cannot do it",
    ):
        assert words in page.text, words
    assert "secret-cavv" not in page.text
    assert "A refund before the capture" not in page.text
    order = root.page(order_url(checked.order)).text
    for words in ("AVS N – nothing matches", "CVV Y – it matches", "ECI 07 – it was tried", "ARN 7400123"):
        assert words in order, words


def test_without_keys_the_raw_values_stay(root, checked, settings):
    settings.GATEWAY_CREDENTIALS = {}
    registry.forget_built()
    assert "Address check (AVS) N help Not checked" in root.page(url_of(checked)).text


def test_a_documented_refusal_is_explained_with_the_next_step(root, buyer, order, card, fake):
    fake.next("authorize", Declined("NO", Category.OTHER_CARD, "nope"))
    payment = factories.start(buyer, order, card)
    for url in (url_of(payment), order_url(order)):
        text = root.page(url).text
        assert "NO The bank said no. Next: Ask for another card. The gateway’s words: nope" in text, url


@pytest.mark.promise("I34")
def test_words_of_the_provider_are_text(root, buyer, order, card, fake):
    evil = "<script>alert(1)</script>"
    fake.details = replace(
        fake.details, avs=evil[:16], cvv=evil[:16], authorization_code=evil, network_transaction_id=evil,
        three_ds=dict.fromkeys(("version", "challenged", "liability_shift", "exemption_type", "eci"), evil),
        acquirer=dict.fromkeys(("name", "result_code", "arn"), evil),
        refusal=dict.fromkeys(("code", "reason", "advice"), evil), risk={evil: evil},
        credential=evil, exemption=evil, allows={"incremental": evil, evil: "true"},
    )  # fmt: skip
    fake.next("authorize", Declined(evil, Category.FRAUD, evil))
    payment = factories.start(buyer, order, card)
    for url in (url_of(payment), order_url(order)):
        html = root.get(url).content.decode()
        assert evil not in html
        assert "<script>a" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


# --- found by a word --------------------------------------------------------------------------------------------------


def test_what_was_told_is_found_by_a_word(root, captured, checked):
    both = [checked, captured]
    one = ("016153570198200", "A1B2C3", "7400123", "avs:N", "AVS:n", "cvv:Y", "eci:07")
    for url in LISTS:
        for word in one:
            wanted = {checked.order_number} | ({captured.order_number} if word == "cvv:Y" else set())
            assert shown_in(root.get(url, {"q": word}).content.decode(), both) == wanted, (url, word)
        for word in ("A1B2C", "740012", "avs:", "avs:Z", "eci:%", "avs:N'", "xyz:N", "016153570198201"):
            assert shown_in(root.get(url, {"q": word}).content.decode(), both) == set(), (url, word)


def test_a_dispute_is_found_by_its_names(root, captured, held):
    found = told(captured, reference="202601051940108010018857027180001")
    for url in LISTS:
        for word in (found.reference, found.public_id):
            html = root.get(url, {"q": word}).content.decode()
            assert shown_in(html, [captured, held]) == {captured.order_number}, (url, word)


def test_checks_are_looked_for_among_the_newest_only(root, buyer, product, card, fake, monkeypatch):
    monkeypatch.setattr(search, "CHECKED_AT_MOST", 2)
    payments = [
        capture_by_gateway(factories.start(buyer, factories.make_order(buyer, product), card), fake) for _ in range(3)
    ]
    for url in LISTS:
        html = root.get(url, {"q": "avs:A"}).content.decode()
        assert shown_in(html, payments) == {payment.order_number for payment in payments[1:]}


def test_the_words_cost_the_same_for_few_and_many(root, buyer, product, card, fake):
    def asked(url: str, word: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert root.get(url, {"q": word}).status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    def grow(how_many: int) -> None:
        for _ in range(how_many):
            factories.start(buyer, factories.make_order(buyer, product), card)

    words = ("avs:A", "eci:07", "A1B2C3", "016153570198200")
    grow(2)
    root.get("/admin/")
    few = {(url, word): len(asked(url, word)) for url in LISTS for word in words}
    grow(8)
    for (url, word), number in few.items():
        assert len(asked(url, word)) == number <= 8, (url, word)


@pytest.mark.parametrize("column", ["network_transaction_id", "authorization_code", "acquirer_reference"])
def test_an_exact_word_is_an_index_lookup(checked, column):
    """SQLite tells its plan in words; PostgreSQL would scan a table that is this small."""
    if connection.vendor != "sqlite":
        assert column in {
            name for index in (*Payment._meta.indexes, *Transaction._meta.indexes) for name in index.fields
        }
        return
    lookups = [lookup.order_by().values("pk") for lookup in search._payment_lookups("A1B2C3")]
    plans = [plan for lookup in lookups if f'"{column}" =' in str(lookup.query) for plan in [lookup.explain()]]
    assert len(plans) == 1
    assert "payment_by_" in plans[0] or "transaction_by_acquirer" in plans[0]


def test_lists_are_narrowed_to_disputes_and_the_gateways_review(root, captured, held):
    Payment.objects.filter(pk=held.pk).update(review=Review.RUNNING)
    told(captured)
    for url in LISTS:
        for value, payment in (("theirs", held), ("disputed", captured)):
            html = root.get(url, {"attention": value}).content.decode()
            assert shown_in(html, [captured, held]) == {payment.order_number}, (url, value)


# --- the gateway's review ---------------------------------------------------------------------------------------------


def tell_review(payment: Payment, review: Review) -> Payment:
    first = Transaction.objects.get(payment=payment, kind=Kind.AUTHORIZE)
    ref = PaymentRef(request_id=first.request_id, gateway_reference=first.gateway_reference)
    fact = Fact(
        payment=ref, kind=Kind.AUTHORIZE, request_id=first.request_id, gateway_reference=first.gateway_reference,
        outcome=Approved(), amount=payment.amount, details=Details(review=review),
    )  # fmt: skip
    return apply_facts(payment_id=payment.pk, facts=(fact,), source=Source.NOTIFICATION).payment


def test_while_the_gateway_reviews_the_button_says_so(root, held):
    tell_review(held, Review.RUNNING)
    for url in (url_of(held), order_url(held.order), *LISTS):
        assert "In the gateway’s review" in root.get(url).content.decode().split("<main")[-1]
    html = root.get(url_of(held)).content.decode()
    assert "The gateway reviews this payment: wait until its review ends." in html
    assert root.get(url_of(held, "capture")).status_code == 409


def test_a_rejection_after_the_money_was_taken_leads_to_the_refund_page(people, captured):
    tell_review(captured, Review.REJECTED)
    sentence = "The gateway’s review rejected this payment: do not ship. €300.00 was taken; give it back."
    html = desk_of(people["refunder"]).get(url_of(captured)).content.decode()
    strip = html[html.index('aria-label="Needs attention"') : html.index('aria-label="Actions"')]
    assert sentence in strip
    assert f'href="{url_of(captured, "refund")}"' in strip
    html = desk_of(people["cashier"]).get(url_of(captured)).content.decode()
    strip = html[html.index('aria-label="Needs attention"') : html.index('aria-label="Actions"')]
    assert sentence in strip
    assert f'href="{url_of(captured, "refund")}"' not in strip


def test_a_rejection_of_a_hold_says_what_happened(root, held):
    tell_review(held, Review.REJECTED)
    assert "The hold is being released." in root.page(url_of(held)).text
    Payment.objects.filter(pk=held.pk).update(state="canceled", released_minor=held.amount_minor)
    assert "The hold was released; nothing was charged." in root.page(url_of(held)).text


# --- silence ----------------------------------------------------------------------------------------------------------


def test_silence_is_told_on_the_first_page_and_in_the_timeline(refunder, root, held, fake):
    fake.next("capture", Pending(), processed=False)
    refunder.send(url_of(held, "capture"), refunder.prepared(held, "capture"), 303)
    assert "to be heard of by" in root.page(url_of(held)).text
    assert "The gateway told all in time." in root.page("/admin/").text
    past = ports.now() - timedelta(minutes=40)
    Transaction.objects.filter(payment=held, kind=Kind.CAPTURE).update(heard_by=past)
    said = f"should have heard by {past:%-d %b %Y, %H:%M}"
    assert said in root.page(url_of(held)).text
    assert "The gateway should have told the end of the capture of €300.00 by" in root.page(url_of(held)).text
    home = root.page("/admin/").text
    assert "Should have heard by now" in home
    assert f"Capture of €300.00 · {held.order_number} {said}" in home


def test_a_capture_that_the_gateway_never_told_of_is_silence_too(root, buyer, order, card, fake):
    payment = factories.start(buyer, order, card)
    assert "is expected to be told by" in root.page(url_of(payment)).text
    past = ports.now() - timedelta(minutes=5)
    Payment.objects.filter(pk=payment.pk).update(capture_expected_by=past)
    assert f"Capture of €300.00 by the gateway · {payment.order_number}" in root.page("/admin/").text
    assert "The capture by the gateway should have been told by" in root.page(url_of(payment)).text


# --- the account's policies -------------------------------------------------------------------------------------------


ACCOUNT = {"name": "Shop fake", "currencies": "EUR, JPY, KWD", "card_brands": "VISA", "position": "0", "active": "on"}


@pytest.mark.parametrize(
    ("text", "stored", "problem"),
    [
        ("EUR 100.00, JPY 5000", {"EUR": 10000, "JPY": 5000}, ""),
        ("kwd 1.234", {"KWD": 1234}, ""),
        ("EUR 0", {"EUR": 0}, ""),
        ("", {}, ""),
        ("JPY 12.5", None, "JPY has no decimals"),
        ("EUR 1, EUR 2", None, "EUR stands twice"),
        ("USD 5", None, "This account does not take USD"),
        ("XXX 5", None, "Write a currency and an amount"),
        ("100", None, "Write a currency and an amount"),
        ("EUR", None, "plain number"),
        ("EUR -5", None, "plain number"),
    ],
)
def test_amounts_of_a_policy_are_written_as_people_read_them(root, account, text, stored, problem):
    url = f"/admin/gateways/merchantaccount/{account.pk}/change/"
    answer = root.post(url, {**ACCOUNT, "three_ds_from": text, "consult": "on"})
    account.refresh_from_db()
    if stored is None:
        assert problem in answer.content.decode()
        assert account.three_ds_from == {}
        return
    assert (answer.status_code, account.three_ds_from, account.consult) == (302, stored, True)


def test_the_policy_is_shown_as_it_is_written(root, account):
    account.three_ds_from = {"JPY": 5000, "EUR": 10000}
    account.save()
    html = root.get(f"/admin/gateways/merchantaccount/{account.pk}/change/").content.decode()
    assert 'value="EUR 100.00, JPY 5000"' in html
