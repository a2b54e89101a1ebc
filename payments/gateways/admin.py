"""Our accounts at providers. Keys are never here: an account only names them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.desk import AmountsField, CommaListField, FlatAdmin, Pill, pill
from core.money import exponent
from payments.gateways.models import MerchantAccount, Mode
from payments.gateways.registry import GATEWAYS, gateway_for, is_configured

TEST = Pill("science", "TEST", "warn")
LIVE = Pill("paid", "LIVE", "calm")


def mode_pill(mode: str) -> Pill:
    return LIVE if mode == Mode.LIVE else TEST


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    currencies = CommaListField(
        max_length=400, help_text="ISO codes, for example EUR, JPY, USD", widget=UnfoldAdminTextInputWidget
    )
    card_brands = CommaListField(
        max_length=400, help_text="Accepted brands, for example VISA, MASTERCARD", widget=UnfoldAdminTextInputWidget
    )

    three_ds_from = AmountsField(
        required=False,
        max_length=400,
        label="Bank check (3-D Secure) from",
        help_text="From which amount the bank must check the buyer, for example EUR 100.00, JPY 5000. "
        "0 means always; a currency that is not named is left to the bank.",
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = MerchantAccount
        fields = (
            "name",
            "gateway",
            "mode",
            "credentials",
            "currencies",
            "card_brands",
            "three_ds_from",
            "consult",
            "position",
            "active",
        )
        labels = {"consult": "Ask which ways to pay are open"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, known in (("gateway", GATEWAYS), ("credentials", settings.GATEWAY_CREDENTIALS)):
            if name in self.fields:
                choices = [("", "Choose…"), *((word, word) for word in sorted(known))]
                self.fields[name] = forms.ChoiceField(
                    choices=choices, widget=UnfoldAdminSelectWidget, help_text=self.fields[name].help_text
                )

    def clean_currencies(self) -> list[str]:
        codes: list[str] = self.cleaned_data["currencies"]
        for code in codes:
            try:
                exponent(code)
            except ValueError:
                raise ValidationError(f"{code} is not an ISO 4217 currency code.") from None
        chosen = {
            name: self.cleaned_data.get(name) or getattr(self.instance, name) for name in ("gateway", "credentials")
        }
        account = MerchantAccount(**chosen)
        refused = [code for code in codes if is_configured(account) and not gateway_for(account).takes(code)]
        if refused:
            raise ValidationError(f"This gateway does not take {', '.join(refused)}.")
        return codes

    def clean_three_ds_from(self) -> dict[str, int]:
        amounts: dict[str, int] = self.cleaned_data["three_ds_from"]
        strange = [code for code in amounts if code not in self.cleaned_data.get("currencies", amounts)]
        if strange:
            raise ValidationError(f"This account does not take {', '.join(strange)}.")
        return amounts


@admin.register(MerchantAccount)
class MerchantAccountAdmin(FlatAdmin):
    form = AccountForm
    list_display = ("name", "mode_text", "gateway", "currency_text", "keys", "position", "active")
    ordering = ("position", "name")
    fieldsets = (
        (None, {"fields": ("name", "active", "position")}),
        ("At the provider", {"fields": ("gateway", "mode", "credentials")}),
        ("Accepts", {"fields": ("currencies", "card_brands")}),
        ("Policy", {"fields": ("three_ds_from", "consult")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Payments and cards belong to a gateway, mode and keys for good; make a new account instead."""
        return ("gateway", "mode", "credentials") if obj else ()

    @admin.display(description="Mode")
    def mode_text(self, account: MerchantAccount) -> str:
        return pill(mode_pill(account.mode))

    @admin.display(description="Currencies")
    def currency_text(self, account: MerchantAccount) -> str:
        return ", ".join(account.currencies)

    @admin.display(description="Keys")
    def keys(self, account: MerchantAccount) -> str:
        return f"{account.credentials} (present)" if is_configured(account) else f"{account.credentials} (missing)"
