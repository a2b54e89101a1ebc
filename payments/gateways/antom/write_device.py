"""`env`: the app or browser that pays (antom.md 3.6)."""

from __future__ import annotations

import ipaddress

from payments.gateways.antom.document import Document
from payments.gateways.antom.exact import without_empty
from payments.gateways.base import DeviceFacts, InvalidRequest

_COLOR_DEPTHS = frozenset({1, 4, 8, 15, 16, 24, 30, 32, 48})


def write_terminal(terminal_type: str) -> str:
    """Raises InvalidRequest."""
    if terminal_type not in ("WEB", "WAP", "APP"):
        raise InvalidRequest("terminalType", "must be WEB, WAP or APP")
    return terminal_type


def write_system(terminal_type: str, os_type: str) -> str:
    """Raises InvalidRequest."""
    if os_type not in ("IOS", "ANDROID") and (os_type or terminal_type != "WEB"):
        raise InvalidRequest("osType", "must be IOS or ANDROID")
    return os_type


def write_device(device: DeviceFacts) -> Document:
    """What the app or browser reports is optional, so a fact that does not fit is left out, never refused.

    Raises InvalidRequest for terminal, system and address, which are ours to know.
    """
    terminal_type = write_terminal(device.terminal_type)
    os_type = write_system(terminal_type, device.os_type)
    try:
        ipaddress.ip_address(device.client_ip)
    except ValueError:
        raise InvalidRequest("clientIp", "must be an IP address") from None
    return without_empty(
        {
            "terminalType": terminal_type,
            "osType": os_type,
            "clientIp": device.client_ip,
            "browserInfo": _browser(device),
            "colorDepth": device.color_depth if device.color_depth in _COLOR_DEPTHS else None,
            "screenHeight": _between(device.screen_height, 1, 100_000),
            "screenWidth": _between(device.screen_width, 1, 100_000),
            "timeZoneOffset": _between(device.time_zone_offset, -720, 720),
            "deviceId": _fitting(device.device_id, 128),
            "deviceTokenId": _fitting(device.device_token_id, 256),
            "deviceBrand": _fitting(device.device_brand, 64),
            "deviceModel": _fitting(device.device_model, 128),
            "osVersion": _fitting(device.os_version, 64),
            **_app(device),
        }
    )


def _app(device: DeviceFacts) -> Document:
    """An app speaks for its device; what a page says of its browser is not said of the device."""
    told = _fitting(device.device_language, 64)
    if device.terminal_type != "APP":
        return {"deviceLanguage": told}
    return {"deviceLanguage": told or _fitting(device.language, 64), "userAgent": _fitting(device.user_agent, 2048)}


def _browser(device: DeviceFacts) -> Document:
    return without_empty(
        {
            "acceptHeader": _fitting(device.accept_header, 2048),
            "javaEnabled": device.java_enabled,
            "javaScriptEnabled": _runs_scripts(device),
            "language": _fitting(device.language, 64),
            "userAgent": _fitting(device.user_agent, 2048),
        }
    )


def _runs_scripts(device: DeviceFacts) -> bool | None:
    """Only a script can have asked the browser about Java."""
    if device.java_script_enabled is None and device.java_enabled is not None:
        return True
    return device.java_script_enabled


def _between(value: int | None, low: int, high: int) -> int | None:
    return value if value is not None and low <= value <= high else None


def _fitting(value: str, limit: int) -> str:
    return value if len(value) <= limit and value.isprintable() else ""
