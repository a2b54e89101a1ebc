"""The buyer's saved cards, and adding one through the provider's element."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core import ports
from core.api import Door, Nothing, answer_once, as_response, ask_of, buyer_of, read_body
from core.errors import NotYours
from core.models import User
from core.schema import path_id
from vaulting import consent
from vaulting.api.serializers import (
    CardChange,
    CardListOut,
    KeptCardOut,
    RemovedCardOut,
    VaultingSessionIn,
    VaultingSessionOut,
    card_facts,
    removed_facts,
    session_facts,
)
from vaulting.asking import refresh_session
from vaulting.binding import open_vaulting_session
from vaulting.models import VaultingSession
from vaulting.removing import remove_card
from vaulting.services import card_of, cards_of, in_order, make_default

CARD = path_id("card", "card")
SESSION = path_id("session", "vs")


class Cards(Door):
    @extend_schema(
        operation_id="list_cards",
        summary="Your saved cards, the default first, and the text a buyer agrees to",
        responses=CardListOut,
    )
    def get(self, request: Request) -> Response:
        mine = cards_of(buyer_of(request)).select_related("account").defer("sealed_token")
        cards = [card_facts(card) for card in in_order(mine, ports.now().date())]
        return Response(
            {"results": cards, "consent": {"version": consent.CURRENT, "text": consent.TEXTS[consent.CURRENT]}}
        )


class OneCard(Door):
    http_method_names = ["get", "patch", "delete", "head"]

    @extend_schema(operation_id="show_card", summary="One saved card", parameters=[CARD], responses=KeptCardOut)
    def get(self, request: Request, card: str) -> Response:
        return Response(card_facts(card_of(buyer_of(request), card)))

    @extend_schema(
        operation_id="change_card",
        summary="Make it the default",
        parameters=[CARD],
        request=CardChange,
        responses=KeptCardOut,
    )
    def patch(self, request: Request, card: str) -> Response:
        read_body(request, CardChange)
        return Response(card_facts(make_default(buyer=buyer_of(request), public_id=card)))

    @extend_schema(
        operation_id="remove_card",
        summary="Remove it: gone here at once, then told to the provider",
        parameters=[CARD],
        request=None,
        responses={200: RemovedCardOut},
    )
    def delete(self, request: Request, card: str) -> Response:
        read_body(request, Nothing)
        return Response(removed_facts(remove_card(buyer=buyer_of(request), public_id=card)))


class VaultingSessions(Door):
    wants_key = True
    body_names_rows = has_a_limit = True

    @extend_schema(
        operation_id="open_vaulting_session",
        summary="Add a card: a session for the provider's element",
        request=VaultingSessionIn,
        responses={
            201: OpenApiResponse(VaultingSessionOut, "Open it in the provider's element, then poll."),
            202: OpenApiResponse(VaultingSessionOut, "Not opened yet: poll."),
        },
    )
    def post(self, request: Request) -> HttpResponseBase:
        body = read_body(request, VaultingSessionIn)
        begun = open_vaulting_session(
            buyer=buyer_of(request),
            ask=ask_of(request),
            consent_version=body["consent"],
            currency=body.get("currency", ""),
            renews=body.get("renews", ""),
        )
        if begun.answered is not None:
            return as_response(begun.answered.answer, replayed=True)
        assert begun.session is not None
        told = session_facts(begun.session)
        answer, stored_before = answer_once(begun.key, status=202 if told["status"] == "opening" else 201, body=told)
        response = as_response(answer, replayed=stored_before)
        response["Location"] = told["poll"]
        return response


class OneVaultingSession(Door):
    @extend_schema(
        operation_id="show_vaulting_session", summary="Poll", parameters=[SESSION], responses=VaultingSessionOut
    )
    def get(self, request: Request, session: str) -> Response:
        return _told(_session_of(buyer_of(request), session))


class RefreshVaultingSession(Door):
    @extend_schema(
        operation_id="refresh_vaulting_session",
        summary="“I have added it”: ask the provider now",
        parameters=[SESSION],
        request=None,
        responses=VaultingSessionOut,
    )
    def post(self, request: Request, session: str) -> Response:
        read_body(request, Nothing)
        return _told(refresh_session(_session_of(buyer_of(request), session)))


def _session_of(buyer: User, public_id: str) -> VaultingSession:
    """The buyer's own. Raises NotYours."""
    rows = VaultingSession.objects.select_related("account", "card__account")
    session = rows.filter(buyer=buyer, public_id=public_id).first()
    if session is None:
        raise NotYours
    return session


def _told(session: VaultingSession) -> Response:
    body: dict[str, Any] = session_facts(session)
    response = Response(body)
    if body["retry_after"] is not None:
        response["Retry-After"] = str(body["retry_after"])
    return response
