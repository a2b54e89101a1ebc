"""What a colleague fills in before a dispute is answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget

from payments.admin.evidence_types import ALLOWED, type_of
from payments.admin.forms import FORM_ID_AT_MOST
from payments.services.answer_dispute import MAX_DOCUMENT

SIZE = f"{MAX_DOCUMENT // 1000} kB"


class NoteForm(forms.Form):
    """`form_id` is the one-time id: the same form acts once."""

    form_id = forms.CharField(max_length=FORM_ID_AT_MOST, widget=forms.HiddenInput)
    note = forms.CharField(
        required=False,
        max_length=300,
        label="Note for colleagues",
        help_text="Optional. Stays in the journal; the buyer and the bank do not see it.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )


class EvidenceForm(NoteForm):
    """After is_valid(): `cleaned_data["document"]` is an upload of 1 to MAX_DOCUMENT bytes, of a type that is taken."""

    document = forms.FileField(
        label="Evidence",
        max_length=200,
        help_text=f"One file ({ALLOWED}), at most {SIZE}. You see its name, size and digest before anything is sent.",
        widget=forms.FileInput(attrs={"class": "pd-file"}),
        error_messages={
            "required": "Choose the file with your evidence.",
            "empty": "This file is empty. Choose the file with your evidence.",
            "max_length": "The name of this file is too long. Shorten it, and choose it again.",
        },
    )
    field_order = ("form_id", "document", "note")

    def clean_document(self) -> Any:
        """The size is looked at before a byte is read; then the content, because a name proves nothing."""
        document = self.cleaned_data["document"]
        if document.size > MAX_DOCUMENT:
            raise ValidationError(f"This file has {document.size:,} bytes; the gateway takes at most {MAX_DOCUMENT:,}.")
        if not type_of(document.read()):
            raise ValidationError(
                f"The content of this file is not {ALLOWED}, and the card’s bank could not open it. "
                "Save your evidence as one of these, and choose it again."
            )
        document.seek(0)
        return document


class VerdictForm(NoteForm):
    who = forms.ChoiceField(
        label="Who won",
        choices=[("we", "We won: the money stays with us"), ("buyer", "The buyer won: the money is gone")],
        error_messages={"required": "Choose who won.", "invalid_choice": "Choose who won."},
    )
    field_order = ("form_id", "who", "note")
