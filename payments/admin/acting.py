"""What every page that acts stands on: who asks, what they saw, once per form, and a page for every refusal."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from core import idempotency
from core.api import client_address
from core.desk import ReadOnlyAdmin
from core.errors import DomainError, Forbidden
from core.idempotency import Answer, KeyInProgress, KeyMalformed, KeyMissing, KeyReused
from core.models import IdempotencyKey, User
from payments.admin.forms import FORM_ID_AT_MOST, SEEN
from payments.errors import StalePage

View = Callable[..., HttpResponseBase]

_USED = "This form was already used for something else. Open the page again; nothing was done now."


class FormTooOld(DomainError):
    code = "form_too_old"
    status = 400
    detail = "This form is too old or incomplete. Open it again."


class SeeOther(HttpResponseRedirect):
    status_code = 303


def address_of(request: HttpRequest) -> str | None:
    """For the record of who did it; None when nobody tells."""
    return client_address(request) or None


def user_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def seen_in(request: HttpRequest) -> dict[str, str]:
    return {name.removeprefix(SEEN): str(value) for name, value in request.POST.items() if name.startswith(SEEN)}


def as_fields(seen: Mapping[str, str]) -> dict[str, str]:
    return {f"{SEEN}{name}": value for name, value in seen.items()}


def require(user: User, verb: str) -> None:
    """Early, so that the page is not offered; the service asks again. Raises Forbidden."""
    if not user.has_perm(f"payments.{verb}"):
        raise Forbidden(f"Your role does not include “{verb}”. Ask somebody whose role does.")


def one_time_id(request: HttpRequest) -> str:
    """Before anything else of a posted form is read. Raises FormTooOld: people cannot mend what they do not see."""
    text = request.POST.get("form_id", "").strip()
    try:
        if len(text) > FORM_ID_AT_MOST:
            raise KeyMalformed
        return idempotency.parse_key(text)
    except (KeyMissing, KeyMalformed):
        raise FormTooOld from None


def once(request: HttpRequest, *, route: str, body: Mapping[str, Any]) -> idempotency.Ask:
    """The one-time id of the form as idempotency key: pressed twice, it acts once."""
    key = one_time_id(request)
    return idempotency.ask(principal=user_of(request), key=key, method="POST", route=f"admin:{route}", body=dict(body))


def settle(key: IdempotencyKey | None, address: str) -> HttpResponseBase:
    """Keep the address as the answer of the form, and go there. Whoever repeats the form lands on the same page."""
    if key is not None:
        answer = idempotency.store_answer(key, Answer(303, address.encode()))
        address = answer.body.decode()
    return SeeOther(address)


def refusals(view: View) -> View:
    """Every refusal is a page with its sentence and a way on."""

    @wraps(view)
    def guarded(admin: ActingAdmin, request: HttpRequest, pk: uuid.UUID, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not admin.has_view_permission(request):
            raise PermissionDenied
        try:
            return view(admin, request, pk, *args, **kwargs)
        except DomainError as error:
            return admin.refuse(request, pk, error)

    return guarded


class ActingAdmin(ReadOnlyAdmin):
    """Rows that nobody edits, with pages of their own that act on one."""

    def found(self, pk: uuid.UUID) -> Any:
        """The row that a page is about. Raises Http404."""
        raise NotImplementedError

    def asks_on(self, row: Any, error: DomainError) -> str:
        """Where asking the gateway is the way on; empty where it is not."""
        return ""

    def refuse(self, request: HttpRequest, pk: uuid.UUID, error: DomainError) -> HttpResponseBase:
        row = self.found(pk)
        here = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[pk])
        if isinstance(error, KeyInProgress):
            messages.info(request, "This form is being carried out right now. Reload in a moment to see its end.")
            return SeeOther(here)
        if isinstance(error, StalePage):
            return self._stale(request, row, error)
        context = {
            "title": "Not possible",
            "original": row,
            "detail": _USED if isinstance(error, KeyReused) else error.detail,
            "back": here,
            "ask": "" if isinstance(error, FormTooOld) else self.asks_on(row, error),
            "again": request.path if isinstance(error, KeyReused | FormTooOld) else "",
        }
        return self.show(request, "admin/paydesk/refused.html", context, error.status)

    def _stale(self, request: HttpRequest, row: Any, error: StalePage) -> TemplateResponse:
        """412: what it was when the page was opened, beside what it is now."""
        rows = [
            {"name": name, "then": then, "now": now, "differs": then != now}
            for (name, then), (_, now) in zip(error.extra["then"], error.extra["now"], strict=True)
        ]
        return self.show(
            request,
            "admin/paydesk/stale.html",
            {
                "title": "Something changed",
                "original": row,
                "detail": error.detail,
                "rows": rows,
                "again": request.path,
            },
            412,
        )
