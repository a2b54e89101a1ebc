"""The adapter and the provider's stand-in, over real HTTP with real signatures: they share no code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core import ports
from core.money import Money
from core.sealing import Secret
from payments.gateways.antom.gateway import AntomGateway
from payments.gateways.base import (
    Approved,
    CaptureMode,
    CaptureRequest,
    ConsultRequest,
    Declined,
    Delivery,
    Fact,
    InquiryRequest,
    Kind,
    Known,
    PaymentRef,
    Pending,
    Redirect,
    Review,
    SdkSession,
    Unknown,
)
from payments.gateways.disputes import DisputeEvent, DisputeFact, EvidenceFile, EvidenceKind
from tests import processes
from tests.gateways.antom.examples import EUR300, authorize
from tests.simulator.merchant import Receiver, fresh
from tests.simulator_process import SimulatorProcess


@pytest.fixture(autouse=True)
def clock() -> None:
    """The real one: the provider looks at the time of every request."""


@pytest.fixture
def provider() -> SimulatorProcess:
    process = processes.simulator()
    process.reset()
    return process


@pytest.fixture
def gateway(provider: SimulatorProcess) -> AntomGateway:
    return AntomGateway.from_credentials(processes.credentials(provider))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def shopper(provider: SimulatorProcess, receiver: Receiver) -> Any:
    """Makes requests to pay with a saved card that is good."""

    def request(**changes: Any) -> Any:
        made = authorize(
            request_id=fresh("PAY"),
            card_token=Secret(provider.token()),
            notify_url=receiver.url,
            expires_at=ports.now() + timedelta(minutes=5),
            capture_mode=CaptureMode.MANUAL,
        )
        return replace(made, **changes)

    return request


def pay(gateway: AntomGateway, request: Any) -> Fact:
    (fact,) = gateway.authorize(request)
    return fact


def captured(gateway: AntomGateway, request: Any) -> PaymentRef:
    held = pay(gateway, request)
    (fact,) = gateway.capture(CaptureRequest(request_id=fresh("CAP"), payment=held.payment, amount=EUR300))
    assert fact.outcome == Approved()
    assert fact.details.acquirer["name"]
    return held.payment


def test_a_hold_tells_its_card_its_checks_and_who_took_it(gateway, shopper):
    fact = pay(gateway, shopper())
    assert (fact.outcome, fact.amount) == (Approved(), EUR300)
    assert fact.details.card is not None
    assert (fact.details.card.brand, fact.details.card.last_four) == ("VISA", "0768")
    assert fact.details.acquirer["name"]
    known = gateway.inquire(InquiryRequest(payment=fact.payment, amount=EUR300))
    assert isinstance(known, Known)
    assert known.complete
    assert known.facts[0].details.acquirer["name"]


def test_a_forced_check_sends_the_buyer_to_the_bank_and_the_inquiry_tells_where(gateway, shopper):
    fact = pay(gateway, shopper(force_three_ds=True))
    assert isinstance(fact.outcome, Pending)
    assert isinstance(fact.outcome.next_action, Redirect)
    known = gateway.inquire(InquiryRequest(payment=fact.payment, amount=EUR300))
    assert isinstance(known, Known)
    told = known.facts[0].outcome
    assert isinstance(told, Pending)
    assert told.next_action is None or isinstance(told.next_action, Redirect)


def test_a_new_card_is_presented_in_a_session(gateway, shopper):
    fact = pay(gateway, shopper(card_token=None, save_card=True))
    assert isinstance(fact.outcome, Pending)
    assert isinstance(fact.outcome.next_action, SdkSession)


@pytest.mark.parametrize(("number", "said"), [("4999990000002102", "true"), ("4054695723100768", "false")])
def test_whether_a_hold_may_grow_is_told(gateway, shopper, provider, number, said):
    fact = pay(gateway, shopper(card_token=Secret(provider.token(number))))
    assert fact.details.allows["incremental"] == said


def test_a_hold_that_somebody_increased_is_told_as_a_contradiction(gateway, shopper, provider, receiver):
    request = shopper()
    fact = pay(gateway, request)
    provider.control("act", {"act": "increase", "request_id": request.request_id, "amount": 40000})
    known = gateway.inquire(InquiryRequest(payment=fact.payment, amount=EUR300))
    assert isinstance(known, Known)
    first, increased = known.facts
    expected = increased.outcome
    assert isinstance(expected, Unknown)
    assert (first.outcome, expected.contradicts) == (Approved(), True)
    assert "EUR 400.00, PORTAL_" in expected.reason
    [sent] = receiver.wait(notifyType="UPDATE_AMOUNT_RESULT")
    notice = gateway.read_notification(
        Delivery(target=sent.path, topic="payment", headers=sent.headers, body=sent.body)
    )
    assert [told.outcome for told in notice.facts] == [expected]


@pytest.mark.parametrize("mode", CaptureMode)
def test_a_korean_card_is_captured_as_it_is_authorised(gateway, shopper, provider, mode):
    fact = pay(gateway, shopper(card_token=Secret(provider.token("9490220011669217")), capture_mode=mode))
    known = gateway.inquire(InquiryRequest(payment=fact.payment, amount=EUR300))
    assert isinstance(known, Known)
    assert [(told.kind, told.outcome, told.amount) for told in known.facts] == [
        (Kind.AUTHORIZE, Approved(), EUR300),
        (Kind.CAPTURE, Approved(), EUR300),
    ]


def test_a_review_is_told_while_it_runs_and_when_it_ends(gateway, shopper, provider):
    provider.control("next", {"operation": "pay", "scenario": "review"})
    request = shopper()
    fact = pay(gateway, request)
    assert fact.outcome == Approved()
    assert review_of(gateway, fact) is Review.RUNNING
    provider.control("act", {"act": "decide_review", "request_id": request.request_id, "decision": "REJECT"})
    assert review_of(gateway, fact) is Review.REJECTED


def review_of(gateway: AntomGateway, fact: Fact) -> Review | None:
    known = gateway.inquire(InquiryRequest(payment=fact.payment, amount=EUR300))
    assert isinstance(known, Known)
    return known.facts[0].details.review


def test_what_may_be_offered(gateway):
    (card,) = gateway.payment_options(ConsultRequest(amount=EUR300))
    assert (card.method, card.enabled, "VISA" in card.brands) == ("CARD", True, True)
    (card,) = gateway.payment_options(ConsultRequest(amount=Money(100, "SEK")))
    assert (card.enabled, card.reason) == (False, "CHANNEL_NOT_SUPPORT_CURRENCY")


@pytest.fixture
def dispute(gateway, shopper, provider, receiver) -> DisputeFact:
    payment = captured(gateway, shopper())
    details = {"act": "open_dispute", "request_id": payment.request_id, "due_days": 10, "reason_code": "4853"}
    made = provider.control("act", details)
    (fact,) = told(gateway, receiver, "DISPUTE_CREATED", made["dispute_id"])
    assert fact.payment == PaymentRef(request_id=payment.request_id, gateway_reference=payment.gateway_reference)
    assert (fact.event, fact.kind, fact.reason_code) == (DisputeEvent.OPENED, "chargeback", "4853")
    assert fact.due_at and fact.opened_at
    assert fact.due_at - fact.opened_at == timedelta(days=10)
    return fact


def told(gateway: AntomGateway, receiver: Receiver, event: str, dispute_id: str) -> tuple[DisputeFact, ...]:
    """What the adapter reads in the provider's signed message."""
    (message,) = receiver.wait(disputeNotificationType=event, disputeId=dispute_id)
    notice = gateway.read_notification(
        Delivery(target=message.path, topic="dispute", headers=message.headers, body=message.body)
    )
    assert (notice.kind, notice.problem) == (event, "")
    return notice.disputes


def test_a_dispute_is_defended_once_with_a_large_file(gateway, dispute, receiver):
    template = gateway.dispute_evidence(dispute.reference, EvidenceKind.TEMPLATE)
    assert isinstance(template, EvidenceFile)
    assert (template.content[:4], template.suffix) == (b"%PDF", "pdf")
    document = b"%PDF-1.4 " + b"our side of the story " * 30_000
    for _ in range(2):
        assert gateway.defend_dispute(dispute.reference, document) == Approved()
    assert isinstance(gateway.defend_dispute(dispute.reference, b"%PDF another"), Declined)
    assert gateway.dispute_evidence(dispute.reference, EvidenceKind.FILE) == EvidenceFile(document, "pdf")
    (fact,) = told(gateway, receiver, "DEFENSE_SUPPLIED", dispute.reference)
    assert fact.event is DisputeEvent.DEFENDED


def test_a_dispute_is_accepted_and_a_repeat_is_no_refusal(gateway, dispute, receiver):
    for _ in range(2):
        assert gateway.accept_dispute(dispute.reference) == Approved()
    (fact,) = told(gateway, receiver, "DISPUTE_ACCEPTED", dispute.reference)
    assert (fact.event, fact.accepted_because) == (DisputeEvent.ACCEPTED, "MERCHANT_ACCEPTED")
