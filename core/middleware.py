"""Relaxes the content policy where the admin's own scripts need it, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


class AdminPolicyMiddleware:
    """Placed outside django-csp, so that it runs first on the way in: Unfold needs eval and inline styles."""

    RELAXED = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith("/admin/"):
            response._csp_update = self.RELAXED  # type: ignore[attr-defined]
        return response
