"""The three doors the story uses, over real HTTP: the buyer's API, the merchant's desk, the provider's simulator."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests

from payments.demo.forms import Form, post_form

T = TypeVar("T")

TIMEOUT = 20
"""Seconds for one request."""
PHONE = {"terminal_type": "WEB", "user_agent": "Paydesk demo", "language": "en-GB"}
_CHANGE_PAGE = re.compile(r"/admin/payments/payment/([0-9a-f-]{36})/")


class Stuck(Exception):
    """The story cannot go on; the text says what was expected and what came."""


def wait_until(what: str, look: Callable[[], T | None], *, seconds: float = 30, every: float = 0.15) -> T:
    """Look again and again until something is seen. Raises Stuck after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(every)
    raise Stuck(f"waited {seconds:g} s in vain for: {what}")


def fresh_key() -> str:
    return secrets.token_urlsafe(24)


def expect(reply: requests.Response, *statuses: int) -> requests.Response:
    """The reply, if it has one of the statuses. Raises Stuck with its text otherwise."""
    if reply.status_code not in statuses:
        asked = f"{reply.request.method} {reply.request.path_url}"
        raise Stuck(f"{asked} answered {reply.status_code}: {reply.text[:300]}")
    return reply


# --- the buyer ------------------------------------------------------------------------------------------------------


@dataclass
class Buyer:
    """A buyer's app, signed in through /_allauth and talking to /api/v1."""

    app: str
    email: str
    password: str = field(repr=False)
    name: str = ""
    token: str = field(default="", repr=False)

    def sign_in(self) -> str:
        credentials = {"email": self.email, "password": self.password}
        reply = requests.post(f"{self.app}/_allauth/app/v1/auth/login", json=credentials, timeout=TIMEOUT)
        self.token = expect(reply, 200).json()["meta"]["access_token"]
        return self.token

    def get(self, path: str) -> Any:
        address = f"{self.app}/api/v1{path}"
        return expect(requests.get(address, headers=self._headers(), timeout=TIMEOUT), 200).json()

    def post(self, path: str, body: dict[str, Any], *statuses: int, key: str = "") -> requests.Response:
        headers = {**self._headers(), "Idempotency-Key": key or fresh_key()}
        reply = requests.post(f"{self.app}/api/v1{path}", json=body, headers=headers, timeout=TIMEOUT)
        return expect(reply, *(statuses or (200, 201, 202)))

    def order(self, sku: str, quantity: int = 1) -> dict[str, Any]:
        return dict(self.post("/orders/", {"items": [{"sku": sku, "quantity": quantity}]}, 201).json())

    def pay_with_new_card(self, order: dict[str, Any]) -> dict[str, Any]:
        return dict(self.post(f"/orders/{order['id']}/payments/", {"method": "new_card", "device": PHONE}).json())

    def pay_with_saved_card(self, order: dict[str, Any], card: str) -> requests.Response:
        return self.post(f"/orders/{order['id']}/payments/", {"card": card, "device": PHONE})

    def saved_cards(self, order: dict[str, Any]) -> list[dict[str, Any]]:
        methods = self.get(f"/orders/{order['id']}/payment-methods/")["methods"]
        return [method for method in methods if str(method.get("card") or method.get("id") or "").startswith("card_")]

    def payment(self, payment: dict[str, Any]) -> dict[str, Any]:
        return dict(self.get(f"/payments/{payment['id']}/"))

    def refreshed(self, order: dict[str, Any]) -> dict[str, Any]:
        return dict(self.get(f"/orders/{order['id']}/"))

    def wait_for(self, payment: dict[str, Any], *outcomes: str, seconds: float = 30) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            now = self.payment(payment)
            return now if now["outcome"] in outcomes else None

        return wait_until(f"{payment['id']} to be {' or '.join(outcomes)}", look, seconds=seconds)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


# --- the merchant ---------------------------------------------------------------------------------------------------


class Desk:
    """An operator's browser at the admin: follows redirects, keeps cookies, fills in the forms that are there."""

    def __init__(self, app: str, email: str, password: str) -> None:
        self.app, self.email = app, email
        self._browser = requests.Session()
        page = self._get("/admin/login/")
        form = post_form(page.text, having="password")
        self._send(page.url, form, {**form.filled(username=email, password=password), "next": "/admin/"})
        if "sessionid" not in self._browser.cookies:
            raise Stuck(f"{email} could not sign in to the admin")

    def find(self, order_number: str) -> str:
        """The address of the payment of that order, found with the list's own search box."""
        page = self._get(f"/admin/payments/payment/?q={order_number}")
        found = _CHANGE_PAGE.search(page.text)
        if found is None:
            raise Stuck(f"the admin's list of payments does not show order {order_number}")
        return f"/admin/payments/payment/{found.group(1)}"

    def read(self, path: str) -> str:
        """One page, as it stands."""
        return self._get(f"{path}/change/").text

    def act(self, payment: str, verb: str, **typed: str) -> str:
        """Go through the pages of capture, cancel or refund until they lead back to the payment; that page's text."""
        page = self._get(f"{payment}/{verb}/")
        for _ in range(4):
            form = post_form(page.text, having="form_id")
            page = self._send(page.url, form, form.filled(button=_forward(form), **typed, **_reason(form)))
            if f"/{verb}/" not in page.url:
                return page.text
        raise Stuck(f"the {verb} page does not end: {_visible(page.text)[:300]}")

    def _get(self, path: str) -> requests.Response:
        return expect(self._browser.get(f"{self.app}{path}", timeout=TIMEOUT), 200)

    def _send(self, page: str, form: Form, values: dict[str, str]) -> requests.Response:
        address = requests.compat.urljoin(page, form.action or "")
        reply = self._browser.post(address, data=values, headers={"Referer": page}, timeout=TIMEOUT)
        if reply.status_code >= 400:
            raise Stuck(f"POST {address} answered {reply.status_code}: {_visible(reply.text)[:300]}")
        return reply


def _forward(form: Form) -> tuple[str, str] | None:
    """The button that goes on, not the one that goes back to the choice."""
    return next((button for button in form.buttons if button[1] not in ("choose", "")), None)


def _reason(form: Form) -> dict[str, str]:
    offered = [value for value in form.choices.get("reason", []) if value and value != "other"]
    return {"reason": offered[0]} if offered and not form.values.get("reason") else {}


def _visible(html: str) -> str:
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(text.split())


# --- the provider ---------------------------------------------------------------------------------------------------


@dataclass
class Provider:
    """The simulated provider: its card element, its switches, its books."""

    address: str

    def present_card(self, session_data: str, number: str) -> dict[str, Any]:
        """What the provider's element in the app does: the number goes there and never to us."""
        card = {"number": number, "expiryMonth": "12", "expiryYear": "39", "cvv": "123", "holder": "Bea Buyer"}
        body = {"sessionData": session_data, "card": card}
        return self._json(requests.post(f"{self.address}/element/submit", json=body, timeout=TIMEOUT))

    def next(self, operation: str, scenario: str, **more: Any) -> None:
        """What happens to the next request of that operation: code, seconds, then, copies, times, request_id."""
        body = {"operation": operation, "scenario": scenario, **more}
        self._json(requests.post(f"{self.address}/control/next", json=body, timeout=TIMEOUT))

    def act(self, act: str, **more: Any) -> dict[str, Any]:
        """Something that the provider does by itself: capture, refund, void, reverse_refund, open_dispute …"""
        return self._json(requests.post(f"{self.address}/control/act", json={"act": act, **more}, timeout=TIMEOUT))

    def books(self, request_id: str = "") -> list[dict[str, Any]]:
        wanted = {"payment_request_id": request_id} if request_id else {}
        return list(self._json(requests.get(f"{self.address}/books", params=wanted, timeout=TIMEOUT))["payments"])

    def counts(self, request_id: str) -> dict[str, dict[str, int]]:
        """How often each operation of that request id was received and processed."""
        reply = requests.get(f"{self.address}/log", params={"request_id": request_id}, timeout=TIMEOUT)
        return dict(self._json(reply)["counts"])

    def notifications(self, request_id: str = "") -> list[dict[str, Any]]:
        wanted = {"request_id": request_id} if request_id else {}
        reply = requests.get(f"{self.address}/control/notifications", params=wanted, timeout=TIMEOUT)
        return list(self._json(reply)["notifications"])

    def send_again(self, notification: int) -> dict[str, Any]:
        return self._json(requests.post(f"{self.address}/control/notifications/{notification}/send", timeout=TIMEOUT))

    def delete_refund(self, request_id: str) -> None:
        self._json(requests.delete(f"{self.address}/control/refunds/{request_id}", timeout=TIMEOUT))

    def _json(self, reply: requests.Response) -> dict[str, Any]:
        return dict(expect(reply, 200, 201).json())
