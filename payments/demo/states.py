"""The interesting states: a week in the life of a shop, made over real HTTP in a few seconds.

Application and provider share a clock, so a hold that lapses is a hold that lapsed. Nothing is written past the doors
that a buyer, a colleague or the provider has; the order of the steps below is the order of the days.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.clock import write_offset
from payments.demo.doors import Buyer, Desk, Provider, wait_until

WEEK = timedelta(days=7, hours=6)
"""How far the clock is ahead in the end."""
CURRENCIES_SETTLE = timedelta(seconds=10)
NEVER_MIND = 86_000
"""Seconds that the provider works on a refund: “+1 day” ends it."""
SILENT_QUESTIONS = 12
"""How often the provider does not answer about the unknown payment: some six minutes of the ladder."""


@dataclass
class State:
    """One seeded order."""

    what: str
    order: str
    payment: str


@dataclass
class Seeds:
    buyer: Buyer
    cashier: Desk
    refunder: Desk
    provider: Provider
    clock: Path
    ahead: timedelta = timedelta(0)
    made: list[State] = field(default_factory=list)

    def plant(self) -> list[State]:
        """Returns what was made, in the order of the list that people see. Raises Stuck."""
        lapsed = self.hold("VASE")
        self.go_to(timedelta(hours=15))
        soon = self.hold("RING")
        self.go_to(WEEK - timedelta(days=3))
        paid = {sku: self.pay(sku) for sku in ("MUG", "THROW", "LAMP", "PRINT", "PERFUME-KW")}
        yen, wrong = self.hold("BOWL-JP"), self.hold("CHAIR")
        self.go_to(WEEK - timedelta(days=3) + CURRENCIES_SETTLE)
        for payment in paid.values():
            self.buyer.wait_for(payment, "paid")
        self.refund(paid["MUG"])
        self.refund(paid["THROW"], "30.00")
        self.go_to(WEEK - timedelta(days=1))
        self.refund_comes_back(paid["MUG"])
        days = self.hold("VASE")
        self.contradict(wrong)
        self.go_to(WEEK)
        self.buyer.wait_for(lapsed, "expired")
        self.keep(lapsed, "A hold that lapsed: nothing was charged")
        self.keep(soon, "Held, nine hours left to capture")
        self.keep(days, "Held, six days left to capture")
        self.keep(yen, "Yen: held, no decimals anywhere")
        self.keep(paid["PERFUME-KW"], "Kuwaiti dinar: paid, three decimals")
        self.keep(paid["THROW"], "Partly refunded")
        self.keep(paid["MUG"], "A refund that came back: the buyer did not get it")
        self.keep(wrong, "A contradiction: the provider signed another amount; a person must look")
        self.keep(self.refund_on_its_way(paid["LAMP"]), "A refund on its way: “+1 day” ends it")
        self.keep(self.dispute(paid["PRINT"]), "A dispute with a deadline")
        self.keep(self.review(), "In the provider’s own review: neither capture nor ship")
        self.keep(self.unknown(), "Outcome unknown, being resolved while you watch (some six minutes)")
        return self.made

    # --- what the days are made of ---

    def go_to(self, moment: timedelta) -> None:
        """Both clocks; never back."""
        self.ahead = max(self.ahead, moment)
        write_offset(self.clock, self.ahead)

    def keep(self, payment: dict[str, Any], what: str) -> None:
        self.made.append(State(what, self.number_of(payment), payment["id"]))

    def pay(self, sku: str) -> dict[str, Any]:
        order = self.buyer.order(sku)
        card = str(self.buyer.saved_cards(order)[0]["card"])
        return dict(self.buyer.pay_with_saved_card(order, card).json())

    def hold(self, sku: str) -> dict[str, Any]:
        return self.buyer.wait_for(self.pay(sku), "held")

    def refund(self, payment: dict[str, Any], amount: str = "") -> None:
        typed = {"choice": "amount", "amount": amount} if amount else {}
        self.refunder.act(self.refunder.find(self.number_of(payment)), "refund", **typed)

    def refund_comes_back(self, payment: dict[str, Any]) -> None:
        self.buyer.wait_for(payment, "refunded")
        page = self.page_of(payment)
        self.provider.act("reverse_refund", refund_request_id=page["refunds"][0]["refund_request_id"])
        self.buyer.wait_for(payment, "paid")

    def contradict(self, payment: dict[str, Any]) -> None:
        """The answer to the capture carries another amount; the provider's books are right."""
        self.provider.next("capture", "other_amount")
        self.cashier.act(self.cashier.find(self.number_of(payment)), "capture")
        self.buyer.wait_for(payment, "under_review")

    def refund_on_its_way(self, payment: dict[str, Any]) -> dict[str, Any]:
        self.provider.next("refund", "pending", seconds=NEVER_MIND)
        self.refund(payment, "100.00")
        return payment

    def dispute(self, payment: dict[str, Any]) -> dict[str, Any]:
        page = self.page_of(payment)
        self.provider.act("open_dispute", request_id=page["payment_request_id"], due_days=9)
        return payment

    def review(self) -> dict[str, Any]:
        self.provider.next("pay", "review")
        return self.hold("RING")

    def unknown(self) -> dict[str, Any]:
        known = self.request_ids()
        self.provider.next("pay", "lost_reply", copies=0)
        payment = self.pay("DATES")
        (request_id,) = self.request_ids() - known
        self.provider.next("inquiryPayment", "lost_request", request_id=request_id, times=SILENT_QUESTIONS)
        return payment

    # --- looking ---

    def number_of(self, payment: dict[str, Any]) -> str:
        return str(self.buyer.get(f"/orders/{payment['order']}/")["number"])

    def request_ids(self) -> set[str]:
        return {str(page["payment_request_id"]) for page in self.provider.books()}

    def page_of(self, payment: dict[str, Any]) -> dict[str, Any]:
        """The provider's page of a payment, found through the desk, which knows both names."""
        text = self.refunder.read(self.refunder.find(self.number_of(payment)))

        def look() -> dict[str, Any] | None:
            named = set(re.findall(r"\bP_[0-9A-Za-z]{22}\b", text))
            return next((page for page in self.provider.books() if page["payment_request_id"] in named), None)

        return wait_until(f"{payment['id']} in the provider's books", look)


def plant(
    buyer: Buyer, desk: Callable[[str], Desk], provider: Provider, clock: Path, remember: Path
) -> list[dict[str, str]]:
    """Make the states once and remember them; the second time only say what there is."""
    if not remember.exists():
        buyer.sign_in()
        made = Seeds(buyer, desk("cashier"), desk("refunder"), provider, clock).plant()
        remember.write_text(json.dumps([vars(state) for state in made], indent=1, ensure_ascii=False))
    return list(json.loads(remember.read_text()))
