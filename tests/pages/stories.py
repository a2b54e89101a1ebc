"""A payment for every page, made through the services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core import ports
from core.models import User
from orders.models import Product
from payments.gateways.base import Category, Declined, Outcome, Pending, Redirect
from payments.models import Payment
from payments.services.refresh import resolve_payment
from tests import factories
from tests.fake_gateway import FREE_RULES, FakeGateway
from tests.payments.test_operate import cancel, capture, refund
from vaulting.models import BoundCard


@dataclass
class Stories:
    buyer: User
    operator: User
    card: BoundCard
    fake: FakeGateway
    product: Product
    manual_product: Product

    def told(self, outcome: Outcome, *, manual: bool = False) -> Payment:
        """A payment with the saved card, about which the gateway says `outcome`."""
        self.fake.next("authorize", outcome)
        return self._start(manual=manual)

    def held(self) -> Payment:
        return self._start(manual=True)

    def paid(self) -> Payment:
        return capture(self.held(), self.operator)

    def partly_paid(self) -> Payment:
        self.fake.rules = FREE_RULES
        return capture(self.held(), self.operator, amount_minor=10000, final=False)

    def refunded(self) -> Payment:
        return refund(self.paid(), self.operator)

    def partly_refunded(self) -> Payment:
        return refund(self.paid(), self.operator, 5000)

    def canceled(self) -> Payment:
        return cancel(self.held(), self.operator)

    def declined(self, category: Category = Category.OTHER_CARD) -> Payment:
        return self.told(Declined("RISK_REJECT_7", category, "risk score 97"))

    def bank_has_not_answered(self) -> Payment:
        return self.told(Pending())

    def action_required(self) -> Payment:
        return self.told(Pending(Redirect(url="https://bank.example/check")))

    def charge_not_confirmed(self) -> Payment:
        return self._start()

    def nobody_knows(self) -> Payment:
        self.fake.lose_reply("authorize")
        return self._start()

    def card_required(self) -> Payment:
        return factories.start(self.buyer, factories.make_order(self.buyer, self.product))

    def expired(self) -> Payment:
        payment = self.card_required()
        ports.pretend_now(ports.now() + timedelta(minutes=12))
        resolve_payment(payment.pk)
        return payment

    def under_review(self) -> Payment:
        payment = self.paid()
        Payment.objects.filter(pk=payment.pk).update(needs_review=True, review_reason="risk score 97")
        return payment

    def _start(self, *, manual: bool = False) -> Payment:
        order = factories.make_order(self.buyer, self.manual_product if manual else self.product)
        return factories.start(self.buyer, order, self.card)
