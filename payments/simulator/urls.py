"""The simulator's doors: the provider's wire, the card entry, the operator's switches."""

from django.urls import path, re_path

from payments.simulator import antom, control, element, pages

urlpatterns = [
    path("", pages.overview),
    path("health", control.health),
    re_path(r"^ams(?:/|$)", antom.door),
    path("element/submit", element.submit),
    path("books", control.books),
    path("log", control.wire_log),
    path("control/next", control.next_scenario),
    path("control/settings", control.turn_settings),
    path("control/tokens", control.mint_token),
    path("control/notifications", control.notifications),
    path("control/notifications/<int:pk>/send", control.send_notification),
    path("control/authorizations/<str:payment_request_id>/expire", control.expire_authorization),
    path("control/refunds/<str:refund_request_id>", control.delete_refund),
    path("control/reset", control.reset),
]
