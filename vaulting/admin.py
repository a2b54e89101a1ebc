"""Saved cards, as far as they may be shown. Never the token."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core import ports
from core.desk import Pill, ReadOnlyAdmin, minute, moment, pill
from vaulting.models import BoundCard

USABLE = Pill("credit_card", "Usable", "good")
EXPIRED = Pill("event_busy", "Expired", "plain")
REMOVED = Pill("delete", "Removed", "plain")


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
        return [
            ("Card", self.card(obj)),
            ("Valid through", self.expiry(obj)),
            ("Status", self.status(obj)),
            ("Buyer", obj.buyer),
            ("Account", obj.account),
            ("Card id", obj.public_id),
            ("Added", moment(obj.created_at)),
            ("Removed", moment(obj.removed_at)),
        ]

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
