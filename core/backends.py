"""Who signs in at the desk and in the app; looking a person up, which every request does, is compiled once."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import ModelBackend

from core import hot
from core.models import User

_USER = hot.Select(lambda: User.objects.order_by(), "id")


class _KnownPeople:
    def get_user(self, user_id: Any) -> User | None:
        found = _USER.one(user_id if isinstance(user_id, uuid.UUID) else uuid.UUID(str(user_id)))
        return found if found is not None and found.is_active else None


class DeskBackend(_KnownPeople, ModelBackend):
    """Name and password; permissions by group and person."""


class AppBackend(_KnownPeople, AuthenticationBackend):  # type: ignore[misc]
    """E-mail and password."""
