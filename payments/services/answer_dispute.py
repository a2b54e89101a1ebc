"""What a colleague does about a dispute: give the money up, or send evidence. Both count once; both are written first.

Write, commit, call, write. After silence the same may be sent again: the provider says of what was done already that
it is done (antom.md 3.18), and its message ends the act besides.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from dataclasses import dataclass
from typing import assert_never

from django.db import IntegrityError, transaction
from django.db.models import F

from core import ports
from core.errors import DomainError, Forbidden, InvalidInput
from core.idempotency import Adopted, Answered, Ask, claim_key
from core.models import IdempotencyKey, User
from payments.errors import ActionNotAllowed, OperationInProgress
from payments.gateways.base import (
    Approved,
    Declined,
    InvalidRequest,
    NotAttempted,
    Outcome,
    Pending,
    Unknown,
    Verb,
)
from payments.gateways.disputes import EvidenceFile, EvidenceKind
from payments.gateways.http import CalledInsideTransaction, sending_before
from payments.gateways.registry import gateway_for
from payments.journal import Entry
from payments.models import Dispute, DisputeAct, DisputeActKind, DisputeStatus, Source
from payments.services import disputes, timing
from payments.services.calls import fresh_window
from payments.services.operate import refuse_card_data
from payments.services.room import Room, SomebodyWasFirst, enter, lock
from payments.states import OPEN, Status

log = logging.getLogger(__name__)

VERBS = {DisputeActKind.ACCEPT: Verb.ACCEPT_DISPUTE, DisputeActKind.DEFEND: Verb.DEFEND_DISPUTE}
MAX_DOCUMENT = 750_000
"""Bytes of evidence: the provider takes a million characters of base64 (antom.md 2.3)."""


class NoEvidence(DomainError):
    code = "no_evidence"
    detail = "The gateway has no such file about this dispute."


@dataclass(frozen=True, slots=True)
class Acted:
    act: DisputeAct
    key: IdempotencyKey | None = None
    answered: Answered | None = None


def accept_dispute(
    *, dispute_id: uuid.UUID, actor: User, ask: Ask, note: str = "", seen: str | None = None, address: str | None = None
) -> Acted:
    """Give the money up, finally. `seen`: the status on the page. Raises as `_act`."""
    return _act(DisputeActKind.ACCEPT, dispute_id, actor, ask, note, seen, address)


def defend_dispute(
    *,
    dispute_id: uuid.UUID,
    actor: User,
    ask: Ask,
    document: bytes,
    file_name: str,
    note: str = "",
    seen: str | None = None,
    address: str | None = None,
) -> Acted:
    """Send evidence (1 to 750,000 bytes), once. Raises as `_act`, and InvalidInput for the document."""
    if not 1 <= len(document) <= MAX_DOCUMENT:
        raise InvalidInput(f"The file must have 1 to {MAX_DOCUMENT:,} bytes.", field="document")
    return _act(DisputeActKind.DEFEND, dispute_id, actor, ask, note, seen, address, document, file_name)


def send_again(*, act_id: uuid.UUID, actor: User) -> DisputeAct:
    """The same once more, after silence. Raises Forbidden, ActionNotAllowed, OperationInProgress."""
    act = DisputeAct.objects.select_related("dispute__account").get(pk=act_id)
    _refuse_without_permission(actor, act.kind)
    if act.dispute.status not in disputes.MAY_BE_ANSWERED:
        raise ActionNotAllowed("This dispute is over.")
    send_before, send_by = fresh_window()
    with transaction.atomic(durable=True):
        mine = DisputeAct.objects.filter(pk=act_id, status__in=sorted(OPEN), send_by=act.send_by)
        silent = act.status == Status.UNKNOWN or ports.now() >= timing.surely_silent(act.send_by)
        if not silent or mine.update(send_by=send_by, status=Status.PENDING) != 1:
            raise OperationInProgress("Somebody sends it right now, or it has ended. Look again in a moment.")
    return _execute(act_id, send_before=send_before)


def evidence(*, dispute_id: uuid.UUID, actor: User, kind: EvidenceKind) -> EvidenceFile:
    """A file of the provider. Raises Forbidden, NoEvidence."""
    _refuse_without_permission(actor, DisputeActKind.DEFEND)
    dispute = Dispute.objects.select_related("account").get(pk=dispute_id)
    told = gateway_for(dispute.account).dispute_evidence(dispute.reference, kind)
    if isinstance(told, EvidenceFile):
        return told
    raise NoEvidence("The gateway did not answer. Try again." if isinstance(told, Unknown) else None)


def confirm_verdict(
    *, dispute_id: uuid.UUID, actor: User, won: bool, note: str = "", address: str | None = None
) -> Dispute:
    """A person confirms who won. Raises Forbidden, ActionNotAllowed."""
    _refuse_without_permission(actor, DisputeActKind.DEFEND)
    refuse_card_data(note)
    payment_id = Dispute.objects.values_list("payment_id", flat=True).get(pk=dispute_id)
    with enter(payment_id, source=Source.OPERATOR, actor=actor, address=address) as room:
        dispute = Dispute.objects.select_for_update().get(pk=dispute_id)
        if dispute.status != DisputeStatus.JUDGED:
            raise ActionNotAllowed("This dispute was not judged, or its end is confirmed already.")
        disputes.move(dispute, DisputeStatus.WON if won else DisputeStatus.LOST, room.at)
        dispute.updated_at = room.at
        dispute.save()
        room.record(Entry.DISPUTE_CONFIRMED, dispute=dispute.public_id, detail="won" if won else "lost", note=note)
        disputes.project(room)
    return dispute


def why_not(dispute: Dispute, kind: DisputeActKind) -> str:
    """The sentence why it cannot be done now; empty when it can."""
    rule = gateway_for(dispute.account).rules.get(VERBS[kind])
    if rule is None or not rule.supported:
        return (rule.reason if rule else "") or "This gateway does not offer it."
    if dispute.acts.filter(status__in=sorted(OPEN)).exists():
        return "What was sent before has no certain answer yet."
    if dispute.status not in (DisputeStatus.OPEN, DisputeStatus.DEFENDED):
        return "This dispute is over."
    if not disputes.now_left(dispute) and dispute.due_at:
        return f"The time to answer ended on {dispute.due_at:%-d %B %Y at %H:%M} UTC."
    if kind == DisputeActKind.DEFEND:
        if dispute.status == DisputeStatus.DEFENDED:
            return "Evidence was sent already, and it can be sent only once."
        if dispute.defendable is False:
            return dispute.auto_defended or "The gateway says that this dispute cannot be defended."
    return ""


# --- one act --------------------------------------------------------------------------------------------------------


def _act(
    kind: DisputeActKind,
    dispute_id: uuid.UUID,
    actor: User,
    ask: Ask,
    note: str,
    seen: str | None,
    address: str | None,
    document: bytes | None = None,
    file_name: str = "",
) -> Acted:
    """Raises Forbidden, InvalidInput, ActionNotAllowed, OperationInProgress, KeyReused, KeyInProgress."""
    _refuse_without_permission(actor, kind)
    refuse_card_data(note, file_name)
    try:
        made = _claim_and_write(kind, dispute_id, actor, ask, note, seen, address, document, file_name)
    except SomebodyWasFirst:
        raise OperationInProgress from None
    except IntegrityError as error:
        if not any(name in str(error) for name in ("one_open_act_per_dispute", "payments_disputeact.dispute_id")):
            raise
        raise OperationInProgress from None
    if isinstance(made, Answered):
        return Acted(DisputeAct.objects.filter(dispute_id=dispute_id, kind=kind).latest("id"), None, made)
    if isinstance(made, Adopted):
        return Acted(DisputeAct.objects.get(pk=made.subject), made.key)
    act, key, send_before = made
    ports.crash_point("dispute.written")
    return Acted(_execute(act.pk, send_before=send_before), key)


def _claim_and_write(
    kind: DisputeActKind,
    dispute_id: uuid.UUID,
    actor: User,
    ask: Ask,
    note: str,
    seen: str | None,
    address: str | None,
    document: bytes | None,
    file_name: str,
) -> Answered | Adopted | tuple[DisputeAct, IdempotencyKey, float]:
    with transaction.atomic(durable=True):
        claim = claim_key(ask, subject="")
        if isinstance(claim, (Answered, Adopted)):
            return claim
        payment_id = Dispute.objects.values_list("payment_id", flat=True).get(pk=dispute_id)
        room = lock(payment_id, source=Source.OPERATOR, actor=actor, address=address)
        _refuse_without_permission(User.objects.get(pk=actor.pk), kind)
        dispute = Dispute.objects.select_for_update().get(pk=dispute_id)
        if seen is not None and seen != dispute.status:
            raise ActionNotAllowed(
                "Something changed since you opened this page. Look at the dispute and decide again."
            )
        if reason := why_not(dispute, kind):
            raise ActionNotAllowed(reason)
        send_before, send_by = fresh_window()
        act = DisputeAct.objects.create(
            dispute=dispute,
            kind=kind,
            actor=actor,
            note=note[:300],
            file_name=file_name[:200],
            file_digest=hashlib.sha256(document).hexdigest() if document else "",
            document=document,
            send_by=send_by,
            created_at=room.at,
        )
        entry = {
            DisputeActKind.ACCEPT: Entry.DISPUTE_ACCEPT_REQUESTED,
            DisputeActKind.DEFEND: Entry.DISPUTE_DEFENCE_REQUESTED,
        }[kind]
        disputes.record(room, entry, dispute, note=note)
        claim.key.subject = str(act.pk)
        claim.key.save(update_fields=["subject"])
        room.close()
        ports.crash_point("dispute.before_commit")
    return act, claim.key, send_before


def _execute(act_id: uuid.UUID, *, send_before: float) -> DisputeAct:
    """Send, and write down what came back."""
    act = DisputeAct.objects.select_related("dispute__account").get(pk=act_id)
    with transaction.atomic(durable=True):
        if DisputeAct.objects.filter(pk=act_id, status__in=sorted(OPEN)).update(sends=F("sends") + 1) != 1:
            return act
    gateway, reference = gateway_for(act.dispute.account), act.dispute.reference
    outcome: Outcome
    try:
        with sending_before(send_before):
            if act.kind == DisputeActKind.ACCEPT:
                outcome = gateway.accept_dispute(reference)
            else:
                outcome = gateway.defend_dispute(reference, bytes(act.document or b""))
    except CalledInsideTransaction:
        raise
    except InvalidRequest as refusal:
        outcome = NotAttempted(f"it cannot be written: {refusal}")
    except Exception as error:
        log.exception("the call about dispute %s broke", act.dispute.public_id)
        outcome = Unknown(f"our own error: {type(error).__name__}")
    ports.crash_point("dispute.after_call")
    with enter(act.dispute.payment_id, source=Source.ANSWER) as room:
        return _apply(room, act_id, outcome)


def _apply(room: Room, act_id: uuid.UUID, outcome: Outcome) -> DisputeAct:
    act = DisputeAct.objects.select_for_update(of=("self",)).select_related("dispute").get(pk=act_id)
    dispute = act.dispute
    if not act.is_open:
        return act  # a message was faster
    match outcome:
        case Approved():
            _succeed(room, act, dispute)
        case Declined(code, _, message):
            _fail(room, act, dispute, code, message)
        case NotAttempted(reason, _, code):
            if act.sends > 1:
                _leave_unknown(room, act, dispute, reason)
            else:
                _fail(room, act, dispute, code or "not_sent", reason)
        case Pending():
            _leave_unknown(room, act, dispute, "under way")
        case Unknown(reason):
            _leave_unknown(room, act, dispute, reason)
        case _:
            assert_never(outcome)
    act.save(update_fields=["status", "failure_code", "failure_message", "ended_at"])
    return act


def _succeed(room: Room, act: DisputeAct, dispute: Dispute) -> None:
    act.status, act.ended_at = Status.SUCCEEDED, room.at
    accepted = act.kind == DisputeActKind.ACCEPT
    disputes.move(dispute, DisputeStatus.ACCEPTED if accepted else DisputeStatus.DEFENDED, room.at)
    dispute.updated_at = room.at
    dispute.save()
    disputes.record(room, Entry.DISPUTE_ACCEPTED if accepted else Entry.DISPUTE_DEFENDED, dispute)
    disputes.project(room)


def _fail(room: Room, act: DisputeAct, dispute: Dispute, code: str, message: str) -> None:
    act.status, act.ended_at = Status.FAILED, room.at
    act.failure_code, act.failure_message = code[:64], message[:256]
    disputes.record(room, Entry.DISPUTE_ACT_FAILED, dispute, code=code[:64])


def _leave_unknown(room: Room, act: DisputeAct, dispute: Dispute, reason: str) -> None:
    if act.status != Status.UNKNOWN:
        act.status = Status.UNKNOWN
        disputes.record(room, Entry.DISPUTE_ACT_UNKNOWN, dispute, detail=reason[:200])


def _refuse_without_permission(actor: User, kind: str) -> None:
    if not (actor.is_active and actor.is_staff and actor.has_perm(f"payments.{kind}")):
        raise Forbidden("Your role does not include disputes. Ask somebody whose role does.")
