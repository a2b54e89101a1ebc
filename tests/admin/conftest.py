"""The desk as a person meets it: signed in by role, pages read as HTML, forms sent as the page holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from core import ports
from core.models import User
from core.money import Money
from orders.models import Order
from payments.admin import environment
from payments.gateways.base import Approved, Fact, Kind, PaymentRef
from payments.models import Payment, Source, Transaction
from payments.roles import ensure_roles
from payments.services.outcomes import apply_facts
from tests import factories, fake_gateway


@dataclass
class Form:
    action: str = ""
    method: str = "get"
    values: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)
    """value of `step` -> label"""


class Page(HTMLParser):
    """Forms, and the visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._button: str | None = None
        self._area: str | None = None
        self._select: str | None = None
        self._silent = 0
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._silent += 1
        if tag == "form":
            self._form = Form(told.get("action", ""), told.get("method", "get"))
            self.forms.append(self._form)
        if self._form is None:
            return
        name = told.get("name", "")
        if tag == "input" and name:
            if told.get("type") in ("radio", "checkbox") and "checked" not in told:
                return
            self._form.values[name] = told.get("value", "")
        elif tag == "textarea":
            self._area = name
            self._form.values[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in told:
            self._form.values[self._select] = told.get("value", "")
        elif tag == "button":
            self._button = told.get("value", "")
            self._form.buttons[self._button] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent -= 1
        if tag == "form":
            self._form = None
        if tag == "button":
            self._button = None
        if tag == "textarea":
            self._area = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self.words.append(data)
        if self._form is not None and self._button is not None:
            self._form.buttons[self._button] += data.strip()
        if self._form is not None and self._area:
            self._form.values[self._area] += data.strip()

    def form(self) -> Form:
        """The form that acts: the one with a one-time id."""
        return next(form for form in self.forms if "form_id" in form.values)


class Desk(Client):
    """A browser without scripting."""

    def page(self, url: str, status: int = 200) -> Page:
        response = self.get(url)
        assert response.status_code == status, (url, response.status_code)
        return Page(response.content.decode())

    def send(self, url: str, values: dict[str, Any], status: int) -> Any:
        response = self.post(url, values)
        assert response.status_code == status, response.content.decode()[:4000]
        return response

    def prepared(self, payment: Payment, verb: str, **values: str) -> dict[str, str]:
        """The act step of a verb's page, filled in through the real pages."""
        url = url_of(payment, verb)
        form = self.page(url).form()
        filled = {**form.values, "reason": "other", "note": "as agreed", **values}
        if "preview" not in form.buttons:
            return {**filled, "step": "act"}
        shown = Page(self.send(url, {**filled, "step": "preview"}, 200).content.decode()).form()
        assert list(shown.buttons) == ["choose", "act"]
        return {**shown.values, "step": "act"}


def url_of(payment: Payment, page: str = "change") -> str:
    return f"/admin/payments/payment/{payment.pk}/{page}/"


def order_url(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/change/"


def desk_of(user: User) -> Desk:
    desk = Desk()
    desk.force_login(user, backend="core.backends.DeskBackend")
    return desk


@pytest.fixture(autouse=True)
def _badge_is_asked_again():
    environment.forget()
    yield
    environment.forget()


@pytest.fixture
def people(transactional_db) -> dict[str, User]:
    """One colleague per role, and a superuser."""
    ensure_roles()
    found = {}
    for role in ("viewer", "cashier", "refunder"):
        user = factories.make_user(f"{role}@desk.example", is_staff=True, first_name=role.title())
        user.groups.add(Group.objects.get(name=role))
        found[role] = user
    found["nobody"] = factories.make_user("nobody@desk.example", is_staff=True)
    found["root"] = User.objects.create_superuser("root@desk.example", "root@desk.example", "long enough 42")
    return found


@pytest.fixture
def refunder(people) -> Desk:
    return desk_of(people["refunder"])


@pytest.fixture
def root(people) -> Desk:
    return desk_of(people["root"])


@pytest.fixture
def held(account, buyer, manual_order, card) -> Payment:
    """EUR 300.00 held for a person to capture."""
    return factories.start(buyer, manual_order, card)


@pytest.fixture
def captured(account, buyer, order, card, fake) -> Payment:
    """EUR 300.00 captured by the gateway itself."""
    return capture_by_gateway(factories.start(buyer, order, card), fake)


def capture_by_gateway(payment: Payment, fake: fake_gateway.FakeGateway) -> Payment:
    first = Transaction.objects.get(payment=payment, kind=Kind.AUTHORIZE)
    reference = f"CAP-{payment.pk}"
    book = fake.payments[str(first.request_id)]
    book.captured = payment.amount_minor
    book.acts.append({"kind": "capture", "request_id": None, "reference": reference, "amount": payment.amount_minor})
    fact = Fact(
        payment=PaymentRef(request_id=first.request_id, gateway_reference=first.gateway_reference),
        kind=Kind.CAPTURE,
        request_id=None,
        gateway_reference=reference,
        outcome=Approved(),
        amount=Money(payment.amount_minor, payment.currency),
        occurred_at=ports.now(),
    )
    return apply_facts(payment_id=payment.pk, facts=(fact,), source=Source.NOTIFICATION).payment
