"""Pages that move no money: ask the gateway what became of a payment, and clear the review flag after a look."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, reverse

from core import ports
from payments.admin import story
from payments.admin.acting import SeeOther, address_of, as_fields, one_time_id, refusals, require, seen_in, user_of
from payments.admin.forms import ReasonForm
from payments.admin.one_payment import OnePayment, facts_of
from payments.admin.timeline import timeline
from payments.errors import ActionNotAllowed
from payments.models import Payment
from payments.services import operate
from payments.services.review import check_with_gateway, clear_review, why_not_clear


class LookingPages(OnePayment):
    """Mixed into the payment admin."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<uuid:pk>/ask/", wrap(self.inquire_view), name="payments_payment_inquire"),
            path("<uuid:pk>/review/", wrap(self.review_view), name="payments_payment_review"),
        ]
        return [*own, *super().get_urls()]

    @refusals
    def inquire_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        require(user_of(request), "inquire")
        payment = self.found(pk)
        if request.method != "POST":
            return self.show(
                request,
                "admin/paydesk/inquire.html",
                {
                    "title": "Check with gateway",
                    "payment": payment,
                    "original": payment,
                    "facts": facts_of(payment),
                    "open": story.still_open(story.read([payment], payment.currency)),
                },
            )
        before = operate.balances(payment)
        now = check_with_gateway(payment_id=payment.pk, actor=user_of(request))
        self._tell(request, payment, now, before)
        if request.GET.get("back") == "order":
            return SeeOther(reverse("admin:orders_order_change", args=[payment.order_id]))
        return SeeOther(reverse("admin:payments_payment_change", args=[payment.pk]))

    def _tell(self, request: HttpRequest, payment: Payment, now: Payment, before: Mapping[str, str]) -> None:
        after = operate.balances(now)
        if payment.asked_at == now.asked_at:
            messages.info(request, "The gateway was asked a moment ago. Its answer is below; ask again in two seconds.")
        elif after != before:
            messages.success(request, "Asked just now: the gateway told us something new. It is in the timeline.")
        elif after["open"]:
            messages.warning(
                request, "Asked just now: the gateway does not know the end yet. It is asked again by itself."
            )
        else:
            messages.info(request, "Asked just now: the gateway told us nothing new.")

    @refusals
    def review_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        require(user_of(request), "review")
        payment = self.found(pk)
        if request.method == "POST":
            one_time_id(request)
        form = ReasonForm(request.POST or None, verb="review", initial={"form_id": ports.random_text(32)})
        if request.method == "POST" and form.is_valid():
            clear_review(
                payment_id=payment.pk,
                actor=user_of(request),
                reason=form.cleaned_data["reason"],
                note=form.cleaned_data["note"],
                seen=seen_in(request),
                address=address_of(request),
            )
            messages.success(request, "The review flag is off. The journal says who cleared it, and why.")
            return SeeOther(reverse("admin:payments_payment_change", args=[payment.pk]))
        why_not = why_not_clear(payment)
        if why_not:
            raise ActionNotAllowed(why_not)
        told = story.read([payment], payment.currency)
        seen = seen_in(request) if request.method == "POST" else operate.balances(payment)
        return self.show(
            request,
            "admin/paydesk/review.html",
            {
                "title": "Review",
                "payment": payment,
                "original": payment,
                "form": form,
                "hidden": as_fields(seen),
                "money": story.money_rows(told, payment.amount_minor, "Amount"),
                "timeline": timeline(told)[:6],
                "facts": facts_of(payment),
            },
            status=422 if form.errors else 200,
        )
