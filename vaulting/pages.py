"""The page on which a buyer lands after the bank's check of a new card. It asks, and decides nothing (antom.md 10, 27).

No sign-in: the address carries our signature, and what is shown comes from our database only.
"""

from __future__ import annotations

import logging

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from core.strict_page import tell_nobody
from payments.gateways.models import Mode
from vaulting.api.meaning import failure_of, standing_of
from vaulting.asking import refresh_session
from vaulting.brands import expiry_text, logo_of, name_of
from vaulting.models import LIVE, VaultingSession
from vaulting.returning import session_of_state

log = logging.getLogger(__name__)

WAIT = 10
"""Seconds until the page comes again by itself; each time the provider is asked once."""


@csrf_exempt
@require_safe
def come_back(request: HttpRequest, state: str) -> HttpResponseBase:
    """What became of adding the card, asked about now. A HEAD of a link checker asks nobody."""
    session = session_of_state(state)
    if session is not None and request.method == "GET" and session.is_live:
        session = _asked(session)
    if session is None:
        page = render(request, "payments/nothing.html", status=404)
    else:
        page = render(request, "vaulting/added.html", _told(session))
    tell_nobody(page)
    return page


def _asked(session: VaultingSession) -> VaultingSession:
    """A question that fails leaves what we knew: the buyer must land on a page either way."""
    try:
        return refresh_session(session)
    except Exception:
        log.exception("session %s could not be refreshed for its buyer", session.public_id)
        return session


def _told(session: VaultingSession) -> dict[str, object]:
    standing, card = standing_of(session), session.card
    return {
        "session": session,
        "standing": standing.value,
        "wait": WAIT if standing in LIVE else None,
        "failure": failure_of(session),
        "shop": session.account.name,
        "is_test": session.account.mode == Mode.TEST,
        "card": card,
        "card_name": name_of(card.brand) if card else "",
        "card_logo": logo_of(card.brand) if card else "",
        "expiry": expiry_text(card.expiry_month, card.expiry_year) if card else None,
    }


urlpatterns: list[URLPattern] = [path("return/<str:state>/", come_back, name="card-return")]
