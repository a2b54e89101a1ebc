"""Starting a payment: claim the key, write, commit, call, apply."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction

from core import hot, ports
from core.errors import DomainError, InvalidInput, NotYours
from core.idempotency import Adopted, Answer, Answered, Ask, claim_key, keeping
from core.models import IdempotencyKey, User
from orders.models import Order, OrderLine
from payments.errors import (
    AlreadyPaid,
    NoAccount,
    NotPayable,
    OrderExpired,
    PaymentInProgress,
    UnderReview,
)
from payments.gateways.base import Category, DeviceFacts, InvalidRequest, Kind
from payments.gateways.models import MerchantAccount
from payments.gateways.registry import account_for_currency, gateway_for
from payments.journal import Entry
from payments.models import Payment, Transaction
from payments.services import timing
from payments.services.calls import authorize_request, fresh_window, send
from payments.services.returning import may_go_on_to
from payments.services.room import Room, begin
from payments.states import STANDING, State, Status
from vaulting.models import BoundCard
from vaulting.services import card_for_payment

log = logging.getLogger(__name__)

_SOMEBODY_STARTED = ("one_standing_payment_per_order", "attempts_are_numbered", "payments_payment.order_id")
"""The constraints that a second start at the same instant meets: by name on PostgreSQL, by column on SQLite."""


_LOCKED_ORDER = hot.Select(lambda: Order.objects.select_for_update(no_key=True).order_by(), "buyer_id", "public_id")
_LINES = hot.Select(lambda: OrderLine.objects.order_by("position"), "order_id")
_EARLIER = hot.Select(
    lambda: Payment.objects.only("needs_review", "captured_minor", "state", "failure_category").order_by(), "order_id"
)


@dataclass(frozen=True, slots=True)
class Started:
    """The payment and the key to store its first answer under; or, when `answered`, the bytes given before.

    `answer`: what the caller's `answering` made of the payment, stored in the commit that settled it.
    """

    payment: Payment | None
    key: IdempotencyKey | None
    answered: Answered | None = None
    answer: Answer | None = None


def start_payment(
    *,
    buyer: User,
    order_id: str,
    card_id: str | None,
    device: DeviceFacts,
    save_card: bool,
    ask: Ask,
    return_to: str = "",
    address: str | None = None,
    answering: Callable[[Payment], Answer] | None = None,
) -> Started:
    """Pay what is due on the buyer's own order, with a saved card (`card_id`) or a new one in the provider's element.

    `return_to`: where the buyer goes on after a page of the bank, from the allow-list. `answering` makes the reply that
    is kept under the key; it is given the payment with its order and transactions.
    Raises NotYours, KeyReused, KeyInProgress, PaymentInProgress, AlreadyPaid, UnderReview, OrderExpired, NoAccount,
    NotPayable, CardExpired, InvalidInput. After the first commit nothing is raised: what happens then is the
    payment's outcome.
    """
    ports.crash_point("authorize.asked")
    if return_to and not may_go_on_to(return_to):
        raise InvalidInput("The shop does not allow this address.", field="return_to", code="address_not_allowed")
    try:
        made = _write(buyer, order_id, card_id, device, save_card, return_to, ask, address)
    except IntegrityError as error:
        if not any(name in str(error) for name in _SOMEBODY_STARTED):
            raise
        raise _in_progress(Order.objects.get(public_id=order_id)) from None
    if isinstance(made, Answered):
        return Started(None, None, made)
    if isinstance(made, Adopted):
        return Started(_what_became_of(made.subject), made.key)
    authorization, key, send_before = made
    ports.crash_point("authorize.written")
    kept: list[Answer] = []

    def keep(room: Room) -> None:
        if answering is not None and (answer := _rendered(answering, room)):
            kept[:] = [answer]
            room.along.append(keeping(key, kept))

    applied = send(authorization, send_before=send_before, actor=buyer, finish=keep)
    return Started(applied.payment, key, answer=kept[0] if kept else None)


def _write(
    buyer: User,
    order_id: str,
    card_id: str | None,
    device: DeviceFacts,
    save_card: bool,
    return_to: str,
    ask: Ask,
    address: str | None,
) -> Answered | Adopted | tuple[Transaction, IdempotencyKey, float]:
    with transaction.atomic(durable=True):
        public_id = ports.new_public_id("pay")
        claim = claim_key(ask, subject=public_id)
        if isinstance(claim, (Answered, Adopted)):
            return claim
        order = _LOCKED_ORDER.one(buyer.pk, order_id)
        if order is None:
            raise NotYours
        earlier = _refuse_if_not_payable(order)
        account = account_for_currency(order.currency)
        if account is None:
            raise NoAccount
        order.buyer = buyer
        # Told to the gateway twice: to check it, and to send it.
        order._prefetched_objects_cache = {"lines": _LINES(order.pk)}  # type: ignore[attr-defined]
        card = card_for_payment(buyer=buyer, public_id=card_id, account=account) if card_id else None
        send_before, send_by = fresh_window()
        payment = _payment(public_id, order, earlier, account, card, device, save_card, return_to)
        request_id = ports.new_public_id("P")
        try:
            gateway_for(account).check(authorize_request(payment, request_id))
        except InvalidRequest as refusal:
            raise NotPayable(f"The gateway does not take this: {refusal}", field=refusal.field) from None
        authorization = Transaction(
            payment=payment,
            account=account,
            kind=Kind.AUTHORIZE,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            request_id=request_id,
            actor=buyer,
            send_by=send_by,
            sends=1,  # it leaves right after the commit, and never again (I14)
            sent_at=payment.created_at,
            next_at=timing.surely_silent(send_by),
            created_at=payment.created_at,
        )
        room = begin(payment, order, authorization, actor=buyer, address=address)
        room.record(Entry.STARTED, authorization)
        room.close()
        ports.crash_point("authorize.before_commit")
    return authorization, claim.key, send_before


def may_pay(order: Order) -> bool:
    """Whether a start would be accepted now; decided again when it is asked for."""
    try:
        _refuse_if_not_payable(order)
    except DomainError:
        return False
    return account_for_currency(order.currency) is not None


def _refuse_if_not_payable(order: Order) -> list[Payment]:
    """The earlier attempts."""
    payments = _EARLIER(order.pk)
    if any(payment.needs_review for payment in payments):
        raise UnderReview
    if order.paid_minor >= order.total_minor or any(payment.captured_minor for payment in payments):
        raise AlreadyPaid
    if any(payment.state in STANDING for payment in payments):
        raise _in_progress(order)
    if ports.now() >= order.expires_at:
        raise OrderExpired
    return payments


def _in_progress(order: Order) -> PaymentInProgress:
    standing = Payment.objects.filter(order=order, state__in=sorted(STANDING)).order_by("-id").first()
    if standing is None:
        return PaymentInProgress(retry_after=2)
    detail = None if standing.state == State.PENDING else "This order has an authorised payment already."
    return PaymentInProgress(
        detail, payment=standing.public_id, poll=f"/api/v1/payments/{standing.public_id}/", retry_after=3
    )


def _payment(
    public_id: str,
    order: Order,
    earlier: list[Payment],
    account: MerchantAccount,
    card: BoundCard | None,
    device: DeviceFacts,
    save_card: bool,
    return_to: str,
) -> Payment:
    at = ports.now()
    return Payment(
        public_id=public_id,
        order=order,
        account=account,
        attempt=len(earlier) + 1,
        amount_minor=order.due_minor,
        currency=order.currency,
        capture_mode=order.capture_policy,
        card=card,
        save_card=save_card,
        force_three_ds=account.wants_three_ds(order.money(order.due_minor)) or _bank_wants_a_check(earlier),
        return_to=return_to,
        device=_told(asdict(device)),
        brand=card.brand if card else "",
        last_four=card.last_four if card else "",
        expiry_month=card.expiry_month if card else None,
        expiry_year=card.expiry_year if card else None,
        buyer_email=order.buyer_details.get("email", "")[:254],
        order_number=order.number,
        account_name=account.name,
        expires_at=at + (timing.PAY_LIFE if card else timing.SESSION_LIFE),
        created_at=at,
        updated_at=at,
    )


def _bank_wants_a_check(earlier: list[Payment]) -> bool:
    """Without one, the next attempt would be refused like the last (antom.md 3.6, AUTHENTICATION_REQUIRED)."""
    return any(payment.failure_category == Category.NOT_AUTHENTICATED for payment in earlier)


def _rendered(answering: Callable[[Payment], Answer], room: Room) -> Answer | None:
    """What the provider told is never lost over a reply that cannot be written."""
    try:
        return answering(_as_told(room))
    except Exception:
        log.exception("the reply about payment %s broke", room.payment.public_id)
        return None


def _as_told(room: Room) -> Payment:
    """The payment as it is about to be committed, with everything that a reply reads."""
    payment = copy(room.payment)
    payment.order = room.order
    payment._prefetched_objects_cache = {"transactions": room.transactions}  # type: ignore[attr-defined]
    return payment


def _told(device: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in device.items() if value not in (None, "")}


def _what_became_of(public_id: str) -> Payment:
    """The worker that wrote this payment died before it answered: ask, and answer with what is known now."""
    from payments.services.refresh import ask_gateway

    payment = Payment.objects.get(public_id=public_id)
    if Transaction.objects.filter(payment=payment, status__in=[Status.PENDING, Status.UNKNOWN]).exists():
        return ask_gateway(payment.pk)
    return payment
