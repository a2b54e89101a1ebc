"""Around every view: bodies in pieces, refusals that programs can read, and what the admin's own scripts need."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from core import problems

Answering = Callable[[HttpRequest], HttpResponseBase]


class BodyInPiecesMiddleware:
    """A chunked body has no Content-Length, and Django takes that for an empty one: a provider's proof would be lost.

    It is read up to one byte more than any door takes; the doors refuse by its length as they do with others.
    """

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        told = request.META
        if "HTTP_TRANSFER_ENCODING" in told and told.get("wsgi.input_terminated") and not told.get("CONTENT_LENGTH"):
            body = told["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            told["CONTENT_LENGTH"] = str(len(body))
            request._stream = BytesIO(body)
        return self.get_response(request)


class ProblemsMiddleware:
    """Programs never get an HTML page, whoever refuses them."""

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return problems.instead_of(request, self.get_response(request))


class AdminPolicyMiddleware:
    """Placed outside django-csp, so that it runs first on the way in: Unfold needs eval and inline styles."""

    RELAXED = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith("/admin/"):
            response._csp_update = self.RELAXED  # type: ignore[attr-defined]
        return response
