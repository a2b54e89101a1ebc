"""Our books as JSON on standard output, read from our own rows; the demo lays them beside the provider's.

python -m payments.demo.our_books     (with the application's environment)
"""

from __future__ import annotations

import json
from typing import Any

import django


def pages() -> dict[str, Any]:
    """{"payments": one page for each payment that we started}."""
    from payments.models import Payment

    rows = Payment.objects.prefetch_related("transactions").order_by("id")
    return {"payments": [page(payment) for payment in rows]}


def page(payment: Any) -> dict[str, Any]:
    """One payment with what moved under it. Amounts in minor units."""
    from payments.states import OPEN

    transactions = list(payment.transactions.all())
    waiting = payment.state == "authorized" and payment.capture_expected_by is not None
    authorization = next(tx for tx in transactions if tx.kind == "authorize")
    return {
        "payment": payment.public_id,
        "payment_uuid": str(payment.pk),
        "order": payment.order_number,
        "payment_request_id": authorization.request_id,
        "currency": payment.currency,
        "state": payment.state,
        "open": sum(tx.status in OPEN for tx in transactions) + waiting,
        "captured": payment.captured_minor,
        "refunded": payment.refunded_minor,
        "held": payment.held_minor,
        "captures": {tx.gateway_reference: tx.amount_minor for tx in _done(transactions, "capture")},
        "refunds": {tx.request_id or tx.gateway_reference: tx.amount_minor for tx in _done(transactions, "refund")},
    }


def _done(transactions: list[Any], kind: str) -> list[Any]:
    return [tx for tx in transactions if tx.kind == kind and tx.status == "succeeded"]


if __name__ == "__main__":
    django.setup()
    print(json.dumps(pages()))
