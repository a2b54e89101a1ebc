"""The simulator's doors: the provider's wire, the card entry, the operator's switches."""

from django.urls import path, re_path

from payments.simulator import antom, challenge, control, element, page_forms, pages

urlpatterns = [
    path("", pages.overview),
    path("operator/arm", page_forms.arm),
    path("operator/disarm/<int:pk>", page_forms.disarm),
    path("operator/act", page_forms.act),
    path("operator/notifications/<int:pk>/send", page_forms.send),
    path("operator/settings", page_forms.turn),
    path("health", control.health),
    re_path(r"^ams(?:/|$)", antom.door),
    path("element/submit", element.submit),
    path("challenge", challenge.enter),
    path("challenge/<str:token>", challenge.page),
    path("books", control.books),
    path("books/cards", control.kept_cards),
    path("log", control.wire_log),
    path("control/next", control.next_scenario),
    path("control/next/<int:pk>", control.disarm),
    path("control/deck", control.show_deck),
    path("control/act", control.act),
    path("control/settings", control.turn_settings),
    path("control/tokens", control.mint_token),
    path("control/notifications", control.notifications),
    path("control/notifications/<int:pk>/send", control.send_notification),
    path("control/authorizations/<str:payment_request_id>/expire", control.expire_authorization),
    path("control/refunds/<str:refund_request_id>", control.delete_refund),
    path("control/reset", control.reset),
]
