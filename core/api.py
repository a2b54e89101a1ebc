"""What every door of the API shares: strict fields, strict bodies, one media type, keys and their stored answers."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.utils.mediatypes import media_type_matches
from rest_framework.views import APIView

from core import idempotency
from core.idempotency import Answer
from core.logs import holds_card_number
from core.models import IdempotencyKey, User
from core.money import Money, display

# --- fields -----------------------------------------------------------------------------------------------------------

NOT_A_TEXT = "This must be a text."
CARD_DATA = "Card numbers and security codes never come to this server: show the card to the payment element."
CARD_FIELDS = frozenset(
    {"number", "cardnumber", "cardno", "pan", "primaryaccountnumber", "cardholder", "cardholdername"}
    | {"cvv", "cvc", "cvn", "cvv2", "cvc2", "cid", "securitycode", "pin", "track", "track1", "track2"}
    | {"expiry", "expirydate", "expirymonth", "expiryyear", "expmonth", "expyear", "token", "cardtoken"}
)
"""Names, without `_` and in lower case, that are refused with a sentence of their own."""


class Text(serializers.CharField):
    """A JSON string, kept as it is; numbers are not texts, and a text that holds a card number is refused (I31)."""

    default_error_messages = {"invalid": NOT_A_TEXT, "card_data_refused": CARD_DATA}

    def __init__(self, *, may_hold_digits: bool = False, **kwargs: Any) -> None:
        self.may_hold_digits = may_hold_digits
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        value = super().to_internal_value(data)
        if not self.may_hold_digits and holds_card_number(value):
            self.fail("card_data_refused")
        return str(value)


class Email(Text, serializers.EmailField):
    """An e-mail address, at most 254 characters."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 254)
        super().__init__(**kwargs)


class Phone(Text, serializers.RegexField):
    """A phone number as people write it; too short for the usual card numbers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(regex=r"^\+?[0-9](?:[ ().-]{0,2}[0-9]){2,14}$", max_length=24, may_hold_digits=True, **kwargs)
        self.error_messages["invalid"] = "Write it like +49 30 1234567, at most 15 digits."


class Whole(serializers.IntegerField):
    """A JSON integer; "1", 1.0 and true are not."""

    default_error_messages = {"invalid": "This must be a whole number."}

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return int(data)


class Flag(serializers.BooleanField):
    """A JSON true or false; 1 and "true" are not."""

    default_error_messages = {"invalid": "This must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class OneOf(serializers.ChoiceField):
    """One of a few words, which the refusal lists; it never repeats what was sent."""

    def to_internal_value(self, data: Any) -> Any:
        if type(data) not in {type(value) for value in self.choices} or data not in self.choices:
            listed = ", ".join(str(value) for value in self.choices)
            raise serializers.ValidationError(f"This must be one of: {listed}.", code="invalid_choice")
        return data


class ManyOf(serializers.ListSerializer):  # type: ignore[type-arg]
    default_error_messages = {"not_a_list": "This must be a list."}


class StrictSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """A body in which every name is known. `shown_only` are names that we show and nobody sets (I27)."""

    shown_only: ClassVar[frozenset[str]] = frozenset()
    default_error_messages = {"invalid": "This must be an object."}

    class Meta:
        list_serializer_class = ManyOf

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            self._refuse_what_is_not_asked_for(data)
        return super().to_internal_value(data)

    def _refuse_what_is_not_asked_for(self, data: Mapping[str, Any]) -> None:
        writable = {name for name, field in self.fields.items() if not field.read_only}
        refusals = {name: [_refusal(name, self.shown_only | self.fields.keys())] for name in data.keys() - writable}
        if refusals:
            raise serializers.ValidationError(refusals)


class Nothing(StrictSerializer):
    """A body that says nothing: absent, or `{}`."""


def _refusal(name: str, shown: frozenset[str]) -> ErrorDetail:
    if name in shown:
        return ErrorDetail("This cannot be set.", code="read_only_field")
    if name.lower().replace("_", "").replace("-", "") in CARD_FIELDS:
        return ErrorDetail(CARD_DATA, code="card_data_refused")
    return ErrorDetail("This field is not known here.", code="unknown_field")


class MoneyBody(serializers.Serializer):  # type: ignore[type-arg]
    """{"minor": 30000, "currency": "EUR", "text": "€300.00"}: minor units for programs, text for people."""

    minor = serializers.IntegerField(help_text="In the smallest unit of the currency.")
    currency = serializers.CharField(help_text="ISO 4217.")
    text = serializers.CharField()


def money_body(money: Money) -> dict[str, Any]:
    return {"minor": money.minor, "currency": money.currency, "text": display(money)}


# --- doors ------------------------------------------------------------------------------------------------------------


class JSONOnly(BaseContentNegotiation):
    """There is one representation, so `Accept` decides nothing; a body must be what the parser takes."""

    def select_parser(self, request: Request, parsers: list[BaseParser]) -> BaseParser | None:  # type: ignore[override]
        return next((p for p in parsers if media_type_matches(p.media_type, request.content_type)), None)

    def select_renderer(  # type: ignore[override]
        self, request: Request, renderers: list[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], str(renderers[0].media_type)


class Door(APIView):
    """Base of all API views: JSON only, never cached, no method that says more than it must."""

    content_negotiation_class = JSONOnly
    metadata_class = None
    http_method_names = ["get", "post", "head"]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        final["Cache-Control"] = "no-store"
        return final


class PublicId:
    """A path converter: what could be an id of ours. NUL and other oddities do not reach the database."""

    regex = "[0-9A-Za-z_]{1,40}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def buyer_of(request: Request) -> User:
    """Whoever is signed in; permission classes have refused everybody else."""
    assert isinstance(request.user, User)
    return request.user


def read_body(request: Request, shape: type[StrictSerializer]) -> dict[str, Any]:
    """The checked body. Raises ValidationError."""
    return dict(_one_of(shape).run_validation(request.data))


@cache
def _one_of(shape: type[StrictSerializer]) -> StrictSerializer:
    """Validation keeps nothing in a serializer, and making its fields anew costs more than checking a body does."""
    return shape()


def ask_of(request: Request) -> idempotency.Ask:
    """Who asks what under which key. Raises KeyMissing, KeyMalformed (also for a header sent twice)."""
    key = idempotency.parse_key(request.headers.get("Idempotency-Key"))
    return idempotency.ask(
        principal=buyer_of(request), key=key, method=str(request.method), route=request.path, body=request.data
    )


def answer_once(key: IdempotencyKey | None, *, status: int, body: Mapping[str, Any]) -> tuple[Answer, bool]:
    """Store the first answer of a key; (the answer to give, whether it was stored by somebody before)."""
    mine = Answer(status, bytes(JSONRenderer().render(body)))
    if key is None:
        return mine, False
    first = idempotency.store_answer(key, mine)
    return first, first is not mine


def as_response(answer: Answer, *, replayed: bool = False) -> HttpResponse:
    """The stored bytes as they are."""
    response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
    if replayed:
        response["Idempotency-Replayed"] = "true"
    return response


def client_address(request: HttpRequest | Request) -> str:
    """Where the connection comes from; behind our own proxy, its last hop. Empty when that is no IP address."""
    told = request.META.get("REMOTE_ADDR", "")
    if getattr(settings, "BEHIND_PROXY", False):
        told = request.META.get("HTTP_X_FORWARDED_FOR", told).rsplit(",", 1)[-1].strip()
    try:
        return str(ipaddress.ip_address(told))
    except ValueError:
        return ""
