"""One redaction step hides what must not be read, wherever it was logged."""

from __future__ import annotations

import logging

import pytest

from core.logs import configure, luhn, redact, without_trace_of_refusals

PAN = "4111 1111 1111 1111"


@pytest.mark.promise("I31")
@pytest.mark.parametrize("text", ["4111111111111111", PAN, "4111-1111-1111-1111", "pay 4054695723100768 now"])
def test_card_numbers_are_hidden(text):
    assert "1111111111" not in redact(None, "", {"event": text})["event"].replace(" ", "").replace("-", "")
    assert "********" in redact(None, "", {"event": text})["event"]


@pytest.mark.promise("I31")
@pytest.mark.parametrize(
    "name", ["cardNo", "cvv", "card_token", "Authorization", "signature", "session_data", "password"]
)
def test_sensitive_names_are_hidden(name):
    assert redact(None, "", {name: "x"})[name] == "********"
    assert redact(None, "", {"body": {name: "x", "n": [1, PAN]}})["body"] == {name: "********", "n": [1, "********"]}


def test_ids_stay_readable():
    event = {"event": "payment 20260105194010800100188570271800001", "n": 4111111111111112, "ok": True, "none": None}
    assert redact(None, "", dict(event)) == event


def test_luhn():
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")


def test_a_refused_request_is_one_line():
    refused = {"event": "Forbidden", "status_code": 403, "exc_info": (ValueError, ValueError("x"), None)}
    assert without_trace_of_refusals(None, "", dict(refused)) == {"event": "Forbidden", "status_code": 403}
    broken = {**refused, "status_code": 500}
    assert without_trace_of_refusals(None, "", dict(broken)) == broken


def test_a_logged_exception_is_redacted(capsys):
    root = logging.getLogger()
    before = (root.handlers, root.level)
    try:
        configure({"level": "INFO"})
        try:
            raise ValueError(f"card {PAN}")
        except ValueError:
            logging.getLogger("somebody.else").exception("broke for %s", PAN, extra={"cvv": "123"})
        shown = capsys.readouterr().err
    finally:
        root.handlers, root.level = before
    assert "broke for ********" in shown
    assert "card ********" in shown
    assert "1111" not in shown
    assert '"cvv": "********"' in shown
