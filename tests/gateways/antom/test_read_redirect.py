"""Where the buyer may be sent (antom.md 3.6, I34)."""

from __future__ import annotations

import pytest

from payments.gateways.antom.read_redirect import read_redirect
from payments.gateways.base import Approved, Known, Pending, Redirect
from tests.gateways.antom.examples import INQUIRY, REQUEST_ID
from tests.gateways.antom.wire import SUCCESS, answers


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
        (
            {"redirectActionForm": {"redirectUrl": "https://g.example/f?x=1#top", "parameters": '{"a":"b c","n":1}'}},
            Redirect(url="https://g.example/f?x=1&a=b+c&n=1#top"),
        ),
        (
            {"redirectActionForm": {"method": "post", "redirectUrl": "https://g.example/f"}},
            Redirect(url="https://g.example/f", method="POST"),
        ),
        (
            {
                "normalUrl": "https://g.example/",
                "redirectActionForm": {"method": "POST", "redirectUrl": "https://g.example/f"},
            },
            Redirect(url="https://g.example/"),
        ),
        (
            {"normalUrl": "ftp://g.example/", "redirectActionForm": {"redirectUrl": "https://g.example/f"}},
            Redirect(url="https://g.example/f"),
        ),
        (
            {"normalUrl": "https://g.example/", "schemeUrl": "alipays://pay", "appIdentifier": "com.example.bank"},
            Redirect(url="https://g.example/", app_links={"scheme": "alipays://pay", "app": "com.example.bank"}),
        ),
        (
            {"normalUrl": "https://g.example/", "appIdentifier": "com.example.bank", "applinkUrl": "http://g.example"},
            Redirect(url="https://g.example/"),
        ),
        ({"redirectActionForm": {"redirectUrl": "http://g.example/f"}}, None),
        ({"redirectActionForm": {"method": "POST", "redirectUrl": "javascript:alert(1)"}}, None),
        ({"schemeUrl": "alipays://pay"}, None),
        ({"normalUrl": "https://"}, None),
        ({"normalUrl": "https://shop.example@g.example/"}, None),
        ({"normalUrl": "https://[g.example/"}, None),
        ({"normalUrl": "https://g.example/" + "x" * 2048}, None),
        ({"normalUrl": "javascript:alert(1)"}, None),
        ({"normalUrl": "http://g.example/"}, None),
        ({}, None),
    ],
)
def test_where_the_buyer_is_sent(document, expected):
    assert read_redirect(document) == expected


def test_a_simulator_may_send_the_buyer_over_plain_http():
    assert read_redirect({"normalUrl": "http://127.0.0.1/"}, plain_http=True) == Redirect(url="http://127.0.0.1/")
    form = {"redirectActionForm": {"method": "POST", "redirectUrl": "http://127.0.0.1/f"}}
    assert read_redirect(form, plain_http=True) == Redirect(url="http://127.0.0.1/f", method="POST")
    assert read_redirect({"normalUrl": "javascript://127.0.0.1/"}, plain_http=True) is None


def test_an_inquiry_tells_where_to_go_while_it_is_open(gateway, wire):
    form = {"method": "POST", "redirectUrl": "https://g.example/f", "parameters": '{"PaReq":"x"}'}
    open_one = {
        "result": SUCCESS,
        "paymentRequestId": REQUEST_ID,
        "paymentStatus": "PROCESSING",
        "redirectActionForm": form,
    }
    answers(wire, "inquiryPayment", open_one)
    answers(wire, "inquiryPayment", {**open_one, "paymentStatus": "SUCCESS"})
    told = [gateway.inquire(INQUIRY) for _ in range(2)]
    assert [known.facts[0].outcome for known in told if isinstance(known, Known)] == [
        Pending(Redirect(url="https://g.example/f", method="POST", fields={"PaReq": "x"})),
        Approved(),
    ]
