"""Files of a dispute: evidence chosen, looked at and sent once; what the gateway has, downloaded."""

from __future__ import annotations

import re
import uuid
from io import BytesIO

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.urls import URLPattern, path

from core import ports
from payments.admin import drafts
from payments.admin.acting import address_of, once, one_time_id, refusals, require, user_of
from payments.admin.dispute_answers import DisputeAnswers, refuse_closed, refuse_unless_configured
from payments.admin.dispute_forms import SIZE, EvidenceForm, NoteForm
from payments.admin.drafts import Draft
from payments.admin.evidence_types import type_of
from payments.admin.forms import ACT, CHOOSE
from payments.gateways.disputes import EvidenceKind
from payments.models import Dispute, DisputeActKind
from payments.services import answer_dispute
from payments.services.operate import refuse_card_data


class DisputeFiles(DisputeAnswers):
    """Mixed into the dispute admin."""

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "payments_dispute"
        own = [
            path("<uuid:pk>/defend/", wrap(self.defend_view), name=f"{name}_defend"),
            path("<uuid:pk>/evidence/<str:kind>/", wrap(self.evidence_view), name=f"{name}_evidence"),
        ]
        return [*own, *super().get_urls()]

    @refusals
    def defend_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        require(user_of(request), "defend")
        dispute = self.found(pk)
        if request.method != "POST":
            return self._choose(request, dispute, EvidenceForm(initial={"form_id": ports.random_text(32)}))
        one_time_id(request)
        if request.POST.get("step") == ACT:
            return self._send(request, dispute)
        if request.POST.get("step") == CHOOSE:
            return self._choose(request, dispute, EvidenceForm(initial=request.POST.dict()))
        form = EvidenceForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._choose(request, dispute, form)
        return self._preview(request, dispute, form)

    @refusals
    def evidence_view(self, request: HttpRequest, pk: uuid.UUID, kind: str) -> HttpResponseBase:
        """Saved, never opened in the desk: nobody vouches for what a provider's file does in a browser."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        require(user_of(request), "defend")
        dispute = self.found(pk)
        if kind not in {known.value for known in EvidenceKind}:
            raise Http404
        refuse_unless_configured(dispute)
        told = answer_dispute.evidence(dispute_id=dispute.pk, actor=user_of(request), kind=EvidenceKind(kind))
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{dispute.public_id}-{kind}.{told.suffix}")
        return FileResponse(
            BytesIO(told.content),
            as_attachment=True,
            filename=name,
            content_type="application/octet-stream",
            headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
        )

    # --- choose, look, send ---

    def _choose(self, request: HttpRequest, dispute: Dispute, form: EvidenceForm) -> HttpResponseBase:
        refuse_closed(dispute, DisputeActKind.DEFEND)
        context = {"title": "Send evidence", "size": SIZE, "seen": request.POST.get("seen_status", dispute.status)}
        return self.step(request, dispute, "dispute_defend", form, context)

    def _preview(self, request: HttpRequest, dispute: Dispute, form: EvidenceForm) -> HttpResponseBase:
        """The file waits sealed on this side, so that what is looked at is what is sent."""
        refuse_closed(dispute, DisputeActKind.DEFEND)
        upload, note = form.cleaned_data["document"], form.cleaned_data["note"]
        refuse_card_data(note, upload.name)
        draft = drafts.keep(user=user_of(request), dispute_id=dispute.pk, file_name=upload.name, document=upload.read())
        hidden = {
            "form_id": form.cleaned_data["form_id"],
            "note": note,
            "draft": draft.key,
            "seen_status": request.POST.get("seen_status", dispute.status),
        }
        kind = type_of(draft.document)
        context = {"title": "Send evidence", "draft": draft, "kind": kind, "note": note, "hidden": hidden}
        return self.step(request, dispute, "dispute_preview", None, context)

    def _send(self, request: HttpRequest, dispute: Dispute) -> HttpResponseBase:
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self._choose(request, dispute, EvidenceForm(request.POST))
        refuse_unless_configured(dispute)
        draft = drafts.take(user=user_of(request), dispute_id=dispute.pk, key=request.POST.get("draft", ""))
        return self.landed(request, self._defend(request, dispute, draft, form.cleaned_data["note"]))

    def _defend(self, request: HttpRequest, dispute: Dispute, draft: Draft, note: str) -> answer_dispute.Acted:
        body = {"dispute": str(dispute.pk), "digest": draft.digest, "name": draft.file_name, "note": note}
        return answer_dispute.defend_dispute(
            dispute_id=dispute.pk,
            actor=user_of(request),
            ask=once(request, route="defend_dispute", body=body),
            document=draft.document,
            file_name=draft.file_name,
            note=note,
            seen=request.POST.get("seen_status", ""),
            address=address_of(request),
        )
