"""Which ways to pay the gateway has open now. Advice for a checkout: it never holds one up and is never an error.

Asked with a short deadline and remembered per account and currency. Without an answer, what is configured is offered.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.core.cache import cache

from core.money import Money
from payments.gateways.base import ConsultRequest, PaymentOption, Unknown
from payments.gateways.http import CalledInsideTransaction
from payments.gateways.models import MerchantAccount
from payments.gateways.registry import gateway_for

log = logging.getLogger(__name__)

ANSWER_LASTS = 300
"""Seconds."""
FAILURE_LASTS = 30
CARDS = "CARD"


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether cards are open; `brands` in the gateway's words, None when it does not narrow what is configured."""

    open: bool = True
    brands: tuple[str, ...] | None = None


AS_CONFIGURED = Offer()


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the buyer will pay on; a page unless the app says another kind with its system."""

    kind: str = "WEB"
    system: str = ""


A_PAGE = Terminal()
TERMINALS = (A_PAGE, *(Terminal(kind, system) for kind in ("WAP", "APP") for system in ("IOS", "ANDROID")))


def card_offer(account: MerchantAccount, amount: Money, terminal: Terminal = A_PAGE) -> Offer:
    """What may be offered for an amount; at most one question per account, amount, terminal and five minutes."""
    if not account.consult:
        return AS_CONFIGURED
    # A basket that is too large closes no other, nor does what a phone cannot do.
    key = f"consult:{account.pk}:{amount.currency}:{amount.minor}:{terminal.kind}:{terminal.system}"
    known: Offer | None = cache.get(key)
    if known is None:
        told = _ask(account, amount, terminal)
        known = AS_CONFIGURED if told is None else _cards_in(told)
        cache.set(key, known, FAILURE_LASTS if told is None else ANSWER_LASTS)
    return known


def _ask(account: MerchantAccount, amount: Money, terminal: Terminal) -> tuple[PaymentOption, ...] | None:
    try:
        request = ConsultRequest(amount=amount, terminal_type=terminal.kind, os_type=terminal.system)
        told = gateway_for(account).payment_options(request)
    except CalledInsideTransaction:
        raise
    except Exception:
        log.exception("the consult of account %s broke", account.name)
        return None
    if isinstance(told, Unknown):
        log.warning("the consult of account %s gave no answer: %s", account.name, told.reason)
        return None
    return told


def _cards_in(options: tuple[PaymentOption, ...]) -> Offer:
    """An answer without cards means that cards are not open."""
    cards = next((option for option in options if option.method == CARDS), None)
    if cards is None or not cards.enabled:
        return Offer(open=False)
    return Offer(brands=cards.brands or None)
