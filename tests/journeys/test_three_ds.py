"""3-D Secure as a buyer lives it: our page, the bank's page, the way back, and what became of the money.

The application, the provider and this test share one clock, so that a page that nobody answers can come to its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from core import clock, ports
from payments.models import NotificationEvent, Payment
from payments.services.refresh import reconcile
from tests import processes
from tests.books import differences
from tests.journeys.shop import DEVICE, TIMEOUT, App
from tests.pages.reading import Page
from tests.processes import wait_until
from tests.simulator_process import SimulatorProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SHOP = "https://shop.example/thanks"


@pytest.fixture(scope="module")
def clock_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clock") / "ahead"


@pytest.fixture(scope="module")
def provider(clock_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    process = SimulatorProcess()
    environment = {"SIM_CLOCK_FILE": str(clock_file)}
    process.start(tmp_path_factory.mktemp("provider"), time_scale=processes.TIME_SCALE, environment=environment)
    yield process
    process.stop()


@pytest.fixture(scope="module")
def web(
    django_db_setup: None, provider: SimulatorProcess, clock_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[processes.WebProcess]:
    env = processes.environment(provider, CLOCK_FILE=str(clock_file))
    server = processes.WebProcess(env, tmp_path_factory.mktemp("web"))
    yield server
    server.stop()


@pytest.fixture
def simulator(transactional_db: None, provider: SimulatorProcess, clock_file: Path, settings: Any) -> Iterator[Any]:
    settings.CLOCK_FILE = str(clock_file)
    ports.use_clock_file(clock_file)
    clock.reset()
    provider.reset()
    processes.point_at(provider, settings)
    yield provider
    clock.reset()
    ports.use_clock_file(None)


class Browser:
    """Follows links, sends forms, keeps cookies; knows no token of the app."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.address = ""
        self.page = Page("")

    def open(self, address: str) -> Page:
        return self._see(self.session.get(address, timeout=TIMEOUT))

    def follow(self, text: str) -> Page:
        return self.open(urljoin(self.address, self.page.links[text]))

    def press(self, **chosen: str) -> Page:
        """Send the page's form, with the name and value of the button that was pressed."""
        method, action, fields = self.page.forms[0]
        assert method == "post"
        place = urljoin(self.address, action)
        return self._see(self.session.post(place, {**fields, **chosen}, timeout=TIMEOUT))

    def heading(self) -> str:
        (heading,) = self.page.headings
        return heading

    def _see(self, answer: requests.Response) -> Page:
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
        self.address, self.page = answer.url, Page(answer.text)
        return self.page


def at_the_bank(app: App, product, card, simulator, **order: Any) -> tuple[dict[str, Any], Browser]:
    """A started payment, and the browser that our page has sent to the bank's."""
    simulator.control("next", {"operation": "pay", "scenario": "challenge", **order})
    body = {"card": card.public_id, "device": DEVICE, "return_to": SHOP}
    started = app.post(f"/orders/{app.place(product.sku)}/payments/", body)
    told = started.json()
    assert (started.status_code, told["outcome"]) == (202, "action_required")
    browser = Browser()
    page = browser.open(told["next_action"]["continue_url"])
    assert "You pay €300.00 to Shop antom_sim" in page.text
    if page.forms:
        browser.press()
    else:
        browser.follow("Continue to your bank")
    assert browser.address.startswith(simulator.base_url)
    assert "Is it you?" in browser.page.text
    return told, browser


def renew_until(browser: Browser, heading: str) -> None:
    """What the page does by itself every few seconds."""
    wait_until(lambda: browser.open(browser.address).headings == [heading], what=f"“{heading}”")


def sent(simulator: SimulatorProcess, operation: str) -> int:
    return int(simulator.log()["counts"].get(operation, {"received": 0})["received"])


@pytest.mark.parametrize("scenario", ["challenge", "challenge_form"])
def test_confirmed_at_the_bank_is_paid_and_leads_back_to_the_shop(app, product, card, simulator, scenario):
    told, browser = at_the_bank(app, product, card, simulator, scenario=scenario)
    browser.press(answer="confirm")
    assert browser.address == told["result_url"]
    renew_until(browser, "Paid")
    assert "€300.00" in browser.page.text
    assert browser.page.refresh == ""
    assert browser.page.links["Back to the shop"] == f"{SHOP}?payment={told['id']}"
    assert app.payment(told["id"])["outcome"] == "paid"
    assert sent(simulator, "pay") == 1
    assert differences(simulator) == []


def test_confirmed_for_a_shop_that_charges_later_is_held(app, manual_product, card, simulator):
    told, browser = at_the_bank(app, manual_product, card, simulator)
    browser.press(answer="confirm")
    renew_until(browser, "Held, not charged yet")
    payment = Payment.objects.get(public_id=told["id"])
    assert (payment.state, payment.held_minor, payment.captured_minor) == ("authorized", 30000, 0)
    assert differences(simulator) == []


def test_a_failed_check_is_not_paid_and_another_try_pays(app, product, card, simulator):
    told, browser = at_the_bank(app, product, card, simulator)
    browser.press(answer="fail")
    renew_until(browser, "Not paid")
    assert "nothing was charged" in browser.page.text
    assert "VERIFICATION" not in browser.page.text
    assert browser.page.links["Back to the shop to try again"] == f"{SHOP}?payment={told['id']}"
    again = app.pay(told["order"], card=card.public_id).json()
    assert again["outcome"] == "action_required"  # without the check it would be refused like the first
    browser.open(again["next_action"]["continue_url"])
    if not browser.address.startswith(simulator.base_url):
        browser.follow("Continue to your bank")
    browser.press(answer="confirm")
    wait_until(lambda: app.payment(again["id"])["outcome"] == "paid", what="“paid”")
    assert differences(simulator) == []


@pytest.mark.promise("I15")
def test_left_without_an_answer_is_checked_and_then_over(app, product, card, simulator):
    told, browser = at_the_bank(app, product, card, simulator)
    browser.press(answer="leave")
    assert (browser.address, browser.heading()) == (told["result_url"], "Checking your payment")
    assert "Please do not pay again" in browser.page.text
    assert app.pay(told["order"], card=card.public_id).status_code == 409
    clock.advance(timedelta(minutes=7))
    reconcile()
    browser.open(browser.address)
    assert (browser.heading(), browser.page.refresh, browser.page.forms) == ("Not paid", "", [])
    assert "nothing was charged" in browser.page.text
    payment = Payment.objects.get(public_id=told["id"])
    assert (payment.state, payment.captured_minor, payment.needs_review) == ("failed", 0, False)
    assert app.order(told["order"])["allowed_actions"] == ["pay"]
    assert differences(simulator) == []


@pytest.mark.promise("I23")
def test_when_the_notification_is_lost_the_way_back_finds_out(app, manual_product, card, simulator):
    told, browser = at_the_bank(app, manual_product, card, simulator, copies=0)
    browser.press(answer="confirm")
    assert browser.heading() == "Held, not charged yet"
    assert not NotificationEvent.objects.exists()
    assert sent(simulator, "inquiryPayment") == 1
    assert app.payment(told["id"])["outcome"] == "held"
    assert differences(simulator) == []


@pytest.mark.promise("I18")
def test_a_way_back_that_nobody_came_from_the_bank_by_pays_nothing(app, product, card, simulator):
    told, browser = at_the_bank(app, product, card, simulator)
    way_back = told["result_url"].replace("/result/", "/return/") + "?result=SUCCESS&paymentStatus=SUCCESS"
    browser.open(way_back)
    assert (browser.address, browser.heading()) == (told["result_url"], "Checking your payment")
    browser.follow("Go to the bank’s check again")
    browser.follow("Continue to your bank")
    browser.press(answer="confirm")
    renew_until(browser, "Paid")
    assert differences(simulator) == []
