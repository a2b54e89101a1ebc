"""Facts from the answers to our requests (antom.md 3.6 to 3.13). An approval must repeat what we asked (I9, I20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.money import Money
from core.sealing import Secret
from payments.gateways.antom.amounts import read_amount
from payments.gateways.antom.document import Document, Unreadable
from payments.gateways.antom.meaning import outcome_of
from payments.gateways.antom.operations import Operation
from payments.gateways.antom.read_details import read_details
from payments.gateways.antom.read_redirect import read_redirect
from payments.gateways.antom.result import Answer, Reply
from payments.gateways.antom.tolerant import (
    read_fitting_id,
    read_id,
    read_moment,
    read_payment_moment,
    read_text,
    refuse_other_ids,
)
from payments.gateways.base import (
    Approved,
    AuthorizeRequest,
    CancelRequest,
    CaptureRequest,
    Fact,
    Kind,
    NotAttempted,
    Outcome,
    PaymentRef,
    Pending,
    RefundRequest,
    SdkSession,
    Unknown,
)


@dataclass(frozen=True, slots=True)
class _Bound:
    """What an answer must repeat of the request: ids by name, and the amount under its name.

    `identity` are the names of which an approval must hold at least one; a refusal may come without.
    """

    ids: Mapping[str, str | None]
    identity: tuple[str, ...]
    amount_name: str = ""
    amount: Money | None = None

    def read_amount(self, document: Document) -> Money | None:
        return read_amount(document, self.amount_name) if self.amount_name else None


def _bind(document: Document, outcome: Outcome, bound: _Bound) -> Outcome:
    """The same outcome, or Unknown naming the first field that differs from what we asked."""
    if isinstance(outcome, Unknown | NotAttempted):
        return outcome
    try:
        refuse_other_ids(document, bound.ids)
    except Unreadable as error:
        return Unknown(str(error), contradicts=True)
    try:
        amount = bound.read_amount(document)
    except Unreadable as error:
        return Unknown(str(error))
    if amount is not None and amount != bound.amount:
        return Unknown(f"{bound.amount_name} differs", contradicts=True)
    if isinstance(outcome, Approved) and not any(read_id(document, name) for name in bound.identity):
        return Unknown(f"{bound.identity[0]} is missing")
    return outcome


# --- authorize ------------------------------------------------------------------------------------------------------


def read_pay(request: AuthorizeRequest, reply: Reply, *, plain_http: bool = False) -> Fact:
    """The authorization after `pay` (3.6, decision table)."""
    if not isinstance(reply, Answer):
        return _authorization(request, reply)
    document = reply.document
    bound = _Bound({"paymentRequestId": request.request_id}, ("paymentRequestId",), "paymentAmount", request.amount)
    outcome = _bind(document, outcome_of(Operation.PAY, reply), bound)
    if isinstance(outcome, Unknown | NotAttempted):
        return _authorization(request, outcome)
    reference = read_fitting_id(document, "paymentId")
    if isinstance(outcome, Approved) and reference is None:
        return _authorization(request, Unknown("paymentId is missing"))
    if isinstance(outcome, Pending):
        outcome = Pending(read_redirect(document, plain_http=plain_http))
    return replace(
        _authorization(request, outcome, reference=reference),
        amount=bound.read_amount(document),
        occurred_at=read_payment_moment(document),
        details=read_details(document),
    )


def read_session(request: AuthorizeRequest, reply: Reply) -> Fact:
    """The opened session after `createPaymentSession` (3.7): nothing is paid, the buyer has yet to submit."""
    if not isinstance(reply, Answer):
        return _authorization(request, reply)
    document = reply.document
    outcome = outcome_of(Operation.SESSION, reply)
    if not isinstance(outcome, Approved):
        return _authorization(request, outcome)
    data = read_text(document, "paymentSessionData", 4096)
    if not data:
        return _authorization(request, Unknown("paymentSessionData is missing"))
    ends = read_moment(document, "paymentSessionExpiryTime") or request.expires_at
    opened = Pending(SdkSession(data=Secret(data), expires_at=ends))
    return _authorization(request, opened, session=read_fitting_id(document, "paymentSessionId"))


def _authorization(
    request: AuthorizeRequest, outcome: Outcome, *, reference: str | None = None, session: str | None = None
) -> Fact:
    """A fact about our AUTHORIZE with what we know ourselves."""
    return Fact(
        payment=PaymentRef(request_id=request.request_id, gateway_reference=reference, session=session),
        kind=Kind.AUTHORIZE,
        request_id=request.request_id,
        gateway_reference=reference,
        outcome=outcome,
        amount=None,
    )


# --- capture, cancel, refund ----------------------------------------------------------------------------------------


def read_capture(request: CaptureRequest, reply: Reply) -> Fact:
    """The capture after `capture` (3.11); CAPTURE_IN_PROCESS is ordinary (pitfall 13)."""
    bound = _Bound(
        {"captureRequestId": request.request_id, "paymentId": request.payment.gateway_reference},
        ("captureRequestId",),
        "captureAmount",
        request.amount,
    )
    return _read_follow_up(request, reply, bound, Kind.CAPTURE, Operation.CAPTURE, "captureId", "captureTime")


def read_refund(request: RefundRequest, reply: Reply) -> Fact:
    """The refund after `refund` (3.13)."""
    bound = _Bound(
        {"refundRequestId": request.request_id, "paymentId": request.payment.gateway_reference},
        ("refundRequestId",),
        "refundAmount",
        request.amount,
    )
    return _read_follow_up(request, reply, bound, Kind.REFUND, Operation.REFUND, "refundId", "refundTime")


def read_cancel(request: CancelRequest, reply: Reply) -> Fact:
    """The cancel after `cancel` (3.10).

    A cancel has no id of its own at this provider: the payment's id is its key, so that is its reference at every door.
    """
    ours = request.payment
    bound = _Bound(
        {"paymentId": ours.gateway_reference, "paymentRequestId": ours.request_id}, ("paymentId", "paymentRequestId")
    )
    fact = _read_follow_up(request, reply, bound, Kind.CANCEL, Operation.CANCEL, "paymentId", "cancelTime")
    reference = fact.gateway_reference or ours.gateway_reference
    payment = replace(ours, gateway_reference=reference)
    return replace(fact, payment=payment, gateway_reference=reference if fact.outcome == Approved() else None)


def _read_follow_up(
    request: CaptureRequest | CancelRequest | RefundRequest,
    reply: Reply,
    bound: _Bound,
    kind: Kind,
    operation: Operation,
    id_name: str,
    time_name: str,
) -> Fact:
    outcome = _bind(reply.document, outcome_of(operation, reply), bound) if isinstance(reply, Answer) else reply
    fact = Fact(
        payment=request.payment,
        kind=kind,
        request_id=request.request_id,
        gateway_reference=None,
        outcome=outcome,
        amount=None,
    )
    if not isinstance(reply, Answer) or isinstance(outcome, Unknown | NotAttempted):
        return fact
    return replace(
        fact,
        gateway_reference=read_fitting_id(reply.document, id_name),
        amount=bound.read_amount(reply.document),
        occurred_at=read_moment(reply.document, time_name),
        details=read_details(reply.document),
    )
