"""A shop whose account is at this provider: services, rows and doors as they are, and a vendor that answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
import responses
from django.http import HttpResponse
from django.test import Client

from core import ports
from core.models import User
from orders.models import Order
from payments.gateways.base import Kind
from payments.models import Payment, Transaction
from payments.services.operate import cancel_payment, capture_payment, refund_payment
from payments.services.refresh import reconcile
from tests import factories
from tests.gateways.antom.examples import PAYMENT_ID, result
from tests.gateways.antom.wire import BASE, SUCCESS, delivery, signed_headers
from vaulting.models import BoundCard

Make = Callable[[dict[str, Any]], dict[str, Any]]


def authorized(asked: dict[str, Any]) -> dict[str, Any]:
    """An approval of whatever was asked for."""
    return {
        "result": SUCCESS,
        "paymentRequestId": asked["paymentRequestId"],
        "paymentId": PAYMENT_ID,
        "paymentAmount": asked["paymentAmount"],
    }


def says(code: str, status: str) -> Make:
    return lambda asked: {"result": result(code, status)}


def told(asked: dict[str, Any], status: str = "SUCCESS", **changes: Any) -> dict[str, Any]:
    """An inquiry that worked."""
    amount = {"currency": "EUR", "value": "30000"}
    known = {"paymentId": PAYMENT_ID, "paymentAmount": amount, **asked}
    return {"result": SUCCESS, "paymentStatus": status, **known, **changes}


@dataclass
class Shop:
    wire: responses.RequestsMock
    buyer: User
    order: Order
    card: BoundCard
    operator: User

    # --- the vendor ---

    def vendor(self, operation: str, make: Make) -> None:
        """What it answers, signed, to the next call of `operation`; the last answer stays."""

        def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
            body = json.dumps(make(json.loads(request.body or b"{}"))).encode()
            return 200, signed_headers(f"/ams/api/v1/payments/{operation}", body), body

        self.wire.add_callback("POST", f"{BASE}/{operation}", callback=answer)

    def vendor_is_silent(self, operation: str) -> None:
        self.wire.add("POST", f"{BASE}/{operation}", body=requests.ReadTimeout())

    def asked(self, operation: str) -> list[dict[str, Any]]:
        """What the vendor was asked, oldest first."""
        found = [call.request for call in self.wire.calls if call.request.url == f"{BASE}/{operation}"]
        return [json.loads(request.body or b"{}") for request in found]

    def notify(self, document: dict[str, Any], topic: str = "payment", address: str = "") -> HttpResponse:
        """A signed message at our door."""
        told = delivery(document, topic=topic, time=str(int(ports.now().timestamp() * 1000)))
        client = Client(enforce_csrf_checks=True)
        return client.post(
            address or told.target, told.body, content_type="application/json", headers=dict(told.headers)
        )

    # --- our side ---

    def pay(self) -> Payment:
        return factories.start(self.buyer, self.order, self.card)

    def held(self) -> Payment:
        self.vendor("pay", authorized)
        return self.pay()

    def capture(self, payment: Payment) -> Payment:
        return self._operate(capture_payment, payment, reason="shipped")

    def cancel(self, payment: Payment) -> Payment:
        return self._operate(cancel_payment, payment, reason="out_of_stock")

    def refund(self, payment: Payment, amount: int | None = None) -> Payment:
        return self._operate(refund_payment, payment, reason="damaged", amount_minor=amount)

    def _operate(self, service: Callable[..., Any], payment: Payment, **values: Any) -> Payment:
        ask = factories.make_ask(self.operator)
        found: Payment = service(payment_id=payment.pk, actor=self.operator, ask=ask, **values).payment
        return found

    def let_time_pass(self, seconds: int, step: int = 5) -> None:
        """The resolver runs beside a moving clock."""
        for _ in range(seconds // step):
            ports.pretend_now(ports.now() + timedelta(seconds=step))
            reconcile()


def statuses(payment: Payment, kind: Kind) -> list[str]:
    return list(Transaction.objects.filter(payment=payment, kind=kind).order_by("id").values_list("status", flat=True))


def state(payment: Payment) -> str:
    return str(Payment.objects.values_list("state", flat=True).get(pk=payment.pk))
