"""A simulator listens to its own machine only."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse


class LoopbackOnly:
    """Refuses other peers and, against DNS rebinding, other host names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            near = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
            request.get_host()
        except (ValueError, DisallowedHost):
            near = False
        return self.get_response(request) if near else HttpResponse("loopback only", status=403)
