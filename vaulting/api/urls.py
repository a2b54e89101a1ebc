"""Addresses of the API below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from vaulting.api import views

urlpatterns: list[URLPattern] = [
    path("cards/", views.Cards.as_view(), name="cards"),
    path("cards/<public_id:card>/", views.OneCard.as_view(), name="card"),
    path("vaulting-sessions/", views.VaultingSessions.as_view(), name="vaulting-sessions"),
    path("vaulting-sessions/<public_id:session>/", views.OneVaultingSession.as_view(), name="vaulting-session"),
    path(
        "vaulting-sessions/<public_id:session>/refresh/",
        views.RefreshVaultingSession.as_view(),
        name="refresh-vaulting-session",
    ),
]
