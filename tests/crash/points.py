"""The crash points of reliability.md C1, each as a path through what a process passes on its way.

A path names instants in the order in which they are passed, joined by `>`; the process ends at the last one. An
instant is a `crash_point` of the code, or one of the harness (HARNESS): around the commits of the database, and before
each piece of a request that is written to an open connection (the first: nothing written yet; the second: half).

Left out: the points of `bind`, which tests/vaulting/test_crashes.py plays in one process; and of `refund` “approval
stored before/after COMMIT”, because it does not exist here yet. Of 13 + 11 + 11 + 13 + 8 + 6 = 62 points 60 are played.
MORE are points of the code that the table does not list.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

HARNESS = frozenset({"db.before_begin", "db.before_commit", "db.after_commit", "http.writing"})


@dataclass(frozen=True, slots=True)
class Point:
    flow: str
    what: str
    path: str
    scene: str = ""
    """Who plays it, where the flow alone does not say; see tests/crash/scenes.py."""
    quick: bool = False
    """One of the quarter that stands for all; see `in_the_suite`."""

    def __str__(self) -> str:
        return f"{self.flow}: {self.what}"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.path.split(">"))


NEVER_SENT = "pay_never_sent"
"""Written down, and nobody ever sends it: an authorization is sent once, by the process that wrote it (I14)."""
_CALL = "authorize.before_call"

PAY = (
    Point("pay", "parsed", "authorize.asked"),
    Point("pay", "before BEGIN A", "authorize.asked>db.before_begin"),
    Point("pay", "claim inserted", "key.claimed"),
    Point("pay", "before COMMIT A", "authorize.before_commit>db.before_commit", quick=True),
    Point("pay", "after COMMIT A", "authorize.written", NEVER_SENT),
    Point("pay", "signed, before connect", f"{_CALL}>http.before_connect", NEVER_SENT),
    Point("pay", "connected, nothing written", f"{_CALL}>http.writing", NEVER_SENT),
    Point("pay", "half written", f"{_CALL}>http.writing>http.writing", NEVER_SENT, quick=True),
    Point("pay", "fully written", f"{_CALL}>http.written", quick=True),
    Point("pay", "answer read, unverified", f"{_CALL}>http.answer_read"),
    Point("pay", "verified, before BEGIN B", "authorize.after_call>db.before_begin"),
    Point("pay", "before COMMIT B", "authorize.after_call>room.before_commit>db.before_commit"),
    Point("pay", "after COMMIT B, answer to the client not sent", "authorize.after_call>room.after_commit", quick=True),
)


def _wire_and_apply(flow: str, *, quick: bool = False) -> tuple[Point, ...]:
    call = f"{flow}.before_call"
    return (
        Point(flow, "before connect", f"{call}>http.before_connect"),
        Point(flow, "written", f"{call}>http.written", quick=quick),
        Point(flow, "answer read", f"{call}>http.answer_read"),
        Point(flow, "before COMMIT B", f"{flow}.after_call>room.before_commit>db.before_commit", quick=quick),
        Point(flow, "after COMMIT B", f"{flow}.after_call>room.after_commit>db.after_commit"),
    )


def _resolver_first(flow: str) -> tuple[Point, ...]:
    return (
        Point(flow, "permission checked", f"{flow}.permitted"),
        Point(flow, "before resolver-first", f"{flow}.permitted>resolve.before_inquiry", f"{flow}_unknown"),
        Point(flow, "after resolver-first", f"{flow}.asked_first", f"{flow}_unknown"),
    )


def _reserve(flow: str) -> tuple[Point, ...]:
    return (
        Point(flow, "before COMMIT A", f"{flow}.before_commit>db.before_commit"),
        Point(flow, "after COMMIT A", f"{flow}.written", quick=True),
    )


CAPTURE = (
    *_resolver_first("capture"),
    *_reserve("capture"),
    *_wire_and_apply("capture", quick=True)[:4],
    Point("capture", "after COMMIT B", "capture.after_call>room.after_commit"),
    Point("capture", "page not sent", "capture.after_call>room.after_commit>db.after_commit"),
)
CANCEL = (
    *_resolver_first("cancel"),
    *_reserve("cancel"),
    *_wire_and_apply("cancel"),
    Point("cancel", "overtaking an open authorise", "cancel.before_call>http.written", "overtake", quick=True),
)
REFUND = (
    Point("refund", "permission checked", "refund.permitted"),
    *_reserve("refund"),
    *_wire_and_apply("refund", quick=True),
    Point("refund", "before COMMIT B, reservation released", "refund.after_call>room.before_commit", "refund_refused"),
    Point("refund", "after COMMIT B, reservation released", "refund.after_call>room.after_commit", "refund_refused"),
    Point("refund", "second partial refund refused while one is open", "refund.refused_while_open", "second_refund"),
)
NOTIFY = (
    Point("notify", "raw read", "notify.read"),
    Point("notify", "verified", "notify.verified"),
    Point("notify", "before COMMIT inbox", "inbox.before_commit>db.before_commit", quick=True),
    Point("notify", "after COMMIT inbox", "inbox.after_commit", quick=True),
    Point("notify", "acknowledgement sent", "notify.acknowledged", "acknowledged"),
    Point("notify", "applier claimed", "inbox.claimed", "applier"),
    Point("notify", "before COMMIT apply", "inbox.claimed>room.before_commit>db.before_commit", "applier", quick=True),
    Point("notify", "after COMMIT apply", "inbox.claimed>room.after_commit>inbox.applied", "applier"),
)
RESOLVE = (
    Point("resolve", "lease before COMMIT", "resolve.leasing>db.before_commit"),
    Point("resolve", "lease after COMMIT", "resolve.leased", quick=True),
    Point("resolve", "inquiry written", "resolve.before_inquiry>http.written", quick=True),
    Point("resolve", "answer read", "resolve.before_inquiry>http.answer_read"),
    Point("resolve", "before COMMIT B", "resolve.after_inquiry>room.before_commit>db.before_commit"),
    Point("resolve", "after COMMIT B", "resolve.after_inquiry>room.after_commit"),
)
MORE = (
    Point("capture xor cancel", "cancel refused", "cancel.refused_while_open", "cancel_while_capturing"),
    Point("capture xor cancel", "capture refused", "capture.refused_while_open", "capture_while_canceling"),
    Point("challenge", "next action being written", "outcomes.next_action"),
    Point("answer a buyer's request", "after the refund, before the answer", "ask.operated", "ask"),
    Point("answer a dispute", "before COMMIT A", "dispute.before_commit>db.before_commit", "dispute"),
    Point("answer a dispute", "after COMMIT A", "dispute.written", "dispute", quick=True),
    Point("answer a dispute", "before BEGIN B", "dispute.after_call", "dispute"),
)
TABLE = {"pay": PAY, "capture": CAPTURE, "cancel": CANCEL, "refund": REFUND, "notify": NOTIFY, "resolve": RESOLVE}
COUNTS = {"pay": 13, "capture": 11, "cancel": 11, "refund": 11, "notify": 8, "resolve": 6}
EVERY = (*(point for points in TABLE.values() for point in points), *MORE)


def in_the_suite() -> tuple[Point, ...]:
    """The fixed quarter, with every flow and every kind of point; all of them when `make crash` plays."""
    return EVERY if os.environ.get("CRASH_EVERY_POINT") else tuple(point for point in EVERY if point.quick)
