"""Operation × fault: every scenario of the deck that an operation can meet, as the running simulator tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

PLAYED = (
    "pay",
    "createPaymentSession",
    "submit",
    "inquiryPayment",
    "capture",
    "autoCapture",
    "cancel",
    "refund",
    "inquiryRefund",
    "acceptDispute",
    "supplyDefenseDocument",
)
NO_MONEY = ("consult", "downloadDisputeEvidence")
"""Reads that nothing hangs on; they have tests of their own."""
NEVER_ASKED = ("updateAmount",)
"""The provider speaks it, and we do not ask for it."""
KEPT_CARDS = ("createVaultingSession", "bind", "inquireVaulting", "deleteToken")
"""They move no money: no books to compare."""
VARIANTS: dict[str, tuple[dict[str, Any], ...]] = {
    "decline": ({}, {"code": "UNKNOWN_EXCEPTION"}, {"code": "REPEAT_REQ_INCONSISTENT"}),
    "pending": ({}, {"then": "F"}),
    "pending_status": ({}, {"then": "F"}),
    "review": ({"seconds": 1}, {"seconds": 1, "then": "F"}),
    "slow": ({"seconds": 0.3}, {"seconds": 2}),
    "drip": ({"seconds": 3},),
}
"""How a scenario is armed, where once as it comes is not enough. The client's whole deadline is one second here."""
LIES = frozenset({"other_amount", "other_currency", "notify_other_amount", "notify_other_currency"})
"""The provider signs what is not so: a person must hear of it, whatever is told later."""


@dataclass(frozen=True, slots=True)
class Cell:
    operation: str
    scenario: str
    more: dict[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.more.items())
        return f"{self.operation} × {self.scenario}{f' ({told})' if told else ''}"


def cells_of(deck: dict[str, Any]) -> Iterator[Cell]:
    """In the deck's own order, operation by operation."""
    for operation in PLAYED:
        for scenario in deck["scenarios"]:
            if operation in scenario["operations"]:
                for more in VARIANTS.get(scenario["name"], ({},)):
                    yield Cell(operation, scenario["name"], more)
