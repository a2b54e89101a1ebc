"""What cards and tries at binding look like to the app. Never a token, never more than four digits (I31, I33)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core import ports
from core.api import OneOf, StrictSerializer, Text
from vaulting import consent
from vaulting.api.meaning import ASK_AGAIN, TRIES, failure_of, standing_of
from vaulting.brands import expiry_text, logo_of, name_of
from vaulting.models import BoundCard, Standing, VaultingSession

USABLE, EXPIRING, EXPIRED = "usable", "expires_this_month", "expired"

# --- in ---------------------------------------------------------------------------------------------------------------


class CardChange(StrictSerializer):
    shown_only = frozenset({"id", "brand", "name", "logo", "last_four", "masked", "expiry", "state", "added_at"})

    default = OneOf(choices=[True], help_text="Another card takes it over; none is not a choice.")


class VaultingSessionIn(StrictSerializer):
    """The buyer wants to add a card, and agreed to the text of this version."""

    shown_only = frozenset({"id", "status", "session_data", "expires_at", "next_action", "card", "failure"})

    consent = OneOf(choices=[consent.CURRENT], help_text="The version of the text that the buyer agreed to.")
    currency = Text(min_length=3, max_length=3, required=False, help_text="Of what will be paid with it. `EUR`")
    renews = Text(max_length=32, required=False, may_hold_digits=True, help_text="The card whose expiry changes.")


# --- out --------------------------------------------------------------------------------------------------------------


class KeptCardOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    brand = serializers.CharField()
    name = serializers.CharField(help_text="`Visa`")
    logo = serializers.CharField(help_text="Address of the mark.")
    last_four = serializers.CharField()
    masked = serializers.CharField(help_text="`•••• 1111`")
    expiry = serializers.CharField(allow_null=True, help_text="`05/27`: valid through the last day of that month.")
    state = serializers.ChoiceField(choices=[USABLE, EXPIRING, EXPIRED])
    default = serializers.BooleanField(help_text="Among the cards that take the same currencies.")
    currencies = serializers.ListField(child=serializers.CharField())
    added_at = serializers.DateTimeField()


class ConsentOut(serializers.Serializer[Any]):
    version = serializers.CharField()
    text = serializers.CharField(help_text="Show it beside an unticked box.")


class CardListOut(serializers.Serializer[Any]):
    results = KeptCardOut(many=True)
    consent = ConsentOut(help_text="What a buyer agrees to when a card is added.")


class RemovedCardOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    removed_at = serializers.DateTimeField()
    provider = serializers.CharField(help_text="What the payment provider knows of it, as a sentence.")


class VaultingFailureOut(serializers.Serializer[Any]):
    try_ = serializers.ChoiceField(choices=TRIES)
    text = serializers.CharField(help_text="Fit to be shown to the buyer.")

    def get_fields(self) -> dict[str, Any]:
        found = super().get_fields()
        return {"try": found.pop("try_"), **found}  # `try` is a word of the language


class VerifyOut(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["redirect"])
    url = serializers.CharField()
    method = serializers.CharField(help_text="GET, or POST with `fields` as a form.")
    form_fields = serializers.DictField(child=serializers.CharField())
    app_links = serializers.DictField(child=serializers.CharField())

    def get_fields(self) -> dict[str, Any]:
        found = super().get_fields()
        found["fields"] = found.pop("form_fields")  # `fields` is taken by the class itself
        return found


class VaultingSessionOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(choices=[(one.value, one.label) for one in Standing])
    settled = serializers.BooleanField(help_text="Nothing will change by waiting.")
    session_data = serializers.CharField(allow_null=True, help_text="Hand it to the provider's element.")
    expires_at = serializers.DateTimeField()
    next_action = VerifyOut(allow_null=True, help_text="The bank's check of the buyer.")
    card = KeptCardOut(allow_null=True)
    was_known = serializers.BooleanField(help_text="The buyer had this card already; it was renewed.")
    failure = VaultingFailureOut(allow_null=True)
    poll = serializers.CharField()
    retry_after = serializers.IntegerField(allow_null=True, help_text="Seconds.")


def card_facts(card: BoundCard) -> dict[str, Any]:
    facts = {
        "id": card.public_id,
        "brand": card.brand,
        "name": name_of(card.brand),
        "logo": logo_of(card.brand),
        "last_four": card.last_four,
        "masked": f"•••• {card.last_four}",
        "expiry": expiry_text(card.expiry_month, card.expiry_year),
        "state": state_of(card),
        "default": card.is_default,
        "currencies": card.account.currencies,
        "added_at": card.created_at,
    }
    return dict(KeptCardOut(facts).data)


def state_of(card: BoundCard) -> str:
    today, through = ports.now().date(), card.valid_through
    if not card.usable_on(today):
        return EXPIRED
    return EXPIRING if through and (through.year, through.month) == (today.year, today.month) else USABLE


def session_facts(session: VaultingSession) -> dict[str, Any]:
    """The session as plain data; nothing that only serves a try is shown once it is over."""
    standing = standing_of(session)
    retry_after = ASK_AGAIN.get(standing)
    facts = {
        "id": session.public_id,
        "status": standing.value,
        "settled": retry_after is None,
        "session_data": _data(session) if standing is Standing.OPEN else None,
        "expires_at": session.expires_at,
        "next_action": session.action if standing is Standing.VERIFYING else None,
        "card": card_facts(session.card) if session.card and session.card.removed_at is None else None,
        "was_known": session.was_known,
        "failure": failure_of(session),
        "poll": f"/api/v1/vaulting-sessions/{session.public_id}/",
        "retry_after": retry_after,
    }
    return dict(VaultingSessionOut(facts).data)


def _data(session: VaultingSession) -> str | None:
    return bytes(session.session_data).decode() if session.session_data else None


def removed_facts(card: BoundCard) -> dict[str, Any]:
    told = {"id": card.public_id, "removed_at": card.removed_at, "provider": f"{card.get_forgetting_display()}."}
    return dict(RemovedCardOut(told).data)
