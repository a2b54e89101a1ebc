"""The buyer's app, as the tests see it: a bearer token, JSON, and a key for everything that is done once."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client
from django.utils.encoding import escape_uri_path

from core import ports
from core.models import User
from orders.models import Product

PASSWORD = "long enough 42"
WEB = {"terminal_type": "WEB", "user_agent": "Mozilla/5.0", "language": "en-GB", "color_depth": 24}


class App:
    def __init__(self, user: User | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        self.token = sign_in(self.client, user) if user else ""

    def get(self, address: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1{address}", headers={**self._auth(), **headers})

    def post(self, address: str, body: Any = None, *, key: str | None = "", raw: bytes | None = None, **headers: str):
        """`key` empty: a new one; None: no header. `raw` replaces the JSON of `body`."""
        sent = {**self._auth(), **{name.replace("_", "-"): value for name, value in headers.items()}}
        if key is not None:
            sent["Idempotency-Key"] = key or new_key()
        data = raw if raw is not None else json.dumps({} if body is None else body)
        return self.client.post(
            f"/api/v1{address}", data, content_type=sent.pop("Content-Type", "application/json"), headers=sent
        )

    def patch(self, address: str, body: Any) -> Any:
        data = json.dumps(body)
        return self.client.patch(f"/api/v1{address}", data, content_type="application/json", headers=self._auth())

    def delete(self, address: str) -> Any:
        return self.client.delete(f"/api/v1{address}", headers=self._auth())

    def _auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    # --- short stories ---

    def place(self, product: Product, quantity: int = 1) -> str:
        """The id of a new order."""
        answer = self.post("/orders/", {"items": [{"sku": product.sku, "quantity": quantity}]})
        assert answer.status_code == 201, answer.content
        return str(answer.json()["id"])

    def pay(self, order: str, *, card: str | None = None, key: str = "") -> Any:
        how = {"card": card} if card else {"method": "new_card"}
        return self.post(f"/orders/{order}/payments/", {**how, "device": WEB}, key=key)


def sign_in(client: Client, user: User) -> str:
    """An access token through the same door that apps use."""
    answer = client.post(
        "/_allauth/app/v1/auth/login", {"email": user.email, "password": PASSWORD}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    return str(answer.json()["meta"]["access_token"])


def new_key() -> str:
    return f"test-{ports.random_text(24)}"


def refused(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document, after what every refusal promises was checked."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    document: dict[str, Any] = response.json()
    assert document["code"] == code, document
    assert document["type"] == f"/problems/{code}"
    assert document["status"] == status
    path = response.request["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    assert document["instance"] == escape_uri_path(path) or not path.isascii()
    assert document["title"] and document["detail"] and document["correlation_id"].startswith("cor_")
    return document
