from django.urls import path

from tests.bench.limit import views

urlpatterns = [
    path("health/", views.health),
    path("api/v1/orders/<str:order>/payments/", views.Payments.as_view()),
    path("api/v1/payments/<str:payment>/", views.OnePayment.as_view()),
    path("orders/<int:buyer>/", views.Orders.as_view()),
    path("notify/antom/payment/", views.Notifications.as_view()),
]
