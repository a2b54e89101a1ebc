"""A pytest plugin: writes which test proves which promise, as JSON, into the file named by PROMISES_FILE."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    found = [
        {
            "test": item.nodeid,
            "promises": sorted({str(mark.args[0]) for mark in item.iter_markers("promise")}),
            "slow": item.get_closest_marker("slow") is not None,
        }
        for item in items
        if item.get_closest_marker("promise")
    ]
    Path(os.environ["PROMISES_FILE"]).write_text(json.dumps(found))
