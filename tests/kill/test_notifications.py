"""kill -9 of the web server around the commit of a notification: no acknowledgement before it, nothing lost after it.

The provider is the one that repeats: what was not acknowledged comes again (I22).
"""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from payments.models import NotificationEvent
from tests import factories, processes
from tests.books import differences
from tests.kill.play import Theatre
from tests.simulator.merchant import ACKNOWLEDGED, Receiver

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.mark.promise("I22")
@pytest.mark.parametrize(("instant", "stored"), [("inbox.before_commit", 0), ("inbox.after_commit", 1)])
def test_what_was_not_acknowledged_is_told_again(theatre: Theatre, settings, tmp_path: Path, instant: str, stored: int):
    message, payment = a_message_about_a_payment_of_unknown_outcome(theatre, settings)
    marker = tmp_path / "at-the-instant"
    env = processes.environment(theatre.simulator, KILL_AT=instant, KILL_MARKER=str(marker))
    web = processes.WebProcess(env, tmp_path, port=theatre.port, wsgi="tests.kill.wsgi", hears=False)
    try:
        with pytest.raises(requests.ConnectionError):
            kill_while_it_is_delivered(web, message, marker)
    finally:
        web.kill()
    assert NotificationEvent.objects.count() == stored
    payment.refresh_from_db()
    assert payment.state == "pending"

    web = processes.WebProcess(processes.environment(theatre.simulator), tmp_path, port=theatre.port, hears=False)
    try:
        if stored:  # it is there already: the command applies it, whether or not the provider repeats
            theatre.servers.command("apply_notifications", "--once")
            payment.refresh_from_db()
            assert payment.state == "authorized"
        assert deliver(web, message).content == ACKNOWLEDGED
    finally:
        web.stop()
    payment.refresh_from_db()
    event = NotificationEvent.objects.get()
    assert (payment.state, event.status, event.repeats) == ("authorized", "applied", stored)
    assert differences(theatre.simulator) == []


def a_message_about_a_payment_of_unknown_outcome(theatre: Theatre, settings):
    receiver = Receiver()
    settings.PUBLIC_URL = receiver.url.partition("/notify")[0]
    try:
        theatre.simulator.control("next", {"operation": "pay", "scenario": "lost_reply"})
        order = factories.make_order(theatre.buyer, theatre.product)
        payment = factories.start(theatre.buyer, order, theatre.card)
        return receiver.wait()[0], payment
    finally:
        receiver.close()


def kill_while_it_is_delivered(web: processes.WebProcess, message, marker: Path) -> None:
    with ThreadPoolExecutor(1) as courier:
        delivered = courier.submit(deliver, web, message)
        processes.wait_until(marker.exists, what="the instant")
        os.kill(int(marker.read_text()), signal.SIGKILL)
        web.kill()
        delivered.result(10)


def deliver(web: processes.WebProcess, message) -> requests.Response:
    not_ours = ("host", "content-length", "connection", "accept-encoding")
    headers = {name: value for name, value in message.headers.items() if name not in not_ours}
    return requests.post(web.url + message.path, data=message.body, headers=headers, timeout=20)
