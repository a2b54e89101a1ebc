"""Disputes: what the merchant may answer, what the provider tells, and what time does (antom.md 3.18)."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from payments.simulator import clock, dispute_documents, documents, evidence, switchboard
from payments.simulator.desk import Desk, schedule
from payments.simulator.dispute_forms import DefenseForm, DisputeForm, EvidenceForm
from payments.simulator.documents import Document
from payments.simulator.models import Dispute, Payment
from payments.simulator.scenarios import Plan

ALERT_BEFORE = timedelta(hours=24)
Stage = Dispute.Stage


def accept(desk: Desk, form: DisputeForm) -> Document:
    dispute = _find(desk, form.request_id)
    if dispute is None:
        return documents.result("PARAM_ILLEGAL", "disputeId is not known")
    if dispute.stage == Stage.ACCEPTED:
        late = dispute.accept_reason == "TIMEOUT"
        return documents.result("TIME_EXCEEDS_LIMIT" if late else "REPEAT_REQUEST")
    if dispute.stage != Stage.OPEN:
        return documents.result("PROCESS_FAIL")
    _accept(dispute, "MERCHANT_ACCEPTED", desk.now)
    return dispute_documents.answer(dispute)


def defend(desk: Desk, form: DefenseForm) -> Document:
    """One defence: the same document again is a repeat, another one is too many."""
    dispute = _find(desk, form.request_id)
    if dispute is None:
        return documents.result("PARAM_ILLEGAL", "disputeId is not known")
    if dispute.stage == Stage.DEFENDED:
        return documents.result("REPEAT_REQUEST" if dispute.evidence == form.evidence else "DEFENSE_EXCEED_LIMIT")
    if dispute.stage != Stage.OPEN:
        late = dispute.accept_reason == "TIMEOUT"
        return documents.result("TIME_EXCEEDS_LIMIT" if late else "NOT_ALLOW_IN_CURRENT_STATUS")
    dispute.stage, dispute.evidence, dispute.acted_at = Stage.DEFENDED, form.evidence, desk.now
    dispute.save()
    tell(dispute, "DEFENSE_SUPPLIED")
    return dispute_documents.answer(dispute)


def download(desk: Desk, form: EvidenceForm) -> Document:
    dispute = _find(desk, form.request_id)
    if dispute is None:
        return documents.result("PARAM_ILLEGAL", "disputeId is not known")
    if form.kind == "DISPUTE_EVIDENCE_FILE" and dispute.evidence:
        return dispute_documents.evidence(dispute.evidence, evidence.format_of(dispute.evidence))
    if form.kind == "DISPUTE_EVIDENCE_FILE":
        return documents.result("PROCESS_FAIL", "there is no such evidence")
    lines = dispute_documents.paper(dispute, drafted=form.kind == "DISPUTE_EVIDENCE_AI")
    return dispute_documents.evidence(base64.b64encode(evidence.template(lines)).decode(), "PDF")


def open_dispute(payment: Payment, *, amount: int, kind: str, reason_code: str, due_at: datetime) -> Dispute:
    now = clock.now()
    dispute = Dispute.objects.create(
        parent=payment,
        dispute_id=_desk(payment).new_id("194010801001"),
        kind=kind,
        amount=amount,
        reason_code=reason_code,
        opened_at=now,
        due_at=due_at,
    )
    tell(dispute, "DISPUTE_CREATED")
    schedule("dispute_time", dispute.pk, max(now, due_at - ALERT_BEFORE))
    schedule("dispute_time", dispute.pk, due_at)
    return dispute


def tell(dispute: Dispute, event: str) -> None:
    payment = dispute.parent
    desk = _desk(payment)
    document = dispute_documents.notification(dispute, event, desk.now)
    desk.announce(document, request_id=payment.request_id, url=desk.knobs.dispute_url or sibling(payment.notify_url))


def let_time_pass(dispute: Dispute, now: datetime) -> None:
    """A deadline comes near, once; a deadline that passed is an acceptance."""
    if dispute.stage != Stage.OPEN:
        return
    if dispute.due_at <= now:
        _accept(dispute, "TIMEOUT", dispute.due_at)
    elif dispute.due_at - ALERT_BEFORE <= now and not dispute.alerted:
        alert(dispute)


def alert(dispute: Dispute) -> None:
    dispute.alerted = True
    dispute.save()
    tell(dispute, "DEFENSE_DUE_ALERT")


def sibling(notify_url: str) -> str:
    """Where the dashboard would send disputes: …/payment/ has …/dispute/ beside it; "" when the address is another."""
    parts = urlsplit(notify_url)
    head, name = parts.path.rstrip("/").rpartition("/")[::2]
    if name != "payment":
        return ""
    end = "/" if parts.path.endswith("/") else ""
    return urlunsplit(parts._replace(path=f"{head}/dispute{end}"))


def _accept(dispute: Dispute, reason: str, moment: datetime) -> None:
    dispute.stage, dispute.accept_reason, dispute.acted_at = Stage.ACCEPTED, reason, moment
    dispute.save()
    tell(dispute, "DISPUTE_ACCEPTED")


def _find(desk: Desk, dispute_id: str) -> Dispute | None:
    found = Dispute.objects.filter(parent__client_id=desk.client_id, dispute_id=dispute_id).first()
    if found is not None:
        let_time_pass(found, desk.now)
    return found


def _desk(payment: Payment) -> Desk:
    """Disputes come long after the payment: its scenario is forgotten."""
    return Desk(payment.client_id, Plan(), switchboard.knobs())
