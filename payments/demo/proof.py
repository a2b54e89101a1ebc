"""The end of the story: our books proven, and laid beside the provider's."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Collection
from typing import Any

from payments.demo.compare import HEAD, Row, differences, side_by_side
from payments.demo.doors import Provider, Stuck
from payments.demo.places import ROOT, Places
from payments.demo.prepare import run
from payments.demo.voice import Voice

QUIET_WITHIN = 60.0
"""Seconds in which everything that is under way must have come to its end."""


def settled_books(places: Places, *, apart_from: Collection[str] = ()) -> list[dict[str, Any]]:
    """Our pages, once no request is open; without payments that are open on purpose. Raises Stuck after a while."""
    end = time.monotonic() + QUIET_WITHIN
    while True:
        told = json.loads(run([sys.executable, "-m", "payments.demo.our_books"], places.environment_of_app()))
        pages = [page for page in told["payments"] if page["order"] not in apart_from]
        still_open = sum(page["open"] for page in pages)
        if not still_open:
            return pages
        if time.monotonic() > end:
            raise Stuck(f"{still_open} requests are still open after {QUIET_WITHIN:g} s")
        time.sleep(1)


def break_a_refund(places: Places, provider: Provider, voice: Voice) -> None:
    """For a test: the provider forgets one refund that it made. Raises Stuck when there is none."""
    refunds = [name for page in provider.books() for name in (row["refund_request_id"] for row in page["refunds"])]
    if not refunds:
        raise Stuck("there is no refund to break")
    provider.delete_refund(refunds[-1])
    voice.bad(f"As asked, refund {refunds[-1]} was deleted from the provider's books.")


def prove(
    places: Places, provider: Provider, voice: Voice, *, broken: str = "", apart_from: Collection[str] = ()
) -> list[str]:
    """Say whether the books are equal. Returns a sentence for each difference."""
    voice.title("The books")
    ours = settled_books(places, apart_from=apart_from)
    if broken == "refund":
        break_a_refund(places, provider, voice)
    wrong = verify_books(places, voice)
    named = {page["payment_request_id"] for page in ours}
    theirs = [page for page in provider.books() if not apart_from or page["payment_request_id"] in named]
    rows = side_by_side(ours, theirs)
    voice.line("")
    _show(rows, voice)
    found = differences(rows)
    for sentence in found:
        voice.bad(f"DIFFERENT: {sentence}")
    if not (wrong or found):
        moved = sum(1 for row in rows if row.what in ("capture", "refund"))
        voice.good(f"{len(ours)} payments, {moved} movements of money, ours and the provider's: equal")
    return [*wrong, *found]


def verify_books(places: Places, voice: Voice) -> list[str]:
    voice.asked("verify_books folds the journal again and compares it with every stored sum.")
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_books"],
        env=places.environment_of_app(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = done.stdout.splitlines()
    for line in lines:
        voice.answered(line)
    return lines if done.returncode else []


def _show(rows: list[Row], voice: Voice) -> None:
    voice.line(HEAD)
    for row in rows:
        voice.line(str(row))
