"""What the provider does later: automatic captures, settlements, expiries, requests that were answered with silence.

A job is a row, so that a restart loses nothing; `_JOBS` says what each kind does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db import OperationalError, transaction

from payments.simulator import (
    capturing,
    clock,
    dispute_forms,
    disputing,
    forms,
    increasing,
    ledger,
    paying,
    refunding,
    reviewing,
    standing,
    switchboard,
    vault_forms,
    vaulting,
)
from payments.simulator.cards import CardFacts
from payments.simulator.desk import Desk, note
from payments.simulator.models import Capture, Dispute, Increase, Job, Payment, Refund, Status, Vaulting
from payments.simulator.scenarios import Plan

log = logging.getLogger(__name__)


def postpone(operation: str, client_id: str, form: forms.Form, plan: Plan) -> None:
    """Process a request after its answer was lost. The form holds no card number."""
    due_at = clock.now() + timedelta(seconds=plan.wait(switchboard.knobs().time_scale))
    payload = {"operation": operation, "client_id": client_id, "form": asdict(form), "scenario": plan.scenario}
    Job.objects.create(kind="perform", payload=payload, due_at=due_at)


def run_due_jobs(limit: int = 50) -> int:
    """Do what is due, each job in its own atomic block; a job that cannot be done is logged and dropped."""
    due = Job.objects.filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    found = list(due.values_list("pk", flat=True)[:limit])
    for pk in found:
        try:
            _run_job(pk)
        except OperationalError:  # the books are busy: next round
            raise
        except Exception:
            log.exception("simulator job %s dropped", pk)
            Job.objects.filter(pk=pk).delete()
    return len(found)


@transaction.atomic
def _run_job(pk: int) -> None:
    job = Job.objects.filter(pk=pk).first()
    if job is not None:
        _JOBS[job.kind](job)
        Job.objects.filter(pk=pk).delete()


def _job_auto_capture(job: Job) -> None:
    payment = Payment.objects.filter(pk=job.subject).first()
    if payment is not None:
        capturing.auto_capture(payment)


def _job_settle_payment(job: Job) -> None:
    payment = Payment.objects.filter(pk=job.subject).first()
    if payment is not None:
        paying.settle_payment(payment, job.payload["code"])


def _job_close_payment(job: Job) -> None:
    payment = Payment.objects.filter(pk=job.subject).first()
    if payment is not None:
        standing.let_time_pass(payment, clock.now())


def _job_settle_capture(job: Job) -> None:
    capture = Capture.objects.filter(pk=job.subject, status=Status.PROCESSING).first()
    if capture is not None:
        desk = Desk(capture.client_id, Plan.from_json(capture.plan), switchboard.knobs())
        capturing.settle_capture(desk, capture, job.payload["code"])


def _job_settle_refund(job: Job) -> None:
    refund = Refund.objects.filter(pk=job.subject, status=Status.PROCESSING).first()
    if refund is not None:
        desk = Desk(refund.client_id, Plan.from_json(refund.plan), switchboard.knobs())
        refunding.settle_refund(desk, refund, job.payload["code"])


def _job_settle_increase(job: Job) -> None:
    increase = Increase.objects.filter(pk=job.subject, status=Status.PROCESSING).first()
    if increase is not None:
        desk = Desk(increase.client_id, Plan.from_json(increase.plan), switchboard.knobs())
        increasing.settle_increase(desk, increase, job.payload["code"])


def _job_decide_review(job: Job) -> None:
    payment = Payment.objects.filter(pk=job.subject).first()
    if payment is not None:
        reviewing.decide(payment, job.payload["decision"])


def _job_settle_vaulting(job: Job) -> None:
    row = Vaulting.objects.filter(pk=job.subject).first()
    if row is not None:
        vaulting.settle(row, job.payload["code"])


def _job_close_vaulting(job: Job) -> None:
    row = Vaulting.objects.filter(pk=job.subject).first()
    if row is not None:
        vaulting.let_time_pass(row, clock.now())


def _job_dispute_time(job: Job) -> None:
    dispute = Dispute.objects.filter(pk=job.subject).first()
    if dispute is not None:
        disputing.let_time_pass(dispute, clock.now())


def _job_perform(job: Job) -> None:
    operation, client_id, raw = job.payload["operation"], job.payload["client_id"], dict(job.payload["form"])
    if raw.get("card"):
        raw["card"] = CardFacts(**raw["card"])
    form = _FORMS[operation](**raw)
    reply = ledger.perform(operation, client_id, form, Plan(), b"")
    note(client_id, operation, ledger.name_of(client_id, form), reply.code, job.payload["scenario"])


_JOBS: dict[str, Callable[[Job], None]] = {
    "auto_capture": _job_auto_capture,
    "settle_payment": _job_settle_payment,
    "close_payment": _job_close_payment,
    "settle_capture": _job_settle_capture,
    "settle_refund": _job_settle_refund,
    "settle_increase": _job_settle_increase,
    "decide_review": _job_decide_review,
    "settle_vaulting": _job_settle_vaulting,
    "close_vaulting": _job_close_vaulting,
    "dispute_time": _job_dispute_time,
    "perform": _job_perform,
}


_FORMS: dict[str, type[Any]] = {
    "pay": forms.PayForm,
    "createPaymentSession": forms.PayForm,
    "submit": forms.SubmitForm,
    "inquiryPayment": forms.NameForm,
    "capture": forms.CaptureForm,
    "cancel": forms.NameForm,
    "refund": forms.RefundForm,
    "inquiryRefund": forms.NameForm,
    "updateAmount": forms.UpdateForm,
    "consult": forms.ConsultForm,
    "acceptDispute": dispute_forms.DisputeForm,
    "supplyDefenseDocument": dispute_forms.DefenseForm,
    "downloadDisputeEvidence": dispute_forms.EvidenceForm,
    "createVaultingSession": vault_forms.VaultingForm,
    "bind": vault_forms.BindForm,
    "inquireVaulting": vault_forms.InquireForm,
    "deleteToken": vault_forms.DeleteForm,
}
