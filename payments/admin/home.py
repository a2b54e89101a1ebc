"""The first page: what needs somebody, with one action each. Short lists from partial indexes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from core import ports
from core.desk import distance, moment, relative
from core.money import display
from payments.admin import words
from payments.admin.story import card
from payments.models import AskStatus, BuyerRefundRequest, EventStatus, NotificationEvent, Payment, Transaction
from payments.states import HELD, Status

AT_MOST = 20


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """For UNFOLD["DASHBOARD_CALLBACK"]."""
    user = request.user
    context["needs"] = _needs() if user.has_perm("payments.view_payment") else []
    context["at_most"] = AT_MOST
    return context


def _needs() -> list[dict[str, Any]]:
    return [_unknown(), _reviews(), _asks(), _holds(), _puzzles()]


def _section(
    title: str, icon: str, url: str, calm: str, rows: list[dict[str, str]], tone: str = "warn"
) -> dict[str, Any]:
    more = len(rows) > AT_MOST
    rows = rows[:AT_MOST]
    number = f"{AT_MOST}+" if more else str(len(rows))
    return {
        "title": title,
        "icon": icon,
        "url": url,
        "calm": calm,
        "rows": rows,
        "number": number,
        "tone": tone if rows else "plain",
    }


def _unknown() -> dict[str, Any]:
    found = Transaction.objects.filter(status=Status.UNKNOWN, next_at__isnull=False).select_related("payment")
    now = ports.now()
    rows = [
        {
            "what": f"{words.KINDS[tx.kind]} of {display(tx.amount)}",
            "order": tx.payment.order_number,
            "why": f"no certain answer, sent {relative(tx.created_at, now)}",
            "url": reverse("admin:payments_payment_change", args=[tx.payment_id]),
            "label": "Look",
        }
        for tx in found.order_by("next_at")[: AT_MOST + 1]
    ]
    url = f"{reverse('admin:payments_payment_changelist')}?attention=unknown"
    return _section("Outcome unknown", "help", url, "Every request has a certain answer.", rows)


def _reviews() -> dict[str, Any]:
    rows = [
        {
            "what": f"{display(payment.amount)} by {card(payment)}",
            "order": payment.order_number,
            "why": payment.review_reason,
            "url": reverse("admin:payments_payment_change", args=[payment.pk]),
            "label": "Look",
        }
        for payment in Payment.objects.filter(needs_review=True)
        .defer("next_action", "device")
        .order_by("-pk")[: AT_MOST + 1]
    ]
    url = f"{reverse('admin:payments_payment_changelist')}?attention=review"
    return _section("Under review", "flag", url, "No payment contradicts itself.", rows, "bad")


def _asks() -> dict[str, Any]:
    found = BuyerRefundRequest.objects.filter(status=AskStatus.OPEN).select_related("order").order_by("-pk")
    rows = [
        {
            "what": display(ask.order.total),
            "order": ask.order.number,
            "why": ask.reason,
            "url": reverse("admin:payments_buyerrefundrequest_change", args=[ask.pk]),
            "label": "Answer…",
        }
        for ask in found[: AT_MOST + 1]
    ]
    url = f"{reverse('admin:payments_buyerrefundrequest_changelist')}?status=open"
    return _section("Buyers ask for money back", "mark_email_unread", url, "Nobody waits for an answer.", rows)


def _holds() -> dict[str, Any]:
    now = ports.now()
    found = (
        Payment.objects.filter(
            state__in=sorted(HELD), capture_mode="MANUAL", hold_ends_at__lt=now + timedelta(hours=words.SOON_HOURS)
        )
        .defer("next_action", "device")
        .order_by("hold_ends_at")
    )
    rows = [
        {
            "what": f"{display(payment.money(payment.held_minor))} held on {card(payment)}",
            "order": payment.order_number,
            "why": f"{'lapses in' if payment.hold_ends_at > now else 'ended'} {distance(payment.hold_ends_at, now)}"
            f"{'' if payment.hold_ends_at > now else ' ago'}, {moment(payment.hold_ends_at)}"
            if payment.hold_ends_at
            else "",
            "url": reverse("admin:payments_payment_change", args=[payment.pk]),
            "label": "Look",
        }
        for payment in found[: AT_MOST + 1]
    ]
    url = f"{reverse('admin:payments_payment_changelist')}?state=authorized"
    return _section("Holds that end soon", "lock_clock", url, "No hold ends within a day.", rows)


def _puzzles() -> dict[str, Any]:
    found = NotificationEvent.objects.filter(status=EventStatus.PROBLEM).defer("body", "headers").order_by("-pk")
    rows = [
        {
            "what": event.kind or event.topic,
            "order": "",
            "why": f"{event.verdict} · {moment(event.received_at)}",
            "url": reverse("admin:payments_notificationevent_change", args=[event.pk]),
            "label": "Look",
        }
        for event in found[: AT_MOST + 1]
    ]
    url = f"{reverse('admin:payments_notificationevent_changelist')}?status=problem"
    return _section("Notifications not understood", "error", url, "Every message was understood.", rows)
