"""The demo's virtual clock: shown at the foot of every page, moved by a button. Nowhere but in the demo."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from core import clock, ports
from core.desk import FlatAdmin, distance
from payments.admin.acting import SeeOther

STEPS = {"1h": "+1 hour", "1d": "+1 day"}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_shown() -> bool:
    return bool(settings.DEMO) and clock.is_movable()


def footer(request: HttpRequest) -> dict[str, Any] | None:
    """What the foot of a page shows; None outside of the demo and for strangers."""
    user = getattr(request, "user", None)
    if not is_shown() or user is None or not user.is_active or not user.is_staff:
        return None
    now = ports.now()
    return {
        "now": f"{now:%a %-d %b %Y, %H:%M} UTC",
        "ahead": f"{distance(now + ports.ahead(), now)} ahead" if ports.ahead() else "real time",
        "steps": STEPS,
        "url": reverse("admin:payments_payment_demo_clock"),
        "here": request.get_full_path(),
        "simulator": simulator_url(),
    }


def simulator_url() -> str:
    """The page of the simulated provider; empty when the provider is a real one."""
    for credentials in settings.GATEWAY_CREDENTIALS.values():
        parts = urlsplit(str(credentials.get("url", "")))
        if parts.scheme == "http" and parts.hostname in _LOOPBACK:
            return f"{parts.scheme}://{parts.netloc}/"
    return ""


class DemoClockPages(FlatAdmin):
    """Mixed into the payment admin."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("demo-clock/", wrap(self.demo_clock_view), name="payments_payment_demo_clock"),
            *super().get_urls(),
        ]

    def demo_clock_view(self, request: HttpRequest) -> HttpResponseBase:
        if not is_shown():
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        step = request.POST.get("step", "")
        if step not in STEPS:
            raise Http404
        try:
            clock.advance(clock.read_step(step))
        except ValueError as error:
            messages.error(request, f"The clock stays where it is: {error}.")
        return SeeOther(_back(request))


def _back(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    home = reverse("admin:index")
    return asked if safe and urlsplit(asked).path.startswith(home) else home
