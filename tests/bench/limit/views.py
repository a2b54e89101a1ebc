"""Pay, be notified, show one payment, list orders: only what cannot be left out (performance.md 2)."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from cryptography.exceptions import InvalidSignature
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.bench.limit import gateway
from tests.bench.limit.models import Event, Order, Payment

ACKNOWLEDGEMENT = b'{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}'


class DeviceIn(serializers.Serializer[Any]):
    terminal_type = serializers.ChoiceField(choices=["WEB", "WAP", "APP"])
    user_agent = serializers.CharField(max_length=1024, required=False)
    language = serializers.CharField(max_length=32, required=False)
    color_depth = serializers.IntegerField(required=False)
    screen_height = serializers.IntegerField(required=False)
    screen_width = serializers.IntegerField(required=False)


class PaymentIn(serializers.Serializer[Any]):
    card = serializers.CharField(max_length=32)
    device = DeviceIn()


class PaymentOut(serializers.ModelSerializer[Payment]):
    class Meta:
        model = Payment
        exclude = ["id", "device"]


class OrderOut(serializers.ModelSerializer[Order]):
    class Meta:
        model = Order
        exclude = ["id", "buyer"]


class Payments(APIView):
    def post(self, request: Request, order: str) -> Response:
        told = PaymentIn(data=request.data)
        told.is_valid(raise_exception=True)
        at = timezone.now()
        payment = Payment(
            public_id=f"pay_{secrets.token_urlsafe(16)}",
            order=order,
            request_id=f"P_{secrets.token_urlsafe(16)}",
            amount_minor=30000,
            currency="EUR",
            device=told.validated_data["device"],
            created_at=at,
            updated_at=at,
        )
        payment.save(force_insert=True)
        connection.close()  # back into the pool while the gateway thinks
        answer = gateway.pay(_document(payment, told.validated_data))
        payment.state = "authorized" if answer["result"]["resultStatus"] == "S" else "failed"
        payment.gateway_reference = answer["paymentId"]
        payment.brand = answer["paymentResultInfo"]["cardBrand"]
        payment.last_four = answer["paymentResultInfo"]["cardNo"][-4:]
        payment.updated_at = timezone.now()
        payment.save(update_fields=["state", "gateway_reference", "brand", "last_four", "updated_at"])
        return Response(PaymentOut(payment).data, status=201)


class OnePayment(APIView):
    def get(self, request: Request, payment: str) -> Response:
        return Response(PaymentOut(Payment.objects.get(public_id=payment)).data)


class Orders(APIView):
    def get(self, request: Request, buyer: int) -> Response:
        return Response(OrderOut(Order.objects.filter(buyer=buyer).order_by("-id")[:25], many=True).data)


class Notifications(APIView):
    def post(self, request: Request) -> HttpResponse:
        body, told = request.body, request.headers
        try:
            gateway.verify(request.path, told["Request-Time"], told["Signature"], body)
        except InvalidSignature:
            return HttpResponse(status=401)
        document = json.loads(body)
        event = Event(
            delivery_key=hashlib.sha256(body).hexdigest(),
            body=body,
            headers={"request-time": told["Request-Time"], "signature": told["Signature"]},
            received_at=timezone.now(),
        )
        try:
            with transaction.atomic():
                event.save(force_insert=True)
                Payment.objects.filter(request_id=document["paymentRequestId"]).update(
                    state="captured", captured_minor=int(document["captureAmount"]["value"]), updated_at=timezone.now()
                )
        except IntegrityError:
            pass  # told before
        return HttpResponse(ACKNOWLEDGEMENT, content_type="application/json")


def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def _document(payment: Payment, told: dict[str, Any]) -> dict[str, Any]:
    amount = {"currency": payment.currency, "value": str(payment.amount_minor)}
    device = told["device"]
    return {
        "productCode": "CASHIER_PAYMENT",
        "paymentRequestId": payment.request_id,
        "order": {
            "referenceOrderId": payment.order,
            "orderDescription": "Mug",
            "orderAmount": amount,
            "goods": [{"referenceGoodsId": "MUG", "goodsName": "Mug", "goodsUnitAmount": amount, "goodsQuantity": "1"}],
        },
        "paymentAmount": amount,
        "paymentMethod": {"paymentMethodType": "CARD", "paymentMethodId": told["card"]},
        "paymentFactor": {"isAuthorization": True, "captureMode": "AUTOMATIC"},
        "settlementStrategy": {"settlementCurrency": "EUR"},
        "env": {"terminalType": device["terminal_type"], "clientIp": "192.0.2.10"},
        "paymentNotifyUrl": "https://pay.shop.example/notify/antom/payment/",
        "paymentRedirectUrl": "https://pay.shop.example/pay/return/",
    }
