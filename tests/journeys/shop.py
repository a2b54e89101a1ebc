"""A buyer's app and an operator's browser that speak real HTTP to a running web server."""

from __future__ import annotations

import uuid
from html.parser import HTMLParser
from typing import Any

import requests

PASSWORD = "long enough 42"
DEVICE = {"terminal_type": "WEB", "user_agent": "Mozilla/5.0", "language": "en-GB", "color_depth": 24}
GOOD_CARD = "4054695723100768"
TIMEOUT = 40


class App:
    """The buyer's phone: a bearer token, JSON, and a new key for everything that is done once."""

    def __init__(self, url: str, email: str) -> None:
        self.url = url
        login = {"email": email, "password": PASSWORD}
        reply = requests.post(f"{url}/_allauth/app/v1/auth/login", json=login, timeout=TIMEOUT)
        assert reply.status_code == 200, reply.text
        self.headers = {"Authorization": f"Bearer {reply.json()['meta']['access_token']}"}

    def get(self, address: str) -> dict[str, Any]:
        reply = requests.get(f"{self.url}/api/v1{address}", headers=self.headers, timeout=TIMEOUT)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def post(self, address: str, body: dict[str, Any] | None = None, key: str = "") -> requests.Response:
        headers = {**self.headers, "Idempotency-Key": key or f"app-{uuid.uuid4().hex}"}
        return requests.post(f"{self.url}/api/v1{address}", json=body or {}, headers=headers, timeout=TIMEOUT)

    def place(self, sku: str, quantity: int = 1) -> str:
        """The id of a new order."""
        reply = self.post("/orders/", {"items": [{"sku": sku, "quantity": quantity}]})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    def pay(self, order: str, *, card: str = "", key: str = "") -> requests.Response:
        """With a saved card, or (without `card`) with a new one, to be shown to the provider's element."""
        how = {"card": card} if card else {"method": "new_card"}
        return self.post(f"/orders/{order}/payments/", {**how, "device": DEVICE}, key)

    def delete(self, address: str) -> dict[str, Any]:
        reply = requests.delete(f"{self.url}/api/v1{address}", headers=self.headers, timeout=TIMEOUT)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def add_card(self) -> dict[str, Any]:
        """A session for the provider's element."""
        version = self.get("/cards/")["consent"]["version"]
        reply = self.post("/vaulting-sessions/", {"consent": version})
        assert reply.status_code in (201, 202), reply.text
        return dict(reply.json())

    def order(self, order: str) -> dict[str, Any]:
        return self.get(f"/orders/{order}/")

    def payment(self, payment: str) -> dict[str, Any]:
        return self.get(f"/payments/{payment}/")

    def refresh(self, payment: str) -> dict[str, Any]:
        """“I have paid”."""
        reply = self.post(f"/payments/{payment}/refresh/")
        assert reply.status_code == 200, reply.text
        return dict(reply.json())


def show_card(provider_url: str, session_data: str, number: str = GOOD_CARD, cvv: str = "123") -> str:
    """What the provider's element does in the buyer's browser: the number goes to the provider, never to us."""
    card = {"number": number, "expiryMonth": "12", "expiryYear": "39", "cvv": cvv, "holder": "Bea Buyer"}
    reply = requests.post(
        f"{provider_url}/element/submit", json={"sessionData": session_data, "card": card}, timeout=TIMEOUT
    )
    return str(reply.json()["status"])


class Desk:
    """The operator's browser: cookies, and forms sent as the page wrote them."""

    def __init__(self, url: str, email: str) -> None:
        self.url = url
        self.browser = requests.Session()
        page = self._open("/admin/login/")
        self._send("/admin/login/", {**page, "username": email, "password": PASSWORD, "next": "/health/"}, 302)

    def capture(self, payment: uuid.UUID) -> requests.Response:
        return self._act(payment, "capture", {"reason": "shipped"})

    def cancel(self, payment: uuid.UUID) -> requests.Response:
        return self._act(payment, "cancel", {"reason": "out_of_stock"})

    def refund(self, payment: uuid.UUID, amount: str) -> requests.Response:
        """`amount` as a person types it: 120.00."""
        return self._act(payment, "refund", {"reason": "damaged", "choice": "amount", "amount": amount})

    def _act(self, payment: uuid.UUID, verb: str, told: dict[str, str]) -> requests.Response:
        """Choose, see what will happen where there is something to choose, act; the answer of the act."""
        address = f"/admin/payments/payment/{payment}/{verb}/"
        form = {**self._open(address), **told}
        if form.get("step") == "preview":
            form = fields_of(self._send(address, form, 200).text)
        return self._send(address, {**form, "step": "act"}, 303)

    def _open(self, address: str) -> dict[str, str]:
        reply = self.browser.get(self.url + address, timeout=TIMEOUT)
        assert reply.status_code == 200, reply.text
        return fields_of(reply.text)

    def _send(self, address: str, form: dict[str, str], wanted: int) -> requests.Response:
        reply = self.browser.post(
            self.url + address, form, timeout=TIMEOUT, allow_redirects=False, headers={"Referer": self.url + address}
        )
        assert reply.status_code == wanted, f"{reply.status_code}: {reply.text}"
        return reply


def fields_of(page: str) -> dict[str, str]:
    """Names and values of the hidden and chosen inputs, and of the first named button of each name."""
    reader = _Fields()
    reader.feed(page)
    return reader.found


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name, kind = told.get("name"), told.get("type") or "text"
        if tag not in ("input", "button") or not name:
            return
        if kind in ("radio", "checkbox") and "checked" not in told:
            return
        self.found.setdefault(name, told.get("value") or "")
