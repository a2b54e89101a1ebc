"""TEST or LIVE, on every page."""

from __future__ import annotations

from django.http import HttpRequest

from core import ports
from payments.gateways.models import MerchantAccount, Mode

SECONDS = 10.0
_known: tuple[float, list[str]] | None = None


def badge(request: HttpRequest) -> list[str]:
    """For UNFOLD["ENVIRONMENT"]: TEST while any active account is one; asked every few seconds, not on every page."""
    global _known
    at = ports.monotonic()
    if _known is None or at - _known[0] > SECONDS:
        test = MerchantAccount.objects.filter(active=True, mode=Mode.TEST).order_by().exists()
        _known = (at, ["TEST", "warning"] if test else ["LIVE", "danger"])
    return _known[1]


def prefix(request: HttpRequest) -> str:
    """In the browser's tab."""
    return f"[{badge(request)[0]}]"


def forget() -> None:
    """An account was changed: ask again."""
    global _known
    _known = None
