"""Tell the story of an order or a payment in plain sentences."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from core.money import display
from orders.models import Order
from payments.models import Payment
from payments.services import books


class Command(BaseCommand):
    help = "Tells what happened to an order or a payment, oldest first. Exit code 1 when there is none of that name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", help="an order number (P-…), an order id (ord_…) or a payment id (pay_…)")

    def handle(self, *args: Any, reference: str, **options: Any) -> None:
        payment = Payment.objects.filter(public_id=reference).first()
        if payment is not None:
            return self._tell(payment)
        order = Order.objects.filter(Q(number=reference) | Q(public_id=reference)).first()
        if order is None:
            raise CommandError(f"there is no order or payment {reference}")
        due = display(order.money(order.due_minor))
        self.stdout.write(f"Order {order.number}: {order.total_text}, {order.get_status_display().lower()}, due {due}.")
        for attempt in order.payments.order_by("attempt"):
            self._tell(attempt)
        return None

    def _tell(self, payment: Payment) -> None:
        for line in books.explain(payment):
            self.stdout.write(line)
