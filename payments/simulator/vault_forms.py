"""Reading what the merchant says about keeping cards (antom.md 3.1, 3.3, 3.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from payments.simulator.cards import CardFacts
from payments.simulator.fields import Fields

REGIONS = ("US", "SG", "HK", "PK", "JP", "CN", "BR", "AU", "MY")


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultingForm:
    request_id: str
    notify_url: str
    redirect_url: str  # "" when absent
    asks_3ds: bool
    site: str = ""  # the address under which this simulator was called


@dataclass(frozen=True, slots=True, kw_only=True)
class BindForm:
    """The buyer's part: a card typed into the element of a vaulting session."""

    request_id: str
    card: CardFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class InquireForm:
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteForm:
    token: str = field(repr=False)
    request_id: str = ""  # a token is no name for a log


def read_vaulting(document: dict[str, Any], secret: bytes) -> VaultingForm:
    root = Fields(document)
    root.word("paymentMethodType", ("CARD",), required=True)
    root.word("merchantRegion", REGIONS)
    root.text("merchantAccountId", 64)
    root.text("passThroughMetadata", 2048)
    return VaultingForm(
        request_id=root.id("vaultingRequestId"),
        notify_url=root.url("vaultingNotificationUrl", required=True),
        redirect_url=root.url("redirectUrl"),
        asks_3ds=root.flag("is3DSAuthentication"),
    )


def read_vaulting_name(document: dict[str, Any], secret: bytes) -> InquireForm:
    root = Fields(document)
    root.text("merchantAccountId", 64)
    return InquireForm(request_id=root.text("vaultingRequestId", 64, required=True))


def read_delete(document: dict[str, Any], secret: bytes) -> DeleteForm:
    root = Fields(document)
    root.text("merchantAccountId", 64)
    return DeleteForm(token=root.text("token", 2048, required=True))
