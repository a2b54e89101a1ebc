"""The description is valid, says everything, and is kept: schemathesis asks the real doors from it."""

from __future__ import annotations

import json

import pytest
import schemathesis
import yaml
from django.core.management import call_command
from django.test import Client
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks

from config.wsgi import application
from core.problems import TITLES
from tests import factories
from tests.vaulting.tries import begin

checks.load_all_checks()
KEPT = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
OPERATIONS = [
    "GET /orders/",
    "POST /orders/",
    "GET /orders/{order}/",
    "GET /orders/{order}/payment-methods/",
    "POST /orders/{order}/payments/",
    "GET /orders/{order}/refund-requests/",
    "POST /orders/{order}/refund-requests/",
    "GET /payments/{payment}/",
    "POST /payments/{payment}/refresh/",
    "POST /payments/{payment}/cancel/",
    "GET /cards/",
    "GET /cards/{card}/",
    "PATCH /cards/{card}/",
    "DELETE /cards/{card}/",
    "POST /vaulting-sessions/",
    "GET /vaulting-sessions/{session}/",
    "POST /vaulting-sessions/{session}/refresh/",
]


def described() -> dict:
    return json.loads(Client().get("/api/v1/schema/?format=json").content)


@pytest.fixture
def api_schema(app):
    return schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)


def test_the_schema_is_valid_and_without_a_warning(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
    assert yaml.safe_load((tmp_path / "schema.yml").read_text())["openapi"].startswith("3.1")


def test_the_schema_is_served_as_yaml_and_json(client):
    as_yaml, as_json = client.get("/api/v1/schema/"), client.get("/api/v1/schema/?format=json")
    assert yaml.safe_load(as_yaml.content) == json.loads(as_json.content)


def test_the_device_is_described_with_its_limits():
    device = described()["components"]["schemas"]["DeviceRequest"]
    limits = {name: told.get("maxLength") for name, told in device["properties"].items() if "device_" in name}
    assert limits == {
        "device_id": 64,
        "device_token_id": 256,
        "device_language": 32,
        "device_brand": 64,
        "device_model": 128,
    }
    assert device["properties"]["os_version"]["maxLength"] == 64
    assert device["properties"]["java_script_enabled"]["type"] == "boolean"
    assert device["required"] == ["terminal_type"]


def test_every_operation_declares_its_refusals():
    for address, methods in described()["paths"].items():
        for method, operation in methods.items():
            expected = {"401", "500"} | ({"404"} if "{" in address else set())
            expected |= {"400", "409", "413", "415", "422"} if method in ("post", "patch") else set()
            expected |= {"400", "413", "415"} if method == "delete" else set()
            expected |= {"404", "429"} if address.endswith("/vaulting-sessions/") else set()
            assert expected <= operation["responses"].keys(), (method, address)
            for status in expected:
                assert list(operation["responses"][status]["content"]) == ["application/problem+json"]
            assert operation["security"] == [{"bearer": []}]
            wants = method == "post" and not address.endswith("/refresh/")
            names = {parameter["name"] for parameter in operation.get("parameters", [])}
            assert ("Idempotency-Key" in names) is wants, (method, address)


def test_every_code_is_listed():
    schemas = described()["components"]["schemas"]
    assert schemas["ProblemCode"]["enum"] == sorted(TITLES)


def test_the_page_needs_no_other_host_and_no_inline_script(client):
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert b"http://" not in page.content
    assert b"https://" not in page.content
    assert b"<script>" not in page.content
    policy = page["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "unsafe-inline" not in client.get("/")["Content-Security-Policy"]
    script = client.get("/api/v1/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_doors_keep_what_the_schema_says(api_schema, app, buyer, product, manual_product, card, name):
    """Valid and invalid requests made up from the schema; the ids in the address are real ones."""
    method, address = name.split()
    operation = api_schema[f"/api/v1{address}"][method]

    @settings(max_examples=15, deadline=None, derandomize=True, phases=[Phase.generate], database=None)
    @given(case=st.one_of(operation.as_strategy(), operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)))
    def asked(case):
        if "order" in case.path_parameters:
            case.path_parameters["order"] = factories.make_order(buyer, manual_product).public_id
        if "payment" in case.path_parameters:
            case.path_parameters["payment"] = factories.start(buyer, factories.make_order(buyer, product)).public_id
        if "card" in case.path_parameters:
            case.path_parameters["card"] = factories.make_card(buyer, card.account).public_id
        if "session" in case.path_parameters:
            case.path_parameters["session"] = begin(buyer).public_id
        case.call_and_validate(headers={"Authorization": f"Bearer {app.token}"}, checks=KEPT)

    asked()


def test_every_operation_is_asked():
    found = [
        f"{method.upper()} {address.removeprefix('/api/v1')}"
        for address, methods in described()["paths"].items()
        for method in methods
    ]
    assert sorted(found) == sorted(OPERATIONS)


def test_no_operation_is_described_with_words_for_programmers():
    for path, operations in described()["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert "Base of" not in operation.get("description", ""), (method, path)


@pytest.mark.parametrize("address", ["/api/v1/schema/", "/api/v1/docs/"])
def test_the_description_is_open_also_to_an_app_whose_token_is_over(client, address):
    assert client.get(address, headers={"authorization": "Bearer over"}).status_code == 200
