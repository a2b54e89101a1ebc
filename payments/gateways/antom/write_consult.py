"""`consult`: which payment methods are open for an amount (antom.md 3.16)."""

from __future__ import annotations

from payments.gateways.antom.amounts import write_amount
from payments.gateways.antom.document import Document
from payments.gateways.antom.write_device import write_system, write_terminal
from payments.gateways.base import ConsultRequest


def consult_document(request: ConsultRequest, settlement_currency: str | None) -> Document:
    """Raises InvalidRequest."""
    terminal_type = write_terminal(request.terminal_type)
    system = {} if terminal_type == "WEB" else {"osType": write_system(terminal_type, request.os_type)}
    return {
        "productCode": "CASHIER_PAYMENT",
        "paymentAmount": write_amount("paymentAmount", request.amount),
        "settlementStrategy": {"settlementCurrency": settlement_currency or request.amount.currency},
        "env": {"terminalType": terminal_type, **system},
    }
