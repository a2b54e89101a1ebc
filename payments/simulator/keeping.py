"""The books of kept cards: every vaulting session and every token, masked, each with its last outcome."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from payments.simulator import clock, vaulting
from payments.simulator.models import CardToken, Payment, Vaulting

MOST = 200


@transaction.atomic
def vaultings(client_id: str = "", find: str = "", most: int = MOST) -> list[Vaulting]:
    """Newest first, as they stand now."""
    rows = Vaulting.objects.select_related("token").order_by("-pk").filter(request_id__contains=find)
    found = list((rows.filter(client_id=client_id) if client_id else rows)[:most])
    for row in found:
        vaulting.let_time_pass(row, clock.now())
    return found


def tokens(client_id: str = "", find: str = "", most: int = MOST) -> list[tuple[CardToken, Payment | None]]:
    """Newest first, each with the last payment that was tried with it."""
    rows = CardToken.objects.select_related("vaulting").order_by("-pk")
    rows = rows.filter(client_id=client_id) if client_id else rows
    found = list((rows.filter(vaulting__request_id__contains=find) if find else rows)[:most])
    used = Payment.objects.filter(method_token__in=[row.token for row in found]).order_by("pk")
    last = {(payment.client_id, payment.method_token): payment for payment in used}
    return [(row, last.get((row.client_id, row.token))) for row in found]


def as_json(client_id: str, find: str) -> dict[str, Any]:
    return {
        "vaultings": [_vaulting(row) for row in vaultings(client_id, find)],
        "tokens": [_token(row, payment) for row, payment in tokens(client_id, find)],
    }


def masked_token(token: str) -> str:
    """Enough to tell two apart; nobody can pay with it."""
    return f"{token[:6]}…{token[-6:]}"


def masked_card(row: CardToken | Vaulting) -> str:
    return f"{row.brand} ************{row.last4}" if row.last4 else ""


def bound_by(row: CardToken) -> Vaulting | None:
    """None: the token came with a payment, or was minted by hand."""
    return getattr(row, "vaulting", None)


def _vaulting(row: Vaulting) -> dict[str, Any]:
    return {
        "client_id": row.client_id,
        "vaulting_request_id": row.request_id,
        "status": row.status,
        "code": row.status_code,
        "submitted": row.submitted_at is not None,
        "card": masked_card(row),
        "token": masked_token(row.token.token) if row.token else "",
        "expires": clock.stamp(row.expires_at),
    }


def _token(row: CardToken, payment: Payment | None) -> dict[str, Any]:
    bound = bound_by(row)
    return {
        "client_id": row.client_id,
        "token": masked_token(row.token),
        "card": masked_card(row),
        "expiry": f"{row.expiry_month}/{row.expiry_year}",
        "vaulting_request_id": bound.request_id if bound else "",
        "deleted": row.deleted_at is not None,
        "last_payment": payment.request_id if payment else "",
        "last_outcome": payment.status_code if payment else "",
    }
