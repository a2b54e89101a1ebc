"""Evidence is shown without secrets, whatever its shape."""

from __future__ import annotations

import json

import pytest

from payments.admin.redact import HIDDEN, body_as_text, headers_as_rows

PAN = "4111111111111111"


@pytest.mark.promise("I31")
@pytest.mark.promise("I32")
@pytest.mark.parametrize(
    "document",
    [
        {"cardToken": "SECRET"},
        {"paymentMethod": {"paymentMethodId": "SECRET"}},
        {"token": {"value": "SECRET"}},
        {"list": [{"cvv": "SECRET"}, ["x", {"signature": "SECRET"}]]},
        {"inner": json.dumps({"accessToken": "SECRET"})},
        {"inner": json.dumps([json.dumps({"paymentSessionData": "x", "sessionData": "SECRET"})])},
        {"free": f"card {PAN}"},
        {"free": "4111-1111 1111 1111"},
        {"number": int(PAN)},
        {PAN: "a name is a place too"},
        {"broken": '{"a": ' + PAN},
    ],
)
def test_secrets_of_a_json_body_are_hidden(document):
    shown = body_as_text(json.dumps({"notifyType": "PAYMENT_RESULT", **document}).encode())
    assert "PAYMENT_RESULT" in shown
    assert HIDDEN in shown
    for secret in ("SECRET", PAN, "4111-1111"):
        assert secret not in shown


@pytest.mark.promise("I32")
def test_a_form_is_shown_line_by_line_without_secrets():
    shown = body_as_text(f"MerchantID=7&token=SECRET&PAN={PAN}&note={PAN}&ok=yes".encode())
    lines = ["MerchantID = 7", f"token = {HIDDEN}", f"PAN = {HIDDEN}", f"note = {HIDDEN}", "ok = yes"]
    assert shown.splitlines() == lines


@pytest.mark.parametrize("body", [b"", b"hello", b'{"cardToken": "SECRET"', b"<xml>SECRET</xml>", b"\xff\xfe SECRET"])
def test_what_cannot_be_understood_is_not_shown(body):
    shown = body_as_text(body)
    assert "SECRET" not in shown
    assert f"{len(body)} bytes" in shown


def test_amounts_and_references_stay_readable():
    document = {
        "paymentRequestId": "P_abc",
        "paymentAmount": {"value": "30000", "currency": "EUR"},
        "paid": True,
        "n": 1,
    }
    assert json.loads(body_as_text(json.dumps(document).encode())) == document


def test_headers_keep_their_names():
    rows = headers_as_rows({"signature": "abc", "client-id": "SIM", "authorization": "Bearer x"})
    assert rows == [("authorization", HIDDEN), ("client-id", "SIM"), ("signature", HIDDEN)]
