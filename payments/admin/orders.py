"""Orders: they live in `orders`, but their page tells what became of the money, so it is shown from here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest

from core import ports
from core.desk import ReadOnlyAdmin, is_list, minute, money, pill
from core.money import display
from orders.models import Order, OrderLine
from payments.admin import buttons, dispute_words, filters, search, story, words
from payments.admin.acting import user_of
from payments.admin.attention import attention
from payments.admin.came_back import pill_for
from payments.admin.payments import SEALED, card_in_list, with_open_transactions
from payments.admin.timeline import timeline
from payments.gateways.admin import mode_pill
from payments.models import AskStatus, BuyerRefundRequest, Payment


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = (
        "number",
        "placed",
        "buyer_text",
        "total_column",
        "status_text",
        "deadline_text",
        "account_text",
        "card_text",
    )
    list_filter = (
        filters.OrderStatusFilter,
        filters.SafeToShipFilter,
        filters.OrderAttentionFilter,
        filters.CreatedFilter,
        filters.OlderFilter,
    )
    search_fields = ("public_id",)
    search_help_text = search.HELP
    keyset = True
    page_template = "admin/paydesk/order.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        rows: QuerySet[Order] = super().get_queryset(request).defer("shipping", "description")
        if is_list(request, self.opts):
            payments = with_open_transactions(Payment.objects.defer(*SEALED).order_by("attempt"))
            return rows.prefetch_related(Prefetch("payments", queryset=payments))
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        return search.orders_named(queryset, search_term.strip()), False

    # --- columns ---

    @admin.display(description="Placed (UTC)")
    def placed(self, order: Order) -> str:
        return minute(order.placed_at)

    @admin.display(description="Buyer")
    def buyer_text(self, order: Order) -> str:
        return str(order.buyer_details.get("email") or order.buyer_details.get("full") or "–")

    @admin.display(description="Total")
    def total_column(self, order: Order) -> str:
        return money(order.total_minor, order.currency)

    @admin.display(description="Status")
    def status_text(self, order: Order) -> str:
        payments = list(order.payments.all())
        open_ones = [tx for payment in payments for tx in payment.open_ones]  # type: ignore[attr-defined]
        return pill(replace(words.order_pill(order, payments, open_ones), note=""))

    @admin.display(description="Deadline (UTC)")
    def deadline_text(self, order: Order) -> str:
        return words.deadline_in_list(order.payments.all())

    @admin.display(description="Account")
    def account_text(self, order: Order) -> str:
        payment = _last(order)
        return payment.account_name if payment else "–"

    @admin.display(description="Card")
    def card_text(self, order: Order) -> str:
        return card_in_list(_last(order))

    # --- page ---

    def page(self, request: HttpRequest, obj: Order) -> dict[str, Any]:
        order = Order.objects.select_related("buyer").get(pk=obj.pk)
        payments = list(
            Payment.objects.filter(order=order)
            .select_related("account")
            .defer("next_action", "device")
            .order_by("attempt")
        )
        asks = list(BuyerRefundRequest.objects.filter(order=order).select_related("answered_by"))
        told = story.read(payments, order.currency)
        acting = buttons.acting(payments)
        user = user_of(request)
        open_ones = words.open_ones(told.transactions)
        return {
            "title": f"Order {order.number}",
            "order": order,
            "story": told,
            "acting": acting,
            "pill": words.order_pill(order, payments, open_ones),
            "came_back": pill_for(told),
            "mode": mode_pill(acting.account.mode) if acting else None,
            "attention": attention(user, told, [ask for ask in asks if ask.status == AskStatus.OPEN]),
            "asks": asks,
            "disputes": dispute_words.table(told.disputes),
            "actions": buttons.actions(user, acting, told.open_of(acting) if acting else [], "order"),
            "money": story.money_rows(told, order.total_minor, "Order total"),
            "lines": [_line(order, line) for line in OrderLine.objects.filter(order=order)],
            "payments": story.payment_table(told),
            "transactions": story.transaction_table(told),
            "timeline": timeline(told),
            "still_open": story.still_open(told),
            "expired": order.expires_at <= ports.now() and not payments,
            "earlier": Order.objects.filter(buyer_id=order.buyer_id, pk__lt=order.pk)[:100].count(),
            "several": len(payments) > 1,
        }


def _last(order: Order) -> Payment | None:
    return max(order.payments.all(), key=lambda payment: payment.attempt, default=None)


def _line(order: Order, line: OrderLine) -> dict[str, Any]:
    return {
        "line": line,
        "unit": display(order.money(line.unit_minor)),
        "amount": display(order.money(line.amount_minor)),
    }
