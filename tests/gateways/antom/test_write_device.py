"""`env`: what is ours to know is refused by its name (antom.md 3.6)."""

from __future__ import annotations

import pytest

from payments.gateways.antom.write_device import write_device
from tests.gateways.antom.examples import authorize, device, refusal_of

BAD_DEVICES = {
    "terminalType": [authorize(device=device(terminal_type="web"))],
    "osType": [authorize(device=device(terminal_type="APP")), authorize(device=device(os_type="Ios"))],
    "clientIp": [authorize(device=device(client_ip="")), authorize(device=device(client_ip="localhost"))],
}


@pytest.mark.parametrize(
    ("field", "request_"), [(field, request) for field, requests in BAD_DEVICES.items() for request in requests]
)
def test_what_the_provider_would_refuse_is_refused_by_its_name(field, request_):
    refusal = refusal_of(request_)
    assert refusal.field == field
    assert "xxxx" not in str(refusal)


def test_an_app_tells_all_it_knows_of_its_device():
    facts = device(terminal_type="APP", os_type="IOS", device_id="eYOIkvFpZzztgO0Yu6USdprBQZCWxDhi+K/w==")
    assert write_device(facts) == {
        "terminalType": "APP",
        "osType": "IOS",
        "clientIp": "192.0.2.10",
        "browserInfo": {
            "acceptHeader": "*/*",
            "javaEnabled": False,
            "javaScriptEnabled": True,
            "language": "de_DE",
            "userAgent": "Mozilla/5.0",
        },
        "colorDepth": 24,
        "screenHeight": 900,
        "screenWidth": 1440,
        "timeZoneOffset": -60,
        "deviceId": "eYOIkvFpZzztgO0Yu6USdprBQZCWxDhi+K/w==",
        "deviceLanguage": "de_DE",
        "userAgent": "Mozilla/5.0",
    }


def test_what_is_told_of_the_device_is_sent_from_any_terminal():
    told = {
        "device_token_id": "5YZ6+/==",
        "device_language": "fr_FR",
        "device_brand": "Samsung",
        "device_model": "SM-S928B",
        "os_version": "14",
    }
    expected = {
        "deviceTokenId": "5YZ6+/==",
        "deviceLanguage": "fr_FR",
        "deviceBrand": "Samsung",
        "deviceModel": "SM-S928B",
        "osVersion": "14",
    }
    for terminal in ("WEB", "WAP", "APP"):
        document = write_device(device(terminal_type=terminal, os_type="ANDROID", **told))
        assert {name: document.get(name) for name in expected} == expected, terminal
        assert document["browserInfo"]["language"] == "de_DE"


@pytest.mark.parametrize(
    ("java", "script", "sent"),
    [(None, None, None), (False, None, True), (True, None, True), (False, False, False), (None, True, True)],
)
def test_only_a_script_can_have_asked_about_java(java, script, sent):
    document = write_device(device(java_enabled=java, java_script_enabled=script))
    assert document["browserInfo"].get("javaScriptEnabled") is sent


@pytest.mark.parametrize("terminal", ["WEB", "WAP"])
def test_a_page_does_not_speak_for_the_device(terminal):
    document = write_device(device(terminal_type=terminal, os_type="ANDROID"))
    assert not {"deviceLanguage", "userAgent"} & set(document)


@pytest.mark.parametrize(
    ("changes", "name", "kept"),
    [
        ({"time_zone_offset": -720}, "timeZoneOffset", -720),
        ({"time_zone_offset": 0}, "timeZoneOffset", 0),
        ({"time_zone_offset": 721}, "timeZoneOffset", None),
        ({"color_depth": 48}, "colorDepth", 48),
        ({"color_depth": 0}, "colorDepth", None),
        ({"screen_width": 1}, "screenWidth", 1),
        ({"screen_height": -1}, "screenHeight", None),
        ({"client_ip": "2001:db8::1"}, "clientIp", "2001:db8::1"),
        ({"device_token_id": "x" * 256}, "deviceTokenId", "x" * 256),
        ({"device_token_id": "x" * 257}, "deviceTokenId", None),
        ({"device_language": "x" * 65}, "deviceLanguage", None),
        ({"device_brand": "x" * 64}, "deviceBrand", "x" * 64),
        ({"device_brand": "x" * 65}, "deviceBrand", None),
        ({"device_model": "x" * 128}, "deviceModel", "x" * 128),
        ({"device_model": "x" * 129}, "deviceModel", None),
        ({"os_version": "x" * 65}, "osVersion", None),
        ({"os_version": "17\n4"}, "osVersion", None),
    ],
)
def test_the_bounds_of_what_is_told(changes, name, kept):
    assert write_device(device(**changes)).get(name) == kept
