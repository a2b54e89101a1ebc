"""Carries notifications to the merchant and does the provider's postponed work (antom.md 4).

One thread looks for what is due in the database, a few others send. Nothing is held in memory that a restart would
lose: a row is leased while it is being sent, and the leases of a process that died are lifted at the next start.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from queue import SimpleQueue

from django.db import close_old_connections
from django.db.models import Min

from payments.simulator import clock, later, posting, switchboard
from payments.simulator.deck import FirstSend
from payments.simulator.models import Capture, Job, Notification

log = logging.getLogger(__name__)

SCHEDULE = (0, 120, 600, 600, 3600, 7200, 21600, 54000)  # seconds before each send, divided by the time scale
SENDERS = 8
_LONGEST_NAP = 0.25  # real seconds; so soon is a change of the shared clock noticed

_bell = threading.Event()
_outbox: SimpleQueue[int] = SimpleQueue()
_start_lock = threading.Lock()
_started_in: int | None = None


def start() -> None:
    """Start the threads of this process, once; after a fork the child starts its own."""
    global _started_in
    if _started_in == os.getpid():
        return
    with _start_lock:
        if _started_in == os.getpid():
            return
        _started_in = os.getpid()
        threading.Thread(target=_watch, name="courier", daemon=True).start()
        for number in range(SENDERS):
            threading.Thread(target=_send_for_ever, name=f"courier-{number}", daemon=True).start()


def wake() -> None:
    """Something may be due."""
    _bell.set()


def deliver(pk: int) -> bool:
    """Send one notification now and write down what came of it. True when it is acknowledged."""
    row = Notification.objects.filter(pk=pk).first()
    if row is None:
        return False
    said, acknowledged = posting.post(row)
    _write_down(row, said, acknowledged)
    if row.notify_type == "CAPTURE_RESULT":
        _release_behind(row)
    return acknowledged


def _watch() -> None:
    lifted = False
    while True:
        nap = 2.0
        try:
            if not lifted:
                Notification.objects.filter(leased_at__isnull=False).update(leased_at=None)
                lifted = True
            later.run_due_jobs()
            for pk in _lease_due():
                _outbox.put(pk)
            nap = _time_to_next()
        except Exception:
            log.exception("courier round failed")
            close_old_connections()
        _bell.wait(nap)
        _bell.clear()


def _send_for_ever() -> None:
    while True:
        pk = _outbox.get()
        try:
            deliver(pk)
        except Exception:
            log.exception("notification %s not sent", pk)
            close_old_connections()
            with suppress(Exception):
                Notification.objects.filter(pk=pk).update(leased_at=None, next_at=clock.now() + timedelta(seconds=5))
        _bell.set()


def _lease_due() -> list[int]:
    """Only the watcher leases, so reading first is safe; an idle round takes no write lock."""
    now = clock.now()
    due = Notification.objects.filter(next_at__lte=now, leased_at__isnull=True, acknowledged_at__isnull=True)
    found = list(due.order_by("next_at", "pk").values_list("pk", flat=True)[:100])
    if found:
        Notification.objects.filter(pk__in=found).update(leased_at=now)
    return found


def _time_to_next() -> float:
    waiting = Notification.objects.filter(leased_at__isnull=True, acknowledged_at__isnull=True)
    moments = (Job.objects.aggregate(at=Min("due_at"))["at"], waiting.aggregate(at=Min("next_at"))["at"])
    now = clock.now()
    waits = [(moment - now).total_seconds() for moment in moments if moment is not None]
    return float(max(0.005, min([*waits, _LONGEST_NAP])))


def _write_down(row: Notification, said: str, acknowledged: bool) -> None:
    now = clock.now()
    Notification.objects.filter(pk=row.pk).update(
        attempts=row.attempts + 1,
        last_answer=said,
        acknowledged_at=row.acknowledged_at or (now if acknowledged else None),
        next_at=None if acknowledged or row.next_at is None else _next_send(row.attempts + 1, now),
        leased_at=None,
    )


def _release_behind(row: Notification) -> None:
    """A payment's notification that was held until this capture's was out (scenario `reordered`)."""
    capture = Capture.objects.filter(client_id=row.client_id, request_id=row.request_id).first()
    if capture is None or capture.parent is None:
        return
    held = Notification.objects.filter(client_id=row.client_id, request_id=capture.parent.request_id, attempts=0)
    if held.filter(fault=FirstSend.AFTER_CAPTURE, leased_at__isnull=True).update(next_at=clock.now()):
        wake()


def _next_send(sent: int, now: datetime) -> datetime | None:
    knobs = switchboard.knobs()
    if knobs.no_resends or sent >= len(SCHEDULE):
        return None
    return now + timedelta(seconds=SCHEDULE[sent] / knobs.time_scale)
