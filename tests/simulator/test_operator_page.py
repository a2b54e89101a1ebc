"""The operator's page: everything by form, nothing by script, and only from the page itself."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from payments.simulator import deck
from tests.simulator.merchant import ACKNOWLEDGED, Merchant, Receiver, wait_for
from tests.simulator_process import SimulatorProcess

AUTOMATIC = {"isAuthorization": True}


class Browser:
    """A person without scripting: opens the page, fills in the forms that are there."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()

    def open(self, path: str = "/") -> str:
        reply = self.session.get(self.base_url + path, timeout=10)
        assert reply.status_code == 200
        return html.unescape(reply.text)

    def send(self, path: str, **typed: str) -> requests.Response:
        [key, *_] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', self.open())
        form = {"csrfmiddlewaretoken": key, **typed}
        headers = {"Origin": self.base_url}
        return self.session.post(self.base_url + path, data=form, headers=headers, timeout=10, allow_redirects=False)

    def told(self, path: str, **typed: str) -> str:
        """Send a form; the sentence on the page that follows."""
        reply = self.send(path, **typed)
        assert reply.status_code == 303
        page = self.open(reply.headers["Location"])
        [sentence] = re.findall(r'<p class="told[^"]*" role="(?:status|alert)">(.*?)</p>', page)
        assert "told" not in re.findall(r'<p class="(\w+)', self.open()), "told twice"
        return str(sentence)


@pytest.fixture
def browser(simulator: SimulatorProcess) -> Iterator[Browser]:
    browser = Browser(simulator.base_url)
    yield browser
    browser.session.close()


def test_the_page_needs_nothing_from_elsewhere(browser: Browser, simulator: SimulatorProcess) -> None:
    reply = requests.get(simulator.base_url + "/", timeout=10)
    page = reply.text
    assert "<strong>SIMULATED PROVIDER – no real money</strong>" in page
    assert not re.findall(r"<script|<link|<img|@import|url\(|https?://|\son\w+=", page)
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    [nonce] = re.findall(r'<style nonce="([^"]+)"', page)
    assert f"style-src 'nonce-{nonce}'" in policy
    assert nonce not in requests.get(simulator.base_url + "/", timeout=10).text


def test_every_scenario_is_explained_and_can_be_chosen(browser: Browser) -> None:
    page = browser.open()
    for name, scenario in deck.SCENARIOS.items():
        if name:
            assert f"<code>{name}</code> <span>{scenario.about}</span>" in page
            assert f"<option>{name}</option>" in page
    for number in [*deck.SCENARIO_CARDS, *(value for value, _ in deck.MAGIC)]:
        assert f"<code>{number}</code>" in page
    chosen = browser.open("/?scenario=reordered")
    assert "<option selected>reordered</option>" in chosen
    assert "<option selected>pay</option>" in chosen


def test_arming_and_disarming(browser: Browser, merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    form = {"operation": "pay", "scenario": "decline", "code": "RISK_REJECT", "times": "2", "then": "S", "seconds": ""}
    assert browser.told("/operator/arm", **form) == "The next pay will meet decline, 2 times."
    [armed] = simulator.control("next", method="GET")["armed"]
    assert (armed["scenario"], armed["code"], armed["times"]) == ("decline", "RISK_REJECT", 2)
    assert merchant.pay(token).code == "RISK_REJECT"
    assert "code RISK_REJECT" in browser.open()
    assert browser.told(f"/operator/disarm/{armed['id']}") == "Disarmed."
    assert simulator.control("next", method="GET")["armed"] == []
    gone = browser.told(f"/operator/disarm/{armed['id']}")
    assert gone == "That scenario has been met or disarmed already."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"operation": "cancel", "scenario": "early"}, "Cancel cannot meet early: it makes sense for"),
        ({"operation": "pay", "scenario": "slow", "seconds": "soon"}, "Seconds must be a number."),
        ({"operation": "pay", "scenario": "slow", "seconds": "nan"}, "Seconds must be a number from 0 to 86400."),
        ({"operation": "pay", "scenario": "slow", "times": "inf"}, "Times must be a whole number from 1 to 1000."),
        ({"operation": "pay", "scenario": "slow", "times": "1.5"}, "Times must be a whole number from 1 to 1000."),
        ({"operation": "pay", "scenario": ""}, "Scenario must be one of"),
    ],
)
def test_what_makes_no_sense_is_refused_and_stays_typed(
    browser: Browser, simulator: SimulatorProcess, typed: dict[str, str], sentence: str
) -> None:
    reply = browser.send("/operator/arm", code="RISK_REJECT", **typed)
    page = browser.open(reply.headers["Location"])
    assert reply.status_code == 303
    assert f'role="alert">{sentence}' in page
    assert 'value="RISK_REJECT"' in page
    assert simulator.control("next", method="GET")["armed"] == []


@pytest.mark.parametrize("path", ["arm", "act", "settings", "disarm/1", "notifications/1/send"])
def test_a_form_of_another_page_does_nothing(simulator: SimulatorProcess, browser: Browser, path: str) -> None:
    address = f"{simulator.base_url}/operator/{path}"
    form = {"operation": "pay", "scenario": "decline", "permissive": "on"}
    assert requests.post(address, data=form, timeout=10).status_code == 403
    browser.open()
    assert browser.session.post(address, data=form, timeout=10).status_code == 403  # the cookie alone
    [key, *_] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.open())
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        headers = {"Origin": origin}
        reply = browser.session.post(address, data={**form, "csrfmiddlewaretoken": key}, headers=headers, timeout=10)
        assert reply.status_code == 403
        assert "did not come from this page" in reply.text
    assert requests.get(address, timeout=10).status_code == 405
    assert simulator.control("next", method="GET")["armed"] == []
    assert simulator.control("settings", method="GET")["permissive"] is False


def test_the_switches_for_scripts_still_refuse_web_pages(simulator: SimulatorProcess) -> None:
    for path in ("next", "act", "settings"):
        headers = {"Origin": simulator.base_url}
        reply = requests.post(f"{simulator.base_url}/control/{path}", json={}, headers=headers, timeout=10)
        assert (reply.status_code, reply.json()) == (403, {"error": "not from a web page"})


def test_settings_are_turned_and_refused_by_name(browser: Browser, simulator: SimulatorProcess) -> None:
    before = simulator.control("settings", method="GET")
    form = {name: str(value) for name, value in before.items() if not isinstance(value, bool)}
    assert browser.told("/operator/settings", **form) == "Nothing was changed."
    changed = form | {"routing": "first_fails", "permissive": "on", "hold_days": "3.5"}
    assert browser.told("/operator/settings", **changed) == "Changed permissive, hold_days, routing."
    assert simulator.control("settings", method="GET") == before | {
        "routing": "first_fails",
        "permissive": True,
        "hold_days": 3.5,
    }
    for wrong in ({"time_scale": "0"}, {"routing": "by_moon"}, {"dispute_url": "ftp://shop"}, {"hold_days": "many"}):
        assert next(iter(wrong)) in browser.told("/operator/settings", **(changed | wrong)).lower()
    assert simulator.control("settings", method="GET")["hold_days"] == 3.5


def test_the_books_show_amounts_and_never_a_token(browser: Browser, merchant: Merchant, token: str) -> None:
    merchant.pay(token, value=123456, paymentRequestId="PAY_euro")
    merchant.pay(token, value=5800, currency="JPY", paymentRequestId="PAY_yen")
    page = browser.open()
    assert "1,234.56 EUR" in page
    assert "5,800 JPY" in page
    assert page.index("PAY_yen") < page.index("PAY_euro")
    assert token not in page
    found = browser.open("/?find=yen")
    assert "PAY_yen" in found
    assert "1,234.56 EUR" not in found


def test_the_providers_own_acts(
    browser: Browser, merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    paid = merchant.pay(token, value=3000).json["paymentRequestId"]

    def act(name: str, **more: str) -> str:
        return browser.told("/operator/act", act=name, request_id=paid, currency="EUR", **more)

    assert act("capture", amount="30.00").endswith("by itself.")
    assert receiver.wait(notifyType="CAPTURE_RESULT")
    assert act("refund", amount="12,50").startswith("The provider has refunded")
    [page] = simulator.books()
    assert (page["captured"], page["refunded"]) == (3000, 1250)
    assert act("refund", amount="12.505") == "12.505 is no amount in EUR."
    [refund] = page["refunds"]
    told = browser.told("/operator/act", act="reverse_refund", refund_request_id=refund["refund_request_id"])
    assert told.endswith("has failed after all.")
    assert simulator.books()[0]["refunded"] == 0
    opened = act("open_dispute", kind="CHARGEBACK", reason_code="4853", due_days="10", amount="")
    [dispute] = re.findall(r"dispute (\w+)\.", opened)
    assert dispute in browser.open()
    judged = {"act": "dispute_event", "dispute_id": dispute, "event": "DISPUTE_JUDGED", "result": "VALIDATE_FAIL"}
    assert browser.told("/operator/act", **judged) == f"Dispute {dispute}: DISPUTE_JUDGED with VALIDATE_FAIL."
    assert "void" not in act("void")  # a sentence of the books: it is captured
    assert browser.told("/operator/act", act="fly").startswith("Act must be one of")


def test_what_is_under_way_ends_by_a_button(
    browser: Browser, merchant: Merchant, token: str, simulator: SimulatorProcess
) -> None:
    simulator.control("next", {"operation": "pay", "scenario": "pending", "seconds": 3600})
    document = merchant.payment(token)
    merchant.post("pay", document)
    assert 'name="outcome" value="F"' in browser.open()
    form = {"act": "settle_now", "request_id": document["paymentRequestId"], "outcome": "F"}
    assert browser.told("/operator/act", **form) == f"{document['paymentRequestId']} has failed."
    assert simulator.books()[0]["status"] == "FAIL"
    assert 'name="outcome" value="F"' not in browser.open()


def test_the_same_acts_as_json(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    paid = merchant.pay(token).json["paymentRequestId"]
    done = simulator.control("act", {"act": "void", "request_id": paid})
    assert done == {"done": f"The provider has released the hold of {paid}; nobody is notified."}
    assert simulator.books()[0]["status"] == "CANCELLED"
    address = f"{simulator.base_url}/control/act"
    again = requests.post(address, json={"act": "void", "request_id": paid}, timeout=10)
    assert again.status_code == 409
    assert again.json()["error"]
    for wrong in ({}, {"act": "void"}, {"act": "capture", "request_id": paid, "amount": "30"}, {"act": ["void"]}):
        assert requests.post(address, json=wrong, timeout=10).status_code == 400


def test_a_notification_is_sent_by_hand(
    browser: Browser, merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    simulator.control("next", {"operation": "pay", "scenario": "missing"})
    paid = merchant.pay(token).json["paymentRequestId"]
    [held] = wait_for(simulator.notifications)
    assert "Send now" in browser.open()
    sentence = browser.told(f"/operator/notifications/{held['id']}/send")
    assert sentence == f"PAYMENT_RESULT about {paid} was sent and acknowledged."
    assert "Send again" in browser.open()
    receiver.status = 500
    assert browser.told(f"/operator/notifications/{held['id']}/send").endswith("not received: HTTP 500.")
    assert len(receiver.received) == 2
    assert receiver.reply == ACKNOWLEDGED


def test_the_clock_says_how_far_ahead_it_is(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text(str(8 * 86400 + 7260))
    simulator = SimulatorProcess()
    simulator.start(tmp_path, environment={"SIM_CLOCK_FILE": str(clock)})
    try:
        assert "8 days 2 h 1 min ahead of real time" in Browser(simulator.base_url).open()
        clock.write_text("0")
        assert "the real time" in Browser(simulator.base_url).open()
    finally:
        simulator.stop()
