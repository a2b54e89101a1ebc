"""Pages that answer a dispute: give the money up, send the same again after silence, confirm who won."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, reverse

from core import ports
from payments.admin import dispute_words as words
from payments.admin.acting import (
    ActingAdmin,
    SeeOther,
    address_of,
    once,
    one_time_id,
    refusals,
    require,
    settle,
    user_of,
)
from payments.admin.dispute_forms import NoteForm, VerdictForm
from payments.errors import ActionNotAllowed
from payments.gateways.registry import is_configured
from payments.models import Dispute, DisputeAct, DisputeActKind
from payments.services.answer_dispute import Acted, accept_dispute, confirm_verdict, send_again
from payments.states import Status


class DisputeAnswers(ActingAdmin):
    """Mixed into the dispute admin."""

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "payments_dispute"
        own = [
            path("<uuid:pk>/accept/", wrap(self.accept_view), name=f"{name}_accept"),
            path("<uuid:pk>/again/<uuid:act>/", wrap(self.again_view), name=f"{name}_again"),
            path("<uuid:pk>/verdict/", wrap(self.verdict_view), name=f"{name}_verdict"),
        ]
        return [*own, *super().get_urls()]

    @refusals
    def accept_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        require(user_of(request), "accept")
        dispute = self.found(pk)
        if request.method == "POST":
            one_time_id(request)
        form = NoteForm(request.POST or None, initial={"form_id": ports.random_text(32)})
        if request.method == "POST" and form.is_valid():
            refuse_unless_configured(dispute)
            note = form.cleaned_data["note"]
            done = accept_dispute(
                dispute_id=dispute.pk,
                actor=user_of(request),
                ask=once(request, route="accept_dispute", body={"dispute": str(dispute.pk), "note": note}),
                note=note,
                seen=request.POST.get("seen_status", ""),
                address=address_of(request),
            )
            return self.landed(request, done)
        refuse_closed(dispute, DisputeActKind.ACCEPT)
        context = {
            "title": "Give up the money",
            "amount": words.amount_of(dispute),
            "evidence": words.evidence_sent(dispute),
            "button": f"Give up {words.amount_of(dispute)}" if dispute.amount else "Give up the disputed money",
            "seen": request.POST.get("seen_status", dispute.status),
        }
        return self.step(request, dispute, "dispute_accept", form, context)

    @refusals
    def again_view(self, request: HttpRequest, pk: uuid.UUID, act: uuid.UUID) -> HttpResponseBase:
        """After silence: the provider answers of what it has already that it has it, so nothing counts twice."""
        row = DisputeAct.objects.filter(pk=act, dispute_id=pk).select_related("actor").defer("document").first()
        if row is None:
            raise Http404
        require(user_of(request), row.kind)
        dispute = self.found(pk)
        if not row.is_open:
            raise ActionNotAllowed("The gateway answered: there is nothing to send again.")
        refuse_unless_configured(dispute)
        if request.method == "POST":
            self.tell(request, send_again(act_id=row.pk, actor=user_of(request)))
            return SeeOther(change_url(dispute))
        context = {"title": "Send again", "sent": words.sent([row])[0], "amount": words.amount_of(dispute)}
        return self.step(request, dispute, "dispute_again", None, context)

    @refusals
    def verdict_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        require(user_of(request), "defend")
        dispute = self.found(pk)
        if request.method == "POST":
            one_time_id(request)
        if reason := words.why_not_verdict(dispute):
            raise ActionNotAllowed(reason)
        form = VerdictForm(request.POST or None, initial={"form_id": ports.random_text(32)})
        if request.method == "POST" and form.is_valid():
            won = form.cleaned_data["who"] == "we"
            confirm_verdict(
                dispute_id=dispute.pk,
                actor=user_of(request),
                won=won,
                note=form.cleaned_data["note"],
                address=address_of(request),
            )
            messages.success(request, f"Confirmed: {'won' if won else 'lost'}. The journal says who confirmed it.")
            return SeeOther(change_url(dispute))
        return self.step(request, dispute, "dispute_verdict", form, {"title": "Confirm who won"})

    # --- shared by the pages that act ---

    def step(
        self, request: HttpRequest, dispute: Dispute, template: str, form: Any, context: dict[str, Any]
    ) -> HttpResponseBase:
        common = {
            "original": dispute,
            "dispute": dispute,
            "form": form,
            "facts": words.facts(dispute),
            "deadline": words.deadline(dispute),
            "back": change_url(dispute),
        }
        status = 422 if form is not None and form.errors else 200
        return self.show(request, f"admin/paydesk/{template}.html", {**common, **context}, status)

    def landed(self, request: HttpRequest, done: Acted) -> HttpResponseBase:
        """On the dispute, which tells what is true when it is looked at."""
        if done.answered is not None:
            return SeeOther(done.answered.answer.body.decode())
        self.tell(request, done.act)
        return settle(done.key, reverse("admin:payments_dispute_change", args=[done.act.dispute_id]))

    def tell(self, request: HttpRequest, act: DisputeAct) -> None:
        accepted = act.kind == DisputeActKind.ACCEPT
        match Status(act.status):
            case Status.SUCCEEDED if accepted:
                messages.success(request, "The gateway confirmed it: the money goes back to the buyer.")
            case Status.SUCCEEDED:
                messages.success(request, "The gateway has your evidence. The card’s bank decides now.")
            case Status.FAILED:
                why = " – ".join(part for part in (act.failure_code, act.failure_message) if part)
                messages.error(request, f"The gateway refused it: {why}. Nothing changed.")
            case _:
                messages.warning(
                    request, "No certain answer yet. Its message may still come; sending the same again is safe."
                )


def change_url(dispute: Dispute) -> str:
    return reverse("admin:payments_dispute_change", args=[dispute.pk])


def refuse_closed(dispute: Dispute, kind: DisputeActKind) -> None:
    """Early, so that the page is not offered; the service asks again. Raises ActionNotAllowed."""
    if reason := words.refused_because(dispute, kind):
        raise ActionNotAllowed(reason)


def refuse_unless_configured(dispute: Dispute) -> None:
    """Raises ActionNotAllowed. Nothing else is asked: a repeated form must find its first answer."""
    if not is_configured(dispute.account):
        raise ActionNotAllowed(words.NO_CREDENTIALS)
