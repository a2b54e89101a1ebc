"""Stories of one try at binding, as several tests tell them."""

from __future__ import annotations

from typing import Any

from core.models import User
from payments.gateways.base import Outcome
from payments.gateways.registry import gateway_for
from payments.models import NotificationEvent
from payments.services.inbox import apply_stored, store_delivery
from tests.factories import make_ask
from tests.payments.test_inbox import delivery
from vaulting import consent
from vaulting.binding import open_vaulting_session
from vaulting.models import VaultingSession


def begin(buyer: User, key: str | None = None, **values: Any) -> VaultingSession:
    begun = open_vaulting_session(
        buyer=buyer, ask=make_ask(buyer, key, route="bind"), consent_version=consent.CURRENT, **values
    )
    assert begun.session is not None
    return begun.session


def notify(session: VaultingSession, **headers: str) -> NotificationEvent:
    """The provider's message about what its books say now."""
    message = delivery({"vaulting": session.request_id}, **headers)
    event, fresh = store_delivery(session.account, gateway_for(session.account).read_notification(message), message)
    return apply_stored(event_id=event.pk) if fresh else event


def bind(buyer: User, fake: Any, outcome: Outcome | None = None, **card: Any) -> VaultingSession:
    """The buyer gave a card, and the provider told us."""
    session = begin(buyer)
    fake.bind(session.request_id, outcome, **card)
    notify(session)
    session.refresh_from_db()
    return session
