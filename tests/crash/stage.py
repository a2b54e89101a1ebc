"""Plays one point: set the scene, let a process die there, let another go on, and compare the books."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payments.models import DisputeAct, EventStatus, NotificationEvent, Payment, Transaction
from payments.services.answer_dispute import send_again
from payments.services.inbox import apply_due
from payments.services.refresh import reconcile
from payments.states import OPEN
from tests.books import differences
from tests.crash.acts import Act, perform
from tests.crash.points import Point
from tests.crash.scenes import SCENES, Cast, Scene, as_act, later
from tests.processes import wait_until

LEASE = 50
"""Seconds until whatever the dead process held is free: keys 45, rows 30."""
STEPS = (5, 10, 40, 60, 300, 60, 60, 60, 60, 120)
"""How the clock goes while the resolver runs: past the send window, past the life of a payment."""
ASKED = ("pay", "capture", "cancel", "refund")

Die = Callable[[str, Act], bool]
"""Performs the act in a process that ends at the last instant of the path; whether it got there."""


def play(point: Point, cast: Cast, die: Die, *, client_repeats: bool = True) -> None:
    """Without `client_repeats` nobody but the resolver goes on; the client asks only when everything is over.

    Raises AssertionError when the point was not reached, or when anything is not as it must be in the end.
    """
    scene = SCENES[point.scene or point.flow](cast)
    assert die(point.path, scene.act), f"{point} was never reached"
    assert scene.left(), "the dead process left nothing behind"
    if client_repeats:
        perform(scene.act)  # at once: refused while the dead one's key is leased, or done now
        later(LEASE)
        perform(scene.act)
    run_until_quiet(cast)
    assert still_open() == []
    assert differences(cast.provider) == []
    redeliver(cast)
    later(LEASE)
    told = perform(scene.act)
    run_until_quiet(cast)
    check_the_client(scene, told, perform(scene.act))
    check_the_books(scene, cast)


def run_until_quiet(cast: Cast) -> None:
    for seconds in STEPS:
        reconcile()
        apply_due()
        for act in DisputeAct.objects.filter(status__in=sorted(OPEN)):
            later(LEASE)
            send_again(act_id=act.pk, actor=cast.operator)  # a person, there is nobody else
        if not still_open():
            return
        later(seconds)


def still_open() -> list[str]:
    waiting = NotificationEvent.objects.filter(status__in=[EventStatus.STORED, EventStatus.PARKED])
    return [
        *(f"{tx.kind} {tx.status}" for tx in Transaction.objects.filter(status__in=sorted(OPEN))),
        *(f"{act.kind} {act.status}" for act in DisputeAct.objects.filter(status__in=sorted(OPEN))),
        *(f"{event.kind} {event.status}" for event in waiting),
    ]


def redeliver(cast: Cast) -> None:
    """Everything that the provider ever told, twice, newest first."""
    wait_until(lambda: all(row["acknowledged"] for row in cast.provider.notifications()), what="the provider's courier")
    for message in 2 * list(reversed(cast.receiver.received)):
        assert perform(as_act(message))["status"] == 200, message


def check_the_client(scene: Scene, told: dict[str, Any], again: dict[str, Any]) -> None:
    """The same key, the same answer; and the answer is the truth."""
    if not scene.act.get("key"):
        return
    assert told == again
    if scene.refused:
        assert told["body"] == scene.refused, told
    else:
        assert told["status"] < 400, told
    if scene.act["do"] in ("capture", "cancel", "refund") and not scene.refused:
        mine = Transaction.objects.get(public_id=told["body"])
        assert (mine.kind, mine.is_open) == (scene.act["do"], False)
    if scene.act["do"] == "pay":
        assert Payment.objects.get().public_id in told["body"]


def check_the_books(scene: Scene, cast: Cast) -> None:
    assert still_open() == []
    assert differences(cast.provider) == []
    payment = Payment.objects.get()
    assert (payment.state, payment.review_reason) == (scene.end, scene.flag)
    theirs = cast.provider.books()
    sums = [sum(int(page[name]) for page in theirs) for name in ("captured", "refunded")]
    assert sums == [scene.taken, scene.given]
    rows = [row for row in cast.provider.log()["rows"] if row["operation"] in ASKED and row["request_id"]]
    ours = set(Transaction.objects.filter(request_id__isnull=False).values_list("request_id", flat=True))
    assert {row["request_id"] for row in rows} <= ours, "the provider was asked for something that no row of ours holds"
    assert sum(row["operation"] == "pay" for row in rows) <= 1, "an authorization was sent twice"
