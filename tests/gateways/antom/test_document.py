"""What is sent is compact UTF-8 (antom.md 2)."""

from __future__ import annotations

from payments.gateways.antom.document import encode


def test_the_body_is_compact_utf8():
    assert encode({"a": "Café ☕", "b": [1]}) == '{"a":"Café ☕","b":[1]}'.encode()
