"""The list of doors."""

from __future__ import annotations

from csp.decorators import csp_update
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from core import problems

INDEX = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Paydesk</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<h1>Paydesk</h1><ul>
<li><a href="/admin/">The merchant's desk</a></li>
<li><a href="/api/v1/docs/">The API, described</a> (<a href="/api/v1/schema/">OpenAPI</a>)</li>
</ul></html>"""


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return HttpResponse(INDEX)


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


docs = csp_update({"style-src": ["'unsafe-inline'"]})(SpectacularSwaggerSplitView.as_view(url_name="schema"))
"""The page's own styles are inline; its scripts are files."""

api: list[URLPattern | URLResolver] = [
    path("", include("payments.api.urls")),
    path("", include("vaulting.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", index, name="index"),
    path("health/", health, name="health"),
    path("admin", RedirectView.as_view(url="/admin/", permanent=True)),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api)),
    re_path(r"^api(?:/|$)", problems.unknown_address),
    path("_allauth/", include("allauth.headless.urls")),
    path("notify/", include("payments.notifications")),
    path("pay/", include("payments.pages")),
    path("cards/", include("vaulting.pages")),
]

handler400 = problems.bad_request
handler403 = problems.permission_denied
handler404 = problems.not_found
handler500 = problems.server_error
