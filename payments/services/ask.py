"""The buyer asks for the money back; the merchant answers with one act: release while only held, refund after.

Money first: a request is marked as answered only after the operation was committed and called. The transaction
carries the request's id as its reason, so that an answer interrupted in between is found again and never repeated.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from core import ports
from core.errors import DomainError, Forbidden, NotYours
from core.idempotency import Adopted, Answered, Ask, claim_key
from core.models import IdempotencyKey, User
from orders.models import Order
from payments.errors import ActionNotAllowed, ReasonRequired
from payments.gateways.base import Kind
from payments.models import AskStatus, BuyerRefundRequest, Payment, Transaction
from payments.services.operate import Operated, cancel_payment, refund_payment, refuse_card_data
from payments.states import State, Status

NOTHING_TO_GIVE_BACK = "Nothing is held or charged for this order, so there is nothing to give back."


class AskedAlready(DomainError):
    code = "refund_already_requested"
    detail = "You asked for this money back already. The merchant will answer."


@dataclass(frozen=True, slots=True)
class Asked:
    """The request and the key to store its first answer under; or, when `answered`, the bytes given before."""

    request: BuyerRefundRequest | None
    key: IdempotencyKey | None
    answered: Answered | None = None


def request_refund(*, buyer: User, order_id: str, reason: str, ask: Ask) -> Asked:
    """The buyer's wish, written down; nothing is sent. `reason`: 1 to 500 characters.

    Raises NotYours, ActionNotAllowed (nothing held or charged), AskedAlready, KeyReused, KeyInProgress.
    """
    with transaction.atomic(durable=True):
        claim = claim_key(ask, subject="")
        if isinstance(claim, Answered):
            return Asked(None, None, claim)
        if isinstance(claim, Adopted):
            return Asked(BuyerRefundRequest.objects.get(public_id=claim.subject), claim.key)
        order = Order.objects.select_for_update().filter(buyer=buyer, public_id=order_id).first()
        if order is None:
            raise NotYours
        _refuse_if_pointless(order)
        request = BuyerRefundRequest.objects.create(order=order, reason=reason, created_at=ports.now())
        claim.key.subject = request.public_id
        claim.key.save(update_fields=["subject"])
    return Asked(request, claim.key)


def refund_requests_of(buyer: User, order_id: str) -> QuerySet[BuyerRefundRequest]:
    """Newest first. Raises NotYours."""
    order = Order.objects.filter(buyer=buyer, public_id=order_id).first()
    if order is None:
        raise NotYours
    return BuyerRefundRequest.objects.filter(order=order).select_related("transaction")


def may_ask_for_money_back(payments: Iterable[Payment], asked: Iterable[BuyerRefundRequest]) -> bool:
    return any(_gives_back(payment) for payment in payments) and all(r.status != AskStatus.OPEN for r in asked)


def answer_refund_request(
    *,
    request_id: uuid.UUID,
    actor: User,
    ask: Ask,
    seen: Mapping[str, str] | None = None,
    note: str = "",
    address: str | None = None,
) -> Operated:
    """Give the money back: release it while it is only held, refund everything left once it is taken.

    `note` is told to the buyer. A repeat, also after a crash, ends with the same transaction. Raises NotYours,
    ActionNotAllowed (answered before, nothing left), and as `operate`: Forbidden, StalePage, OperationInProgress …
    """
    refuse_card_data(note)
    request = _request(request_id)
    if (made := _made_for(request)) is not None:
        return _finish_what_was_made(request, made, actor=actor, ask=ask, note=note)
    if request.status == AskStatus.DECLINED:
        raise ActionNotAllowed("This request was declined. The buyer may ask again.")
    payment = payment_to_give_back(request.order)
    if payment is None:
        raise ActionNotAllowed(NOTHING_TO_GIVE_BACK)
    act = refund_payment if payment.captured_minor else cancel_payment
    done = act(
        payment_id=payment.pk,
        actor=actor,
        ask=ask,
        seen=seen,
        reason=_mark(request),
        note=note,
        address=address,
    )
    ports.crash_point("ask.operated")
    made = done.transaction or _made_for(request)
    if made is not None and made.status != Status.FAILED:
        _mark_answered(request, made, actor=actor, note=note)
    return done


def decline_refund_request(*, request_id: uuid.UUID, actor: User, answer: str) -> BuyerRefundRequest:
    """Say no, and why; `answer` (1 to 300 characters) is shown to the buyer.

    Raises Forbidden, ReasonRequired, NotYours, ActionNotAllowed (answered before, or money on its way).
    """
    fresh = User.objects.get(pk=actor.pk)
    if not (fresh.is_active and fresh.is_staff and fresh.has_perm("payments.refund")):
        raise Forbidden("Your role does not include “refund”. Ask somebody whose role does.")
    if not answer.strip():
        raise ReasonRequired("Tell the buyer why.")
    refuse_card_data(answer)
    request = _request(request_id)
    if _made_for(request) is not None:
        raise ActionNotAllowed("The money is on its way back already.")
    declined = BuyerRefundRequest.objects.filter(pk=request.pk, status=AskStatus.OPEN).update(
        status=AskStatus.DECLINED, answered_by=fresh, answered_at=ports.now(), answer=answer.strip()[:300]
    )
    if not declined:
        raise ActionNotAllowed("This request was answered already.")
    return _request(request_id)


def payment_to_give_back(order: Order) -> Payment | None:
    """The newest payment of the order that holds or has money of the buyer."""
    return next((payment for payment in Payment.objects.filter(order=order) if _gives_back(payment)), None)


# --- inside -----------------------------------------------------------------------------------------------------------


def _gives_back(payment: Payment) -> bool:
    return payment.refundable_minor > 0 or (payment.captured_minor == 0 and payment.state == State.AUTHORIZED)


def _refuse_if_pointless(order: Order) -> None:
    if BuyerRefundRequest.objects.filter(order=order, status=AskStatus.OPEN).exists():
        raise AskedAlready
    if payment_to_give_back(order) is None:
        raise ActionNotAllowed(NOTHING_TO_GIVE_BACK)


def _request(request_id: uuid.UUID) -> BuyerRefundRequest:
    request = BuyerRefundRequest.objects.select_related("order", "transaction").filter(pk=request_id).first()
    if request is None:
        raise NotYours
    return request


def _mark(request: BuyerRefundRequest) -> str:
    return f"buyer_request {request.public_id}"


def _made_for(request: BuyerRefundRequest) -> Transaction | None:
    """What was done for this request and did not fail; a refused attempt may be followed by another."""
    return (
        Transaction.objects.filter(
            payment__order_id=request.order_id, kind__in=[Kind.CANCEL, Kind.REFUND], reason=_mark(request)
        )
        .exclude(status__in=[Status.FAILED, Status.RETURNED])
        .select_related("payment")
        .order_by("-id")
        .first()
    )


def _finish_what_was_made(
    request: BuyerRefundRequest, made: Transaction, *, actor: User, ask: Ask, note: str
) -> Operated:
    """The act is there. Whoever asks with the key that made it gets it again; another answer comes too late."""
    if request.status != AskStatus.ANSWERED or request.transaction_id != made.pk:
        _mark_answered(request, made, actor=made.actor or actor, note=note)
        return Operated(made.payment, made)
    if IdempotencyKey.objects.filter(principal=ask.principal, key_digest=ask.key_digest).exists():
        return Operated(made.payment, made)
    raise ActionNotAllowed("This request was answered already.")


def _mark_answered(request: BuyerRefundRequest, made: Transaction, *, actor: User, note: str) -> None:
    BuyerRefundRequest.objects.filter(pk=request.pk).update(
        status=AskStatus.ANSWERED, answered_by=actor, answered_at=ports.now(), answer=note[:300], transaction=made
    )
