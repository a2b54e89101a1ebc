"""Saved cards and the tries at binding them, as far as they may be shown. Never the token."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core import ports
from core.desk import Pill, ReadOnlyAdmin, minute, moment, pill
from vaulting.models import BoundCard, Standing, VaultingSession

USABLE = Pill("credit_card", "Usable", "good")
EXPIRED = Pill("event_busy", "Expired", "plain")
REMOVED = Pill("delete", "Removed", "plain")
STANDINGS: dict[str, Pill] = {
    Standing.OPENING: Pill("help", "Being opened", "warn"),
    Standing.OPEN: Pill("hourglass_empty", "Waiting for the card", "calm"),
    Standing.VERIFYING: Pill("verified_user", "The bank checks the buyer", "calm"),
    Standing.BOUND: Pill("check_circle", "Card kept", "good"),
    Standing.FAILED: Pill("cancel", "Not kept", "plain"),
    Standing.EXPIRED: Pill("event_busy", "Nothing came of it", "plain"),
}


@admin.register(BoundCard)
class BoundCardAdmin(ReadOnlyAdmin):
    list_display = ("card", "expiry", "buyer_name", "account_name", "status", "added")
    list_select_related = ("buyer", "account")
    search_fields = ("public_id",)
    search_help_text = "Card id, or the buyer’s whole e-mail"

    def get_queryset(self, request: HttpRequest) -> QuerySet[BoundCard]:
        rows: QuerySet[Any] = super().get_queryset(request).defer("sealed_token").select_related("buyer", "account")
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BoundCard], search_term: str
    ) -> tuple[QuerySet[BoundCard], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        by_buyer = queryset.filter(buyer__username=term)
        return queryset.filter(public_id=term) if term.startswith("card_") else by_buyer, False

    def rows(self, obj: BoundCard) -> list[tuple[str, Any]]:
        rows = [
            ("Card", self.card(obj)),
            ("Valid through", self.expiry(obj)),
            ("Status", self.status(obj)),
            ("Buyer", obj.buyer),
            ("Account", obj.account),
            ("Card id", obj.public_id),
            ("Default", "Yes, in this account" if obj.is_default else "No"),
            ("Funding", obj.funding.title()),
            ("Issuer", ", ".join(part for part in (obj.issuer, obj.issuing_country) if part)),
            ("Network transaction id", obj.network_transaction_id),
            ("Added", moment(obj.created_at)),
            ("Bound anew", moment(obj.renewed_at) if obj.renewed_at else ""),
            ("Consent", _consent(obj)),
            *_removal(obj),
        ]
        return [(name, value) for name, value in rows if value]

    @admin.display(description="Card")
    def card(self, card: BoundCard) -> str:
        return f"{card.brand.title()} •••• {card.last_four}"

    @admin.display(description="Valid through")
    def expiry(self, card: BoundCard) -> str:
        return f"{card.expiry_month:02}/{card.expiry_year}" if card.expiry_month and card.expiry_year else "–"

    @admin.display(description="Buyer")
    def buyer_name(self, card: BoundCard) -> str:
        return card.buyer.email or str(card.buyer)

    @admin.display(description="Account")
    def account_name(self, card: BoundCard) -> str:
        return str(card.account)

    @admin.display(description="Status")
    def status(self, card: BoundCard) -> str:
        if card.removed_at:
            return pill(REMOVED)
        return pill(USABLE if card.usable_on(ports.now().date()) else EXPIRED)

    @admin.display(description="Added (UTC)")
    def added(self, card: BoundCard) -> str:
        return minute(card.created_at)


def _consent(row: BoundCard | VaultingSession) -> str:
    return f"Version {row.consent_version}, {moment(row.consented_at)}" if row.consented_at else ""


def _removal(card: BoundCard) -> list[tuple[str, Any]]:
    if card.removed_at is None:
        return []
    return [
        ("Removed", f"{moment(card.removed_at)} by {card.removed_by or card.buyer}"),
        ("Why", card.removal_reason),
        ("At the provider", card.get_forgetting_display()),
        ("Told", moment(card.forgotten_at) if card.forgotten_at else ""),
        ("Last error", card.last_error),
    ]


@admin.register(VaultingSession)
class VaultingSessionAdmin(ReadOnlyAdmin):
    list_display = ("opened", "buyer_name", "standing_pill", "card", "account_name")
    list_select_related = ("buyer", "account", "card")
    list_filter = ("standing",)
    search_fields = ("public_id",)
    search_help_text = "Session or request id, or a whole e-mail"

    def get_queryset(self, request: HttpRequest) -> QuerySet[VaultingSession]:
        rows: QuerySet[Any] = super().get_queryset(request).defer("session_data", "next_action")
        return rows.select_related("buyer", "account", "card", "renews")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[VaultingSession], search_term: str
    ) -> tuple[QuerySet[VaultingSession], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.startswith("vs_"):
            return queryset.filter(public_id=term), False
        by_id = queryset.filter(request_id=term)
        return (by_id if "@" not in term else queryset.filter(buyer__username=term)), False

    def rows(self, obj: VaultingSession) -> list[tuple[str, Any]]:
        rows = [
            ("Standing", self.standing_pill(obj)),
            ("What the provider told that cannot be", obj.problem),
            ("Card", obj.card),
            ("The buyer had it already", "Yes" if obj.was_known else ""),
            ("Binds anew", obj.renews),
            ("Refused with", " – ".join(part for part in (obj.failure_code, obj.failure_message) if part)),
            ("Last error", obj.last_error),
            ("Buyer", obj.buyer),
            ("Account", obj.account),
            ("Consent", _consent(obj)),
            ("Opened", moment(obj.created_at)),
            ("Ends", moment(obj.expires_at)),
            ("Ended", moment(obj.ended_at) if obj.ended_at else ""),
            ("Asked about next", moment(obj.next_at) if obj.next_at else ""),
            ("Session id", obj.public_id),
            ("Our request id", obj.request_id),
            ("The provider’s id", obj.reference),
        ]
        return [(name, value) for name, value in rows if value]

    @admin.display(description="Buyer")
    def buyer_name(self, session: VaultingSession) -> str:
        return session.buyer.email or str(session.buyer)

    @admin.display(description="Account")
    def account_name(self, session: VaultingSession) -> str:
        return str(session.account)

    @admin.display(description="Standing")
    def standing_pill(self, session: VaultingSession) -> str:
        return pill(STANDINGS[session.standing])

    @admin.display(description="Opened (UTC)")
    def opened(self, session: VaultingSession) -> str:
        return minute(session.created_at)
