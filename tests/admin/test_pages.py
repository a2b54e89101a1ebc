"""What the pages say, what they never say, and what they cost."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import ports
from core.desk import COUNT_AT_MOST
from core.models import User
from orders.models import Order
from payments.gateways.base import Approved, Category, Declined, Kind, PaymentRef
from payments.gateways.base import Fact as GatewayFact
from payments.models import BuyerRefundRequest, JournalEntry, NotificationEvent, Payment, Source, Transaction
from payments.services.ask import request_refund
from payments.services.inbox import count_refused
from payments.services.outcomes import apply_facts
from tests import factories
from tests.admin.conftest import Page, capture_by_gateway, desk_of, order_url, url_of

EVIL = "<script>alert(1)</script>"


def a_notification(account, payment, **values):
    at = ports.now()
    body = {
        "notifyType": "PAYMENT_RESULT",
        "paymentResultInfo": {"cardToken": "ALIPAY-very-secret", "cardNo": "************1111"},
        "free": "4111 1111 1111 1111 and 378282246310005",
        "nested": json.dumps({"accessToken": "hidden-too"}),
        "said": EVIL,
    }
    return NotificationEvent.objects.create(
        **{
            "account": account,
            "delivery_key": ports.random_text(20),
            "topic": "payment",
            "kind": "PAYMENT_RESULT",
            "strength": "proof",
            "key_id": "1",
            "target": "/notify/antom/payment/",
            "headers": {"signature": "algorithm=RSA256,signature=TheSignature", "client-id": "SIM_1"},
            "body": json.dumps(body).encode(),
            "status": "applied",
            "payment": payment,
            "repeats": 3,
            "received_at": at,
            "last_seen_at": at,
            **values,
        }
    )


def contradict(payment: Payment) -> Payment:
    first = Transaction.objects.get(payment=payment, kind=Kind.AUTHORIZE)
    fact = GatewayFact(
        payment=PaymentRef(request_id=first.request_id, gateway_reference=first.gateway_reference),
        kind=Kind.CANCEL,
        request_id=None,
        gateway_reference=None,
        outcome=Approved(),
        amount=None,
    )
    return apply_facts(payment_id=payment.pk, facts=(fact,), source=Source.NOTIFICATION).payment


# --- the order and the payment --------------------------------------------------------------------------------------


def test_an_order_that_nobody_paid(root, order):
    page = root.page(order_url(order))
    assert f"Order {order.number}" in page.text
    assert "Awaiting payment" in page.text
    assert page.text.count("Nobody has tried to pay yet.") >= 4


def test_the_order_page_tells_the_money_and_that_it_adds_up(root, captured):
    page = root.page(order_url(captured.order))
    for words in ("Order total €300.00", "Captured €300.00", "Kept €300.00", "Adds up", "Safe to ship", "TEST"):
        assert words in page.text
    assert "€300.00 captured: charged to the card." in page.text
    assert page.text.index("€300.00 captured") < page.text.index("Payment of €300.00 started")


def test_a_sum_that_does_not_follow_from_the_journal_is_shown_in_red(root, captured):
    Payment.objects.filter(pk=captured.pk).update(refunded_minor=100)
    page = root.page(order_url(captured.order))
    assert "Does not add up." in page.text
    assert "refunded is €1.00, the journal says €0.00" in page.text


@pytest.mark.promise("I8")
def test_impossible_actions_stay_visible_disabled_with_the_rules_sentence(root, captured, held):
    html = root.get(order_url(captured.order)).content.decode()
    assert disabled(html) == {
        "Capture…": "Nothing is held.",
        "Release hold…": "The money is captured already: refund it instead.",
    }
    html = root.get(url_of(held)).content.decode()
    assert disabled(html) == {"Refund…": "Nothing was charged, so nothing can be refunded."}


def test_the_buttons_keep_their_order_and_say_what_a_role_lacks(people, held):
    html = desk_of(people["viewer"]).get(url_of(held)).content.decode()
    shown = disabled(html)
    assert list(shown) == ["Capture…", "Release hold…", "Refund…", "Check with gateway now"]
    assert shown["Capture…"] == "Your role does not include “capture”."


def disabled(html: str) -> dict[str, str]:
    found = re.findall(
        r'<button type="button" class="pd-btn" disabled.*?</span>(.*?)</button>\s*<p[^>]*>(.*?)</p>', html, re.S
    )
    return dict(found)


def test_a_hold_that_ends_soon_needs_attention(root, held):
    Payment.objects.filter(pk=held.pk).update(hold_ends_at=ports.now() + timedelta(hours=9, minutes=1))
    for url in (order_url(held.order), url_of(held), "/admin/"):
        assert "lapses in 9 h" in root.page(url).text
    assert "capture by" in root.page(order_url(held.order)).text


def test_a_hold_that_ended_is_told(root, held):
    Payment.objects.filter(pk=held.pk).update(hold_ends_at=ports.now() - timedelta(hours=2))
    page = root.page(url_of(held))
    assert "Hold ended " in page.text
    assert root.get(url_of(held, "capture")).status_code == 409


def test_nothing_to_do_shows_no_strip(root, captured):
    assert 'aria-label="Needs attention"' not in root.get(order_url(captured.order)).content.decode()


def test_unknown_is_shown_with_its_age_and_next_question(root, people, captured, fake):
    fake.lose_reply("refund")
    desk = desk_of(people["refunder"])
    desk.send(url_of(captured, "refund"), desk.prepared(captured, "refund", choice="amount", amount="5"), 303)
    for url in (order_url(captured.order), url_of(captured)):
        page = root.page(url)
        assert "Outcome unknown" in page.text
        assert "Nobody knows yet what became of the refund of €5.00" in page.text
        assert "No news yet of the refund of €5.00" in page.text
        assert "€5.00 on its way" in page.text
    for url in ("/admin/orders/order/?attention=unknown", "/admin/payments/payment/?attention=unknown", "/admin/"):
        assert captured.order_number in root.page(url).text


def test_a_declined_payment_tells_what_to_try(root, account, buyer, order, card, fake):
    fake.next("authorize", Declined("INSUFFICIENT_BALANCE", Category.OTHER_CARD, "no money"))
    payment = factories.start(buyer, order, card)
    page = root.page(url_of(payment))
    assert "Not paid" in page.text
    assert "INSUFFICIENT_BALANCE Next: Ask the buyer for another card." in page.text
    assert "The gateway’s words: no money" in page.text


# --- review ---------------------------------------------------------------------------------------------------------


@pytest.mark.promise("I29")
def test_a_review_is_cleared_with_a_reason_by_name(root, people, captured):
    contradict(captured)
    for url in (order_url(captured.order), "/admin/", "/admin/payments/payment/?attention=review"):
        assert captured.order_number in root.page(url).text
    url = url_of(captured, "review")
    form = root.page(url).form().values
    page = Page(root.send(url, {**form, "reason": ""}, 422).content.decode())
    assert "Choose a reason." in page.text
    root.send(url, {**form, "reason": "gateway_confirmed", "note": "asked them"}, 303)
    payment = Payment.objects.get(pk=captured.pk)
    entry = JournalEntry.objects.get(payment=captured, entry="reviewed")
    assert (payment.needs_review, payment.review_reason, payment.order.safe_to_ship) == (False, "", True)
    assert (entry.actor, entry.actor_address, entry.reason) == (people["root"], "127.0.0.1", "gateway_confirmed")
    assert "cannot follow" in entry.evidence["was"]
    again = root.send(url, {**form, "reason": "gateway_confirmed"}, 409)
    assert "There is nothing to clear" in Page(again.content.decode()).text


def test_a_review_page_that_is_stale_clears_nothing(root, captured):
    contradict(captured)
    form = root.page(url_of(captured, "review")).form().values
    root.send(url_of(captured, "review"), {**form, "seen_captured_minor": "1", "reason": "buyer_agreed"}, 412)
    assert Payment.objects.get(pk=captured.pk).needs_review


@pytest.mark.promise("I1")
def test_a_second_standing_payment_cannot_be_cleared(root, captured, buyer, card, fake):
    contradict(captured)
    Payment.objects.filter(pk=captured.pk).update(needs_review=False)
    twin = Payment.objects.get(pk=captured.pk)
    twin.pk, twin.id, twin.public_id = None, ports.new_uuid(), ports.new_public_id("pay")
    twin.attempt, twin.needs_review, twin.review_reason = 2, True, "paid twice"
    twin.save(force_insert=True)
    Transaction.objects.create(
        payment=twin,
        account=twin.account,
        kind="authorize",
        amount_minor=1,
        currency="EUR",
        request_id="P_twin_1",
        status="succeeded",
        created_at=ports.now(),
    )
    refused = root.page(url_of(twin, "review"), 409)
    assert "the buyer may have paid twice" in refused.text
    assert Payment.objects.get(pk=twin.pk).needs_review


def test_sums_that_the_books_do_not_explain_keep_the_flag(root, captured):
    contradict(captured)
    Payment.objects.filter(pk=captured.pk).update(released_minor=1)
    assert "More was captured or released" in root.page(url_of(captured, "review"), 409).text
    Payment.objects.filter(pk=captured.pk).update(released_minor=0, refunded_minor=30001)
    assert "More was refunded" in root.page(url_of(captured, "review"), 409).text


# --- refund requests ------------------------------------------------------------------------------------------------


def ask_of(payment: Payment, buyer: User) -> BuyerRefundRequest:
    request_refund(buyer=buyer, order_id=payment.order.public_id, reason=f"wrong {EVIL}", ask=factories.make_ask(buyer))
    return BuyerRefundRequest.objects.get()


def test_a_request_for_captured_money_is_answered_by_a_refund_once(refunder, captured, buyer, fake):
    ask = ask_of(captured, buyer)
    base = f"/admin/payments/buyerrefundrequest/{ask.pk}"
    for url in (order_url(captured.order), "/admin/", "/admin/payments/buyerrefundrequest/?status=open"):
        assert "wrong" in refunder.page(url).text
    page = refunder.page(f"{base}/answer/")
    assert page.form().buttons[""] == "Return €300.00 to Visa •••• 1111"
    values = {**page.form().values, "note": "sorry"}
    places = {refunder.send(f"{base}/answer/", values, 303)["Location"].split("?")[0] for _ in range(3)}
    assert places == {url_of(captured)}
    assert len(fake.sent("refund")) == 1
    ask.refresh_from_db()
    assert (ask.status, ask.answer, ask.transaction.kind) == ("answered", "sorry", "refund")
    assert "Answered" in refunder.page(f"{base}/change/").text
    assert refunder.get(f"{base}/answer/").status_code == 409


def test_a_request_for_held_money_is_answered_by_a_release(refunder, held, buyer, fake):
    ask = ask_of(held, buyer)
    url = f"/admin/payments/buyerrefundrequest/{ask.pk}/answer/"
    page = refunder.page(url)
    assert page.form().buttons[""] == "Release €300.00 on Visa •••• 1111"
    refunder.send(url, page.form().values, 303)
    assert (len(fake.sent("cancel")), fake.sent("refund")) == (1, [])


def test_an_answer_on_a_stale_page_does_nothing(refunder, captured, buyer, fake):
    ask = ask_of(captured, buyer)
    url = f"/admin/payments/buyerrefundrequest/{ask.pk}/answer/"
    values = {**refunder.page(url).form().values, "seen_captured_minor": "1"}
    assert "When you opened this" in Page(refunder.send(url, values, 412).content.decode()).text
    assert fake.sent("refund") == []


def test_a_request_is_declined_with_a_sentence_for_the_buyer(refunder, people, captured, buyer, fake):
    ask = ask_of(captured, buyer)
    base = f"/admin/payments/buyerrefundrequest/{ask.pk}"
    form = refunder.page(f"{base}/decline/").form().values
    assert "Say why: the buyer reads it." in Page(refunder.send(f"{base}/decline/", form, 422).content.decode()).text
    refunder.send(f"{base}/decline/", {**form, "answer": "Used already."}, 303)
    ask.refresh_from_db()
    assert (ask.status, ask.answer, ask.answered_by) == ("declined", "Used already.", people["refunder"])
    assert fake.sent("refund") == []
    for page in ("answer", "decline"):
        assert "answered already" in refunder.page(f"{base}/{page}/", 409).text


def test_an_unknown_request_is_not_found(refunder):
    for page in ("answer", "decline"):
        url = f"/admin/payments/buyerrefundrequest/00000000-0000-7000-8000-000000000000/{page}/"
        assert refunder.get(url).status_code == 404


# --- what is never said ---------------------------------------------------------------------------------------------


@pytest.mark.promise("I34")
def test_words_of_buyers_and_providers_are_text_everywhere(root, people, account, product, fake):
    buyer = factories.make_user("evil@shop.example", first_name=EVIL, last_name='"><img src=x>')
    card = factories.make_card(buyer, account, brand=EVIL[:32])
    product.name = EVIL
    product.save()
    order = factories.make_order(buyer, product)
    shipping = {"name": {"full": EVIL}, "address": {"line1": EVIL, "city": EVIL}}
    Order.objects.filter(pk=order.pk).update(
        buyer_details={"full": EVIL, "email": EVIL, "phone": EVIL}, shipping=shipping
    )
    fake.next("authorize", Declined(EVIL, Category.FRAUD, EVIL))
    payment = factories.start(buyer, order, card)
    Payment.objects.filter(pk=payment.pk).update(
        needs_review=True,
        review_reason=EVIL,
        buyer_email=EVIL,
        brand=EVIL,
        last_four="1111",
        account_name=EVIL,
        details={"avs": EVIL, "three_ds": {EVIL: EVIL}},
    )
    Transaction.objects.filter(payment=payment).update(gateway_reference=EVIL, failure_message=EVIL)
    ask = BuyerRefundRequest.objects.create(order=order, reason=EVIL, created_at=ports.now())
    event = a_notification(account, payment, kind=EVIL, verdict=EVIL, status="problem", target=f"/{EVIL}")
    count_refused(EVIL[:20], EVIL, EVIL, b"x")
    pages = [
        "/admin/", "/admin/orders/order/", "/admin/payments/payment/", "/admin/payments/notificationevent/",
        "/admin/payments/buyerrefundrequest/", "/admin/payments/refuseddelivery/", "/admin/vaulting/boundcard/",
        "/admin/core/user/", "/admin/orders/product/", order_url(order), url_of(payment), url_of(payment, "review"),
        url_of(payment, "ask"), url_of(payment, "refund"), f"/admin/payments/notificationevent/{event.pk}/change/",
        f"/admin/payments/buyerrefundrequest/{ask.pk}/change/", f"/admin/payments/buyerrefundrequest/{ask.pk}/decline/",
        f"/admin/vaulting/boundcard/{card.pk}/change/", f"/admin/orders/order/?q={EVIL}",
        f"/admin/orders/order/?status={EVIL}",
        f"/admin/payments/payment/?older={EVIL}", f"{url_of(payment)}?act={EVIL}",
    ]  # fmt: skip
    seen = 0
    for url in pages:
        html = root.get(url, follow=True).content.decode()
        assert EVIL not in html, url
        assert "<img src=x>" not in html, url
        seen += "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert seen >= 14


@pytest.mark.promise("I32")
@pytest.mark.promise("I31")
def test_tokens_numbers_and_signatures_are_never_on_a_page(root, account, captured, card):
    event = a_notification(account, captured)
    form = a_notification(account, captured, body=b"MerchantID=7&token=form-secret&pan=4111111111111111&x=1")
    text = a_notification(account, captured, body=b"hello 4111-1111-1111-1111 " + b"A" * 60)
    pages = [url_of(captured), order_url(captured.order), f"/admin/vaulting/boundcard/{card.pk}/change/"]
    pages += [f"/admin/payments/notificationevent/{row.pk}/change/" for row in (event, form, text)]
    pages += [
        "/admin/vaulting/boundcard/",
        "/admin/payments/notificationevent/",
        f"/admin/gateways/merchantaccount/{account.pk}/change/",
    ]
    for url in pages:
        html = root.get(url).content.decode()
        for secret in (
            "ALIPAYtoken", "ALIPAY-very-secret", "hidden-too", "TheSignature", "form-secret", "4111", "378282246310005",
            "A" * 40,
        ):  # fmt: skip
            assert secret not in html, (url, secret)
    shown = root.page(f"/admin/payments/notificationevent/{event.pk}/change/").text
    assert "PAYMENT_RESULT" in shown
    assert "3 more times" in shown
    assert (
        "3 repeated notifications ignored." in root.page(url_of(captured)).text
        or "9 repeated" in root.page(url_of(captured)).text
    )


def test_a_body_that_cannot_be_opened_is_told_and_the_page_stays(root, account, captured, settings):
    from cryptography.fernet import Fernet

    event = a_notification(account, captured)
    settings.SEALING_KEYS = [Fernet.generate_key().decode()]
    assert "Sealed with a key" in root.page(f"/admin/payments/notificationevent/{event.pk}/change/").text


@pytest.mark.promise("I34")
def test_the_policy_is_relaxed_for_the_admin_and_pages_are_never_stored(root, captured):
    answer = root.get(url_of(captured))
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "no-store" in answer["Cache-Control"]
    assert "'unsafe-eval'" not in root.get("/").get("Content-Security-Policy", "")


# --- lists and cost -------------------------------------------------------------------------------------------------


LISTS = ["/admin/orders/order/", "/admin/payments/payment/", "/admin/payments/notificationevent/",
         "/admin/payments/buyerrefundrequest/", "/admin/vaulting/boundcard/", "/admin/core/user/"]  # fmt: skip


def grow(buyer, product, card, fake, how_many):
    for _ in range(how_many):
        payment = capture_by_gateway(factories.start(buyer, factories.make_order(buyer, product), card), fake)
        a_notification(card.account, payment)
        factories.make_card(factories.make_user(f"{ports.random_text(8)}@shop.example"), card.account)
        BuyerRefundRequest.objects.create(order=payment.order, reason="r", created_at=ports.now())


def queries(desk, url):
    with CaptureQueriesContext(connection) as captured:
        assert desk.get(url).status_code == 200
    return [entry["sql"] for entry in captured.captured_queries]


def test_lists_cost_the_same_for_few_and_many_rows_and_count_no_whole_table(people, buyer, product, card, fake):
    desk = desk_of(people["viewer"])
    root = desk_of(people["root"])
    grow(buyer, product, card, fake, 3)
    desk.get("/admin/")
    few = {url: len(queries(root, url)) for url in LISTS}
    grow(buyer, product, card, fake, 12)
    for url in LISTS:
        asked = queries(root, url)
        assert len(asked) == few[url] <= 7, url
        counts = [sql for sql in asked if "COUNT(" in sql.upper()]
        assert counts
        assert all(f"LIMIT {COUNT_AT_MOST}" in sql for sql in counts), counts
        assert not any("DISTINCT" in sql for sql in asked)
    for url in LISTS[:2]:
        assert len(queries(desk, url)) <= 8
        for part in (
            "?q=1111",
            f"?q={Order.objects.first().number}",
            "?q=300.00",
            "?q=buyer@shop.example",
            "?created=7",
        ):
            asked = queries(root, url + part)
            assert len(asked) <= few[url] + 1, part
            assert not any(
                "LIKE" in sql and "%" in sql.split("LIKE")[1][:40] for sql in asked if connection.vendor == "sqlite"
            )


def test_pages_cost_the_same_for_few_and_many_attempts(root, buyer, order, card, fake, account):
    for _ in range(2):
        fake.next("authorize", Declined("X", Category.OTHER_CARD, ""))
        factories.start(buyer, order, card)
    root.get("/admin/")
    few = len(queries(root, order_url(order)))
    for _ in range(6):
        fake.next("authorize", Declined("X", Category.OTHER_CARD, ""))
        payment = factories.start(buyer, order, card)
    assert len(queries(root, order_url(order))) == few <= 14
    assert len(queries(root, url_of(payment))) <= 12
    assert len(queries(root, "/admin/")) <= 11


def test_the_count_stops_and_the_list_goes_on_by_key(root, buyer, product, monkeypatch):
    monkeypatch.setattr("core.desk.COUNT_AT_MOST", 4)
    monkeypatch.setattr("payments.admin.orders.OrderAdmin.list_per_page", 2)
    numbers = [factories.make_order(buyer, product).number for _ in range(6)][::-1]
    first = root.get("/admin/orders/order/").content.decode()
    assert "more than 4 orders" in Page(first).text
    assert [n for n in numbers if n in first] == numbers[:2]
    last = root.get("/admin/orders/order/?p=2").content.decode()
    assert [n for n in numbers if n in last] == numbers[2:4]
    older = re.search(r'href="(\?older=[^"]+)"', last)
    assert older
    rest = root.get("/admin/orders/order/" + older.group(1)).content.decode()
    assert [n for n in numbers if n in rest] == numbers[4:]
    assert "2 orders" in Page(rest).text


def test_one_box_finds_by_every_name(root, captured, held, buyer):
    tx = Transaction.objects.get(payment=captured, kind="authorize")
    number, other = captured.order_number, held.order_number
    both = ("1111", "300", "300.00", "300,00", "buyer@shop.example", "buyer@sh", "BUYER@SHOP.EXAMPLE")
    one = (
        number,
        number.lower(),
        captured.public_id,
        captured.order.public_id,
        tx.public_id,
        str(tx.request_id),
        str(tx.gateway_reference),
    )
    none = ("2222", "300.01", "nobody@", "P-XXXXXXXX", "pay_x", "' OR 1=1 --", "%", "_", "9" * 60, "٣٠٠")
    for url in ("/admin/orders/order/", "/admin/payments/payment/"):
        for words, expected in ((both, {number, other}), (one, {number}), (none, set())):
            for word in words:
                html = root.get(url, {"q": word}).content.decode().split("result_list")[-1]
                assert {n for n in (number, other) if f">{n}" in html} == expected, (url, word)


def test_filters_narrow(root, captured, held, account):
    number, other = captured.order_number, held.order_number
    expected = {
        "/admin/orders/order/?status=paid": {number},
        "/admin/orders/order/?ship=yes": {number},
        "/admin/orders/order/?ship=no": {other},
        "/admin/orders/order/?attention=review": set(),
        "/admin/orders/order/?attention=asked": set(),
        "/admin/orders/order/?created=1": {number, other},
        "/admin/orders/order/?status=nonsense": {number, other},
        f"/admin/orders/order/?older={held.order.pk}": {number} if captured.order.pk < held.order.pk else set(),
        "/admin/payments/payment/?state=authorized": {other},
        "/admin/payments/payment/?mode=TEST": {number, other},
        "/admin/payments/payment/?mode=LIVE": set(),
        "/admin/payments/payment/?attention=review": set(),
    }
    for url, wanted in expected.items():
        html = root.get(url).content.decode()
        assert {n for n in (number, other) if f">{n}<" in html} == wanted, url


def test_money_stands_right_with_its_currency(root, captured):
    html = root.get("/admin/orders/order/").content.decode()
    assert '<span class="pd-money">€300.00</span>' in html


# --- environment, menu, catalogue -----------------------------------------------------------------------------------


def head_of(html: str) -> str:
    return html[html.index("<h1") : html.index("</h1>")]


def test_every_page_says_test_while_an_account_is_one(root, account):
    from payments.admin import environment

    assert "TEST · no real money moves here" in root.page("/admin/").text
    account.mode = "LIVE"
    account.save()
    assert "TEST ·" in root.page("/admin/").text
    environment.forget()
    page = root.page("/admin/")
    assert "TEST ·" not in page.text
    assert "LIVE" in page.text


def test_the_menu_shows_only_what_may_be_seen(people, account):
    root = desk_of(people["root"]).page("/admin/").text
    viewer = desk_of(people["viewer"]).page("/admin/").text
    order = [
        "Today",
        "Under review",
        "Refund requests",
        "Orders",
        "Payments",
        "Notifications",
        "Products",
        "Cards",
        "Accounts",
    ]
    positions = [viewer.index(word) for word in order]
    assert positions == sorted(positions)
    assert "People" in root
    assert "People" not in viewer
    assert "Your role does not include looking at payments" in desk_of(people["nobody"]).page("/admin/").text


@pytest.mark.parametrize(
    ("model", "name"),
    [("payments/payment", "Payments"), ("orders/order", "Orders"), ("payments/notificationevent", "Notifications")],
)
def test_a_list_is_named_once_and_as_in_the_menu(root, captured, model, name):
    html = root.get(f"/admin/{model}/").content.decode()
    assert Page(head_of(html)).text == name
    assert f"{name} | Paydesk</title>" in html
    assert "otification event" not in html


def test_the_head_of_a_page_leads_to_its_list_and_names_it_once(root, captured):
    for page in ("change", "refund", "ask"):
        head = head_of(root.get(url_of(captured, page)).content.decode())
        assert head.count("Payments") == 1
        assert '<a href="/admin/payments/payment/">Payments</a>' in head
        assert f'<a href="{url_of(captured)}">{captured}</a>' in head
    Payment.objects.filter(pk=captured.pk).update(order_number="<b>&")
    assert "&lt;b&gt;&amp; · attempt" in head_of(root.get(url_of(captured)).content.decode())


@pytest.mark.promise("I6")
@pytest.mark.parametrize(
    ("currency", "price", "minor", "problem"),
    [
        ("EUR", "12,50", 1250, ""),
        ("jpy", "1200", 1200, ""),
        ("KWD", "1.234", 1234, ""),
        ("JPY", "12.5", None, "JPY has no decimals"),
        ("EUR", "0", None, "more than nothing"),
        ("XXX", "1", None, "ISO 4217"),
        ("EUR", "free", None, "plain number"),
    ],
)
def test_a_product_is_priced_as_people_write_it(root, currency, price, minor, problem):
    from orders.models import Product

    data = {
        "sku": "NEW",
        "name": "New",
        "currency": currency,
        "price": price,
        "capture_policy": "MANUAL",
        "active": "on",
    }
    answer = root.post("/admin/orders/product/add/", data)
    if minor is None:
        assert problem in Page(answer.content.decode()).text
        assert not Product.objects.exists()
        return
    product = Product.objects.get()
    assert (answer.status_code, product.unit_price_minor, product.currency) == (302, minor, currency.upper())
    assert 'name="price"' in root.get(f"/admin/orders/product/{product.pk}/change/").content.decode()
    assert "New" in root.page("/admin/orders/product/?q=NEW").text


def test_an_account_names_its_keys_and_keeps_its_mode(root, account):
    data = {"name": "Second", "gateway": "fake", "mode": "TEST", "credentials": "fake", "currencies": "eur, jpy",
            "card_brands": "VISA", "position": "1", "active": "on"}  # fmt: skip
    assert root.post("/admin/gateways/merchantaccount/add/", {**data, "currencies": "EUR, ZZZ"}).status_code == 200
    assert root.post("/admin/gateways/merchantaccount/add/", data).status_code == 302
    second = type(account).objects.get(name="Second")
    assert second.currencies == ["EUR", "JPY"]
    url = f"/admin/gateways/merchantaccount/{second.pk}/change/"
    assert root.post(url, {**data, "mode": "LIVE", "name": "Renamed"}).status_code == 302
    second.refresh_from_db()
    assert (second.name, second.mode) == ("Renamed", "TEST")
    assert "fake (present)" in root.page("/admin/gateways/merchantaccount/").text
    assert root.post(f"/admin/gateways/merchantaccount/{second.pk}/delete/", {"post": "yes"}).status_code == 403


def test_people_are_found_by_whole_name_and_given_roles(root, people):
    assert "viewer@desk.example" in root.page("/admin/core/user/?q=viewer@desk.example").text
    url = "/admin/core/user/add/"
    data = {
        "username": "new@desk.example",
        "usable_password": "true",
        "password1": "quite-long-42",
        "password2": "quite-long-42",
    }
    assert root.post(url, data).status_code == 302
    assert User.objects.filter(username="new@desk.example", is_staff=False).exists()
