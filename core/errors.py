"""Every refusal is a DomainError: a stable code for programs, one sentence for people."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """Base of all refusals. `code` is stable, `status` is the API's, `detail` a sentence with a next step.

    `extra` is merged into the problem document and must hold plain JSON data without secrets.
    """

    code = "refused"
    status = 409
    detail = "This is not possible now."

    def __init__(self, detail: str | None = None, *, code: str | None = None, **extra: Any) -> None:
        self.detail = detail or type(self).detail
        self.code = code or type(self).code
        self.extra = extra
        self.retry_after: int | None = extra.pop("retry_after", None)
        super().__init__(self.detail)


class NotYours(DomainError):
    """Absent or somebody else's: the two are never told apart (I26, I33)."""

    code = "not_found"
    status = 404
    detail = "There is nothing at this address."


class Forbidden(DomainError):
    code = "permission_denied"
    status = 403
    detail = "You may look at this, but not do it. Ask somebody whose role includes it."


class InvalidInput(DomainError):
    """A value that cannot be used; `field` names it."""

    code = "invalid"
    status = 400

    def __init__(self, detail: str, *, field: str, code: str | None = None) -> None:
        super().__init__(detail, code=code, field=field)
        self.field = field
