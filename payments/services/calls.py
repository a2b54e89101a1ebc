"""One call to a gateway about one committed transaction: build the request, send it, apply the answer.

Write, commit, call, write: the row exists before the first byte, and nothing is open during the call.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from django.conf import settings
from django.db import transaction
from django.db.models import F

from core import hot, ports
from core.models import User
from orders.models import Order
from payments.gateways.base import (
    Address,
    AuthorizeRequest,
    BuyerFacts,
    CancelRequest,
    CaptureMode,
    CaptureRequest,
    DeviceFacts,
    Fact,
    InvalidRequest,
    Kind,
    LineFacts,
    Name,
    NotAttempted,
    OrderFacts,
    Outcome,
    PaymentRef,
    RefundRequest,
    ShippingFacts,
    Unknown,
)
from payments.gateways.http import CalledInsideTransaction, sending_before
from payments.gateways.registry import gateway_for
from payments.models import Payment, Source, Transaction
from payments.services import timing
from payments.services.outcomes import Applied, apply_facts
from payments.services.returning import return_url
from payments.services.room import Room
from payments.states import OPEN, Status

log = logging.getLogger(__name__)


def execute(transaction_id: uuid.UUID, *, send_before: float, actor: User | None = None) -> Applied:
    """Send the request of an open transaction and apply what comes back. `send_before` is a monotonic instant."""
    tx = Transaction.objects.select_related("payment__order__buyer", "payment__account", "payment__card").get(
        pk=transaction_id
    )
    return send(tx, send_before=send_before, actor=actor, noted=False)


def send(
    tx: Transaction,
    *,
    send_before: float,
    actor: User | None = None,
    noted: bool = True,
    finish: Callable[[Room], None] | None = None,
) -> Applied:
    """The same with the rows in hand. `noted`: the row says already that its bytes may have left us.

    `finish` runs inside the commit that applies the answer.
    """
    ports.crash_point(f"{tx.kind}.before_call")
    try:
        call = prepare(tx)
        if not (_is_open(tx) if noted else _note_sending(tx)):
            return Applied(Payment.objects.get(pk=tx.payment_id), changed=False, premature=False)
        with sending_before(send_before):
            facts = call()
    except CalledInsideTransaction:
        raise
    except InvalidRequest as refusal:
        facts = (_without_answer(tx, NotAttempted(f"it cannot be written: {refusal}")),)
    except Exception as error:  # a bug of ours or of an adapter must not lose the question
        log.exception("the call about transaction %s broke", tx.public_id)
        facts = (_without_answer(tx, Unknown(f"our own error: {type(error).__name__}")),)
    ports.crash_point(f"{tx.kind}.after_call")
    return apply_facts(
        payment_id=tx.payment_id,
        facts=facts,
        source=Source.ANSWER,
        actor=actor,
        finish=finish,
    )


def prepare(tx: Transaction) -> Callable[[], tuple[Fact, ...]]:
    """The call for this transaction, ready to go."""
    payment, gateway = tx.payment, gateway_for(tx.payment.account)
    kind, request_id = Kind(tx.kind), str(tx.request_id)
    match kind:
        case Kind.AUTHORIZE:
            authorize = authorize_request(payment, request_id)
            return lambda: gateway.authorize(authorize)
        case Kind.CAPTURE:
            capture = CaptureRequest(
                request_id=request_id, payment=payment_ref(payment), amount=tx.amount, final=tx.final
            )
            return lambda: gateway.capture(capture)
        case Kind.CANCEL:
            cancel = CancelRequest(request_id=request_id, payment=payment_ref(payment))
            return lambda: gateway.cancel(cancel)
        case Kind.REFUND:
            refund = RefundRequest(
                request_id=request_id,
                payment=payment_ref(payment),
                capture_reference=_only_capture(payment),
                amount=tx.amount,
                notify_url=notify_url(payment, "refund"),
                reason=tx.reason,
            )
            return lambda: gateway.refund(refund)
        case Kind.LAPSE:
            raise ValueError(f"nobody can ask for a {kind}")
        case _:
            assert_never(kind)


def payment_ref(payment: Payment) -> PaymentRef:
    names = (
        Transaction.objects.filter(payment=payment, kind=Kind.AUTHORIZE)
        .values_list("request_id", "gateway_reference")
        .get()
    )
    return PaymentRef(request_id=names[0], gateway_reference=names[1])


def authorize_request(payment: Payment, request_id: str) -> AuthorizeRequest:
    return AuthorizeRequest(
        request_id=request_id,
        order=order_facts(payment.order),
        device=DeviceFacts(**{"client_ip": "", **payment.device}),  # what was told empty was not kept
        amount=payment.amount,
        card_token=payment.card.token if payment.card else None,
        capture_mode=CaptureMode(payment.capture_mode),
        save_card=payment.save_card,
        notify_url=notify_url(payment, "payment"),
        force_three_ds=payment.force_three_ds,
        return_url=return_url(payment),
        expires_at=payment.expires_at,
    )


def order_facts(order: Order) -> OrderFacts:
    person = order.buyer_details
    return OrderFacts(
        reference=order.public_id,
        description=order.description,
        total=order.total,
        lines=tuple(
            LineFacts(
                reference=line.sku,
                name=line.name,
                category=line.category,
                url=line.url,
                quantity=line.quantity,
                unit=order.money(line.unit_minor),
            )
            for line in order.lines.all()
        ),
        buyer=BuyerFacts(
            reference=order.buyer.reference,
            name=_name(person),
            phone=person.get("phone", ""),
            email=person.get("email", ""),
            registered_at=order.buyer.date_joined,
        ),
        shipping=_shipping(order),
    )


def notify_url(payment: Payment, topic: str) -> str:
    return f"{settings.PUBLIC_URL}/notify/{payment.account.gateway}/{topic}/"


def _note_sending(tx: Transaction) -> bool:
    """Committed before the call: from here on, silence means unknown and not never.

    False when somebody settled the request meanwhile: then no byte of it may leave us any more.
    """
    with transaction.atomic(durable=True):
        still_open = Transaction.objects.filter(pk=tx.pk, status__in=sorted(OPEN))
        return still_open.update(sends=F("sends") + 1, sent_at=ports.now()) == 1


_STATUS = hot.Select(lambda: Transaction.objects.only("status").order_by(), "id")


def _is_open(tx: Transaction) -> bool:
    """Somebody may have settled the request between its commit and this call (I14)."""
    now = _STATUS.one(tx.pk)
    return now is not None and now.is_open


def _without_answer(tx: Transaction, outcome: Outcome) -> Fact:
    return Fact(
        payment=PaymentRef(request_id=None, gateway_reference=None),
        kind=Kind(tx.kind),
        request_id=tx.request_id,
        gateway_reference=tx.gateway_reference,
        outcome=outcome,
        amount=None,
    )


def _only_capture(payment: Payment) -> str | None:
    references = Transaction.objects.filter(
        payment=payment, kind=Kind.CAPTURE, status=Status.SUCCEEDED, gateway_reference__isnull=False
    ).values_list("gateway_reference", flat=True)[:2]
    return references[0] if len(references) == 1 else None


def _name(person: dict[str, str]) -> Name:
    return Name(
        first=person.get("first", ""),
        last=person.get("last", ""),
        middle=person.get("middle", ""),
        full=person.get("full", ""),
    )


def _shipping(order: Order) -> ShippingFacts | None:
    told = order.shipping
    if not told:
        return None
    return ShippingFacts(
        name=_name(told.get("name", {})),
        address=Address(**told.get("address", {})),
        carrier=told.get("carrier", ""),
        phone=told.get("phone", ""),
        email=told.get("email", ""),
    )


def fresh_window() -> tuple[float, datetime]:
    """(monotonic, wall clock) until when a request written now may be sent."""
    return ports.monotonic() + settings.SEND_WITHIN_SECONDS, timing.send_by(ports.now())
