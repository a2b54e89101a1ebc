"""Addresses of the API below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from orders.api.urls import order_routes
from payments.api import views

urlpatterns: list[URLPattern] = [
    *order_routes(views.PayableOrders, views.OnePayableOrder),
    path("orders/<str:order>/payment-methods/", views.PaymentMethodsOfOrder.as_view(), name="payment-methods"),
    path("orders/<str:order>/payments/", views.PaymentsOfOrder.as_view(), name="start-payment"),
    path("orders/<str:order>/refund-requests/", views.RefundRequestsOfOrder.as_view(), name="refund-requests"),
    path("payments/<str:payment>/", views.OnePayment.as_view(), name="payment"),
    path("payments/<str:payment>/refresh/", views.RefreshPayment.as_view(), name="refresh-payment"),
    path("payments/<str:payment>/cancel/", views.CancelPayment.as_view(), name="cancel-payment"),
]
