"""`env`: what is ours to know is refused by its name (antom.md 3.6)."""

from __future__ import annotations

import pytest

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
