"""The payment that a page acts on: found once, and named the same way on every page."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404
from django.urls import reverse

from core.errors import DomainError, Forbidden
from payments.admin import story
from payments.admin.acting import ActingAdmin
from payments.models import Payment
from payments.services.rules import has_open_follow_up


class OnePayment(ActingAdmin):
    def found(self, pk: uuid.UUID) -> Payment:
        found = Payment.objects.select_related("account", "order").defer("next_action").filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def asks_on(self, row: Any, error: DomainError) -> str:
        busy = not isinstance(error, Forbidden) and has_open_follow_up(row)
        return reverse("admin:payments_payment_inquire", args=[row.pk]) if busy else ""


def facts_of(payment: Payment) -> list[tuple[str, str]]:
    return [
        ("Order", payment.order_number),
        ("Card", story.card(payment)),
        ("Buyer", payment.buyer_email or "–"),
        ("Account", f"{payment.account_name} ({payment.account.mode})"),
    ]
