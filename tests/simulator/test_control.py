"""The operator's side: pages, books, settings, and who may use them."""

from __future__ import annotations

import requests

from tests.simulator.merchant import Merchant
from tests.simulator_process import SimulatorProcess


def test_the_page_says_loudly_what_it_is(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    paid = merchant.pay(token, paymentRequestId="PAY_on_the_page").json
    page = requests.get(simulator.base_url + "/", timeout=10)
    assert "SIMULATED PROVIDER – no real money" in page.text
    assert paid["paymentRequestId"] in page.text
    assert token not in page.text
    assert "http://" not in page.text


def test_health(simulator: SimulatorProcess) -> None:
    assert requests.get(simulator.base_url + "/health", timeout=10).json() == {"simulator": True, "real_money": False}


def test_web_pages_and_other_hosts_are_kept_out(simulator: SimulatorProcess) -> None:
    address = f"{simulator.base_url}/control/reset"
    assert requests.post(address, headers={"Origin": "https://evil.example"}, timeout=10).status_code == 403
    assert requests.post(address, headers={"Host": "evil.example"}, timeout=10).status_code == 403
    assert requests.get(address, timeout=10).status_code == 405


def test_settings_are_checked_and_forgotten_by_reset(simulator: SimulatorProcess) -> None:
    assert simulator.control("settings", {"capture_rule": "up_to"})["capture_rule"] == "up_to"
    address = f"{simulator.base_url}/control/settings"
    for wrong in ({"capture_rule": "some"}, {"time_scale": 0}, {"permissive": "yes"}, {"nonsense": 1}, []):
        assert requests.post(address, json=wrong, timeout=10).status_code == 400
    simulator.reset()
    assert requests.get(address, timeout=10).json() == {
        "capture_rule": "equal",
        "permissive": False,
        "no_resends": False,
        "skew_seconds": 600.0,
        "time_scale": 100.0,
        "auto_capture_seconds": 2.0,
        "hold_days": 7.0,
        "refund_days": 365.0,
        "drop_hold_seconds": 0.2,
        "routing": "weighted",
        "dispute_url": "",
    }


def test_reset_empties_everything(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    merchant.pay(token)
    simulator.control("next", {"operation": "pay", "scenario": "error_before"})
    simulator.reset()
    assert (simulator.books(), simulator.notifications(), simulator.log()["rows"]) == ([], [], [])
    assert merchant.pay(token).code == "INVALID_PAYMENT_METHOD_META_DATA"


def test_books_and_log_can_be_narrowed(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    first, second = merchant.pay(token).json, merchant.pay(token).json
    [page] = simulator.books(payment_request_id=second["paymentRequestId"])
    assert page["payment_id"] == second["paymentId"]
    assert len(simulator.books()) == 2
    log = simulator.log(first["paymentRequestId"])
    assert log["counts"] == {"pay": {"received": 1, "processed": 1}}
    assert set(log["rows"][0]) == {"at", "client_id", "operation", "request_id", "processed", "result_code", "scenario"}


def test_what_is_not_there_is_404(simulator: SimulatorProcess) -> None:
    for method, path in [
        ("POST", "control/authorizations/PAY_nobody/expire"),
        ("DELETE", "control/refunds/REF_nobody"),
        ("POST", "control/notifications/999/send"),
    ]:
        assert requests.request(method, f"{simulator.base_url}/{path}", timeout=10).status_code == 404


def test_a_token_is_minted_for_known_clients_only(simulator: SimulatorProcess) -> None:
    order = {"client_id": "SANDBOX_SIMNOBODY", "number": "4054695723100768", "expiry_month": "12", "expiry_year": "39"}
    assert requests.post(f"{simulator.base_url}/control/tokens", json=order, timeout=10).status_code == 400
