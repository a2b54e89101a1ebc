"""The catalogue. Orders are shown by `payments.admin`, because their page tells what became of the money."""

from __future__ import annotations

from typing import Any

import iso4217
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldAdminURLInputWidget

from core.desk import FlatAdmin, amount_text, money, parse_amount
from core.money import exponent
from orders.models import Product


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    """The price as people write it; stored in minor units."""

    price = forms.CharField(
        max_length=20,
        help_text="For example 12.50 or 12,50; as many decimals as the currency has.",
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    url = forms.URLField(
        label="Address",
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget,
        help_text="Where buyers see it.",
    )

    class Meta:
        model = Product
        fields = ("sku", "name", "category", "url", "currency", "capture_policy", "active")
        widgets = {"currency": UnfoldAdminTextInputWidget}
        labels = {"sku": "SKU"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.currency:
            self.fields["price"].initial = amount_text(self.instance.unit_price_minor, self.instance.currency)

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).strip().upper()
        try:
            exponent(currency)
        except ValueError:
            raise ValidationError("Use an ISO 4217 code, for example EUR, JPY or KWD.") from None
        return iso4217.Currency(currency).code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("currency") and cleaned.get("price"):
            try:
                self.instance.unit_price_minor = parse_amount(cleaned["price"], cleaned["currency"])
            except ValidationError as error:
                self.add_error("price", error)
            else:
                if self.instance.unit_price_minor <= 0:
                    self.add_error("price", "A price is more than nothing.")
        return cleaned


@admin.register(Product)
class ProductAdmin(FlatAdmin):
    form = ProductForm
    list_display = ("sku", "name", "category", "price_text", "capture_policy", "active")
    list_filter = ("active", "capture_policy")
    search_fields = ("=sku", "^name")
    search_help_text = "Number (SKU), or how the name begins"
    ordering = ("sku",)
    fieldsets = (
        (None, {"fields": ("sku", "name", "category", "url", "active")}),
        ("Price", {"fields": ("price", "currency")}),
        ("Payment", {"fields": ("capture_policy",)}),
    )

    @admin.display(description="Price")
    def price_text(self, product: Product) -> str:
        return money(product.unit_price_minor, product.currency)
