"""Twenty copies of one signed notification, at once, over HTTP, to four web processes: one move, one journal line."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlsplit

import pytest
import requests

from payments.models import JournalEntry, NotificationEvent
from tests import factories
from tests.books import differences
from tests.simulator.merchant import ACKNOWLEDGED, Delivery

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MANY = 20
NOT_OURS = ("host", "content-length", "connection", "accept-encoding")


@pytest.mark.promise("I21")
def test_twenty_copies_of_one_notification(
    buyer, manual_order, card, simulator, listener, four_web_processes, settings
):
    settings.PUBLIC_URL = "{0.scheme}://{0.netloc}".format(urlsplit(listener.url))
    simulator.control("next", {"operation": "pay", "scenario": "lost_reply"})
    payment = factories.start(buyer, manual_order, card)
    assert payment.state == "pending"
    message = listener.wait()[0]

    replies = deliver_at_once(four_web_processes.url, message)

    assert Counter(replies) == {(200, ACKNOWLEDGED): MANY}
    payment.refresh_from_db()
    assert (payment.state, payment.authorized_minor, payment.needs_review) == ("authorized", 30000, False)
    moves = JournalEntry.objects.filter(payment=payment, state_before="pending", state_after="authorized")
    assert moves.count() == 1
    assert JournalEntry.objects.filter(payment=payment, source="notification").count() == 1
    event = NotificationEvent.objects.get()
    assert (event.status, event.repeats) == ("applied", MANY - 1)
    assert differences(simulator) == []


def deliver_at_once(url: str, message: Delivery) -> list[tuple[int, bytes]]:
    start = Barrier(MANY)
    headers = {name: value for name, value in message.headers.items() if name not in NOT_OURS}

    def deliver(_: int) -> tuple[int, bytes]:
        with requests.Session() as session:
            session.get(f"{url}/health/", timeout=10)  # connected before the start
            start.wait(10)
            reply = session.post(url + message.path, data=message.body, headers=headers, timeout=30)
            return reply.status_code, reply.content

    with ThreadPoolExecutor(MANY) as crowd:
        return list(crowd.map(deliver, range(MANY)))
