"""One admitted request: which scenario it meets, whether it is processed, what the wire log says."""

from __future__ import annotations

from payments.simulator import courier, later, ledger, switchboard
from payments.simulator.desk import note
from payments.simulator.documents import Document
from payments.simulator.forms import Form
from payments.simulator.scenarios import Plan, Process


def carry_out(operation: str, client_id: str, form: Form, secret: bytes) -> tuple[Plan, Document]:
    """Returns the plan and the document to answer with ({} when nothing was processed, and none will be sent)."""
    request_id = ledger.name_of(client_id, form)
    plan = _plan_for(operation, client_id, form, request_id)
    if plan.card.process is not Process.NOW:
        if plan.card.process is Process.LATER:
            later.postpone(operation, client_id, form, plan)
        note(client_id, operation, request_id, "", plan.scenario, processed=False)
        courier.wake()
        return plan, {}
    reply = ledger.perform(operation, client_id, form, plan, secret)
    note(client_id, operation, request_id, reply.code, plan.scenario)
    for pk in reply.first:
        courier.deliver(pk)
    courier.wake()
    return plan, reply.document


def _plan_for(operation: str, client_id: str, form: Form, request_id: str) -> Plan:
    """The operator's scenario wins over the card's."""
    armed = switchboard.claim(operation, request_id)
    if armed is not None:
        return armed
    behaviour = ledger.behaviour_behind(client_id, form)
    return switchboard.card_plan(operation, request_id, behaviour) or Plan()
