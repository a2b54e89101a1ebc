"""Django's own sessions in the database; looking one up, which every request does, is compiled once."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session

from core import hot, ports

_SESSION = hot.Select(lambda: Session.objects.order_by(), "session_key")


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Any:
        found = _SESSION.one(self.session_key)
        real_now = ports.now() - ports.ahead()  # a session lives by the real clock, whatever the demo's says
        if found is None or found.expire_date <= real_now:
            self._session_key = None
            return None
        return found
