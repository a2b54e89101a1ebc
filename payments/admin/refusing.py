"""A gateway that refuses our requests because of us: then every payment fails, and no buyer can mend it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.urls import reverse

from core import ports
from core.desk import minute, relative
from payments.admin.attention import Attention
from payments.gateways.base import Category
from payments.models import Origin, Transaction
from payments.services import meanings
from payments.states import Status

LOOKED_AT = 500
"""The newest requests, by primary key. Where others are so many, an account with few is told of for a shorter time."""
RECENT = timedelta(days=1)


def alarms() -> list[Attention]:
    """One for each account and code, newest first; none once the gateway took such a request again. One query."""
    newest = Transaction.objects.filter(origin=Origin.OURS).select_related("account").order_by("-pk")[:LOOKED_AT]
    since = ports.now() - RECENT
    refused: dict[tuple[object, str], list[Transaction]] = {}
    taken: set[tuple[object, str, str]] = set()
    for tx in newest.defer("details"):
        if tx.created_at < since:
            break
        like = (tx.account_id, tx.kind, tx.currency)
        if tx.status == Status.FAILED and tx.failure_category == Category.CONFIGURATION:
            if like not in taken:
                refused.setdefault((tx.account_id, tx.failure_code), []).append(tx)
        elif tx.gateway_reference:
            taken.add(like)
    return list(_told(refused.values()))


def _told(refused: Iterable[list[Transaction]]) -> Iterator[Attention]:
    """`refused`: requests of one account and code, newest first."""
    now = ports.now()
    for rows in refused:
        last, first = rows[0], rows[-1]
        meaning = meanings.meaning_of(last.account, last)
        if meaning is None:
            continue  # a word of ours, or no credentials: both are told elsewhere
        number = len({tx.payment_id for tx in rows})
        yield Attention(
            "key_off",
            "bad",
            f"{last.account.name} refuses our requests: {last.failure_code}. "
            f"{number} payment{'' if number == 1 else 's'} since {minute(first.created_at)} UTC, "
            f"the last {relative(last.created_at, now)}.",
            "Look",
            reverse("admin:payments_payment_change", args=[last.payment_id]),
            more=f"{meaning.about} {meaning.next_step}",
        )
