"""Payments: a flat list, a page that tells the whole story, and the pages that move money."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from core.desk import is_list, minute, moment, money, pill, zoned
from core.money import display
from payments.admin import buttons, checks, dispute_words, filters, search, story, words
from payments.admin.acting import user_of
from payments.admin.attention import attention
from payments.admin.came_back import pill_for
from payments.admin.demo_clock import DemoClockPages
from payments.admin.looking import LookingPages
from payments.admin.money import MoneyPages
from payments.admin.renewing import renewal
from payments.admin.timeline import timeline
from payments.gateways.admin import mode_pill
from payments.gateways.base import Kind
from payments.models import NotificationEvent, Payment, Transaction
from payments.states import OPEN

SEALED = ("next_action", "device", "details")


def with_open_transactions(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    """One more query for the whole page, whatever its length."""
    open_ones = Transaction.objects.filter(status__in=sorted(OPEN)).only("payment_id", "status", "kind", "origin")
    return rows.prefetch_related(Prefetch("transactions", queryset=open_ones, to_attr="open_ones"))


def card_in_list(payment: Payment | None) -> str:
    """Wide lists have no room for the brand: there it is told to whoever points at the digits, or listens."""
    if payment is None or not payment.last_four:
        return "–"
    shown = '<span title="{0}"><span class="pd-brand">{0} </span>•••• {1}</span>'
    return format_html(shown, payment.brand.title(), payment.last_four)


@admin.register(Payment)
class PaymentAdmin(MoneyPages, LookingPages, DemoClockPages):
    list_display = (
        "order_number_text",
        "created_text",
        "buyer",
        "amount_text",
        "status",
        "deadline_text",
        "account_text",
        "card_text",
    )
    list_filter = (
        filters.StateFilter,
        filters.AttentionFilter,
        filters.ModeFilter,
        filters.CreatedFilter,
        filters.OlderFilter,
    )
    search_fields = ("public_id",)
    search_help_text = search.HELP
    keyset = True
    page_template = "admin/paydesk/payment.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        rows: QuerySet[Payment] = super().get_queryset(request).defer(*SEALED)
        return with_open_transactions(rows) if is_list(request, self.opts) else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Payment], search_term: str
    ) -> tuple[QuerySet[Payment], bool]:
        return search.payments_named(queryset, search_term.strip()), False

    # --- columns ---

    @admin.display(description="Order")
    def order_number_text(self, payment: Payment) -> str:
        more = f" · {payment.attempt}" if payment.attempt > 1 else ""
        return f"{payment.order_number}{more}"

    @admin.display(description="Created (UTC)")
    def created_text(self, payment: Payment) -> str:
        return minute(payment.created_at)

    @admin.display(description="Buyer")
    def buyer(self, payment: Payment) -> str:
        return payment.buyer_email or "–"

    @admin.display(description="Amount")
    def amount_text(self, payment: Payment) -> str:
        return money(payment.amount_minor, payment.currency)

    @admin.display(description="Status")
    def status(self, payment: Payment) -> str:
        return pill(replace(words.payment_pill(payment, payment.open_ones), note=""))  # type: ignore[attr-defined]

    @admin.display(description="Deadline (UTC)")
    def deadline_text(self, payment: Payment) -> str:
        return words.deadline_in_list([payment])

    @admin.display(description="Account")
    def account_text(self, payment: Payment) -> str:
        return payment.account_name

    @admin.display(description="Card")
    def card_text(self, payment: Payment) -> str:
        return card_in_list(payment)

    # --- page ---

    def page(self, request: HttpRequest, obj: Payment) -> dict[str, Any]:
        obj = Payment.objects.select_related("account", "order").defer("next_action", "device").get(pk=obj.pk)
        told = story.read([obj], obj.currency)
        fresh = request.GET.get("act", "")
        user = user_of(request)
        requests = story.transaction_table(told)
        return {
            "title": f"Payment {obj.attempt} of {obj.order_number}",
            "payment": obj,
            "amount": display(obj.amount),
            "order": obj.order,
            "story": told,
            "pill": story.pill_of(told, obj),
            "came_back": pill_for(told),
            "mode": mode_pill(obj.account.mode),
            "act": _came_from(obj, told.transactions, fresh),
            "attention": attention(user, told, told=fresh),
            "actions": buttons.actions(user, obj, told.open_of(obj), "payment"),
            "money": story.money_rows(told, obj.amount_minor, "Amount"),
            "transactions": requests,
            "timeline": timeline(told, fresh),
            "still_open": story.still_open(told),
            "renewal": renewal(told),
            "card": story.card(obj),
            "hold_ends": zoned(obj.hold_ends_at) if obj.hold_ends_at and obj.held_minor else "",
            "card_facts": checks.card_facts(obj),
            "checks": checks.rows(obj),
            "refusal": next((row["refusal"] for row in requests if row["tx"].kind == Kind.AUTHORIZE), None),
            "disputes": dispute_words.table(told.disputes),
            "notifications": _notifications(obj),
        }


def _notifications(payment: Payment) -> list[dict[str, Any]]:
    rows = NotificationEvent.objects.filter(payment=payment).defer("body", "headers").order_by("-pk")[:50]
    return [{"event": row, "pill": words.EVENTS[row.status], "when": moment(row.received_at)} for row in rows]


def _came_from(payment: Payment, transactions: list[Transaction], public_id: str) -> dict[str, Any] | None:
    """The banner about the act that somebody just came from."""
    tx = next((tx for tx in transactions if tx.public_id == public_id), None)
    if tx is None:
        return None
    tone, sentence = words.happened(payment, tx)
    return {"tone": tone, "sentence": sentence, "icon": words.STATUSES[tx.status].icon}
