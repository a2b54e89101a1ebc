"""The path follows the client id (antom.md 1.1)."""

from __future__ import annotations

import pytest

from payments.gateways.antom.operations import path_of
from tests.gateways.antom.test_signing import VECTORS


@pytest.mark.parametrize("row", VECTORS["pathMapping"], ids=lambda row: row["sentAndSignedPath"])
def test_the_path_follows_the_client_id(row):
    operation = row["path"].removeprefix("/ams/api/v1/")
    assert path_of(operation, row["clientId"]) == row["sentAndSignedPath"]
