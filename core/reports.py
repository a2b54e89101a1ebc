"""Error reports without what was in the request or in local variables (I31)."""

from __future__ import annotations

from typing import Any

from django.views.debug import ExceptionReporter


class QuietExceptionReporter(ExceptionReporter):
    """Type, place and traceback lines only: no locals, no body, no headers, no settings."""

    def get_traceback_data(self) -> dict[str, Any]:
        data = super().get_traceback_data()
        for frame in data.get("frames", []):
            frame["vars"] = []
        for name in ("request", "settings", "request_GET_items", "request_COOKIES_items", "filtered_POST_items"):
            data.pop(name, None)
        data["request_meta"] = {}
        return data
