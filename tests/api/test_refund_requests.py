"""The buyer asks for the money back, and the merchant answers with one act."""

from __future__ import annotations

import pytest

from core import ports
from core.errors import Forbidden, NotYours
from payments.errors import ActionNotAllowed, ReasonRequired, StalePage
from payments.gateways.base import Category, Declined
from payments.models import AskStatus, BuyerRefundRequest, Payment, Transaction
from payments.services.ask import answer_refund_request, decline_refund_request
from payments.services.operate import balances, capture_payment
from tests import factories
from tests.api.app import refused


@pytest.fixture
def held(app, manual_product, card):
    """An order whose EUR 300.00 are held."""
    order = app.place(manual_product)
    assert app.pay(order, card=card.public_id).json()["outcome"] == "held"
    return order


@pytest.fixture
def captured(held, operator):
    capture_payment(
        payment_id=Payment.objects.get().pk, actor=operator, ask=factories.make_ask(operator), reason="shipped"
    )
    assert Payment.objects.get().state == "captured"
    return held


def ask_back(app, order, reason="Does not fit"):
    answer = app.post(f"/orders/{order}/refund-requests/", {"reason": reason})
    assert answer.status_code == 201, answer.content
    return BuyerRefundRequest.objects.get(public_id=answer.json()["id"])


def answer(request, operator, key=None, **values):
    return answer_refund_request(request_id=request.pk, actor=operator, ask=factories.make_ask(operator, key), **values)


def told(app, order):
    return app.get(f"/orders/{order}/refund-requests/").json()["results"]


def test_nothing_to_give_back(app, product):
    order = app.place(product)
    refused(app.post(f"/orders/{order}/refund-requests/", {"reason": "x"}), 409, "action_not_allowed")
    app.pay(order)
    refused(app.post(f"/orders/{order}/refund-requests/", {"reason": "x"}), 409, "action_not_allowed")
    assert app.get(f"/orders/{order}/").json()["allowed_actions"] == ["cancel_payment"]


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501, 5, None, ["x"]])
def test_a_reason_is_needed(app, held, reason):
    refused(app.post(f"/orders/{held}/refund-requests/", {"reason": reason}), 400, "invalid")


def test_asking_twice(app, held):
    ask_back(app, held)
    refused(app.post(f"/orders/{held}/refund-requests/", {"reason": "again"}), 409, "refund_already_requested")
    shown = app.get(f"/orders/{held}/").json()
    assert ([r["status"] for r in shown["refund_requests"]], shown["allowed_actions"]) == (["open"], [])


def test_a_hold_is_released(app, held, operator, fake):
    request = ask_back(app, held)
    assert app.get(f"/orders/{held}/").json()["status"] == "authorized"
    done = answer(request, operator, note="Gladly")
    assert (done.payment.state, fake.sent("refund")) == ("canceled", [])
    request.refresh_from_db()
    assert (request.status, request.transaction, request.answered_by) == ("answered", done.transaction, operator)
    assert (told(app, held)[0]["status"], told(app, held)[0]["answer"]) == ("done", "Gladly")


def test_captured_money_is_refunded_whole(app, captured, operator, fake):
    request = ask_back(app, captured)
    done = answer(request, operator)
    assert (done.payment.state, done.payment.refunded_minor, fake.total("refund")) == ("refunded", 30000, 30000)
    assert told(app, captured)[0]["status"] == "done"
    shown = app.get(f"/orders/{captured}/").json()
    assert (shown["status"], shown["allowed_actions"]) == ("refunded", [])


def test_a_lost_reply_is_on_its_way_and_not_repeated(app, captured, operator, fake):
    fake.lose_reply("refund")
    request = ask_back(app, captured)
    answer(request, operator)
    assert told(app, captured)[0]["status"] == "on_its_way"
    with pytest.raises(ActionNotAllowed, match="answered already"):
        answer(request, operator)
    assert (len(fake.sent("refund")), fake.total("refund")) == (1, 30000)


def test_a_refused_refund_leaves_the_request_open(app, captured, operator, fake):
    fake.next("refund", Declined("NO", Category.CONFIGURATION))
    request = ask_back(app, captured)
    answer(request, operator)
    assert told(app, captured)[0]["status"] == "open"
    answer(request, operator)
    assert (told(app, captured)[0]["status"], fake.total("refund")) == ("done", 30000)


@pytest.mark.parametrize("place", ["refund.before_commit", "refund.written", "refund.after_call", "ask.operated"])
@pytest.mark.parametrize("same_form", [True, False])
def test_an_answer_that_died_on_the_way_gives_back_once(app, captured, operator, fake, place, same_form):
    class Died(BaseException):
        pass

    def die(name):
        if name == place:
            raise Died

    request = ask_back(app, captured)
    ports.install_crash_hook(die)
    with pytest.raises(Died):
        answer(request, operator, key="the-form-that-was-open")
    ports.install_crash_hook(None)
    key = "the-form-that-was-open" if same_form else None
    done = answer(request, operator, key=key)
    request.refresh_from_db()
    assert (request.status, request.transaction) == ("answered", done.transaction)
    assert Transaction.objects.filter(kind="refund").count() == 1
    assert fake.total("refund") <= 30000
    assert len(fake.sent("refund")) <= 1


def test_the_same_form_twice(app, captured, operator, fake):
    request = ask_back(app, captured)
    first = answer(request, operator, key="one-form-one-answer")
    second = answer(request, operator, key="one-form-one-answer")
    assert first.transaction == second.transaction
    assert len(fake.sent("refund")) == 1


@pytest.mark.promise("I28")
def test_who_may_answer(app, captured, viewer, buyer, fake):
    request = ask_back(app, captured)
    for person in (viewer, buyer):
        with pytest.raises(Forbidden):
            answer(request, person)
        with pytest.raises(Forbidden):
            decline_refund_request(request_id=request.pk, actor=person, answer="No")
    assert (fake.sent("refund"), told(app, captured)[0]["status"]) == ([], "open")


def test_a_stale_page(app, captured, operator, fake):
    request = ask_back(app, captured)
    seen = balances(Payment.objects.get())
    with pytest.raises(StalePage):
        answer(request, operator, seen={**seen, "refunded_minor": "1"})
    assert fake.sent("refund") == []
    assert answer(request, operator, seen=seen).payment.state == "refunded"


def test_declining_says_why(app, captured, operator, fake):
    request = ask_back(app, captured)
    with pytest.raises(ReasonRequired):
        decline_refund_request(request_id=request.pk, actor=operator, answer="  ")
    decline_refund_request(request_id=request.pk, actor=operator, answer="It was used.")
    assert (told(app, captured)[0]["status"], told(app, captured)[0]["answer"]) == ("declined", "It was used.")
    with pytest.raises(ActionNotAllowed):
        decline_refund_request(request_id=request.pk, actor=operator, answer="Again")
    with pytest.raises(ActionNotAllowed, match="declined"):
        answer(request, operator)
    assert fake.sent("refund") == []
    assert ask_back(app, captured, "Please").status == AskStatus.OPEN


def test_nobody_declines_what_was_given_back(app, captured, operator):
    request = ask_back(app, captured)
    answer(request, operator)
    with pytest.raises(ActionNotAllowed):
        decline_refund_request(request_id=request.pk, actor=operator, answer="Too late")


def test_money_that_went_back_otherwise(app, held, operator):
    from payments.services.operate import cancel_payment

    request = ask_back(app, held)
    cancel_payment(
        payment_id=Payment.objects.get().pk, actor=operator, ask=factories.make_ask(operator), reason="other"
    )
    with pytest.raises(ActionNotAllowed, match="nothing to give back"):
        answer(request, operator)


def test_no_such_request(operator):
    with pytest.raises(NotYours):
        decline_refund_request(request_id=ports.new_uuid(), actor=operator, answer="No")
