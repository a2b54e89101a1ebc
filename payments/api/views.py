"""Paying an order, knowing what became of it, giving up, and asking for the money back."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core import hot, ports
from core.api import Door, Nothing, answer_once, as_response, ask_of, buyer_of, client_address, read_body
from core.errors import NotYours
from core.idempotency import Answer
from core.models import IdempotencyKey, User
from core.schema import path_id, query_flag
from orders.api.serializers import OrderIn, OrderSummary
from orders.api.views import OneOrder, Orders
from orders.models import Order
from orders.services import order_of
from payments.api.serializers import (
    PAYMENT_COLUMNS,
    PayableOrderOut,
    PaymentIn,
    PaymentMethods,
    PaymentOut,
    RefundRequestIn,
    RefundRequestList,
    RefundRequestOut,
    device_facts,
    new_card,
    payable_order_facts,
    payment_body,
    refund_request_facts,
    saved_card,
)
from payments.gateways.registry import account_for_currency
from payments.models import Payment, Source, Transaction
from payments.services.ask import refund_requests_of, request_refund
from payments.services.consult import A_PAGE, TERMINALS, Terminal, card_offer
from payments.services.operate import cancel_payment
from payments.services.refresh import refresh_payment
from payments.services.start import start_payment
from vaulting.services import cards_of, in_order

ORDER = path_id("order", "ord")
PAYMENT = path_id("payment", "pay")
TERMINAL_TYPE = OpenApiParameter(
    "terminal_type", description="As in `device` of the payment: `WAP` or `APP`, with `os_type`. Else a page is meant."
)
OS_TYPE = OpenApiParameter("os_type", description="`IOS` or `ANDROID`.")


class PayableOrders(Orders):
    shape = PayableOrderOut

    def facts(self, order: Order) -> dict[str, Any]:
        return payable_order_facts(order)

    @extend_schema(
        operation_id="list_orders",
        summary="Your orders, newest first",
        parameters=[query_flag("safe_to_ship", "Only orders whose goods may (or may not) leave.")],
        responses=OrderSummary(many=True),
    )
    def get(self, request: Request) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="place_order",
        summary="Place an order: products and quantities, never an amount",
        request=OrderIn,
        responses={201: PayableOrderOut},
    )
    def post(self, request: Request) -> HttpResponseBase:
        return super().post(request)


class OnePayableOrder(OneOrder):
    shape = PayableOrderOut

    def facts(self, order: Order) -> dict[str, Any]:
        return payable_order_facts(order)

    @extend_schema(
        operation_id="show_order",
        summary="One order, and what may be done with it",
        parameters=[ORDER],
        responses=PayableOrderOut,
    )
    def get(self, request: Request, order: str) -> Response:
        return super().get(request, order)


class PaymentMethodsOfOrder(Door):
    @extend_schema(
        operation_id="list_payment_methods",
        summary="A new card, and your saved cards",
        parameters=[ORDER, TERMINAL_TYPE, OS_TYPE],
        responses=PaymentMethods,
    )
    def get(self, request: Request, order: str) -> Response:
        buyer = buyer_of(request)
        mine = order_of(buyer, order)
        account = account_for_currency(mine.currency)
        if account is None:
            return Response({"methods": []})
        offer = card_offer(account, mine.money(mine.due_minor or mine.total_minor), _terminal(request))
        cards = in_order(cards_of(buyer, account).defer("sealed_token"), ports.now().date())
        saved = [saved_card(card, offer) for card in cards]
        return Response({"methods": [new_card(account, offer), *saved]})


def _terminal(request: Request) -> Terminal:
    """Advice is never in the way: what is not understood is a page."""
    told = Terminal(request.query_params.get("terminal_type", ""), request.query_params.get("os_type", ""))
    return told if told in TERMINALS else A_PAGE


class PaymentsOfOrder(Door):
    wants_key = True

    @extend_schema(
        operation_id="start_payment",
        summary="Pay what is due",
        parameters=[ORDER],
        request=PaymentIn,
        responses={
            201: OpenApiResponse(PaymentOut, "Settled: paid, held for manual capture, or declined. See `outcome`."),
            202: OpenApiResponse(PaymentOut, "Not settled yet: do `next_action`, then poll."),
        },
    )
    def post(self, request: Request, order: str) -> HttpResponseBase:
        body = read_body(request, PaymentIn)
        ask, address = ask_of(request), client_address(request)
        started = start_payment(
            buyer=buyer_of(request),
            order_id=order,
            card_id=body.get("card"),
            device=device_facts(body["device"], client_ip=address),
            save_card=body.get("save_card", False),
            return_to=body.get("return_to", ""),
            ask=ask,
            address=address or None,
            answering=_first_answer,
        )
        if started.answered is not None:
            return _of_payment(started.answered.answer, replayed=True)
        if started.answer is not None:
            return _of_payment(started.answer, replayed=False)
        assert started.payment is not None
        return _tell(started.payment, started.key, settled=201)


class OnePayment(Door):
    @extend_schema(
        operation_id="show_payment",
        summary="Poll; send the last ETag as If-None-Match",
        parameters=[PAYMENT],
        responses={200: PaymentOut, 304: OpenApiResponse(description="Not changed")},
    )
    def get(self, request: Request, payment: str) -> HttpResponseBase:
        body, _ = payment_body(_payment_of(buyer_of(request), payment))
        raw = bytes(JSONRenderer().render(body))
        tag = f'"{hashlib.sha256(raw).hexdigest()[:32]}"'
        known = parse_etags(request.headers.get("If-None-Match", ""))
        response: HttpResponse = HttpResponseNotModified()
        if not known or not ({tag, "W/" + tag, "*"} & set(known)):
            response = HttpResponse(raw, content_type="application/json")
        response["ETag"] = tag
        return _with_retry_after(response, body)


class RefreshPayment(Door):
    @extend_schema(
        operation_id="refresh_payment",
        summary="“I have paid”: ask the gateway now",
        parameters=[PAYMENT],
        request=None,
        responses={200: PaymentOut},
    )
    def post(self, request: Request, payment: str) -> HttpResponseBase:
        read_body(request, Nothing)
        buyer = buyer_of(request)
        mine = _payment_of(buyer, payment)
        refresh_payment(payment_id=mine.pk, actor=buyer)
        body, _ = payment_body(_payment_of(buyer, payment))
        return _with_retry_after(Response(body), body)


class CancelPayment(Door):
    wants_key = True

    @extend_schema(
        operation_id="cancel_payment",
        summary="Give up while the payment is pending",
        parameters=[PAYMENT],
        request=None,
        responses={
            200: OpenApiResponse(PaymentOut, "Given up; nothing was charged."),
            202: OpenApiResponse(PaymentOut, "On its way; poll."),
        },
    )
    def post(self, request: Request, payment: str) -> HttpResponseBase:
        read_body(request, Nothing)
        ask, buyer = ask_of(request), buyer_of(request)
        done = cancel_payment(
            payment_id=_payment_of(buyer, payment).pk,
            actor=buyer,
            ask=ask,
            source=Source.BUYER,
            address=client_address(request) or None,
        )
        if done.answered is not None:
            return _of_payment(done.answered.answer, replayed=True)
        return _tell(done.payment, done.key, settled=200)


class RefundRequestsOfOrder(Door):
    wants_key = True

    @extend_schema(
        operation_id="list_refund_requests",
        summary="What you asked back",
        parameters=[ORDER],
        responses=RefundRequestList,
    )
    def get(self, request: Request, order: str) -> Response:
        asked = refund_requests_of(buyer_of(request), order)
        return Response(RefundRequestList({"results": [refund_request_facts(one) for one in asked]}).data)

    @extend_schema(
        operation_id="request_refund",
        summary="Ask for the money back, with a reason",
        parameters=[ORDER],
        request=RefundRequestIn,
        responses={201: RefundRequestOut},
    )
    def post(self, request: Request, order: str) -> HttpResponseBase:
        body = read_body(request, RefundRequestIn)
        asked = request_refund(buyer=buyer_of(request), order_id=order, reason=body["reason"], ask=ask_of(request))
        if asked.answered is not None:
            return as_response(asked.answered.answer, replayed=True)
        assert asked.request is not None
        told = dict(RefundRequestOut(refund_request_facts(asked.request)).data)
        answer, stored_before = answer_once(asked.key, status=201, body=told)
        return as_response(answer, replayed=stored_before)


_PAYMENT = hot.Select(
    lambda: Payment.objects.select_related("order").only(*PAYMENT_COLUMNS, "order__buyer_id").order_by(), "public_id"
)
_TRANSACTIONS = hot.Select(lambda: Transaction.objects.only("status", "kind", "origin").order_by("id"), "payment_id")


def _payment_of(buyer: User, public_id: str) -> Payment:
    """The buyer's own payment, fresh, with what a reply reads. Raises NotYours."""
    payment = _PAYMENT.one(public_id)
    if payment is None or payment.order.buyer_id != buyer.pk:
        raise NotYours
    payment._prefetched_objects_cache = {"transactions": _TRANSACTIONS(payment.pk)}  # type: ignore[attr-defined]
    return payment


def _first_answer(payment: Payment) -> Answer:
    """201 when waiting changes nothing any more, else 202 (I25)."""
    body, is_settled = payment_body(payment)
    return Answer(201 if is_settled else 202, bytes(JSONRenderer().render(body)))


def _tell(payment: Payment, key: IdempotencyKey | None, *, settled: int) -> HttpResponseBase:
    """The first answer of a key: what is known now, read afresh. 202 while it is not settled (I25)."""
    body, is_settled = payment_body(Payment.objects.select_related("order").get(pk=payment.pk))
    answer, stored_before = answer_once(key, status=settled if is_settled else 202, body=body)
    return _of_payment(answer, replayed=stored_before)


def _of_payment(answer: Answer, *, replayed: bool) -> HttpResponseBase:
    response = as_response(answer, replayed=replayed)
    body = json.loads(answer.body)
    response["Location"] = body["poll"]
    return _with_retry_after(response, body)


def _with_retry_after(response: HttpResponseBase, body: dict[str, Any]) -> HttpResponseBase:
    if body["retry_after"] is not None:
        response["Retry-After"] = str(body["retry_after"])
    return response
