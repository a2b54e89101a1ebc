"""Manual review after the authorization (antom.md 3.8): a person at the provider has the last word."""

from __future__ import annotations

from payments.simulator import capturing, documents, switchboard
from payments.simulator.desk import Desk
from payments.simulator.models import Payment, Status
from payments.simulator.scenarios import Plan


def decide(payment: Payment, decision: str) -> bool:
    """ACCEPT sets the automatic capture going, REJECT leaves the hold to be cancelled. False: nothing is open."""
    if payment.review_status != "PROCESSING" or payment.status != Status.SUCCESS:
        return False
    payment.review_status = decision
    payment.save()
    desk = Desk(payment.client_id, Plan.from_json(payment.plan), switchboard.knobs())
    desk.announce(documents.payment_notification(payment), request_id=payment.request_id, url=payment.notify_url)
    if decision == "ACCEPT":
        capturing.expect_automatic_capture(desk, payment)
    return True
