"""Who may see, ask and do what: on the page, and again in the service (I28)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from core import ports
from core.errors import Forbidden
from orders.models import Order, Product
from payments.gateways.base import Unknown
from payments.gateways.models import MerchantAccount
from payments.models import (
    BuyerRefundRequest,
    JournalEntry,
    NotificationEvent,
    Payment,
    RefusedDelivery,
    Transaction,
)
from payments.roles import ROLES, ensure_roles
from payments.services import operate
from payments.services.ask import answer_refund_request, decline_refund_request, request_refund
from payments.services.inbox import count_refused
from payments.services.review import check_with_gateway, clear_review
from tests import factories
from tests.admin.conftest import Page, desk_of, order_url, url_of
from tests.admin.test_pages import a_notification
from vaulting.models import BoundCard

MAY = {
    "nobody": set(),
    "viewer": set(),
    "cashier": {"capture", "cancel", "inquire"},
    "refunder": {"capture", "cancel", "inquire", "refund"},
    "root": {"capture", "cancel", "inquire", "refund", "review"},
}
SENTENCE = "Your role does not include"


def flagged(payment: Payment) -> Payment:
    Payment.objects.filter(pk=payment.pk).update(needs_review=True, review_reason="look")
    return payment


@pytest.mark.promise("I28")
@pytest.mark.parametrize("role", MAY)
@pytest.mark.parametrize("verb", ["capture", "cancel", "refund", "inquire", "review"])
def test_every_verb_asks_for_its_own_permission_on_the_page(people, held, captured_too, fake, role, verb):
    payment = captured_too if verb == "refund" else flagged(held) if verb == "review" else held
    desk = desk_of(people[role])
    url = url_of(payment, "ask" if verb == "inquire" else verb)
    allowed = verb in MAY[role]
    shown = desk.get(url)
    assert shown.status_code == (200 if allowed else 403)
    act = desk_of(people["root"]).prepared(payment, verb) if verb in ("capture", "cancel", "refund") else {}
    if verb == "review":
        form = desk_of(people["root"]).page(url).form().values
        act = {**form, "reason": "other", "note": "n"}
    before = [len(fake.sent(name)) for name in ("capture", "cancel", "refund", "inquire")]
    answer = desk.post(url, act)
    assert answer.status_code == (303 if allowed else 403)
    if not allowed:
        if role != "nobody":
            assert SENTENCE in Page(answer.content.decode()).text
        assert [len(fake.sent(name)) for name in ("capture", "cancel", "refund", "inquire")] == before
        assert Payment.objects.get(pk=payment.pk).needs_review is (verb == "review")


@pytest.fixture
def captured_too(account, buyer, card, fake, product):
    from tests.admin.conftest import capture_by_gateway

    return capture_by_gateway(factories.start(buyer, factories.make_order(buyer, product), card), fake)


@pytest.mark.promise("I28")
@pytest.mark.parametrize("role", MAY)
def test_every_service_asks_again(people, held, captured_too, role):
    actor = people[role]
    calls = {
        "capture": lambda: operate.capture_payment(
            payment_id=held.pk, actor=actor, ask=factories.make_ask(actor), reason="agreed"
        ),
        "refund": lambda: operate.refund_payment(
            payment_id=captured_too.pk, actor=actor, ask=factories.make_ask(actor), reason="goodwill"
        ),
        "inquire": lambda: check_with_gateway(payment_id=held.pk, actor=actor),
        "review": lambda: clear_review(payment_id=flagged(held).pk, actor=actor, reason="other"),
    }
    for verb, call in calls.items():
        if verb in MAY[role]:
            call()
        else:
            with pytest.raises(Forbidden):
                call()


@pytest.mark.promise("I28")
def test_a_permission_taken_away_while_the_page_is_open_counts(people, captured, fake):
    desk = desk_of(people["refunder"])
    act = desk.prepared(captured, "refund")
    people["refunder"].groups.set([Group.objects.get(name="viewer")])
    answer = desk.post(url_of(captured, "refund"), act)
    assert answer.status_code == 403
    assert fake.sent("refund") == []


def test_roles_are_made_once_and_mended_when_changed(transactional_db):
    ensure_roles()
    assert [line.endswith("(new)") for line in ensure_roles()] == [False, False, False]
    Group.objects.get(name="viewer").permissions.clear()
    ensure_roles()
    assert Group.objects.get(name="viewer").permissions.count() == len(ROLES["viewer"])
    assert set(ROLES["viewer"]) < set(ROLES["cashier"]) < set(ROLES["refunder"])


def test_the_command_says_what_it_made(transactional_db, capsys):
    from django.core.management import call_command

    call_command("seed_roles")
    assert capsys.readouterr().out.splitlines()[0].startswith("viewer: ")


# --- rows that nobody edits -----------------------------------------------------------------------------------------


MONEY = (Order, Payment, NotificationEvent, RefusedDelivery, BuyerRefundRequest, BoundCard)


@pytest.mark.promise("I27")
@pytest.mark.parametrize("model", MONEY)
@pytest.mark.parametrize("role", ["refunder", "root"])
def test_money_rows_are_not_added_changed_or_deleted_by_anyone(people, captured, buyer, account, model, role):
    a_notification(account, captured)
    count_refused("antom", "bad", "1", b"x")
    request_refund(buyer=buyer, order_id=captured.order.public_id, reason="why", ask=factories.make_ask(buyer))
    row = model.objects.first()
    before = model.objects.filter(pk=row.pk).values().get()
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}"
    desk = desk_of(people[role])
    data = {"state": "refunded", "status": "paid", "captured_minor": "1", "total_minor": "1", "reason": "changed"}
    for method in (desk.get, desk.post):
        assert method(f"{base}/add/", data).status_code == 403
        assert method(f"{base}/{row.pk}/delete/", data).status_code == 403
    assert desk.post(f"{base}/{row.pk}/change/", data).status_code == 405
    assert desk.post(f"{base}/", {"action": "delete_selected", "_selected_action": [str(row.pk)]}).status_code in (
        200,
        302,
    )
    assert model.objects.filter(pk=row.pk).values().get() == before
    page = desk.get(f"{base}/{row.pk}/change/")
    assert page.status_code == 200
    assert b'name="_save"' not in page.content


@pytest.mark.promise("I29")
@pytest.mark.parametrize("model", [Transaction, JournalEntry])
def test_transactions_and_the_journal_have_no_pages_of_their_own(root, model):
    assert root.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/").status_code == 404


@pytest.mark.parametrize("hidden", ["django_tasks_database/dbtaskresult", "account/emailaddress"])
def test_rows_of_libraries_are_hidden(root, hidden):
    assert root.get(f"/admin/{hidden}/").status_code == 404


@pytest.mark.parametrize(("model", "url"), [(MerchantAccount, "gateways/merchantaccount"), (Product, "orders/product")])
def test_only_superusers_change_accounts_and_products(people, account, product, model, url):
    row = model.objects.first()
    for role in ("viewer", "refunder"):
        desk = desk_of(people[role])
        assert desk.get(f"/admin/{url}/{row.pk}/change/").status_code == 200
        assert desk.post(f"/admin/{url}/{row.pk}/change/", {"name": "x"}).status_code == 403
    assert desk_of(people["root"]).get(f"/admin/{url}/{row.pk}/change/").status_code == 200


def test_people_are_for_superusers(people):
    for role in ("viewer", "cashier", "refunder"):
        desk = desk_of(people[role])
        for url in ("/admin/core/user/", "/admin/auth/group/", f"/admin/core/user/{people['root'].pk}/change/"):
            assert desk.get(url).status_code == 403
    root = desk_of(people["root"])
    assert root.get(f"/admin/core/user/{people['viewer'].pk}/change/").status_code == 200
    assert root.post(f"/admin/core/user/{people['viewer'].pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_colleague_who_may_look_at_people_sees_no_password_and_changes_nothing(people):
    looker = factories.make_operator("looker@desk.example")
    desk = desk_of(looker)
    url = f"/admin/core/user/{people['root'].pk}/change/"
    page = desk.get(url)
    assert page.status_code == 200
    assert b"pbkdf2" not in page.content
    assert b"md5$" not in page.content
    assert desk.post(url, {"is_superuser": "on"}).status_code == 403


# --- refund requests ------------------------------------------------------------------------------------------------


@pytest.mark.promise("I28")
@pytest.mark.parametrize(("role", "allowed"), [("viewer", False), ("cashier", False), ("refunder", True)])
def test_only_who_may_refund_answers_a_buyer(people, captured, buyer, role, allowed):
    request_refund(buyer=buyer, order_id=captured.order.public_id, reason="why", ask=factories.make_ask(buyer))
    ask = BuyerRefundRequest.objects.get()
    desk, actor = desk_of(people[role]), people[role]
    for page in ("answer", "decline"):
        url = f"/admin/payments/buyerrefundrequest/{ask.pk}/{page}/"
        assert desk.get(url).status_code == (200 if allowed else 403)
        if not allowed:
            assert desk.post(url, {"answer": "no", "form_id": "x" * 32}).status_code == 403
    if not allowed:
        with pytest.raises(Forbidden):
            answer_refund_request(request_id=ask.pk, actor=actor, ask=factories.make_ask(actor))
        with pytest.raises(Forbidden):
            decline_refund_request(request_id=ask.pk, actor=actor, answer="no")
        assert SENTENCE in desk.page(f"/admin/payments/buyerrefundrequest/{ask.pk}/change/").text
    ask.refresh_from_db()
    assert ask.status == "open"


@pytest.mark.parametrize("role", ["viewer", "cashier", "refunder", "root"])
def test_every_role_reads_orders_and_payments(people, captured, role):
    desk = desk_of(people[role])
    assert captured.order_number in desk.page(order_url(captured.order)).text
    assert captured.order_number in desk.page(url_of(captured)).text


@pytest.mark.parametrize(
    ("role", "open_to", "closed_to"),
    [
        ("viewer", [], ["review", "inquire", "change_buyerrefundrequest"]),
        ("cashier", ["inquire"], ["review", "change_buyerrefundrequest"]),
        ("refunder", ["inquire", "change_buyerrefundrequest"], ["review"]),
        ("root", ["inquire", "change_buyerrefundrequest", "review"], []),
    ],
)
def test_what_needs_attention_offers_no_button_that_a_role_cannot_press(
    people, buyer, captured, fake, role, open_to, closed_to
):
    """Under review, with a refund nobody knows the end of, and a buyer who waits."""
    fake.next("refund", Unknown("silence"))
    desk_of(people["refunder"]).send(
        url_of(captured, "refund"), desk_of(people["refunder"]).prepared(captured, "refund"), 303
    )
    Payment.objects.filter(pk=captured.pk).update(needs_review=True, review_reason="It does not fit.")
    asked = BuyerRefundRequest.objects.create(order=captured.order, reason="too late", created_at=ports.now())
    pages = {
        "review": url_of(captured, "review"),
        "inquire": url_of(captured, "ask"),
        "change_buyerrefundrequest": f"/admin/payments/buyerrefundrequest/{asked.pk}/answer/",
    }
    html = desk_of(people[role]).get(order_url(captured.order)).content.decode()
    strip = html[html.index('aria-label="Needs attention"') : html.index('aria-label="Actions"')]
    assert {name for name, page in pages.items() if f'href="{page}"' in strip} == set(open_to)
    assert strip.count("disabled") == len(closed_to)
    assert strip.count(SENTENCE) == len(closed_to)
