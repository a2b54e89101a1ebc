"""Evidence: notifications, and deliveries that were refused."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import InvalidToken
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from core.desk import ReadOnlyAdmin, minute, moment, pill
from payments.admin import filters, redact, words
from payments.models import NotificationEvent, RefusedDelivery


@admin.register(NotificationEvent)
class NotificationEventAdmin(ReadOnlyAdmin):
    list_display = ("received", "kind_text", "status_text", "verdict_text", "account_text", "order_text", "repeats")
    list_filter = (filters.EventStatusFilter, filters.ModeFilter, filters.CreatedFilter, filters.OlderFilter)
    keyset = True
    page_template = "admin/paydesk/notification.html"
    called = ("notification", "notifications")

    def get_queryset(self, request: HttpRequest) -> QuerySet[NotificationEvent]:
        """The sealed body is opened on the page of one event, never in a list."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("body", "headers").select_related("account", "payment")

    @admin.display(description="Received (UTC)")
    def received(self, event: NotificationEvent) -> str:
        return minute(event.received_at)

    @admin.display(description="Message")
    def kind_text(self, event: NotificationEvent) -> str:
        return event.kind or event.topic

    @admin.display(description="Status")
    def status_text(self, event: NotificationEvent) -> str:
        return pill(words.EVENTS[event.status])

    @admin.display(description="What came of it")
    def verdict_text(self, event: NotificationEvent) -> str:
        return event.verdict or "–"

    @admin.display(description="Account")
    def account_text(self, event: NotificationEvent) -> str:
        return str(event.account)

    @admin.display(description="Order")
    def order_text(self, event: NotificationEvent) -> str:
        return event.payment.order_number if event.payment else "–"

    def rows(self, obj: NotificationEvent) -> list[tuple[str, Any]]:
        repeats = f"{obj.repeats} more times, last {moment(obj.last_seen_at)}" if obj.repeats else "never"
        return [
            ("Status", words.EVENTS[obj.status]),
            ("What came of it", obj.verdict or "–"),
            ("Message", obj.kind or obj.topic),
            ("Account", obj.account),
            ("Received", moment(obj.received_at)),
            ("Delivered again", repeats),
            ("Proof", "Signed by the provider" if obj.strength == "proof" else "A hint only: the gateway was asked"),
            ("Key", obj.key_id or "–"),
            ("Address", obj.target),
        ]

    def page(self, request: HttpRequest, obj: NotificationEvent) -> dict[str, Any]:
        try:
            sealed = NotificationEvent.objects.only("body", "headers").get(pk=obj.pk)
            body, headers = redact.body_as_text(bytes(sealed.body)), redact.headers_as_rows(sealed.headers)
        except InvalidToken:
            body, headers = "Sealed with a key that this process does not have.", []
        payment_url = reverse("admin:payments_payment_change", args=[obj.payment_id]) if obj.payment_id else ""
        return {
            "title": obj.kind or obj.topic,
            "body": body,
            "headers": headers,
            "payment_url": payment_url,
            "payment": obj.payment,
        }


@admin.register(RefusedDelivery)
class RefusedDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("gateway", "reason", "count", "first", "last", "last_key_id")
    ordering = ("-last_at",)

    @admin.display(description="First")
    def first(self, row: RefusedDelivery) -> str:
        return moment(row.first_at)

    @admin.display(description="Last")
    def last(self, row: RefusedDelivery) -> str:
        return moment(row.last_at)

    def rows(self, obj: RefusedDelivery) -> list[tuple[str, Any]]:
        return [
            ("Gateway", obj.gateway),
            ("Why it was refused", obj.reason),
            ("How often", obj.count),
            ("First", moment(obj.first_at)),
            ("Last", moment(obj.last_at)),
            ("Key named by the last one", obj.last_key_id or "–"),
            ("Digest of the last one", obj.last_digest),
        ]
