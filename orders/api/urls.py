"""The addresses of orders; which classes stand there is said by whoever knows payments too."""

from __future__ import annotations

from django.urls import URLPattern, path, register_converter

from core.api import PublicId
from orders.api.views import OneOrder, Orders

register_converter(PublicId, "public_id")


def order_routes(many: type[Orders], one: type[OneOrder]) -> list[URLPattern]:
    return [
        path("orders/", many.as_view(), name="orders"),
        path("orders/<public_id:order>/", one.as_view(), name="order"),
    ]
