"""The demo's clock at the foot of every page: moved by staff, in the demo, and nowhere else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from core import ports
from payments.admin import demo_clock
from tests import factories
from tests.admin.conftest import desk_of, url_of

URL = "/admin/payments/payment/demo-clock/"


@pytest.fixture
def demo(settings, tmp_path):
    settings.DEMO, settings.CLOCK_FILE = True, str(tmp_path / "clock")
    ports.use_clock_file(tmp_path / "clock")
    yield settings
    ports.use_clock_file(None)


def footer(desk: Client, url: str = "/admin/") -> str:
    html = desk.get(url).content.decode()
    return html[html.index('class="pd-clock"') :] if 'class="pd-clock"' in html else ""


def test_the_foot_of_every_page_tells_the_time(people, captured, demo):
    root = desk_of(people["root"])
    pages = ["/admin/", "/admin/payments/payment/", "/admin/gateways/merchantaccount/", url_of(captured)]
    for url in [*pages, f"/admin/gateways/merchantaccount/{captured.account_id}/change/", url_of(captured, "refund")]:
        told = footer(root, url)
        assert "Demo clock:" in told, url
        assert "real time" in told
        assert f'value="{url}"' in told


@pytest.mark.parametrize(("step", "ahead", "words"), [("1h", 3600, "1 h ahead"), ("1d", 86400, "24 h ahead")])
def test_a_press_moves_it_and_leads_back(people, demo, step, ahead, words):
    desk = desk_of(people["viewer"])
    before = ports.now()
    answer = desk.post(URL, {"step": step, "next": "/admin/payments/payment/?attention=unknown"})
    assert (answer.status_code, answer["Location"]) == (303, "/admin/payments/payment/?attention=unknown")
    assert ports.ahead() == timedelta(seconds=ahead)
    assert ports.now() - before >= timedelta(seconds=ahead)
    assert words in footer(desk)


def test_three_days_are_three_days(people, demo):
    desk = desk_of(people["viewer"])
    for _ in range(3):
        desk.post(URL, {"step": "1d"})
    assert f"{ports.now():%a %-d %b %Y}" in footer(desk)
    assert "3 days ahead" in footer(desk)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/admin/", "//evil.example/admin/", "/pay/", "", "javascript:1"]
)
def test_it_never_leads_away_from_the_desk(people, demo, elsewhere):
    assert desk_of(people["viewer"]).post(URL, {"step": "1h", "next": elsewhere})["Location"] == "/admin/"


@pytest.mark.parametrize("missing", ["DEMO", "CLOCK_FILE"])
def test_there_is_no_such_page_outside_of_the_demo(people, demo, missing):
    setattr(demo, missing, False if missing == "DEMO" else "")
    desk = desk_of(people["root"])
    assert footer(desk) == ""
    assert (desk.get(URL).status_code, desk.post(URL, {"step": "1d"}).status_code) == (404, 404)
    assert ports.ahead() == timedelta(0)


def test_it_is_for_colleagues_by_post_with_a_token(people, demo):
    buyer = factories.make_user("no-staff@shop.example")
    for desk in (Client(), desk_of(buyer)):
        answer = desk.post(URL, {"step": "1d"})
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/admin/login/")
        assert footer(desk, "/admin/login/") == ""
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["root"], backend="core.backends.DeskBackend")
    assert strict.post(URL, {"step": "1d"}).status_code == 403
    assert desk_of(people["root"]).get(URL).status_code == 405
    assert desk_of(people["root"]).post(URL, {"step": "100d"}).status_code == 404
    assert ports.ahead() == timedelta(0)


def test_it_stops_where_the_clock_ends(people, demo, tmp_path):
    (tmp_path / "clock").write_text(str(timedelta(days=3650).total_seconds()))
    desk = desk_of(people["root"])
    assert desk.post(URL, {"step": "1d"}).status_code == 303
    assert "The clock stays where it is" in desk.get("/admin/").content.decode()


def test_strangers_are_told_nothing(people, demo, rf):
    request = rf.get("/admin/")
    assert demo_clock.footer(request) is None
    for user, shown in ((people["viewer"], True), (factories.make_user("no-staff@shop.example"), False)):
        request.user = user
        assert (demo_clock.footer(request) is not None) is shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8472", True),
        ("http://localhost:1/ams", True),
        ("https://fake.example", False),
        ("http://fake.example", False),
        ("http://127.0.0.1.evil.example/", False),
    ],
)
def test_the_simulated_provider_is_linked_where_there_is_one(people, demo, url, shown):
    demo.GATEWAY_CREDENTIALS = {"sim": {"client_id": "SIM", "url": url}}
    assert ("Simulated provider" in footer(desk_of(people["root"]))) is shown
