"""Keeping a card without a purchase: a session, the buyer's card, what became of it, forgetting (antom.md 3.1 to 3.5).

Like a payment session it is an offer that the buyer takes up in the card element; unlike one it exists for inquiries
from the start, and what nobody took up in its hour fails with ORDER_IS_CLOSED.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from payments.simulator import cards, documents, routing, switchboard, vault, vaulting_documents
from payments.simulator.cards import CardFacts
from payments.simulator.desk import Desk, schedule
from payments.simulator.documents import Document
from payments.simulator.forms import SESSION_LIFE
from payments.simulator.models import CardToken, Challenge, Status, Vaulting
from payments.simulator.scenarios import Plan
from payments.simulator.vault_forms import BindForm, DeleteForm, InquireForm, VaultingForm

IN_PROCESS = "VERIFICATION_IN_PROCESS"
_HERE = {"PARAM_ILLEGAL": "INVALID_CVV"}  # among the codes of a binding there is one for the security code (3.3)


def create_session(desk: Desk, form: VaultingForm) -> Document:
    """The same answer for a repeat, whatever has become of the session (antom.md 2.5)."""
    known = find(desk, form.request_id)
    if known is not None and not _same(known, form):
        return documents.result("REPEAT_REQ_INCONSISTENT")
    return vaulting_documents.session_answer(known or _open(desk, form), desk.secret)


def bind(desk: Desk, form: BindForm) -> Document:
    """A second submit reports the first."""
    vaulting = find(desk, form.request_id)
    if vaulting is None:
        return documents.result("VAULTING_NOT_EXIST")
    if vaulting.status == Status.PROCESSING and vaulting.submitted_at is None:
        _take(desk, vaulting, form.card)
    return vaulting_documents.bind_answer(vaulting)


def inquire(desk: Desk, form: InquireForm) -> Document:
    vaulting = find(desk, form.request_id)
    return vaulting_documents.inquiry(vaulting) if vaulting else documents.result("VAULTING_NOT_EXIST")


def delete_token(desk: Desk, form: DeleteForm) -> Document:
    """What is deleted stays deleted, and may be deleted again."""
    tokens = CardToken.objects.filter(client_id=desk.client_id, token=form.token)
    if not tokens.exists():
        return documents.result("PARAM_ILLEGAL", "token is not known")
    tokens.filter(deleted_at=None).update(deleted_at=desk.now)
    return documents.result("SUCCESS")


def find(desk: Desk, request_id: str) -> Vaulting | None:
    """As it stands now: what time has done to it is written down first."""
    vaulting = Vaulting.objects.filter(client_id=desk.client_id, request_id=request_id).first()
    if vaulting is not None:
        let_time_pass(vaulting, desk.now)
    return vaulting


def let_time_pass(vaulting: Vaulting, now: datetime) -> None:
    if vaulting.expires_at <= now:
        settle(vaulting, "ORDER_IS_CLOSED")


def settle(vaulting: Vaulting, code: str, desk: Desk | None = None) -> bool:
    """It ends, and the merchant is told. False when it had ended already."""
    if vaulting.status != Status.PROCESSING:
        return False
    desk = desk or Desk(vaulting.client_id, Plan.from_json(vaulting.plan), switchboard.knobs())
    vaulting.status = Status.SUCCESS if code == "SUCCESS" else Status.FAIL
    vaulting.status_code = code
    vaulting.done_at = desk.now
    if code == "SUCCESS":
        vaulting.token = vault.mint_token(vaulting.client_id, vault.facts_of(vaulting))
        vaulting.network_transaction_id = f"{secrets.randbelow(10**15):015d}"
    vaulting.save()
    notice = vaulting_documents.notification(vaulting)
    desk.announce(notice, request_id=vaulting.request_id, url=vaulting.notify_url, kind="VAULTING_RESULT")
    return True


def _same(known: Vaulting, form: VaultingForm) -> bool:
    return all(getattr(known, name) == getattr(form, name) for name in ("notify_url", "redirect_url", "asks_3ds"))


def _open(desk: Desk, form: VaultingForm) -> Vaulting:
    """A refusal is kept too: the same request id is refused for ever, and nobody is notified."""
    vaulting = Vaulting.objects.create(
        client_id=desk.client_id,
        request_id=form.request_id,
        session_id=secrets.token_urlsafe(30),
        notify_url=form.notify_url,
        redirect_url=form.redirect_url,
        asks_3ds=form.asks_3ds,
        site=form.site,
        status=Status.FAIL if desk.refusal else Status.PROCESSING,
        opening_code=desk.refusal or "SUCCESS",
        status_code=desk.refusal,
        created_at=desk.now,
        expires_at=desk.now + SESSION_LIFE,
    )
    if not desk.refusal:
        schedule("close_vaulting", vaulting.pk, vaulting.expires_at)
    return vaulting


def _take(desk: Desk, vaulting: Vaulting, card: CardFacts) -> None:
    """Write down what may be kept of the card, decide, and set in motion what follows."""
    for name in ("brand", "last4", "expiry_month", "expiry_year", "fingerprint", "behaviour"):
        setattr(vaulting, name, getattr(card, name))
    vaulting.traits = cards.traits_of(card)
    vaulting.plan = desk.plan.without_outcome().as_json()
    vaulting.submitted_at = desk.now
    vaulting.status_code = IN_PROCESS
    vaulting.acquirer = routing.route(
        brand=card.brand, currency="", amount=0, reference=vaulting.session_id, mode=desk.knobs.routing
    )[-1]
    vaulting.save()
    refusal = desk.refusal or _HERE.get(card.refusal, card.refusal) or cards.refusal_of(card.behaviour)
    if refusal:
        settle(vaulting, refusal, desk)
    elif _needs_challenge(desk, vaulting, card):
        _open_challenge(desk, vaulting)
    elif desk.pending:
        schedule("settle_vaulting", vaulting.pk, desk.later(desk.plan.wait(desk.knobs.time_scale)), code=_then(desk))
    else:
        settle(vaulting, "SUCCESS", desk)


def _needs_challenge(desk: Desk, vaulting: Vaulting, card: CardFacts) -> bool:
    if desk.challenge:
        return True
    return card.behaviour == cards.WANTS_3DS or (vaulting.asks_3ds and card.behaviour != cards.EXEMPT)


def _open_challenge(desk: Desk, vaulting: Vaulting) -> None:
    Challenge.objects.create(
        vaulting=vaulting,
        token=secrets.token_urlsafe(32),
        site=vaulting.site,
        then_code=_then(desk),
        created_at=desk.now,
    )


def _then(desk: Desk) -> str:
    return "SUCCESS" if desk.plan.then == "S" else desk.plan.code or "DO_NOT_HONOR"
