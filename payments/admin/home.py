"""The first page: what needs somebody, with one action each. Short lists from partial indexes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.http import HttpRequest
from django.urls import reverse

from core import ports
from core.desk import distance, moment, relative, zoned
from core.money import display
from payments.admin import dispute_words, refusing, silence, words
from payments.admin.story import card
from payments.models import (
    AskStatus,
    BuyerRefundRequest,
    Dispute,
    DisputeStatus,
    EventStatus,
    NotificationEvent,
    Payment,
    Transaction,
)
from payments.states import HELD, Status

AT_MOST = 20


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """For UNFOLD["DASHBOARD_CALLBACK"]."""
    user = request.user
    context["needs"] = _needs() if user.has_perm("payments.view_payment") else []
    context["alarms"] = refusing.alarms() if user.has_perm("payments.view_payment") else []
    context["at_most"] = AT_MOST
    return context


def _needs() -> list[dict[str, Any]]:
    reviews = _reviews()
    unknown = _unknown(also_stuck=bool(reviews["rows"]))
    return [unknown, _silent(), _disputes(), reviews, _asks(), _holds(), _puzzles()]


def _section(
    title: str, icon: str, url: str, calm: str, rows: list[dict[str, str]], tone: str = "warn"
) -> dict[str, Any]:
    """An empty `url`: there is no list of all of them."""
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


def _unknown(*, also_stuck: bool) -> dict[str, Any]:
    """Those that are asked about, and those that only a person can end: their payments are under review."""
    unknown = Transaction.objects.filter(status=Status.UNKNOWN).select_related("payment")
    asked = unknown.filter(next_at__isnull=False).order_by("next_at")[: AT_MOST + 1]
    stuck = unknown.filter(next_at__isnull=True, payment__needs_review=True).order_by("-payment_id")[: AT_MOST + 1]
    found = [*asked, *(stuck if also_stuck else ())][: AT_MOST + 1]
    now = ports.now()
    rows = [
        {
            "what": f"{words.KINDS[tx.kind]} of {display(tx.amount)}",
            "order": tx.payment.order_number,
            "why": f"no certain answer, sent {relative(tx.created_at, now)}",
            "url": reverse("admin:payments_payment_change", args=[tx.payment_id]),
            "label": "Look",
        }
        for tx in found
    ]
    url = f"{reverse('admin:payments_payment_changelist')}?attention=unknown"
    return _section("Outcome unknown", "help", url, "Every request has a certain answer.", rows)


def _silent() -> dict[str, Any]:
    """Requests under way, and captures by the gateway, whose end should have been told by now."""
    now = ports.now()
    rows = [
        _payment_row(
            tx.payment,
            f"{words.KINDS[tx.kind]} of {display(tx.amount)}",
            f"should have heard by {moment(tx.heard_by)}, {relative(tx.heard_by, now)}" if tx.heard_by else "",
        )
        for tx in silence.silent_requests(now)[: AT_MOST + 1]
    ]
    rows += [
        _payment_row(
            payment,
            f"Capture of {display(payment.amount)} by the gateway",
            f"should have heard by {moment(expected)}, {relative(expected, now)}" if expected else "",
        )
        for payment in silence.silent_captures(now)[: AT_MOST + 1]
        for expected in [payment.capture_expected_by]
    ]
    return _section("Should have heard by now", "notifications_paused", "", "The gateway told all in time.", rows)


def _payment_row(payment: Payment, what: str, why: str) -> dict[str, str]:
    url = reverse("admin:payments_payment_change", args=[payment.pk])
    return {"what": what, "order": payment.order_number, "why": why, "url": url, "label": "Look"}


def _disputes() -> dict[str, Any]:
    """Soonest deadline first; then those where only the verdict is to be confirmed."""
    waiting = Dispute.objects.filter(status__in=[DisputeStatus.OPEN, DisputeStatus.JUDGED]).select_related("payment")
    found = waiting.order_by("-status", F("due_at").asc(nulls_last=True))[: AT_MOST + 1]
    rows = [
        {
            "what": f"{dispute_words.amount_of(dispute)} disputed",
            "order": dispute.payment.order_number,
            "why": dispute_words.answer_by(dispute)
            if dispute.status == DisputeStatus.OPEN
            else "Judged: confirm who won.",
            "url": reverse("admin:payments_dispute_change", args=[dispute.pk]),
            "label": _label(dispute),
        }
        for dispute in found
    ]
    url = f"{reverse('admin:payments_dispute_changelist')}?status=open"
    return _section("Disputes to answer", "gavel", url, "No bank waits for an answer.", rows, "bad")


def _label(dispute: Dispute) -> str:
    if dispute.status == DisputeStatus.JUDGED:
        return "Confirm…"
    return "Look" if dispute_words.is_past_due(dispute) else "Answer…"


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
            f"{'' if payment.hold_ends_at > now else ' ago'}, {zoned(payment.hold_ends_at)}"
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
