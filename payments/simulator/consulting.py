"""consult: which payment methods are open for an amount (antom.md 3.16). Only cards exist here."""

from __future__ import annotations

from typing import Any

from payments.simulator import documents, forms
from payments.simulator.desk import Desk
from payments.simulator.documents import Document

CURRENCIES = (
    *("AUD", "BDT", "BRL", "CAD", "CHF", "CLP", "CNY", "EUR", "GBP", "HKD", "IDR", "JPY", "KRW", "MXN", "MYR", "NZD"),
    *("PEN", "PHP", "PKR", "PLN", "SGD", "THB", "TWD", "USD", "VND"),
)
BRANDS = ("VISA", "MASTERCARD", "AMEX", "DINERS", "DISCOVER", "JCB", "CUP", "MAESTRO")


def consult(desk: Desk, form: forms.ConsultForm) -> Document:
    if "CARD" in form.blocked or (form.allowed and "CARD" not in form.allowed):
        return documents.result("NO_PAY_OPTIONS")
    return {**documents.result("SUCCESS"), "paymentOptions": [_cards(form.currency)]}


def _cards(currency: str) -> dict[str, Any]:
    served = currency in CURRENCIES
    return {
        "paymentMethodType": "CARD",
        "paymentMethodCategory": "CARD",
        "paymentMethodRegion": ["GLOBAL"],
        "enabled": served,
        "preferred": False,
        **({} if served else {"disableReason": "CHANNEL_NOT_SUPPORT_CURRENCY"}),
        "supportedCurrencies": list(CURRENCIES),
        "paymentOptionDetail": {
            "supportCardBrands": [{"cardBrand": brand, "logo": _logo(brand)} for brand in BRANDS],
            "funding": ["CREDIT", "DEBIT", "PREPAID"],
        },
    }


def _logo(brand: str) -> dict[str, str]:
    return {"logoName": brand, "logoUrl": f"https://static.example/{brand.lower()}.svg"}
