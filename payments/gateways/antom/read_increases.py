"""A hold that was changed without us (antom.md 3.8 `INCREMENTAL`, 3.9 `UPDATE_AMOUNT_RESULT`, 3.17).

We never ask for it, and no page says whether the amount is the new whole or what was added: so it moves no sum, and a
person hears of it.
"""

from __future__ import annotations

from core.money import Money
from payments.gateways.antom.amounts import read_amount
from payments.gateways.antom.document import Document, Unreadable
from payments.gateways.antom.result import read_result
from payments.gateways.antom.tolerant import read_id, read_needed_id, read_text
from payments.gateways.base import Fact, Kind, PaymentRef, Unknown


def read_increase(document: Document) -> Fact | None:
    """A message. None for a refused increase, and for one that names no amount. Raises Unreadable."""
    result = read_result(document)
    if result.status == "U":
        raise Unreadable(f"result decides nothing: {result.status} {result.code}")
    amount = read_amount(document, "amount")
    if result.status == "F" or amount is None:
        return None
    reference = read_needed_id(document, "paymentId")
    return _contradiction(
        PaymentRef(request_id=read_id(document, "paymentRequestId"), gateway_reference=reference), amount
    )


def read_listed_increase(entry: Document, payment: PaymentRef, ours: Money) -> Fact | None:
    """An entry of `transactions[]`. None when it changed nothing."""
    try:
        amount = read_amount(entry, "transactionAmount")
    except Unreadable:
        return None
    if read_text(entry, "transactionStatus", 64) != "SUCCESS" or amount is None or amount == ours:
        return None
    return _contradiction(payment, amount)


def _contradiction(payment: PaymentRef, amount: Money) -> Fact:
    return Fact(
        payment=payment,
        kind=Kind.AUTHORIZE,
        request_id=None,
        gateway_reference=payment.gateway_reference,
        outcome=Unknown(
            f"the provider says that the hold was changed ({amount}), which we did not ask for", contradicts=True
        ),
        amount=None,
    )
