"""A hold that was changed without us (antom.md 3.8 `INCREMENTAL`, 3.9 `UPDATE_AMOUNT_RESULT`, 3.17).

We never ask for it, and no page says whether the amount is the new whole or what was added: so it moves no sum, and a
person hears of each.
"""

from __future__ import annotations

from core.money import Money
from payments.gateways.antom.amounts import read_amount
from payments.gateways.antom.document import Document, Unreadable
from payments.gateways.antom.result import read_result
from payments.gateways.antom.tolerant import read_id, read_moment, read_needed_id, read_text
from payments.gateways.base import Details, Fact, Kind, PaymentRef, Unknown


def read_increase(document: Document) -> Fact | None:
    """A message. None for a refused increase. Raises Unreadable."""
    result = read_result(document)
    if result.status == "U":
        raise Unreadable(f"result decides nothing: {result.status} {result.code}")
    if result.status == "F":
        return None
    reference = read_needed_id(document, "paymentId")
    payment = PaymentRef(request_id=read_id(document, "paymentRequestId"), gateway_reference=reference)
    return _contradiction(document, payment, read_id(document, "updateRequestId"), read_amount(document, "amount"))


def read_listed_increase(document: Document, entry: Document, payment: PaymentRef) -> Fact | None:
    """An entry of `transactions[]`. None unless it succeeded."""
    if read_text(entry, "transactionStatus", 64) != "SUCCESS":
        return None
    try:
        amount = read_amount(entry, "transactionAmount")
    except Unreadable:
        amount = None
    return _contradiction(document, payment, read_id(entry, "transactionRequestId"), amount)


def _contradiction(document: Document, payment: PaymentRef, request_id: str | None, amount: Money | None) -> Fact:
    """The words name the request, so that each is told once, through whichever door it comes."""
    told = ", ".join(part for part in (str(amount) if amount else "no amount is named", request_id or "") if part)
    return Fact(
        payment=payment,
        kind=Kind.AUTHORIZE,
        request_id=None,
        gateway_reference=payment.gateway_reference,
        outcome=Unknown(
            f"the provider says that the hold was changed ({told}), which we did not ask for", contradicts=True
        ),
        amount=None,
        details=Details(hold_ends_at=read_moment(document, "authExpiryTime")),
    )
