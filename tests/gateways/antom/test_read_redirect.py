"""Where the buyer may be sent (antom.md 3.6, I34)."""

from __future__ import annotations

import pytest

from payments.gateways.antom.read_redirect import read_redirect
from payments.gateways.base import Redirect


@pytest.mark.promise("I34")
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"normalUrl": "https://g.example/3ds?a=1"}, Redirect(url="https://g.example/3ds?a=1")),
        (
            {"applinkUrl": "https://g.example/app", "schemeUrl": "alipays://pay"},
            Redirect(
                url="https://g.example/app",
                app_links={
                    "ios": "https://g.example/app",
                    "android": "https://g.example/app",
                    "scheme": "alipays://pay",
                },
            ),
        ),
        ({"normalUrl": "https://g.example/", "schemeUrl": "javascript://x"}, Redirect(url="https://g.example/")),
        (
            {
                "redirectActionForm": {
                    "method": "POST",
                    "redirectUrl": "https://g.example/f",
                    "parameters": '{"a":"b","n":1}',
                }
            },
            Redirect(url="https://g.example/f", method="POST", fields={"a": "b", "n": "1"}),
        ),
        (
            {"redirectActionForm": {"method": "GET", "redirectUrl": "https://g.example/f", "parameters": "no"}},
            Redirect(url="https://g.example/f"),
        ),
        ({"normalUrl": "javascript:alert(1)"}, None),
        ({"normalUrl": "http://g.example/"}, None),
        ({}, None),
    ],
)
def test_where_the_buyer_is_sent(document, expected):
    assert read_redirect(document) == expected


def test_a_simulator_may_send_the_buyer_over_plain_http():
    assert read_redirect({"normalUrl": "http://127.0.0.1/"}, plain_http=True) == Redirect(url="http://127.0.0.1/")
