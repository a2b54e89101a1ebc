"""A hold that somebody else increased: a person hears of it, once, and no sum moves (antom.md 3.8, 3.9, 3.17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import ports
from payments.gateways import registry
from payments.gateways.base import Details, Fact, Kind, Known, PaymentRef, Unknown
from payments.journal import Entry
from payments.models import JournalEntry, NotificationEvent, Payment
from payments.services.refresh import ask_gateway, reconcile
from payments.services.review import clear_review
from tests import factories
from tests.gateways.antom.examples import INQUIRY, PAYMENT_ID, REF, REQUEST_ID, result
from tests.gateways.antom.shop import Shop, state, told
from tests.gateways.antom.wire import CREDENTIALS, SUCCESS, answers, delivery

MORE = {"currency": "EUR", "value": "40000"}
INCREASED = {
    "notifyType": "UPDATE_AMOUNT_RESULT",
    "result": SUCCESS,
    "updateRequestId": "UPD_1",
    "paymentId": PAYMENT_ID,
    "amount": MORE,
    "authExpiryTime": "2026-01-14T18:11:13+08:00",
}
ENTRY = {
    "transactionType": "INCREMENTAL",
    "transactionStatus": "SUCCESS",
    "transactionId": "upd-1",
    "transactionRequestId": "UPD_1",
    "transactionAmount": MORE,
    "transactionResult": SUCCESS,
}
BY_REFERENCE = PaymentRef(request_id=None, gateway_reference=PAYMENT_ID)
REASON = "the provider says that the hold was changed ({}), which we did not ask for"
ENDS = datetime(2026, 1, 14, 10, 11, 13, tzinfo=UTC)


@pytest.fixture
def shop(transactional_db, settings, wire, buyer, manual_product, operator) -> Iterator[Shop]:
    settings.GATEWAY_CREDENTIALS = {"antom": CREDENTIALS}
    registry.forget_built()
    card = factories.make_card(buyer, factories.make_account("antom", "antom"))
    yield Shop(wire, buyer, factories.make_order(buyer, manual_product), card, operator)
    registry.forget_built()


def fact(payment: PaymentRef, told: str = "EUR 400.00, UPD_1", ends: datetime | None = None) -> Fact:
    return Fact(
        payment=payment,
        kind=Kind.AUTHORIZE,
        request_id=None,
        gateway_reference=PAYMENT_ID,
        outcome=Unknown(REASON.format(told), contradicts=True),
        amount=None,
        details=Details(hold_ends_at=ends),
    )


# --- what the adapter makes of it -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, fact(BY_REFERENCE, ends=ENDS)),
        ({"paymentRequestId": REQUEST_ID}, fact(REF, ends=ENDS)),
        ({"updateRequestId": None, "authExpiryTime": "soon"}, fact(BY_REFERENCE, "EUR 400.00")),
        ({"amount": None}, fact(BY_REFERENCE, "no amount is named, UPD_1", ends=ENDS)),
    ],
)
def test_the_message_is_a_contradiction_and_no_success(gateway, changes, expected):
    notice = gateway.read_notification(delivery({**INCREASED, **changes}))
    assert (notice.facts, notice.problem, notice.kind) == ((expected,), "", "UPDATE_AMOUNT_RESULT")


@pytest.mark.parametrize("amount", [{"currency": "EUR"}, "400"])
def test_an_amount_that_cannot_be_read_is_a_problem(gateway, amount):
    notice = gateway.read_notification(delivery({**INCREASED, "amount": amount}))
    assert (notice.facts, bool(notice.problem)) == ((), True)


@pytest.mark.parametrize(
    "refused", [result("PROCESS_FAIL", "F"), result("USER_BALANCE_NOT_ENOUGH", "F"), result("SOMETHING_NEW", "F")]
)
def test_a_refused_increase_changes_nothing(gateway, refused):
    notice = gateway.read_notification(delivery({**INCREASED, "result": refused}))
    assert (notice.facts, notice.problem) == ((), "")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"paymentId": None}, "paymentId is missing"),
        ({"result": None}, "result is missing or unknown"),
        ({"result": result("UNKNOWN_EXCEPTION", "U")}, "result decides nothing: U UNKNOWN_EXCEPTION"),
    ],
)
def test_what_cannot_be_understood_is_a_problem_and_no_exception(gateway, changes, problem):
    assert gateway.read_notification(delivery({**INCREASED, **changes})).problem == problem


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [fact(REF)]),
        ({"transactionStatus": "PROCESSING"}, []),
        ({"transactionStatus": "FAIL"}, []),
        ({"transactionStatus": "PERHAPS"}, []),
        # as much as ours may have been added to it
        ({"transactionAmount": {"currency": "EUR", "value": "30000"}}, [fact(REF, "EUR 300.00, UPD_1")]),
        ({"transactionAmount": None}, [fact(REF, "no amount is named, UPD_1")]),
        ({"transactionAmount": "400"}, [fact(REF, "no amount is named, UPD_1")]),
    ],
)
def test_an_inquiry_tells_it_too(gateway, wire, changes, expected):
    document = told({"paymentRequestId": REQUEST_ID}, transactions=[{**ENTRY, **changes}])
    answers(wire, "inquiryPayment", document)
    known = gateway.inquire(INQUIRY)
    assert isinstance(known, Known)
    assert (list(known.facts[1:]), known.complete) == (expected, True)


# --- what becomes of it in the shop ---------------------------------------------------------------------------------


def sums(payment: Payment) -> tuple[int, int, int]:
    row = Payment.objects.get(pk=payment.pk)
    return row.authorized_minor, row.captured_minor, row.released_minor


def contradictions(payment: Payment) -> list[str]:
    rows = JournalEntry.objects.filter(payment=payment, entry=Entry.MISMATCH)
    return [row.evidence["detail"] for row in rows]


def test_a_person_hears_of_it_once_and_nothing_moves(shop):
    payment = shop.held()
    before = (state(payment), sums(payment))

    def inquired(asked: dict[str, Any]) -> dict[str, Any]:
        amount = shop.asked("pay")[0]["paymentAmount"]
        return {**told(asked, transactions=[ENTRY]), "paymentAmount": amount}

    shop.vendor("inquiryPayment", inquired)
    assert [shop.notify(message).status_code for message in (INCREASED, INCREASED)] == [200, 200]
    for _ in range(3):
        ask_gateway(payment.pk)
    payment.refresh_from_db()
    assert payment.needs_review
    assert "EUR 400.00" in payment.review_reason
    assert (state(payment), sums(payment)) == before
    assert contradictions(payment) == [REASON.format("EUR 400.00, UPD_1")]
    [event] = NotificationEvent.objects.all()
    assert (event.status, event.next_at, event.payment_id) == ("applied", None, payment.pk)


def test_the_next_increase_by_the_same_amount_is_news_again(shop):
    payment = shop.held()
    shop.notify(INCREASED)
    clear_review(payment_id=payment.pk, actor=shop.operator, reason="checked")
    shop.notify({**INCREASED, "updateRequestId": "UPD_2"})
    payment.refresh_from_db()
    assert payment.needs_review
    assert len(contradictions(payment)) == 2


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("end", ["in the message", "in the answer", "nowhere"])
def test_a_hold_that_stands_longer_is_not_called_lapsed_at_its_old_end(shop, end, whole):
    payment = shop.held()
    payment.refresh_from_db()
    old = payment.hold_ends_at
    later = {"authExpiryTime": (old + timedelta(days=5)).isoformat(timespec="seconds")}
    silent = {"authExpiryTime": None}
    shop.notify({**INCREASED, **(later if end == "in the message" else silent)})

    def inquired(asked: dict[str, Any]) -> dict[str, Any]:
        amount = MORE if whole else shop.asked("pay")[0]["paymentAmount"]
        told_end = later if end == "in the answer" else silent
        return {**told(asked, transactions=[ENTRY]), "paymentAmount": amount, **told_end}

    shop.vendor("inquiryPayment", inquired)
    ports.pretend_now(old + timedelta(hours=2))
    for _ in range(3):
        reconcile()
        ports.pretend_now(ports.now() + timedelta(hours=2))
    payment.refresh_from_db()
    assert (payment.state, payment.held_minor, payment.released_minor) == ("authorized", 30000, 0)
    assert payment.hold_ends_at == (old if end == "nowhere" else (old + timedelta(days=5)).replace(microsecond=0))
    if end == "in the answer":
        ports.pretend_now(old + timedelta(days=6))
        reconcile()
        payment.refresh_from_db()
        assert (payment.state, payment.held_minor) == ("expired", 0)


def test_while_our_own_request_is_open_it_is_told_once(shop):
    shop.vendor_is_silent("pay")
    payment = shop.pay()
    amount = shop.asked("pay")[0]["paymentAmount"]
    answer = {"transactions": [ENTRY]}
    shop.vendor("inquiryPayment", lambda asked: {**told(asked, "PROCESSING", **answer), "paymentAmount": amount})
    ask_gateway(payment.pk)
    length = payment.journal.count()
    ask_gateway(payment.pk)
    ask_gateway(payment.pk)
    assert payment.journal.count() == length


def test_before_the_answer_to_our_own_request_it_makes_us_ask(shop):
    shop.vendor_is_silent("pay")
    payment = shop.pay()
    request_id = shop.asked("pay")[0]["paymentRequestId"]
    amount = shop.asked("pay")[0]["paymentAmount"]
    shop.notify({**INCREASED, "paymentRequestId": request_id})
    assert (state(payment), sums(payment)) == ("pending", (0, 0, 0))
    shop.vendor("inquiryPayment", lambda asked: {**told(asked, transactions=[ENTRY]), "paymentAmount": amount})
    ask_gateway(payment.pk)
    assert state(payment) == "authorized"


def test_a_korean_card_is_captured_at_once_although_the_shop_wanted_to(shop):
    payment = shop.held()
    captured = {
        "notifyType": "CAPTURE_RESULT",
        "result": SUCCESS,
        "captureRequestId": f"AUTO_{PAYMENT_ID}",
        "captureId": "cap-1",
        "paymentId": PAYMENT_ID,
        "captureAmount": shop.asked("pay")[0]["paymentAmount"],
    }
    shop.notify(captured)
    payment.refresh_from_db()
    assert (state(payment), payment.needs_review) == ("captured", False)
