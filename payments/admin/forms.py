"""What an operator fills in before money moves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from core.desk import amount_text, parse_amount
from core.money import display
from payments.admin.words import REASONS
from payments.models import Payment

ALL, AMOUNT = "all", "amount"
KEEP, RELEASE = "keep", "release"
CHOOSE, PREVIEW, ACT = "choose", "preview", "act"
SEEN = "seen_"
FORM_ID_AT_MOST = 64


class ReasonForm(forms.Form):
    """Why, and a note for colleagues. `form_id` is the one-time id: the same form acts once."""

    form_id = forms.CharField(max_length=FORM_ID_AT_MOST, widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        widget=UnfoldAdminSelectWidget, label="Why", error_messages={"required": "Choose a reason."}
    )
    note = forms.CharField(
        required=False,
        max_length=300,
        label="Note for colleagues",
        help_text="Optional. Stays in the journal; the buyer does not see it.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, verb: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [("", "Choose a reason…"), *REASONS[verb]]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == "other" and not cleaned.get("note"):
            self.add_error("note", "Say what the other reason is.")
        return cleaned

    @property
    def reason_text(self) -> str:
        choices: Any = self.fields["reason"]
        return str(dict(choices.choices).get(self.cleaned_data["reason"], ""))


class MoneyForm(ReasonForm):
    """How much, and why. `minor` is the chosen amount in minor units, after is_valid()."""

    choice = forms.ChoiceField(
        choices=[(ALL, "all"), (AMOUNT, "amount")], error_messages={"required": "Choose how much."}
    )
    amount = forms.CharField(required=False, max_length=24, widget=UnfoldAdminTextInputWidget)
    rest = forms.ChoiceField(required=False, choices=[(KEEP, "keep"), (RELEASE, "release")])
    minor: int

    def __init__(self, *args: Any, payment: Payment, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payment, self.most = payment, most
        self.order_fields(["form_id", "choice", "amount", "rest", "reason", "note"])
        self.fields["amount"].widget.attrs.update({"inputmode": "decimal", "autocomplete": "off", "size": 12})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.minor = self.most
        if cleaned.get("choice") == ALL and cleaned.get("amount", "").strip():
            self.add_error("amount", "You wrote an amount but chose everything. Choose one of the two.")
        if cleaned.get("choice") == AMOUNT and "amount" in cleaned:
            try:
                self.minor = self._typed(cleaned["amount"])
            except ValidationError as error:
                self.add_error("amount", error)
        return cleaned

    def _typed(self, text: str) -> int:
        if not text.strip():
            raise ValidationError("Write how much.")
        minor = parse_amount(text, self.payment.currency)
        if not 0 < minor <= self.most:
            least = display(self.payment.money(1))
            raise ValidationError(f"The amount is between {least} and {display(self.payment.money(self.most))}.")
        return minor

    @property
    def typed(self) -> str:
        """The amount for the hidden field of the preview."""
        return amount_text(self.minor, self.payment.currency)


class DeclineForm(forms.Form):
    form_id = forms.CharField(max_length=FORM_ID_AT_MOST, widget=forms.HiddenInput)
    answer = forms.CharField(
        max_length=300,
        label="Answer to the buyer",
        help_text="The buyer reads this sentence.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        error_messages={"required": "Say why: the buyer reads it."},
    )


class AnswerForm(forms.Form):
    form_id = forms.CharField(max_length=FORM_ID_AT_MOST, widget=forms.HiddenInput)
    note = forms.CharField(
        required=False,
        max_length=300,
        label="Answer to the buyer",
        help_text="Optional. The buyer reads it beside “money on its way back”.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
