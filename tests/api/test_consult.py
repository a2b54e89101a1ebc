"""Which ways to pay are open: advice of the gateway, remembered, and never in the way of a checkout."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import ports
from payments.gateways.base import PaymentOption, Unknown
from payments.services import consult
from tests import factories
from tests.fake_gateway import FakeGateway

NO_CARDS = PaymentOption(method="CARD", enabled=False, reason="CHANNEL_NOT_SUPPORT_CURRENCY")


@pytest.fixture
def asking(account):
    account.consult = True
    account.save()
    return account


@pytest.fixture
def says(monkeypatch, fake):
    """What the gateway answers from now on."""

    def answer(*options: PaymentOption) -> None:
        def payment_options(self, request):
            self._begin("consult", request.amount.currency)
            return options

        monkeypatch.setattr(FakeGateway, "payment_options", payment_options)

    return answer


@pytest.fixture
def clock(monkeypatch):
    """The cache's own seconds, moved by hand."""
    moved = {"seconds": 0.0}
    real = ports.monotonic
    monkeypatch.setattr("django.core.cache.backends.locmem.time.time", lambda: real() + moved["seconds"])
    monkeypatch.setattr("django.core.cache.backends.base.time.time", lambda: real() + moved["seconds"])
    return moved


def methods(app, order) -> list[dict]:
    answer = app.get(f"/orders/{order}/payment-methods/")
    assert answer.status_code == 200
    return answer.json()["methods"]


def brands(method: dict) -> list[str]:
    return [brand["brand"] for brand in method["brands"]]


def test_an_account_that_does_not_ask_offers_what_is_configured(app, product, card, fake):
    new, saved = methods(app, app.place(product))
    assert (brands(new), new["enabled"], new["reason"]) == (["VISA", "MASTERCARD"], True, None)
    assert (saved["usable"], saved["enabled"], saved["reason"]) == (True, True, None)
    assert fake.sent("consult") == []


def test_what_is_offered_is_configured_and_open(app, product, asking, fake):
    (new,) = methods(app, app.place(product))
    assert (brands(new), new["enabled"]) == (["VISA"], True)
    assert fake.sent("consult") == ["EUR"]


def test_a_brand_is_known_by_any_of_its_spellings(app, product, asking, says):
    asking.card_brands = ["AMERICAN_EXPRESS", "UNIONPAY", "JCB"]
    asking.save()
    says(PaymentOption(method="CARD", enabled=True, brands=("AMEX", "CUP", "VISA")))
    (new,) = methods(app, app.place(product))
    assert brands(new) == ["AMERICAN_EXPRESS", "UNIONPAY"]


def test_an_answer_without_brands_does_not_narrow(app, product, asking, says):
    says(PaymentOption(method="CARD", enabled=True))
    (new,) = methods(app, app.place(product))
    assert brands(new) == ["VISA", "MASTERCARD"]


@pytest.mark.parametrize("options", [(NO_CARDS,), (), (PaymentOption(method="WALLET", enabled=True),)])
def test_closed_cards_say_so_in_our_words(app, product, card, asking, says, options):
    says(*options)
    new, saved = methods(app, app.place(product))
    assert (new["enabled"], new["brands"], saved["enabled"], saved["usable"]) == (False, [], False, False)
    assert new["reason"] == saved["reason"]
    assert "cannot be used for this order at the moment" in new["reason"]
    assert "CHANNEL" not in new["reason"]


def test_a_saved_card_of_a_closed_brand_says_so(app, product, asking, buyer):
    factories.make_card(buyer, asking, brand="MASTERCARD", last_four="4444")
    _, saved = methods(app, app.place(product))
    assert (saved["enabled"], saved["usable"]) == (False, False)
    assert saved["reason"] == "Mastercard cards cannot be used for this order at the moment. Choose another card."


def test_no_brand_in_common_is_closed(app, product, asking, says):
    says(PaymentOption(method="CARD", enabled=True, brands=("JCB",)))
    (new,) = methods(app, app.place(product))
    assert (new["enabled"], new["brands"]) == (False, [])


def test_an_expired_card_says_so(app, product, account, buyer):
    factories.make_card(buyer, account, expiry_year=2020)
    _, saved = methods(app, app.place(product))
    assert (saved["usable"], saved["enabled"], "expired" in saved["reason"]) == (False, True, True)


def test_one_question_for_an_account_and_currency_in_five_minutes(app, product, asking, fake, clock):
    order, yen = app.place(product), app.place(factories.make_product("TEA", 1980, "JPY"))
    for _ in range(3):
        methods(app, order)
    methods(app, yen)
    assert fake.sent("consult") == ["EUR", "JPY"]
    clock["seconds"] = consult.ANSWER_LASTS - 1
    methods(app, order)
    assert fake.sent("consult") == ["EUR", "JPY"]
    clock["seconds"] = consult.ANSWER_LASTS + 1
    methods(app, order)
    assert fake.sent("consult") == ["EUR", "JPY", "EUR"]


def test_without_an_answer_the_configured_is_offered_and_soon_asked_again(app, product, card, asking, fake, clock):
    order = app.place(product)
    fake.next("consult", Unknown("no answer"))
    for _ in range(3):
        new, saved = methods(app, order)
        assert (brands(new), new["enabled"], saved["usable"]) == (["VISA", "MASTERCARD"], True, True)
    assert fake.sent("consult") == ["EUR"]
    clock["seconds"] = consult.FAILURE_LASTS + 1
    assert brands(methods(app, order)[0]) == ["VISA"]
    assert fake.sent("consult") == ["EUR", "EUR"]


def test_a_gateway_that_breaks_is_no_error_of_the_checkout(app, product, asking, fake, monkeypatch):
    def broken(self, request):
        self._begin("consult", request.amount.currency)
        raise RuntimeError("a bug")

    monkeypatch.setattr(FakeGateway, "payment_options", broken)
    order = app.place(product)
    assert [brands(methods(app, order)[0]) for _ in range(2)] == [["VISA", "MASTERCARD"]] * 2
    assert fake.sent("consult") == ["EUR"]


def test_the_question_has_a_short_deadline_and_the_amount_due(app, product, asking, fake, monkeypatch):
    asked = []
    monkeypatch.setattr(FakeGateway, "payment_options", lambda self, request: asked.append(request) or ())
    methods(app, app.place(product, 2))
    (request,) = asked
    assert (request.amount.minor, request.amount.currency, request.deadline_seconds) == (60000, "EUR", 2.0)


@pytest.mark.promise("I11")
def test_nothing_is_written_and_no_transaction_is_held(app, product, asking, fake):
    order = app.place(product)
    fake.next("consult", Unknown("slow"), hook=lambda: in_block.append(connection.in_atomic_block))
    in_block: list[bool] = []
    with CaptureQueriesContext(
        connection,
    ) as asked:
        methods(app, order)
    assert in_block == [False]
    assert not [row["sql"] for row in asked if row["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_advice_does_not_refuse_a_payment(app, product, card, asking, says):
    says(NO_CARDS)
    order = app.place(product)
    methods(app, order)
    assert app.pay(order, card=card.public_id).status_code == 202


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", ("WEB", "")),
        ("?terminal_type=WEB&os_type=IOS", ("WEB", "")),
        ("?terminal_type=APP&os_type=IOS", ("APP", "IOS")),
        ("?terminal_type=WAP&os_type=ANDROID", ("WAP", "ANDROID")),
        ("?terminal_type=APP", ("WEB", "")),
        ("?terminal_type=TV&os_type=IOS", ("WEB", "")),
        ("?terminal_type=APP&os_type=BEOS", ("WEB", "")),
        ("?os_type=IOS", ("WEB", "")),
    ],
)
def test_the_gateway_is_asked_for_the_device_that_will_pay(app, product, asking, monkeypatch, query, told):
    asked = []

    def payment_options(self, request):
        asked.append((request.terminal_type, request.os_type))
        return (PaymentOption(method="CARD", enabled=True),)

    monkeypatch.setattr(FakeGateway, "payment_options", payment_options)
    order = app.place(product)
    for _ in range(2):
        assert app.get(f"/orders/{order}/payment-methods/{query}").status_code == 200
    assert asked == [told]


def test_what_is_open_on_a_phone_says_nothing_about_a_page(app, product, asking, monkeypatch):
    def payment_options(self, request):
        return (PaymentOption(method="CARD", enabled=request.terminal_type == "APP"),)

    monkeypatch.setattr(FakeGateway, "payment_options", payment_options)
    order = app.place(product)
    on_phone = app.get(f"/orders/{order}/payment-methods/?terminal_type=APP&os_type=IOS").json()["methods"]
    on_page = app.get(f"/orders/{order}/payment-methods/").json()["methods"]
    assert [method["enabled"] for method in (on_phone[0], on_page[0])] == [True, False]
