"""Carries notifications to the merchant and does the provider's postponed work (antom.md 4).

One thread looks for what is due in the database, a few others send. Nothing is held in memory that a restart would
lose: a row is leased while it is being sent, and the leases of a process that died are lifted at the next start.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.db import close_old_connections
from django.db.models import Min

from payments.simulator import clock, later, signing, switchboard
from payments.simulator.keys import UnknownClient, load_keys
from payments.simulator.models import Job, Notification

log = logging.getLogger(__name__)

SCHEDULE = (0, 120, 600, 600, 3600, 7200, 21600, 54000)  # seconds before each send, divided by the time scale
SENDERS = 8
TIMEOUT = (3.05, 10)  # real seconds: connect, read
_LONGEST_NAP = 0.5
_ACKNOWLEDGEMENT_LIMIT = 65536

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
    said, acknowledged = _post(row)
    _write_down(row, said, acknowledged)
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


def _post(row: Notification) -> tuple[str, bool]:
    """(what the merchant said, in a few words; whether it counts as received)."""
    try:
        keys = load_keys(Path(settings.SIM_KEYS_DIR), row.client_id)
    except UnknownClient:
        return "no keys", False
    parts = urlsplit(row.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = row.body.encode()
    moment = clock.stamp(row.created_at if row.old_time and not row.attempts else clock.now())
    content = signing.string_to_sign(method="POST", path=path, client_id=row.client_id, time=moment, body=body)
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "client-id": row.client_id,
        "Request-Time": moment,
        "Signature": signing.sign(keys.gateway_private, content),
    }
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.post(
                row.url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
            ) as response:
                content = response.raw.read(_ACKNOWLEDGEMENT_LIMIT, decode_content=True)
                return f"HTTP {response.status_code}", response.status_code == 200 and _is_acknowledgement(content)
    except Exception as error:  # whatever goes wrong out there, it was not received
        return type(error).__name__[:64], False


def _is_acknowledgement(body: bytes) -> bool:
    try:
        result = json.loads(body)["result"]
        return bool(result["resultStatus"] == "S" and result["resultCode"] == "SUCCESS")
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


def _write_down(row: Notification, said: str, acknowledged: bool) -> None:
    now = clock.now()
    Notification.objects.filter(pk=row.pk).update(
        attempts=row.attempts + 1,
        last_answer=said,
        acknowledged_at=row.acknowledged_at or (now if acknowledged else None),
        next_at=None if acknowledged or row.next_at is None else _next_send(row.attempts + 1, now),
        leased_at=None,
    )


def _next_send(sent: int, now: datetime) -> datetime | None:
    knobs = switchboard.knobs()
    if knobs.no_resends or sent >= len(SCHEDULE):
        return None
    return now + timedelta(seconds=SCHEDULE[sent] / knobs.time_scale)
