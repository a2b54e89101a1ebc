"""What a colleague sees where nothing is, or nothing is allowed: our page, with a way on."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.admin.conftest import Page, desk_of, url_of


@pytest.mark.parametrize(
    ("role", "address", "status", "sentence"),
    [
        ("refunder", "/admin/nothing/", 404, "There is nothing at this address."),
        ("refunder", "/nothing/", 404, "There is nothing at this address."),
        ("viewer", "/admin/core/user/", 403, "Your role does not include this page."),
        ("viewer", "/admin/payments/payment/?order__buyer__password__startswith=p", 400, "cannot be understood"),
    ],
)
def test_errors_are_pages_of_ours_with_a_way_back(people, role, address, status, sentence):
    answer = desk_of(people[role]).get(address)
    page = Page(answer.content.decode())
    assert answer.status_code == status
    assert sentence in page.text
    assert 'href="/admin/"' in answer.content.decode()
    assert "<style" not in answer.content.decode()  # our content policy would not let it work


def test_a_form_whose_sign_in_is_over_says_what_to_do(people, captured):
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["refunder"], backend="core.backends.DeskBackend")
    answer = client.post(url_of(captured, "refund"), {"step": "act"})
    assert answer.status_code == 403
    assert "Nothing was done." in Page(answer.content.decode()).text


def test_our_own_mistake_is_a_page_too(people, monkeypatch):
    from payments.admin.payments import PaymentAdmin

    def broken(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(PaymentAdmin, "get_queryset", broken)
    desk = desk_of(people["refunder"])
    desk.raise_request_exception = False
    answer = desk.get("/admin/payments/payment/")
    assert answer.status_code == 500
    assert "Something went wrong on our side." in Page(answer.content.decode()).text
    assert "a secret" not in answer.content.decode()


def test_the_desk_is_found_without_the_last_slash(client):
    answer = client.get("/admin")
    assert (answer.status_code, answer["Location"]) == (301, "/admin/")


@pytest.mark.parametrize("address", ["/", "/admin/login/", "/nothing/"])
def test_no_page_makes_the_browser_look_for_an_icon_that_is_not_there(people, client, address):
    assert b'rel="icon"' in client.get(address).content
