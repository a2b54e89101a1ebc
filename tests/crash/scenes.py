"""What stands when the process begins that will die, what it was asked to do, and where the money must end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from core import ports
from payments.gateways.base import PaymentRef
from payments.gateways.disputes import DisputeEvent, DisputeFact
from payments.models import Dispute, NotificationEvent, Payment
from payments.services import ask, disputes
from tests import factories, processes
from tests.api.app import App, new_key
from tests.crash.acts import Act, perform
from tests.crash.life import dies_at
from tests.simulator.merchant import Delivery, Receiver
from tests.simulator_process import SimulatorProcess

TOTAL, PART = 30000, 12000


@dataclass(frozen=True, slots=True)
class Scene:
    act: Act
    end: str
    """Our state when everything is quiet."""
    taken: int = 0
    given: int = 0
    """What the provider has captured and refunded then."""
    refused: str = ""
    """The code that the client hears in the end, where its wish became impossible."""
    flag: str = ""
    """Why a person is asked, where the story ends so."""
    left: Callable[[], bool] = lambda: True
    """What the dead process must have left behind."""


class Cast:
    """The people, their things, and the provider."""

    def __init__(self, provider: SimulatorProcess, receiver: Receiver) -> None:
        self.provider, self.receiver = provider, receiver
        self.account = processes.make_antom_account()
        self.buyer = factories.make_user("buyer@shop.example")
        self.operator = factories.make_operator("operator@shop.example", *factories.VERBS, "accept", "defend")
        self.product = factories.make_product("VASE", manual=True)
        self.card = factories.make_card(self.buyer, self.account, token=provider.token())
        self.token = App(self.buyer).token

    def arm(self, operation: str, scenario: str, **more: Any) -> None:
        self.provider.control("next", {"operation": operation, "scenario": scenario, **more})

    def pay(self) -> Act:
        order = factories.make_order(self.buyer, self.product).public_id
        return {"do": "pay", "token": self.token, "order": order, "card": self.card.public_id, "key": new_key()}

    def operate(self, verb: str, payment: Payment, amount: int | None = None) -> Act:
        named = {"actor": str(self.operator.pk), "payment": str(payment.pk), "key": new_key()}
        return {"do": verb, **named, "amount": amount}

    def paid(self) -> Payment:
        """Held, EUR 300.00; or whatever the provider was told to do with it."""
        heard = perform(self.pay())
        assert heard["status"] in (201, 202), heard
        return Payment.objects.latest("id")

    def captured(self) -> Payment:
        payment = self.paid()
        heard = perform(self.operate("capture", payment))
        assert heard["status"] == 303, heard
        return payment


def later(seconds: float) -> None:
    ports.pretend_now(ports.now() + timedelta(seconds=seconds))


# --- the money flows ---


def _pay(cast: Cast) -> Scene:
    return Scene(cast.pay(), "authorized")


def _pay_never_sent(cast: Cast) -> Scene:
    return Scene(cast.pay(), "expired")


def _challenge(cast: Cast) -> Scene:
    """The bank wants to see the buyer, who never comes."""
    cast.arm("pay", "challenge")
    return Scene(cast.pay(), "canceled")


def _capture(cast: Cast) -> Scene:
    return Scene(cast.operate("capture", cast.paid()), "captured", taken=TOTAL)


def _cancel(cast: Cast) -> Scene:
    return Scene(cast.operate("cancel", cast.paid()), "canceled")


def _unknown(verb: str, end: str, taken: int) -> Callable[[Cast], Scene]:
    """A first attempt was done without an answer; the second, with another key, finds out and is refused."""

    def scene(cast: Cast) -> Scene:
        payment = cast.paid()
        cast.arm(verb, "lost_reply")
        perform(cast.operate(verb, payment))
        return Scene(cast.operate(verb, payment), end, taken=taken, refused="action_not_allowed")

    return scene


def _overtake(cast: Cast) -> Scene:
    """The buyer gives up while nobody knows what became of the authorization."""
    cast.arm("pay", "lost_reply")
    payment = cast.paid()
    assert payment.state == "pending"
    act = {"do": "give_up", "token": cast.token, "payment": payment.public_id, "key": new_key()}
    return Scene(act, "canceled", flag="The gateway reported an authorisation after the cancel.")  # old news (I17)


def _refund(cast: Cast) -> Scene:
    act = cast.operate("refund", cast.captured(), PART)
    return Scene(act, "partially_refunded", taken=TOTAL, given=PART)


def _refund_refused(cast: Cast) -> Scene:
    payment = cast.captured()
    cast.arm("refund", "decline", code="RISK_REJECT")
    return Scene(cast.operate("refund", payment, PART), "captured", taken=TOTAL)


def _second_refund(cast: Cast) -> Scene:
    """The first was written down by a process that died; until somebody has sent it no other may begin."""
    payment = cast.captured()
    assert dies_at("refund.written", lambda: perform(cast.operate("refund", payment, PART)))
    return Scene(cast.operate("refund", payment, PART), "partially_refunded", taken=TOTAL, given=2 * PART)


def _while_open(first: str, second: str, end: str, taken: int) -> Callable[[Cast], Scene]:
    """What contradicts an open request is refused, and no byte leaves us (I3)."""

    def scene(cast: Cast) -> Scene:
        payment = cast.paid()
        assert dies_at(f"{first}.written", lambda: perform(cast.operate(first, payment)))
        return Scene(cast.operate(second, payment), end, taken=taken, refused="action_not_allowed")

    return scene


def _resolve(cast: Cast) -> Scene:
    cast.arm("pay", "lost_reply")
    cast.paid()
    later(5)
    return Scene({"do": "resolve"}, "authorized")


# --- notifications ---


def _notify(cast: Cast) -> Scene:
    """The provider tells of a payment whose answer got lost."""
    cast.arm("pay", "lost_reply")
    cast.paid()
    return Scene(as_act(cast.receiver.wait()[0]), "authorized")


def _acknowledged(cast: Cast) -> Scene:
    """The provider has its acknowledgement and need not repeat: by then the message is committed (I22)."""
    return replace(_notify(cast), left=NotificationEvent.objects.exists)


def _applier(cast: Cast) -> Scene:
    """Stored by a process that died before it applied it."""
    told = _notify(cast)
    assert dies_at("inbox.after_commit", lambda: perform(told.act))
    later(3)
    return Scene({"do": "apply"}, "authorized")


def as_act(message: Delivery) -> Act:
    not_ours = ("host", "content-length", "connection", "accept-encoding")
    headers = {name: value for name, value in message.headers.items() if name not in not_ours}
    return {"do": "notify", "path": message.path, "headers": headers, "body": message.body.decode()}


# --- what else the code can die in ---


def _ask(cast: Cast) -> Scene:
    payment = cast.captured()
    asked = ask.request_refund(
        buyer=cast.buyer, order_id=payment.order.public_id, reason="too blue", ask=factories.make_ask(cast.buyer)
    )
    assert asked.request is not None
    act = {"do": "answer_request", "actor": str(cast.operator.pk), "request": str(asked.request.pk), "key": new_key()}
    return Scene(act, "refunded", taken=TOTAL, given=TOTAL)


def _dispute(cast: Cast) -> Scene:
    payment = cast.captured()
    authorization = payment.transactions.get(kind="authorize")
    request = {"act": "open_dispute", "request_id": authorization.request_id}
    reference = cast.provider.control("act", request)["dispute_id"]
    ref = PaymentRef(request_id=authorization.request_id, gateway_reference=authorization.gateway_reference)
    fact = DisputeFact(payment=ref, reference=reference, event=DisputeEvent.OPENED, amount=payment.amount)
    disputes.apply_dispute(cast.account, fact)
    dispute = Dispute.objects.get()
    act = {"do": "accept_dispute", "actor": str(cast.operator.pk), "dispute": str(dispute.pk), "key": new_key()}
    return Scene(act, "captured", taken=TOTAL)


SCENES: dict[str, Callable[[Cast], Scene]] = {
    "pay": _pay,
    "pay_never_sent": _pay_never_sent,
    "challenge": _challenge,
    "capture": _capture,
    "capture_unknown": _unknown("capture", "captured", TOTAL),
    "cancel": _cancel,
    "cancel_unknown": _unknown("cancel", "canceled", 0),
    "overtake": _overtake,
    "refund": _refund,
    "refund_refused": _refund_refused,
    "second_refund": _second_refund,
    "cancel_while_capturing": _while_open("capture", "cancel", "captured", TOTAL),
    "capture_while_canceling": _while_open("cancel", "capture", "canceled", 0),
    "resolve": _resolve,
    "notify": _notify,
    "acknowledged": _acknowledged,
    "applier": _applier,
    "ask": _ask,
    "dispute": _dispute,
}
