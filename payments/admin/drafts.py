"""A file between two pages of one person: sealed in a session of its own, gone after half an hour.

It is no sign-in: its key says only which draft is meant, and it opens for nobody but who brought it, for one dispute.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from dataclasses import dataclass

from cryptography.fernet import InvalidToken
from django.contrib.sessions.backends.db import SessionStore

from core import sealing
from core.errors import DomainError
from core.models import User

LIFE_SECONDS = 30 * 60


class DraftGone(DomainError):
    code = "draft_gone"
    status = 409
    detail = "The file was kept for half an hour, which is over. Choose it again; nothing was sent."


@dataclass(frozen=True, slots=True)
class Draft:
    key: str
    file_name: str
    document: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.document).hexdigest()

    @property
    def size(self) -> str:
        return f"{len(self.document):,} bytes"


def keep(*, user: User, dispute_id: uuid.UUID, file_name: str, document: bytes) -> Draft:
    SessionStore.clear_expired()
    store = SessionStore()
    store["draft_of"] = [str(user.pk), str(dispute_id)]
    store["file_name"] = file_name
    store["sealed"] = base64.b64encode(sealing.seal(document)).decode()
    store.set_expiry(LIFE_SECONDS)
    store.create()
    return Draft(str(store.session_key), file_name, document)


def take(*, user: User, dispute_id: uuid.UUID, key: str) -> Draft:
    """It stays until its time is over, so that a form sent twice finds the same file. Raises DraftGone."""
    store = SessionStore(key if re.fullmatch(r"[a-z0-9]{32}", key) else None)
    if store.get("draft_of") != [str(user.pk), str(dispute_id)]:
        raise DraftGone
    try:
        document = sealing.unseal(base64.b64decode(store["sealed"]))
    except InvalidToken:
        raise DraftGone from None
    return Draft(key, store["file_name"], document)
