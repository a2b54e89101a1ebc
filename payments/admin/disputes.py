"""Disputes: a list in the order of their deadlines, and a page that tells one from opening to verdict."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.text import Truncator

from core.desk import FlatChangeList, is_list, minute, money, pill, zoned
from core.models import User
from payments.admin import dispute_words as words
from payments.admin import filters, search, story
from payments.admin.acting import user_of
from payments.admin.buttons import Action
from payments.admin.dispute_files import DisputeFiles
from payments.admin.timeline import timeline
from payments.gateways.disputes import EvidenceKind
from payments.models import Dispute, DisputeAct, DisputeActKind, DisputeStatus, JournalEntry, Payment
from payments.states import OPEN


class ByDeadline(FlatChangeList):
    """A list in the order of deadlines does not go on by primary key."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if only_open(request):
            self.older_url = ""


def only_open(request: HttpRequest) -> bool:
    return request.GET.get("status") == DisputeStatus.OPEN


@admin.register(Dispute)
class DisputeAdmin(DisputeFiles):
    list_display = (
        "order_text",
        "amount_text",
        "status_text",
        "due_text",
        "left_text",
        "because",
        "opened_text",
        "account_text",
    )
    list_filter = (filters.DisputeStatusFilter, filters.ModeFilter, filters.OlderFilter)
    search_fields = ("public_id",)
    search_help_text = search.DISPUTES_HELP
    keyset = True
    page_template = "admin/paydesk/dispute.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispute]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("payment", "account").defer("payment__next_action", "payment__device")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Dispute], search_term: str
    ) -> tuple[QuerySet[Dispute], bool]:
        return search.disputes_named(queryset, search_term.strip()), False

    def get_ordering(self, request: HttpRequest) -> Any:
        """Where all wait for an answer, the soonest deadline first: the partial index `dispute_due` has that order."""
        if is_list(request, self.opts) and only_open(request):
            return (F("due_at").asc(nulls_last=True), "-pk")
        return super().get_ordering(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ByDeadline

    # --- columns ---

    @admin.display(description="Order")
    def order_text(self, row: Dispute) -> str:
        return row.payment.order_number

    @admin.display(description="Amount")
    def amount_text(self, row: Dispute) -> str:
        return money(row.amount_minor, row.currency) if row.amount_minor else "–"

    @admin.display(description="Status")
    def status_text(self, row: Dispute) -> str:
        return pill(words.pill_of(row))

    @admin.display(description="Answer by (UTC)")
    def due_text(self, row: Dispute) -> str:
        return minute(row.due_at) if row.status == DisputeStatus.OPEN else "–"

    @admin.display(description="Time left")
    def left_text(self, row: Dispute) -> str:
        return words.countdown(row.due_at) if row.due_at and row.status == DisputeStatus.OPEN else "–"

    @admin.display(description="Reason")
    def because(self, row: Dispute) -> str:
        return Truncator(row.reason or row.reason_code or "–").chars(32)

    @admin.display(description="Opened (UTC)")
    def opened_text(self, row: Dispute) -> str:
        return minute(row.opened_at or row.created_at)

    @admin.display(description="Account")
    def account_text(self, row: Dispute) -> str:
        return row.account.name

    # --- page ---

    def found(self, pk: uuid.UUID) -> Dispute:
        rows = Dispute.objects.select_related("account", "payment__order").defer("payment__next_action")
        row = rows.filter(pk=pk).first()
        if row is None:
            raise Http404
        return row

    def page(self, request: HttpRequest, obj: Dispute) -> dict[str, Any]:
        told = _story(obj)
        acts = list(DisputeAct.objects.filter(dispute=obj).defer("document").select_related("actor"))
        user = user_of(request)
        waiting = obj.status == DisputeStatus.OPEN and obj.due_at is not None
        return {
            "title": f"{words.kind_of(obj)} of {obj.payment.order_number}",
            "dispute": obj,
            "name": words.kind_of(obj),
            "amount": words.amount_of(obj),
            "pill": words.pill_of(obj),
            "deadline": zoned(obj.due_at) if waiting and obj.due_at else "",
            "waiting": waiting,
            "countdown": words.countdown(obj.due_at) if waiting and obj.due_at else "",
            "tone": words.countdown_tone(obj.due_at) if waiting and obj.due_at else "plain",
            "past_due": words.is_past_due(obj),
            "facts": words.facts(obj),
            "attempts": words.attempts_left(obj, acts),
            "acts": words.sent(acts),
            "open_act": next((act for act in acts if act.status in OPEN), None),
            "why_not_again": _lacks(user, next((act.kind for act in acts if act.status in OPEN), "defend")),
            "actions": _actions(user, obj),
            "downloads": _downloads(user, obj, words.has_evidence(obj, acts, told.journal)),
            "payment": obj.payment,
            "payment_url": reverse("admin:payments_payment_change", args=[obj.payment_id]),
            "timeline": timeline(told),
            "story": told,
        }


def _actions(user: User, dispute: Dispute) -> list[Action]:
    """Always the same three, in the same order."""
    verdict = _lacks(user, "defend") or words.why_not_verdict(dispute)
    defend = _lacks(user, "defend") or words.refused_because(dispute, DisputeActKind.DEFEND)
    accept = _lacks(user, "accept") or words.refused_because(dispute, DisputeActKind.ACCEPT)
    return [
        Action("Send evidence…", "upload_file", _url(dispute, "defend"), defend, id="defend"),
        Action("Give up the money…", "money_off", _url(dispute, "accept"), accept, id="accept"),
        Action("Confirm who won…", "balance", _url(dispute, "verdict"), verdict, id="verdict"),
    ]


def _downloads(user: User, dispute: Dispute, has_evidence: bool) -> list[Action]:
    lacks = _lacks(user, "defend")
    files = (
        ("Form to fill in", EvidenceKind.TEMPLATE, lacks),
        ("Evidence on file", EvidenceKind.FILE, lacks or ("" if has_evidence else words.NO_EVIDENCE)),
    )
    return [
        Action(name, "download", reverse("admin:payments_dispute_evidence", args=[dispute.pk, kind]), why, id=kind)
        for name, kind, why in files
    ]


def _lacks(user: User, verb: str) -> str:
    return "" if user.has_perm(f"payments.{verb}") else "Your role does not include disputes."


def _url(dispute: Dispute, page: str) -> str:
    return reverse(f"admin:payments_dispute_{page}", args=[dispute.pk])


def _story(dispute: Dispute) -> story.Story:
    """The part of the payment's journal that speaks of this dispute."""
    rows = JournalEntry.objects.filter(payment_id=dispute.payment_id, entry__startswith="dispute_")
    told = [row for row in rows.select_related("actor", "transaction").order_by("-seq") if _is_about(row, dispute)]
    payment: Payment = dispute.payment
    return story.Story(payment.currency, [payment], [], told, 0, False, [dispute])


def _is_about(row: JournalEntry, dispute: Dispute) -> bool:
    return bool((row.evidence or {}).get("dispute") == dispute.public_id)
