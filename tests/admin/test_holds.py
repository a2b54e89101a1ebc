"""Holds as a colleague meets them: until when, in the desk's own zone; and lapsed is not called released."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from core import ports
from payments.gateways.base import Kind, Review
from payments.models import Payment
from tests.admin.conftest import order_url, url_of
from tests.fake_gateway import FREE_RULES
from tests.payments.test_operate import cancel, capture
from tests.payments.test_outcomes import fact, tell

ENDS = datetime(2031, 1, 30, 1, 0, tzinfo=UTC)
BOTH = "Thu 30 Jan 2031, 10:00 Asia/Tokyo (30 Jan, 01:00 UTC)"


def ends_in(held: Payment, hours: int) -> None:
    Payment.objects.filter(pk=held.pk).update(hold_ends_at=ENDS)
    ports.pretend_now(ENDS - timedelta(hours=hours, minutes=1))


def test_the_end_of_a_hold_names_the_desks_own_zone_beside_utc(root, held, settings):
    ends_in(held, 9)
    for url in ("/admin/", order_url(held.order), url_of(held)):
        assert "lapses in 9 h, Thu 30 Jan 2031, 01:00 UTC" in root.page(url).text
    settings.DESK_TIME_ZONE = ZoneInfo("Asia/Tokyo")
    for url in ("/admin/", order_url(held.order), url_of(held)):
        assert f"lapses in 9 h, {BOTH}" in root.page(url).text
    assert f"capture by {BOTH}, 9 h left" in root.page(order_url(held.order)).text
    assert f"Hold ends {BOTH}" in root.page(url_of(held)).text


def test_a_hold_that_ended_names_both_zones_too(root, held, settings):
    ends_in(held, -2)
    settings.DESK_TIME_ZONE = ZoneInfo("Asia/Tokyo")
    assert f"ended 1 h ago, {BOTH}" in root.page("/admin/").text
    assert f"Hold ended {BOTH}." in root.page(url_of(held)).text
    assert f"hold ended {BOTH}" in root.page(order_url(held.order)).text


def test_a_hold_that_lapsed_is_not_called_released(root, held):
    tell(held, fact(held, Kind.LAPSE, minor=None))
    for url in (order_url(held.order), url_of(held)):
        text = root.page(url).text
        assert "Authorised €300.00 lapsed €300.00" in text
        assert "€300.00 released" not in text
        assert "Adds up" in text


def test_a_hold_that_somebody_released_is_not_called_lapsed(root, held, operator):
    cancel(held, operator)
    text = root.page(url_of(held)).text
    assert "€300.00 released" in text
    assert "lapsed" not in text


def test_the_rest_that_lapsed_after_a_capture_in_part(root, held, operator, fake):
    fake.rules = FREE_RULES
    capture(held, operator, amount_minor=10000, final=False)
    tell(held, fact(held, Kind.LAPSE, minor=None))
    text = root.page(url_of(held)).text
    assert "€200.00 lapsed" in text
    assert "€200.00 released" not in text
    assert "The rest of the hold lapsed; what was captured is not touched." in text
    assert "The hold lapsed; nothing was charged." not in text


def test_a_hold_that_lapsed_in_the_gateways_review(root, held):
    tell(held, fact(held, Kind.LAPSE, minor=None))
    Payment.objects.filter(pk=held.pk).update(review=Review.REJECTED)
    assert "do not ship. The hold lapsed; nothing was charged." in root.page(url_of(held)).text
