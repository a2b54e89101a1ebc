"""Every refusal of the API as application/problem+json (RFC 9457): stable codes, plain sentences, no internals.

No submitted value is ever repeated: a card number sent to the wrong field must not come back in a log or a screenshot.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.encoding import escape_uri_path
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from drf_standardized_errors.formatter import flatten_errors
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core import ports
from core.errors import DomainError, InvalidInput
from core.logs import holds_card_number
from core.parsers import BodyTooLarge

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
API = "/api/"
DOORS_OF_PROGRAMS = (API, "/_allauth/")
"""Below these every refusal is a problem document, whoever made it."""

TITLES: dict[str, str] = {
    # the request itself
    "malformed_json": "The body is not acceptable JSON",
    "body_too_large": "The body is too large",
    "unsupported_media_type": "The body is not JSON",
    "invalid": "Some values cannot be used",
    "unknown_field": "A field is not known here",
    "address_not_allowed": "The address is not allowed",
    "no_evidence": "There is no such file",
    "clock_is_real": "The clock cannot be moved",
    "draft_gone": "The draft is gone",
    "read_only_field": "A field cannot be set by the client",
    "card_data_refused": "Card data does not belong here",
    "invalid_cursor": "The cursor cannot be used",
    "idempotency_key_required": "The Idempotency-Key is missing",
    "idempotency_key_malformed": "The Idempotency-Key is malformed",
    "idempotency_key_reused": "The Idempotency-Key belongs to another request",
    "idempotency_key_in_progress": "The first request is still running",
    "bad_request": "The request cannot be understood",
    # who asks, and for what
    "not_authenticated": "Sign in first",
    "authentication_failed": "The access token is not valid",
    "permission_denied": "Not allowed",
    "not_found": "Nothing here",
    "method_not_allowed": "Not possible at this address",
    "not_acceptable": "Only JSON is offered",
    "throttled": "Too many requests",
    # orders and payments
    "unknown_product": "A product is not on sale",
    "mixed_currencies": "One order, one currency",
    "refused": "Not possible now",
    "payment_in_progress": "A payment is under way",
    "order_already_paid": "Paid already",
    "payment_under_review": "A payment is being checked",
    "order_expired": "The order has expired",
    "currency_not_accepted": "The currency is not accepted",
    "not_payable": "The gateway cannot take this",
    "card_expired": "The card has expired",
    "action_not_allowed": "Not possible in this state",
    "operation_in_progress": "Another operation has not ended",
    "amount_not_allowed": "The amount is not possible",
    "whole_amount_only": "Only the whole amount is possible",
    "form_too_old": "The form is too old or incomplete",
    "stale": "Something changed meanwhile",
    "reason_required": "A reason is needed",
    "refund_already_requested": "Asked already",
    # ourselves
    "binding_not_available": "Cards cannot be saved now",
    "too_many_tries": "Too many tries",
    "internal_error": "Our mistake",
}
"""Every code the API answers with, and its title. A code never changes its meaning."""
CODES = sorted(TITLES.items())

_OF_DRF: dict[type[Exception], tuple[str, str]] = {
    exceptions.ParseError: ("malformed_json", "The body cannot be read as JSON."),
    exceptions.NotAuthenticated: ("not_authenticated", "Send an access token: Authorization: Bearer …"),
    exceptions.AuthenticationFailed: (
        "authentication_failed",
        "The access token is not valid any more. Sign in again.",
    ),
    exceptions.PermissionDenied: ("permission_denied", "You may not do this."),
    exceptions.NotFound: ("not_found", "There is nothing at this address."),
    exceptions.MethodNotAllowed: (
        "method_not_allowed",
        "This address does not take that method; see the Allow header.",
    ),
    exceptions.NotAcceptable: ("not_acceptable", "This address answers with JSON only."),
    exceptions.UnsupportedMediaType: ("unsupported_media_type", "Send JSON with Content-Type: application/json."),
    exceptions.Throttled: ("throttled", "You asked too often. Wait a little."),
}
_OF_STATUS = {
    400: ("bad_request", "The request cannot be understood."),
    403: _OF_DRF[exceptions.PermissionDenied],
    404: _OF_DRF[exceptions.NotFound],
    405: _OF_DRF[exceptions.MethodNotAllowed],
}
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}(\.(\d{1,3}|[A-Za-z_][A-Za-z0-9_]{0,39}))*")
INVALID = "Some values cannot be used: see errors."
TROUBLE = "Something went wrong on our side. If you sent a key, repeat with the same one: nothing is done twice."


class FieldError(TypedDict):
    """`field` is the path in the body (`items.0.quantity`), empty when it is about the whole."""

    field: str
    code: str
    detail: str


def correlation_id(request: HttpRequest | Request) -> str:
    """One random id per request: it stands in the problem and in our log, so that support can join the two."""
    plain: Any = getattr(request, "_request", request)
    found: str | None = getattr(plain, "correlation_id", None)
    if found is None:
        found = ports.new_public_id("cor")
        plain.correlation_id = found
    return found


def problem(
    request: HttpRequest | Request,
    *,
    status: int,
    code: str,
    detail: str,
    errors: Iterable[FieldError] = (),
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The document; `extra` adds members and cannot replace the standard ones."""
    document: dict[str, Any] = {
        **(extra or {}),
        "type": f"/problems/{code}",
        "title": TITLES.get(code, TITLES["refused"]),
        "status": status,
        "detail": detail,
        "code": code,
        "instance": _place(request),
        "correlation_id": correlation_id(request),
    }
    if listed := list(errors):
        document["errors"] = listed
    return document


def handle(exc: Exception, context: Mapping[str, Any]) -> Response:
    """REST_FRAMEWORK["EXCEPTION_HANDLER"]: any exception of a view as a problem; unexpected ones are logged, 500."""
    request: Request = context["request"]
    set_rollback()
    headers: dict[str, str] = {}
    if isinstance(exc, DomainError):
        status, document = exc.status, _of_domain(request, exc)
        if exc.retry_after is not None:
            headers["Retry-After"] = str(exc.retry_after)
    else:
        known = _known(exc)
        status, document = known.status_code, _of_drf(request, known)
        headers = _headers(known)
        if status >= 500:
            _report(request, exc)
    return Response(document, status=status, headers=headers, content_type=MEDIA_TYPE)


def problem_response(request: HttpRequest, *, status: int, code: str, detail: str) -> HttpResponse:
    """The same for addresses outside of DRF."""
    document = problem(request, status=status, code=code, detail=detail)
    response = JsonResponse(document, status=status, content_type=MEDIA_TYPE)
    response["Cache-Control"] = "no-store"
    return response


def instead_of(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """`response`, or a problem in its place: Django and allauth refuse programs with empty or HTML pages."""
    is_page = response.get("Content-Type", "").startswith("text/html")
    if response.status_code < 400 or not is_page or not _is_for_programs(request):
        return response
    code, detail = _OF_STATUS.get(response.status_code, _OF_STATUS[400])
    told = problem_response(request, status=response.status_code, code=code, detail=detail)
    if "Allow" in response:
        told["Allow"] = response["Allow"]
    return told


# --- addresses that lead nowhere, and Django's own refusals (config/urls.py) ------------------------------------------


@csrf_exempt
def unknown_address(request: HttpRequest, **_: Any) -> HttpResponse:
    code, detail = _OF_DRF[exceptions.NotFound]
    return problem_response(request, status=404, code=code, detail=detail)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return unknown_address(request) if _is_for_programs(request) else defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_for_programs(request):
        return defaults.bad_request(request, exception)
    code, detail = _OF_STATUS[400]
    return problem_response(request, status=400, code=code, detail=detail)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_for_programs(request):
        return defaults.permission_denied(request, exception)
    code, detail = _OF_STATUS[403]
    return problem_response(request, status=403, code=code, detail=detail)


def server_error(request: HttpRequest) -> HttpResponse:
    if not _is_for_programs(request):
        return defaults.server_error(request)
    return problem_response(request, status=500, code="internal_error", detail=TROUBLE)


# --- inside -----------------------------------------------------------------------------------------------------------


def _place(request: HttpRequest | Request) -> str:
    """The path as a URI; a card number that somebody put there is not repeated."""
    return API if holds_card_number(request.path) else escape_uri_path(request.path)


def _is_for_programs(request: HttpRequest) -> bool:
    return request.path.startswith(DOORS_OF_PROGRAMS) or f"{request.path}/" in DOORS_OF_PROGRAMS


def _of_domain(request: Request, exc: DomainError) -> dict[str, Any]:
    extra = dict(exc.extra)
    errors: list[FieldError] = []
    if isinstance(exc, InvalidInput):
        errors.append({"field": str(extra.pop("field", "")), "code": exc.code, "detail": exc.detail})
    return problem(request, status=exc.status, code=exc.code, detail=exc.detail, errors=errors, extra=extra)


def _known(exc: Exception) -> exceptions.APIException:
    if isinstance(exc, exceptions.APIException):
        return exc
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, DjangoPermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exc, RequestDataTooBig):
        return BodyTooLarge()
    if isinstance(exc, SuspiciousOperation):
        return exceptions.ParseError()
    return exceptions.APIException()


def _of_drf(request: Request, exc: exceptions.APIException) -> dict[str, Any]:
    status = exc.status_code
    if isinstance(exc, exceptions.ValidationError):
        errors = [_field_error(error) for error in flatten_errors(exc.detail)]
        codes = {error["code"] for error in errors}
        code = codes.pop() if len(codes) == 1 and codes <= TITLES.keys() else "invalid"
        return problem(request, status=status, code=code, detail=INVALID, errors=errors)
    if status >= 500:
        return problem(request, status=status, code="internal_error", detail=TROUBLE)
    said = next((said for kind, said in _OF_DRF.items() if type(exc) is kind), None)
    if said is None or (isinstance(exc, exceptions.ParseError) and exc.detail != exc.default_detail):
        said = (str(getattr(exc.detail, "code", exc.default_code)), str(exc.detail))  # one of ours
    code = "malformed_json" if said[0] == "parse_error" else said[0]
    return problem(request, status=status, code=code, detail=said[1])


def _field_error(error: Any) -> FieldError:
    """A name chosen by the client is repeated only when it looks like a name."""
    field = re.sub(r"(^|\.)non_field_errors$", "", str(error.attr or ""))
    return {
        "field": field if not field or _FIELD_NAME.fullmatch(field) else "(not a name)",
        "code": error.code,
        "detail": error.detail,
    }


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if auth := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = str(auth)
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers


def _report(request: Request, exc: Exception) -> None:
    plain = getattr(request, "_request", request)
    got_request_exception.send(sender=None, request=plain)
    log.error(
        "%s %s broke", request.method, request.path, exc_info=exc, extra={"correlation_id": correlation_id(request)}
    )
