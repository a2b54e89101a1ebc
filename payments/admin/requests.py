"""Buyers who ask for their money back: looked at, given it, or declined."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, reverse

from core import ports
from core.desk import minute, moment, money, pill
from core.errors import Forbidden
from core.money import display
from payments.admin import buttons, filters, story, words
from payments.admin.acting import (
    ActingAdmin,
    SeeOther,
    address_of,
    as_fields,
    once,
    one_time_id,
    refusals,
    seen_in,
    settle,
    user_of,
)
from payments.admin.forms import AnswerForm, DeclineForm
from payments.errors import ActionNotAllowed
from payments.gateways.base import Verb
from payments.models import AskStatus, BuyerRefundRequest, Payment
from payments.services import ask as answering
from payments.services import operate
from payments.services.rules import Possibility, possibilities


@admin.register(BuyerRefundRequest)
class RefundRequestAdmin(ActingAdmin):
    list_display = ("asked", "order_text", "buyer_text", "total_text", "status_text", "reason_text", "by")
    list_filter = (filters.AskStatusFilter, filters.OlderFilter)
    list_select_related = ("order", "answered_by")
    keyset = True
    page_template = "admin/paydesk/request.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[BuyerRefundRequest]:
        rows: QuerySet[Any] = super().get_queryset(request).select_related("order", "answered_by", "transaction")
        return rows

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "payments_buyerrefundrequest"
        own = [
            path("<uuid:pk>/answer/", wrap(self.answer_view), name=f"{name}_answer"),
            path("<uuid:pk>/decline/", wrap(self.decline_view), name=f"{name}_decline"),
        ]
        return [*own, *super().get_urls()]

    # --- columns ---

    @admin.display(description="Asked (UTC)")
    def asked(self, row: BuyerRefundRequest) -> str:
        return minute(row.created_at)

    @admin.display(description="Order")
    def order_text(self, row: BuyerRefundRequest) -> str:
        return row.order.number

    @admin.display(description="Buyer")
    def buyer_text(self, row: BuyerRefundRequest) -> str:
        return str(row.order.buyer_details.get("email") or "–")

    @admin.display(description="Order total")
    def total_text(self, row: BuyerRefundRequest) -> str:
        return money(row.order.total_minor, row.order.currency)

    @admin.display(description="Status")
    def status_text(self, row: BuyerRefundRequest) -> str:
        return pill(words.ASKS[row.status])

    @admin.display(description="In the buyer’s words")
    def reason_text(self, row: BuyerRefundRequest) -> str:
        return row.reason if len(row.reason) <= 80 else f"{row.reason[:79]}…"

    @admin.display(description="Answered by")
    def by(self, row: BuyerRefundRequest) -> str:
        return str(row.answered_by) if row.answered_by else "–"

    # --- pages ---

    def rows(self, obj: BuyerRefundRequest) -> list[tuple[str, Any]]:
        rows: list[tuple[str, Any]] = [
            ("Order", obj.order.number),
            ("Buyer", obj.order.buyer_details.get("email") or "–"),
            ("Order total", display(obj.order.total)),
            ("Asked", moment(obj.created_at)),
            ("Request id", obj.public_id),
        ]
        if obj.status != AskStatus.OPEN:
            rows += [
                ("Answered by", obj.answered_by or "–"),
                ("Answered", moment(obj.answered_at)),
                ("Answer to the buyer", obj.answer or "–"),
            ]
        return rows

    def page(self, request: HttpRequest, obj: BuyerRefundRequest) -> dict[str, Any]:
        may = user_of(request).has_perm("payments.change_buyerrefundrequest")
        tx = obj.transaction
        return {
            "title": f"Refund request for {obj.order.number}",
            "ask": obj,
            "pill": words.ASKS[obj.status],
            "open": obj.status == AskStatus.OPEN,
            "why_not": "" if may else buttons.NO_ANSWERS,
            "order_url": reverse("admin:orders_order_change", args=[obj.order_id]),
            "act": words.STATUSES[tx.status] if tx else None,
            "act_amount": display(tx.amount) if tx else "",
            "act_url": reverse("admin:payments_payment_change", args=[tx.payment_id]) if tx else "",
        }

    @refusals
    def answer_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        """One click: release while only held, refund after."""
        row = self._row(request, pk)
        if request.method == "POST":
            one_time_id(request)
        form = AnswerForm(request.POST or None, initial={"form_id": ports.random_text(32)})
        if request.method == "POST" and form.is_valid():
            note = form.cleaned_data["note"]
            done = answering.answer_refund_request(
                request_id=row.pk,
                actor=user_of(request),
                ask=once(request, route="answer", body={"request": str(row.pk), "note": note}),
                seen=seen_in(request),
                note=note,
                address=address_of(request),
            )
            if done.answered is not None:
                return SeeOther(done.answered.answer.body.decode())
            address = reverse("admin:payments_payment_change", args=[done.payment.pk])
            return settle(done.key, f"{address}?act={done.transaction.public_id}" if done.transaction else address)
        payment, possible = self._what_would_happen(row)
        amount = display(payment.money(possible.max_minor))
        refunding = possible.verb is Verb.REFUND
        return self.show(
            request,
            "admin/paydesk/answer.html",
            {
                "title": "Answer",
                "original": row,
                "ask": row,
                "payment": payment,
                "form": form,
                "hidden": as_fields(seen_in(request) if request.method == "POST" else operate.balances(payment)),
                "amount": amount,
                "refunding": refunding,
                "facts": [("Card", story.card(payment)), ("Account", payment.account_name)],
                "button": f"Return {amount} to {payment.masked_card}"
                if refunding
                else f"Release {amount} on {payment.masked_card}",
                "back": reverse("admin:payments_buyerrefundrequest_change", args=[row.pk]),
            },
            status=422 if form.errors else 200,
        )

    @refusals
    def decline_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        row = self._row(request, pk)
        here = reverse("admin:payments_buyerrefundrequest_change", args=[row.pk])
        if request.method == "POST":
            one_time_id(request)
        form = DeclineForm(request.POST or None, initial={"form_id": ports.random_text(32)})
        if request.method == "POST" and form.is_valid():
            answering.decline_refund_request(
                request_id=row.pk, actor=user_of(request), answer=form.cleaned_data["answer"]
            )
            messages.success(request, "Declined. The buyer sees your answer; no money moved.")
            return SeeOther(here)
        self._refuse_answered(row)
        context = {"title": "Decline", "original": row, "ask": row, "form": form, "back": here}
        return self.show(request, "admin/paydesk/decline.html", context, status=422 if form.errors else 200)

    def found(self, pk: uuid.UUID) -> BuyerRefundRequest:
        row = BuyerRefundRequest.objects.select_related("order").filter(pk=pk).first()
        if row is None:
            raise Http404
        return row

    def _row(self, request: HttpRequest, pk: uuid.UUID) -> BuyerRefundRequest:
        if not user_of(request).has_perm("payments.change_buyerrefundrequest"):
            raise Forbidden("Your role does not include answering refund requests. Ask somebody whose role does.")
        return self.found(pk)

    def _refuse_answered(self, row: BuyerRefundRequest) -> None:
        if row.status != AskStatus.OPEN:
            raise ActionNotAllowed("This request is answered already.")

    def _what_would_happen(self, row: BuyerRefundRequest) -> tuple[Payment, Possibility]:
        self._refuse_answered(row)
        payment = answering.payment_to_give_back(row.order)
        if payment is None:
            raise ActionNotAllowed(answering.NOTHING_TO_GIVE_BACK)
        possible = possibilities(payment)
        for verb in (Verb.REFUND, Verb.CANCEL):
            if possible[verb].possible:
                return payment, possible[verb]
        wanted = Verb.REFUND if payment.captured_minor else Verb.CANCEL
        raise ActionNotAllowed(possible[wanted].reason)
