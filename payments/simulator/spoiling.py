"""Documents that say something else than the books. Pure; amounts are documents.with_other_amount."""

from __future__ import annotations

from typing import Any

from payments.simulator.documents import Document

STATUSES = frozenset({"paymentStatus", "refundStatus", "transactionStatus", "vaultingStatus"})
UNHEARD_OF = "PERHAPS"


def with_other_currency(document: Document) -> Document:
    """The same document, every money amount in another currency: US dollars, or euros for what was in dollars."""
    return {name: _exchanged(value) for name, value in document.items()}


def with_unknown_word(document: Document) -> Document:
    """Every status of the thing is a word that no manual has; where the document has none, the result's status is."""
    if not STATUSES & document.keys():
        return {**document, "result": {**document["result"], "resultStatus": UNHEARD_OF}}
    return {name: _unheard_of(name, value) for name, value in document.items()}


def _exchanged(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"currency", "value"}:
        return {**value, "currency": "EUR" if value["currency"] == "USD" else "USD"}
    return value


def _unheard_of(name: str, value: Any) -> Any:
    if name in STATUSES:
        return UNHEARD_OF
    if isinstance(value, list):
        return [{n: _unheard_of(n, v) for n, v in item.items()} for item in value if isinstance(item, dict)]
    return value
