"""Filters with fixed choices: they ask no DISTINCT of a large table."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from core import ports
from orders.models import OrderStatus
from payments.gateways.base import Review
from payments.gateways.models import MerchantAccount, Mode
from payments.models import AskStatus, BuyerRefundRequest, Dispute, DisputeStatus, EventStatus, Payment, Transaction
from payments.services.disputes import STILL_OPEN
from payments.states import State, Status


def first_uuid_at(moment: datetime) -> uuid.UUID:
    """The smallest UUIDv7 of that moment: a date as a range of primary keys."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def unknown_payments() -> QuerySet[Any]:
    return Transaction.objects.filter(status=Status.UNKNOWN, next_at__isnull=False).order_by().values("payment_id")


def disputed_payments() -> QuerySet[Any]:
    """By way of the small table: its index of statuses is short, whatever the number of payments."""
    return Dispute.objects.filter(status__in=sorted(STILL_OPEN)).order_by().values("payment_id")


class Fixed(SimpleListFilter):
    choices_shown: tuple[tuple[str, str], ...] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(self.choices_shown)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = {value for value, _ in self.choices_shown}
        value = self.value()
        return self.narrow(queryset, value) if value in known else queryset

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        raise NotImplementedError


class StateFilter(Fixed):
    title = "state"
    parameter_name = "state"
    choices_shown = tuple((state.value, state.value.replace("_", " ").capitalize()) for state in State)

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(state=value)


class OrderStatusFilter(Fixed):
    title = "status"
    parameter_name = "status"
    choices_shown = tuple(OrderStatus.choices)

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(status=value)


class EventStatusFilter(OrderStatusFilter):
    choices_shown = tuple(EventStatus.choices)


class AskStatusFilter(OrderStatusFilter):
    choices_shown = tuple(AskStatus.choices)


class DisputeStatusFilter(OrderStatusFilter):
    choices_shown = tuple(DisputeStatus.choices)


class SafeToShipFilter(Fixed):
    title = "safe to ship"
    parameter_name = "ship"
    choices_shown = (("yes", "Safe to ship"), ("no", "Not safe to ship"))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(safe_to_ship=value == "yes")


class AttentionFilter(Fixed):
    """Each choice is the short list of a partial index."""

    title = "attention"
    parameter_name = "attention"
    choices_shown: tuple[tuple[str, str], ...] = (
        ("review", "Needs review"),
        ("unknown", "Outcome unknown"),
        ("disputed", "Disputed"),
        ("theirs", "In the gateway’s review"),
    )

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(payments_that(value))


def payments_that(choice: str) -> Q:
    return {
        "review": Q(needs_review=True),
        "disputed": Q(pk__in=disputed_payments()),
        "theirs": Q(review=Review.RUNNING),
    }.get(choice) or Q(pk__in=unknown_payments())


class OrderAttentionFilter(AttentionFilter):
    choices_shown = (*AttentionFilter.choices_shown, ("asked", "Buyer asks for money back"))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "asked":
            return queryset.filter(
                pk__in=BuyerRefundRequest.objects.filter(status=AskStatus.OPEN).order_by().values("order_id")
            )
        return queryset.filter(pk__in=Payment.objects.filter(payments_that(value)).order_by().values("order_id"))


class ModeFilter(Fixed):
    title = "mode"
    parameter_name = "mode"
    choices_shown = ((Mode.TEST.value, "TEST"), (Mode.LIVE.value, "LIVE"))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Accounts are few: when all are of that mode, nothing needs to be asked of the large table."""
        accounts = list(MerchantAccount.objects.order_by().values_list("pk", "mode"))
        wanted = [pk for pk, mode in accounts if mode == value]
        if len(wanted) == len(accounts):
            return queryset
        return queryset.filter(account_id__in=wanted) if wanted else queryset.none()


class CreatedFilter(Fixed):
    title = "created"
    parameter_name = "created"
    choices_shown = (("1", "Last 24 hours"), ("7", "Last 7 days"), ("30", "Last 30 days"), ("90", "Last 90 days"))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(pk__gte=first_uuid_at(ports.now() - timedelta(days=int(value))))


class OlderFilter(SimpleListFilter):
    """Where the count ends, the list goes on from the last row: `older` is its primary key."""

    title = "older"
    parameter_name = "older"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, "Older than the rows before")] if (value := request.GET.get("older")) else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        try:
            return queryset.filter(pk__lt=uuid.UUID(str(self.value())))
        except ValueError:
            return queryset
