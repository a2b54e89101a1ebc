"""Placing, listing and showing orders. What payments add to an order (`facts`) is told by a subclass in payments."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpResponseBase
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from core.api import Door, answer_once, as_response, ask_of, buyer_of, read_body
from core.idempotency import Adopted, Answered, Ask, claim_key
from core.models import IdempotencyKey, User
from core.pagination import NewestFirst
from orders.api.serializers import SUMMARY_COLUMNS, OrderIn, OrderOut, order_facts, order_summary
from orders.models import Order
from orders.services import Item, order_of, place_order


class OrderDoor(Door):
    shape: ClassVar[type[Serializer[Any]]] = OrderOut
    """Documents `facts`; a test holds the two together."""

    def facts(self, order: Order) -> dict[str, Any]:
        """The whole order as plain data."""
        return order_facts(order)


class Orders(OrderDoor):
    wants_key = True
    pagination_class = NewestFirst

    def get(self, request: Request) -> Response:
        mine = Order.objects.filter(buyer=buyer_of(request)).only(*SUMMARY_COLUMNS)
        if (wanted := _flag(request, "safe_to_ship")) is not None:
            mine = mine.filter(safe_to_ship=wanted)
        pages = self.pagination_class()
        page = pages.paginate_queryset(mine, request, view=self) or []
        return pages.get_paginated_response([order_summary(order) for order in page])

    def post(self, request: Request) -> HttpResponseBase:
        body = read_body(request, OrderIn)
        placed = place_once(buyer=buyer_of(request), body=body, ask=ask_of(request))
        if isinstance(placed, Answered):
            response = as_response(placed.answer, replayed=True)
        else:
            key, order = placed
            answer, stored_before = answer_once(key, status=201, body=self.facts(order))
            response = as_response(answer, replayed=stored_before)
        response["Location"] = f"{request.path}{_id_in(response.content)}/"
        return response


class OneOrder(OrderDoor):
    def get(self, request: Request, order: str) -> Response:
        return Response(self.facts(order_of(buyer_of(request), order)))


def place_once(*, buyer: User, body: dict[str, Any], ask: Ask) -> Answered | tuple[IdempotencyKey, Order]:
    """The key and the order in one commit; a repeat finds what the first one made (I24)."""
    items = [Item(item["sku"], item["quantity"]) for item in body["items"]]
    with transaction.atomic(durable=True):
        claim = claim_key(ask, subject="")
        if isinstance(claim, Answered):
            return claim
        if isinstance(claim, Adopted):
            return claim.key, order_of(buyer, claim.subject)
        order = place_order(
            buyer=buyer,
            items=items,
            buyer_details=body.get("buyer"),
            shipping=body.get("shipping"),
            description=body.get("description", ""),
        )
        claim.key.subject = order.public_id
        claim.key.save(update_fields=["subject"])
    return claim.key, order


def _flag(request: Request, name: str) -> bool | None:
    told = request.query_params.get(name)
    if told not in (None, "true", "false"):
        raise ValidationError({name: ["This must be true or false."]})
    return None if told is None else told == "true"


def _id_in(body: bytes) -> str:
    return str(json.loads(body)["id"])
