"""The address to which the provider's check sends the buyer back. It proves nothing: it only makes us ask."""

from __future__ import annotations

from django.conf import settings
from django.core.signing import BadSignature, Signer

from vaulting.models import VaultingSession

_SALT = "vaulting.return"


def return_url(session: VaultingSession) -> str:
    """The session's public id with our signature, so that nobody can guess one."""
    return f"{settings.PUBLIC_URL}/cards/return/{state_of(session)}/"


def state_of(session: VaultingSession) -> str:
    return Signer(salt=_SALT).sign(session.public_id)


def session_of_state(state: str) -> VaultingSession | None:
    """The session of a state that we signed; None for any other text."""
    try:
        public_id = Signer(salt=_SALT).unsign(state)
    except BadSignature:
        return None
    return VaultingSession.objects.select_related("account", "card", "buyer").filter(public_id=public_id).first()
