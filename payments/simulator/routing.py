"""Which acquirer takes a payment (antom.md 3.20 and 9). Pure: the merchant only sees the choice afterwards.

The first rule that fits wins; without one, weights decide, by the payment's own id so that a repeat agrees. With the
knob `routing` at "first_fails" the chosen acquirer fails and the next one of the list takes the payment.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

WEIGHTS = {"ACQ_ONE": 60, "ACQ_TWO": 30, "ACQ_THREE": 10}

WITHOUT_CAPTURE = {"ACQ_KOREA"}  # what they authorise is taken at once (antom.md 5.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    acquirer: str
    brands: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    at_least: int = 0  # minor units

    def fits(self, brand: str, currency: str, amount: int) -> bool:
        return (
            (not self.brands or brand in self.brands)
            and (not self.currencies or currency in self.currencies)
            and amount >= self.at_least
        )


RULES = (
    Rule(acquirer="ACQ_KOREA", brands=("HYUNDAI",)),
    Rule(acquirer="ACQ_THREE", brands=("AMEX", "DINERS", "DISCOVER", "JCB")),
    Rule(acquirer="ACQ_ASIA", currencies=("JPY", "KRW", "VND", "THB", "SGD", "HKD", "TWD")),
    Rule(acquirer="ACQ_TWO", at_least=10_000_000),
    Rule(acquirer="ACQ_TWO", brands=("MASTERCARD", "MAESTRO")),
    Rule(acquirer="ACQ_ONE", brands=("VISA",), currencies=("EUR", "GBP", "CHF")),
)


def route(*, brand: str, currency: str, amount: int, reference: str, mode: str = "weighted") -> list[str]:
    """Names of the acquirers that are asked, in order; the last one decides."""
    rule = next((rule for rule in RULES if rule.fits(brand, currency, amount)), None)
    first = rule.acquirer if rule else by_weight(reference)
    return [first, next(name for name in WEIGHTS if name != first)] if mode == "first_fails" else [first]


def by_weight(reference: str) -> str:
    point = int(hashlib.sha256(reference.encode()).hexdigest(), 16) % sum(WEIGHTS.values())
    for name, weight in WEIGHTS.items():
        if point < weight:
            return name
        point -= weight
    raise ValueError("weights are not positive")


def acquirer_info(name: str, kind: str, reference: str) -> dict[str, str]:
    """acquirerInfo of one payment, capture or refund: each has its own ids at the acquirer."""
    return {
        "acquirerName": name,
        "referenceRequestId": f"{kind}{reference[-28:]}",
        "acquirerTransactionId": f"{name[4:].lower()}-{kind.lower()}-{reference[-12:]}",
        "acquirerMerchantId": f"{name}-M1",
        "acquirerMerchantName": "Simulated shop",
    }
