"""One box: each way to name a payment or order is its own indexed lookup, united by primary key (performance.md 5)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from functools import cache
from typing import Any

import iso4217
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q, QuerySet

from core.desk import parse_amount
from core.money import exponent
from orders.models import Order
from payments.gateways.models import MerchantAccount
from payments.models import Dispute, Payment, Transaction

FOUND_AT_MOST = 500
HELP = "Order number, any id, e-mail, last four digits, amount, authorisation code, ARN; or avs:N, cvv:D, eci:07"
DISPUTES_HELP = "Order number, dispute id or payment id"
CHECKED_AT_MOST = 20_000
"""`avs:N` looks through that many of the newest payments: their keys are one range, so it costs the same always."""
_BY_EXPONENT = {0: "JPY", 2: "EUR", 3: "KWD"}


def payments_named(rows: QuerySet[Payment], term: str) -> QuerySet[Payment]:
    """The rows that the words name; all of them for no words."""
    if not term:
        return rows
    checked = _checked(term)
    return rows.filter(checked) if checked is not None else rows.filter(pk__in=payments_found(term))


def orders_named(rows: QuerySet[Order], term: str) -> QuerySet[Order]:
    if not term:
        return rows
    checked = _checked(term)
    if checked is None:
        return rows.filter(pk__in=orders_found(term))
    return rows.filter(pk__in=Payment.objects.filter(checked).order_by().values("order_id"))


def disputes_named(rows: QuerySet[Dispute], term: str) -> QuerySet[Dispute]:
    return rows.filter(pk__in=_united(_dispute_lookups(term), "pk")) if term else rows


def _dispute_lookups(term: str) -> list[QuerySet[Dispute]]:
    """Exact ones only: whoever searches here has a number from a letter or a message in hand."""
    disputes = Dispute.objects.all()
    if term.startswith("dsp_"):
        return [disputes.filter(_named(term))]
    if term.startswith("pay_"):
        return [disputes.filter(payment_id__in=Payment.objects.filter(public_id=term).values("pk"))]
    if term.upper().startswith("P-"):
        return [disputes.filter(payment_id__in=Payment.objects.filter(order_number=term.upper()).values("pk"))]
    if len(term) < 6:
        return []
    paid = Transaction.objects.filter(gateway_reference=term).values("payment_id")
    asked = Transaction.objects.filter(account_id__in=_accounts(), request_id=term).values("payment_id")
    return [disputes.filter(named) for named in (_named(term), Q(payment_id__in=paid), Q(payment_id__in=asked))]


def _checked(term: str) -> Q | None:
    """`avs:N`, `cvv:D`, `eci:07`: a raw result among the newest payments; None for other words."""
    found = re.fullmatch(r"(avs|cvv|eci):([0-9A-Za-z]{1,16})", term, re.IGNORECASE)
    if found is None:
        return None
    named = Q(**{found[1].lower(): found[2].upper()})
    beyond = Payment.objects.order_by("-pk").values_list("pk", flat=True)[CHECKED_AT_MOST : CHECKED_AT_MOST + 1]
    oldest = next(iter(beyond), None)
    return named if oldest is None else named & Q(pk__gt=oldest)


def payments_found(term: str) -> list[uuid.UUID]:
    """Primary keys of at most FOUND_AT_MOST payments that the words name."""
    return _united(_payment_lookups(term), "pk")


def orders_found(term: str) -> list[uuid.UUID]:
    own = [
        lookup.values_list("pk", flat=True)
        for lookup in (
            *([Order.objects.filter(public_id=term)] if term.startswith("ord_") else []),
            *([Order.objects.filter(number=term.upper())] if term.upper().startswith("P-") else []),
            *_amounts(Order.objects, "total_minor", term),
        )
    ]
    if re.match(r"[^\W\d_][^\s]{2,}", term):
        buyers = EmailAddress.objects.filter(_begins("email", term.lower())).values("user_id")
        own.append(Order.objects.filter(buyer_id__in=buyers).values_list("pk", flat=True))
    through = [lookup.values_list("order_id", flat=True) for lookup in _payment_lookups(term)]
    return _first(own + through)


def _payment_lookups(term: str) -> list[QuerySet[Payment]]:
    payments = Payment.objects.all()
    lookups: list[QuerySet[Payment]] = []
    if term.startswith("pay_"):
        return [payments.filter(public_id=term)]
    if term.startswith("ord_"):
        return [payments.filter(order_id__in=Order.objects.filter(public_id=term).values("pk"))]
    if term.startswith("txn_"):
        return [payments.filter(pk__in=Transaction.objects.filter(public_id=term).values("payment_id"))]
    if re.match(r"[^\W\d_][^\s]{2,}", term):
        words = dict.fromkeys((term, term.lower()))
        lookups += [payments.filter(_begins("buyer_email", word)) for word in words]
    if "@" in term:
        return lookups
    if term.upper().startswith("P-"):
        lookups.append(payments.filter(order_number=term.upper()))
    if re.fullmatch(r"[0-9]{4}", term):
        lookups.append(payments.filter(last_four=term))
    lookups += _amounts(Payment.objects, "amount_minor", term)
    if len(term) >= 6:
        named = Transaction.objects.filter(gateway_reference=term).values("payment_id")
        lookups.append(payments.filter(pk__in=named))
        asked = Transaction.objects.filter(account_id__in=_accounts(), request_id=term).values("payment_id")
        lookups.append(payments.filter(pk__in=asked))
        lookups.append(payments.filter(pk__in=_of_acquirer(term)))
        lookups.append(payments.filter(pk__in=Dispute.objects.filter(_named(term)).values("payment_id")))
    if len(term) >= 4:
        # Not empty: so says the condition of their partial indexes, and the planner must be told.
        lookups += [
            payments.filter(~Q(**{name: ""}), **{name: term})
            for name in ("network_transaction_id", "authorization_code")
        ]
    return lookups


def _of_acquirer(term: str) -> Any:
    """The ARN, or the acquirer's own number."""
    return Transaction.objects.filter(~Q(acquirer_reference=""), acquirer_reference=term).values("payment_id")


def _named(term: str) -> Q:
    """A dispute by our id or by the provider's, which is indexed within an account."""
    return Q(public_id=term) if term.startswith("dsp_") else Q(account_id__in=_accounts(), reference=term)


def _accounts() -> Any:
    """Request ids are indexed within an account."""
    return MerchantAccount.objects.order_by().values("pk")


def _begins(column: str, text: str) -> Q:
    """Prefix by index: LIKE with text_pattern_ops on PostgreSQL, a range on SQLite."""
    if connection.vendor == "postgresql":
        return Q(**{f"{column}__startswith": text})
    return Q(**{f"{column}__gte": text, f"{column}__lt": text + "\U0010ffff"})


def _amounts(rows: Any, column: str, term: str) -> Iterable[Any]:
    """`12.50` is 1250 euro cents and 12500 Kuwaiti fils; yen have no such amount."""
    for decimals, example in _BY_EXPONENT.items():
        try:
            minor = parse_amount(term, example)
        except ValidationError:
            continue
        yield rows.filter(**{column: minor, "currency__in": _currencies(decimals)})


@cache
def _currencies(decimals: int) -> list[str]:
    found = []
    for currency in iso4217.Currency:
        try:
            if exponent(currency.code) == decimals:
                found.append(currency.code)
        except ValueError:
            continue
    return sorted(found)


def _united(lookups: list[Any], column: str) -> list[uuid.UUID]:
    return _first([lookup.values_list(column, flat=True) for lookup in lookups])


def _first(parts: list[Any]) -> list[uuid.UUID]:
    """One statement, stopped at the limit."""
    if not parts:
        return []
    ordered = [part.order_by() for part in parts]
    united = ordered[0].union(*ordered[1:], all=True) if len(ordered) > 1 else ordered[0]
    return list(dict.fromkeys(united[:FOUND_AT_MOST]))
