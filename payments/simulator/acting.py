"""What the provider does by itself, or an operator in its dashboard. Each function is one atomic block.

`request_id` is the paymentRequestId unless said otherwise. Raises Impossible with a sentence.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Literal, TypeVar

from django.db import transaction

from payments.simulator import (
    capturing,
    clock,
    disputing,
    increasing,
    paying,
    refunding,
    reviewing,
    standing,
    switchboard,
    vaulting,
)
from payments.simulator.desk import Desk, note
from payments.simulator.models import OPEN, Capture, Dispute, Increase, Payment, Refund, Status, Vaulting
from payments.simulator.scenarios import Plan

DISPUTE_KINDS = ("CHARGEBACK", "RETRIEVAL_REQUEST", "COMPLIANCE_REQUEST")
JUDGEMENTS = ("VALIDATE_SUCCESS", "VALIDATE_FAIL", "ACCEPT_BY_CUSTOMER", "ACCEPT_BY_MERCHANT")
_STAGES = {
    "DISPUTE_JUDGED": Dispute.Stage.JUDGED,
    "DISPUTE_CANCELLED": Dispute.Stage.CANCELLED,
    "RDR_RESOLVED": Dispute.Stage.RESOLVED,
}
M = TypeVar("M", Capture, Refund, Increase)
DISPUTE_EVENTS = (*_STAGES, "DEFENSE_DUE_ALERT")


class Impossible(ValueError):
    """The books do not allow it; the text says why."""


@transaction.atomic
def capture_by_provider(request_id: str, amount: int | None) -> None:
    """All that is left of the hold, or `amount` of it, also of a payment that waits for the merchant's capture."""
    payment = _payment(request_id)
    taken = sum(c.amount for c in payment.captures.exclude(status=Status.FAIL))
    left = payment.authorized - payment.voided - taken if payment.status == Status.SUCCESS else 0
    number = payment.captures.count()
    own_id = f"AUTO_{payment.payment_id}" + (f"_{number}" if number else "")
    capture = capturing.capture_unasked(_desk(payment), payment, own_id, _part(amount, left, "held"))
    note(payment.client_id, "providerCapture", own_id, capture.result_code, "")


@transaction.atomic
def refund_by_provider(request_id: str, amount: int | None) -> None:
    """Notified where the payment's earlier refunds were; nowhere when there were none."""
    payment = _payment(request_id)
    given = sum(r.amount for r in payment.refunds.exclude(status=Status.FAIL))
    last = payment.refunds.exclude(notify_url="").order_by("-pk").first()
    own_id = f"PORTAL_{secrets.token_hex(12)}"
    part = _part(amount, payment.captured - given, "captured")
    refund = refunding.refund_unasked(_desk(payment), payment, own_id, part, last.notify_url if last else "")
    note(payment.client_id, "providerRefund", own_id, refund.result_code, "")


@transaction.atomic
def increase_by_provider(request_id: str, amount: int | None) -> None:
    """The hold becomes `amount`: by support, or by a program of the merchant's that we do not know."""
    payment = _payment(request_id)
    if payment.status != Status.SUCCESS or payment.captures.exclude(status=Status.FAIL).exists():
        raise Impossible(f"{request_id} has no hold that could grow.")
    if amount is None or amount <= payment.authorized:
        raise Impossible(f"The hold is {payment.authorized} minor units; say a larger one.")
    own_id = f"PORTAL_{secrets.token_hex(12)}"
    increase = increasing.increase_unasked(_desk(payment), payment, own_id, amount)
    note(payment.client_id, "providerIncrease", own_id, increase.result_code, "")


@transaction.atomic
def void_by_provider(request_id: str) -> None:
    """The hold is released; no notification says so (antom.md 3.10)."""
    payment = _payment(request_id)
    if payment.status != Status.SUCCESS or payment.captures.exclude(status=Status.FAIL).exists():
        raise Impossible(f"{request_id} has no hold that could be released.")
    standing.release(payment, clock.now())
    note(payment.client_id, "providerVoid", request_id, "SUCCESS", "")


@transaction.atomic
def reverse_refund(refund_request_id: str) -> None:
    refund = Refund.objects.filter(request_id=refund_request_id, status=Status.SUCCESS).order_by("-pk").first()
    if refund is None or refund.parent is None:
        raise Impossible(f"There is no successful refund {refund_request_id}.")
    refunding.reverse(_desk(refund.parent), refund)
    note(refund.client_id, "reverseRefund", refund_request_id, "PROCESS_FAIL", "")


@transaction.atomic
def decide_review(request_id: str, decision: Literal["ACCEPT", "REJECT"]) -> None:
    payment = _payment(request_id)
    if decision not in ("ACCEPT", "REJECT"):
        raise Impossible("A review ends with ACCEPT or REJECT.")
    if not reviewing.decide(payment, decision):
        raise Impossible(f"{request_id} is not under review.")
    note(payment.client_id, "decideReview", request_id, decision, "")


@transaction.atomic
def open_dispute(request_id: str, *, amount: int | None, kind: str, reason_code: str, due_days: float) -> str:
    """disputeId. `amount` None: everything that was captured."""
    payment = _payment(request_id)
    if kind not in DISPUTE_KINDS:
        raise Impossible(f"A dispute is one of {', '.join(DISPUTE_KINDS)}.")
    if not 0 <= due_days <= 365:
        raise Impossible("The deadline lies 0 to 365 days ahead.")
    part = _part(amount, payment.captured, "captured")
    due_at = clock.now() + timedelta(days=due_days)
    dispute = disputing.open_dispute(payment, amount=part, kind=kind, reason_code=reason_code[:64], due_at=due_at)
    note(payment.client_id, "openDispute", request_id, "DISPUTE_CREATED", "")
    return dispute.dispute_id


@transaction.atomic
def dispute_event(dispute_id: str, event: str, *, result: str = "") -> None:
    dispute = Dispute.objects.select_related("parent").filter(dispute_id=dispute_id).first()
    if dispute is None:
        raise Impossible(f"There is no dispute {dispute_id}.")
    if event not in DISPUTE_EVENTS:
        raise Impossible(f"A dispute event is one of {', '.join(DISPUTE_EVENTS)}.")
    if dispute.ended_at is not None:
        raise Impossible(f"The dispute has ended: {dispute.stage}.")
    if event == "DISPUTE_JUDGED" and result not in JUDGEMENTS:
        raise Impossible(f"A judgement is one of {', '.join(JUDGEMENTS)}.")
    if event == "DEFENSE_DUE_ALERT":
        disputing.alert(dispute)
    else:
        dispute.stage, dispute.result, dispute.ended_at = _STAGES[event], result, clock.now()
        dispute.save()
        disputing.tell(dispute, event)
    note(dispute.parent.client_id, "disputeEvent", dispute.parent.request_id, event, "")


@transaction.atomic
def settle_now(request_id: str, outcome: Literal["S", "F"]) -> None:
    """A payment under way ends, or else the captures, refunds and increases under way, or the binding of a card.

    Its own, or the one of that request id.
    """
    if outcome not in ("S", "F"):
        raise Impossible("It ends with S or F.")
    payment = Payment.objects.filter(request_id=request_id, status__in=OPEN).order_by("-pk").first()
    if payment is not None and paying.settle_payment(payment, "SUCCESS" if outcome == "S" else "DO_NOT_HONOR"):
        return
    code = "SUCCESS" if outcome == "S" else "PROCESS_FAIL"
    if not _settle_moves(request_id, code) and not _settle_vaulting(request_id, outcome):
        raise Impossible(f"Nothing of {request_id} is under way.")


def _settle_moves(request_id: str, code: str) -> int:
    captures, refunds = _under_way(Capture, request_id), _under_way(Refund, request_id)
    increases = _under_way(Increase, request_id)
    for capture in captures:
        capturing.settle_capture(_desk(capture), capture, code)
    for refund in refunds:
        refunding.settle_refund(_desk(refund), refund, code)
    for increase in increases:
        increasing.settle_increase(_desk(increase), increase, code)
    return len(captures) + len(refunds) + len(increases)


def _settle_vaulting(request_id: str, outcome: str) -> bool:
    """Only once the buyer has given a card is anything under way."""
    row = Vaulting.objects.filter(request_id=request_id, submitted_at__isnull=False).order_by("-pk").first()
    if row is None:
        return False
    vaulting.let_time_pass(row, clock.now())
    return vaulting.settle(row, "SUCCESS" if outcome == "S" else "DO_NOT_HONOR")


@transaction.atomic
def expire_vaulting(request_id: str) -> bool:
    """The buyer's hour is over now. False when no such session is open."""
    row = Vaulting.objects.filter(request_id=request_id, status=Status.PROCESSING).order_by("-pk").first()
    if row is None:
        return False
    row.expires_at = clock.now()
    vaulting.let_time_pass(row, row.expires_at)
    note(row.client_id, "expireVaulting", request_id, row.status_code, "")
    return True


@transaction.atomic
def forget_card(request_id: str) -> None:
    """The provider lets go of a token by itself; nobody is notified."""
    row = Vaulting.objects.select_related("token").filter(request_id=request_id).order_by("-pk").first()
    if row is None or row.token is None or row.token.deleted_at is not None:
        raise Impossible(f"{request_id} has no card that could be forgotten.")
    row.token.deleted_at = clock.now()
    row.token.save()
    note(row.client_id, "forgetCard", request_id, "SUCCESS", "")


def _under_way(model: type[M], request_id: str) -> list[M]:
    """Named by its own request id, else by its payment's."""
    rows = model._default_manager.filter(status=Status.PROCESSING, parent__isnull=False)
    return list(rows.filter(request_id=request_id) or rows.filter(parent__request_id=request_id))


def _payment(request_id: str) -> Payment:
    payment = Payment.objects.filter(request_id=request_id).order_by("-pk").first()
    if payment is None:
        raise Impossible(f"There is no payment {request_id}.")
    standing.let_time_pass(payment, clock.now())
    return payment


def _part(amount: int | None, left: int, what: str) -> int:
    if left <= 0:
        raise Impossible(f"Nothing is {what} that could be used.")
    if amount is not None and not 1 <= amount <= left:
        raise Impossible(f"The amount must be from 1 to {left} minor units.")
    return left if amount is None else amount


def _desk(row: Payment | Capture | Refund | Increase) -> Desk:
    return Desk(row.client_id, Plan.from_json(row.plan), switchboard.knobs())
