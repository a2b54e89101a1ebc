"""Addresses of the API below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from orders.api.urls import order_routes
from payments.api import views

urlpatterns: list[URLPattern] = [
    *order_routes(views.PayableOrders, views.OnePayableOrder),
    path("orders/<public_id:order>/payment-methods/", views.PaymentMethodsOfOrder.as_view(), name="payment-methods"),
    path("orders/<public_id:order>/payments/", views.PaymentsOfOrder.as_view(), name="start-payment"),
    path("orders/<public_id:order>/refund-requests/", views.RefundRequestsOfOrder.as_view(), name="refund-requests"),
    path("payments/<public_id:payment>/", views.OnePayment.as_view(), name="payment"),
    path("payments/<public_id:payment>/refresh/", views.RefreshPayment.as_view(), name="refresh-payment"),
    path("payments/<public_id:payment>/cancel/", views.CancelPayment.as_view(), name="cancel-payment"),
]
