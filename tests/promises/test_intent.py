"""Write, commit, call, write: the row is there before the first byte, and nothing is open while the wire is."""

from __future__ import annotations

import socket
import threading

import pytest
from django.db import connection, transaction

from core import ports
from payments.gateways import http
from payments.gateways.base import Approved, Unknown
from payments.gateways.http import CalledInsideTransaction
from payments.gateways.registry import gateway_for
from payments.models import Payment, Transaction
from payments.services.calls import authorize_request
from payments.services.refresh import ask_gateway
from payments.states import Status
from tests.factories import start
from tests.payments.test_operate import cancel, capture, refund

pytestmark = pytest.mark.django_db(transaction=True)

INSTANTS = ("key.claimed", "before_commit", "written", "before_call", "after_call", "room.before_commit")


class Dead(BaseException):
    """The process ends here: nobody may catch it."""


def die_at(name: str) -> None:
    def hook(passed: str) -> None:
        if passed == name:
            connection.close()  # a dead process commits nothing
            raise Dead

    ports.install_crash_hook(hook)


@pytest.mark.promise("I10")
@pytest.mark.parametrize("instant", INSTANTS)
@pytest.mark.parametrize("verb", ["authorize", "capture", "refund"])
def test_the_gateway_never_heard_of_what_we_did_not_write_down(
    buyer, manual_order, card, operator, fake, verb, instant
):
    acts = [
        ("authorize", lambda: start(buyer, manual_order, card)),
        ("capture", lambda: capture(Payment.objects.get(), operator)),
        ("refund", lambda: refund(Payment.objects.get(), operator, 12000)),
    ]
    for name, act in acts:
        if name != verb:
            act()
            continue
        die_at(instant if "." in instant else f"{verb}.{instant}")
        with pytest.raises(Dead):
            act()
        break
    ports.install_crash_hook(None)
    heard = {request_id for _, request_id in fake.log}
    assert heard <= set(Transaction.objects.values_list("request_id", flat=True))


@pytest.mark.promise("I11")
def test_nothing_is_open_and_nothing_is_locked_during_a_call(buyer, manual_order, card, operator, fake):
    seen: dict[str, tuple[bool, bool]] = {}

    def look(verb: str):
        return lambda: seen.update({verb: (connection.in_atomic_block, somebody_else_can_write())})

    fake.next("authorize", Approved(), hook=look("authorize"))
    payment = start(buyer, manual_order, card)
    fake.next("inquire", Unknown("busy"), hook=look("inquire"))
    ask_gateway(payment.pk)
    fake.next("capture", Unknown("no answer"), hook=look("capture"))
    capture(payment, operator)
    ask_gateway(payment.pk)
    Transaction.objects.filter(kind="capture").update(status=Status.FAILED)
    fake.next("cancel", Approved(), hook=look("cancel"))
    cancel(payment, operator)
    assert seen == dict.fromkeys(("authorize", "inquire", "capture", "cancel"), (False, True))


def somebody_else_can_write() -> bool:
    """Another connection updates every payment; a lock that is held across the call would make it wait."""
    done: list[int] = []

    def write() -> None:
        try:
            done.append(Payment.objects.update(asked_at=ports.now()))
        finally:
            connection.close()

    other = threading.Thread(target=write, daemon=True)
    other.start()
    other.join(3)
    return bool(done)


@pytest.mark.promise("I11")
def test_a_call_inside_an_atomic_block_is_refused_before_a_byte_is_sent(buyer, manual_order, card, fake):
    payment = start(buyer, manual_order, card)
    calls = len(fake.log)
    with transaction.atomic(), pytest.raises(CalledInsideTransaction):
        gateway_for(payment.account).authorize(authorize_request(payment, "P_again"))
    assert len(fake.log) == calls


@pytest.mark.promise("I11")
def test_the_only_outbound_http_asks_the_guard_first():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        listener.settimeout(0.2)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with transaction.atomic(), pytest.raises(CalledInsideTransaction):
            http.post(url, b"{}", {}, deadline_seconds=1)
        with pytest.raises(TimeoutError):
            listener.accept()
