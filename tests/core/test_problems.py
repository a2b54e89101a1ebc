"""Every refusal is a problem document with a code that is listed."""

from __future__ import annotations

import importlib

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from django.test import Client, RequestFactory
from rest_framework import exceptions
from rest_framework.request import Request

from core import problems
from core.errors import DomainError, InvalidInput

for module in ("core.idempotency", "orders.services", "payments.errors", "payments.services.ask", "vaulting.services"):
    importlib.import_module(module)


def _all(kind):
    return {kind} | {each for sub in kind.__subclasses__() for each in _all(sub)}


def ask(path="/api/v1/orders/", **meta):
    return Request(RequestFactory().get(path, **meta))


def handled(exc, request=None):
    return problems.handle(exc, {"request": request or ask()})


@pytest.mark.parametrize(
    "kind", sorted((k for k in _all(DomainError) if k.__module__.split(".")[0] != "tests"), key=str)
)
def test_every_refusal_of_a_service_has_a_title(kind):
    assert kind.code in problems.TITLES
    assert 400 <= kind.status < 500


def test_a_refusal_of_a_service():
    answer = handled(DomainError("No.", code="stale", retry_after=3, poll="/x/", code_of_gateway="y"))
    assert (answer.status_code, answer["Retry-After"], answer.content_type) == (409, "3", "application/problem+json")
    assert answer.data.pop("correlation_id").startswith("cor_")
    assert answer.data == {
        "type": "/problems/stale",
        "title": "Something changed meanwhile",
        "status": 409,
        "detail": "No.",
        "code": "stale",
        "instance": "/api/v1/orders/",
        "poll": "/x/",
        "code_of_gateway": "y",
    }


def test_extra_members_never_replace_the_standard_ones():
    assert handled(DomainError("No.", status="fine", instance="elsewhere", type="x")).data["status"] == 409


def test_a_wrong_value_names_its_field():
    answer = handled(InvalidInput("Less.", field="items", code="mixed_currencies"))
    assert answer.data["errors"] == [{"field": "items", "code": "mixed_currencies", "detail": "Less."}]
    assert "field" not in answer.data


@pytest.mark.parametrize(
    ("exc", "status", "code"),
    [
        (Http404("secret"), 404, "not_found"),
        (PermissionDenied("secret"), 403, "permission_denied"),
        (RequestDataTooBig("secret"), 413, "body_too_large"),
        (SuspiciousOperation("secret"), 400, "malformed_json"),
        (exceptions.MethodNotAllowed("SECRET"), 405, "method_not_allowed"),
        (exceptions.UnsupportedMediaType("secret"), 415, "unsupported_media_type"),
        (exceptions.NotAcceptable("secret"), 406, "not_acceptable"),
        (exceptions.PermissionDenied("secret"), 403, "permission_denied"),
        (RuntimeError("secret"), 500, "internal_error"),
        (exceptions.APIException("secret"), 500, "internal_error"),
    ],
)
def test_everything_else_is_told_in_our_own_words(exc, status, code):
    answer = handled(exc)
    assert (answer.status_code, answer.data["code"], answer.data["title"]) == (status, code, problems.TITLES[code])
    assert "secret" not in str(answer.data).lower()


def test_too_often():
    answer = handled(exceptions.Throttled(wait=12))
    assert (answer.status_code, answer.data["code"], answer["Retry-After"]) == (429, "throttled", "12")


def test_one_code_when_all_errors_agree():
    one = exceptions.ValidationError({"a": [exceptions.ErrorDetail("x", code="unknown_field")]})
    two = exceptions.ValidationError(
        {"a": [exceptions.ErrorDetail("x", code="unknown_field")], "b": [exceptions.ErrorDetail("y", code="blank")]}
    )
    assert (handled(one).data["code"], handled(two).data["code"]) == ("unknown_field", "invalid")


def test_one_correlation_id_for_one_request():
    request = ask()
    first, second = handled(DomainError("x"), request), handled(DomainError("x"), request)
    assert (
        first.data["correlation_id"]
        == second.data["correlation_id"]
        != handled(DomainError("x")).data["correlation_id"]
    )


@pytest.mark.parametrize(
    ("view", "args", "status", "code"),
    [
        (problems.not_found, (Http404(),), 404, "not_found"),
        (problems.bad_request, (SuspiciousOperation(),), 400, "bad_request"),
        (problems.permission_denied, (PermissionDenied(),), 403, "permission_denied"),
        (problems.server_error, (), 500, "internal_error"),
    ],
)
def test_django_s_own_refusals_below_the_api_and_elsewhere(view, args, status, code):
    inside, outside = view(RequestFactory().get("/api/x"), *args), view(RequestFactory().get("/x"), *args)
    assert (inside.status_code, inside["Content-Type"]) == (status, "application/problem+json")
    assert f'"{code}"' in inside.content.decode()
    assert (outside.status_code, outside["Content-Type"].split(";")[0]) == (status, "text/html")


def test_doors_without_a_buyer():
    client = Client()
    assert client.get("/health/").json() == {"status": "ok"}
    page = client.get("/").content.decode()
    assert 'href="/admin/"' in page
    assert 'href="/api/v1/docs/"' in page
    assert client.get("/nothing/").status_code == 404
    assert client.post("/health/").status_code == 405
