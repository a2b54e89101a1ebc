"""What may be offered, from `consult` (antom.md 3.16). It must never block a checkout."""

from __future__ import annotations

from typing import Any

from payments.gateways.antom.document import Document
from payments.gateways.antom.meaning import Asked, asked
from payments.gateways.antom.operations import Operation
from payments.gateways.antom.result import Answer, Reply, is_code
from payments.gateways.antom.tolerant import read_object, read_text, read_value
from payments.gateways.base import PaymentOption, Unknown

MAX_OPTIONS = 100


def read_options(reply: Reply) -> tuple[PaymentOption, ...] | Unknown:
    """Only a signed SUCCESS with a list tells; what cannot be read in the list is left out."""
    if not isinstance(reply, Answer):
        return Unknown(reply.reason)
    if asked(Operation.CONSULT, reply) is not Asked.TOLD:
        return Unknown(f"consult: {reply.result.status} {reply.result.code}")
    options = read_value(reply.document, "paymentOptions")
    if not isinstance(options, list):
        return Unknown("paymentOptions is missing")
    return tuple(option for entry in options[:MAX_OPTIONS] if (option := _option(entry)))


def _option(entry: Any) -> PaymentOption | None:
    method = read_text(entry, "paymentMethodType", 64) if isinstance(entry, dict) else ""
    if not is_code(method):
        return None
    enabled = read_text(entry, "enabled").lower() == "true"
    return PaymentOption(
        method=method,
        enabled=enabled,
        brands=_brands(read_object(entry, "paymentOptionDetail")),
        reason="" if enabled else read_text(entry, "disableReason", 64),
    )


def _brands(detail: Document) -> tuple[str, ...]:
    brands = read_value(detail, "supportCardBrands")
    found = brands[:MAX_OPTIONS] if isinstance(brands, list) else []
    names = [read_text(brand, "cardBrand", 32) for brand in found if isinstance(brand, dict)]
    return tuple(name for name in names if is_code(name))
