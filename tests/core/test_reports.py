"""An error report tells where, never what was in the request or in a variable."""

from __future__ import annotations

import sys

import pytest
from django.test import RequestFactory

from core.reports import QuietExceptionReporter

pytestmark = pytest.mark.promise("I31")
PAN = "40546957" + "23100768"  # in two parts: a report may quote this line


def report(method: str) -> str:
    request = RequestFactory().post(f"/x?card={PAN}", {"cardNo": PAN}, headers={"x-canary": PAN})
    try:
        number = PAN
        raise ValueError("broken")
    except ValueError:
        assert number
        reporter = QuietExceptionReporter(request, *sys.exc_info())
        return getattr(reporter, method)()


@pytest.mark.parametrize("method", ["get_traceback_html", "get_traceback_text"])
def test_no_locals_no_body_no_headers(method, settings):
    settings.DEBUG = False
    text = report(method)
    assert "broken" in text
    assert PAN not in text
