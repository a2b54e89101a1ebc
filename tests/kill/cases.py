"""Who is killed, at which verb, at which moment; and where the money must be when the resolver is through."""

from __future__ import annotations

from dataclasses import dataclass

BEFORE, DURING, AFTER = "between write and call", "during the call", "between call and write"
KIND = {"pay": "authorize", "capture": "capture", "refund": "refund"}
OPERATION = {"pay": "pay", "capture": "capture", "refund": "refund"}
"""The simulator's word for what the verb sends."""
END = {"pay": "authorized", "capture": "captured", "refund": "partially_refunded"}


@dataclass(frozen=True, slots=True)
class Case:
    who: str
    verb: str
    moment: str
    points: str
    """Crash points in order, as tests.kill.trap wants them."""
    end: str
    """Our state after the restart and the resolver."""
    sends_before: int
    """How often bytes had left us, as our row tells, when the process died."""
    done_before: int
    """How often the provider had done it by then."""

    def __str__(self) -> str:
        return f"{self.who} {self.verb}, {self.moment}"


def web_case(verb: str, moment: str) -> Case:
    kind = KIND[verb]
    points = {
        BEFORE: f"{kind}.written",
        DURING: f"{kind}.before_call>http.written",
        AFTER: f"{kind}.after_call",
    }[moment]
    never_sent = verb == "pay" and moment == BEFORE
    end = "expired" if never_sent else END[verb]  # an authorization is never sent by anybody else (I14)
    done = 0 if moment == BEFORE else 1
    # An authorization leaves right after its commit and never again, so its row says so from the start.
    return Case("web", verb, moment, points, end, 1 if verb == "pay" else done, done)


def worker_case(verb: str, moment: str) -> Case:
    """The first request of a capture or refund was lost, the worker repeats it. A payment it only asks about (I14)."""
    if verb == "pay":
        points = {
            BEFORE: "resolve.before_inquiry",
            DURING: "resolve.before_inquiry>http.written",
            AFTER: "resolve.after_inquiry",
        }[moment]
        return Case("worker", verb, moment, points, END[verb], 1, 1)
    kind = KIND[verb]
    points = {
        BEFORE: f"{kind}.before_call",
        DURING: f"{kind}.before_call>http.written",
        AFTER: f"{kind}.after_call",
    }[moment]
    repeated = 0 if moment == BEFORE else 1
    return Case("worker", verb, moment, points, END[verb], 1 + repeated, repeated)


MOMENTS = (BEFORE, DURING, AFTER)
WEB = tuple(web_case(verb, moment) for verb in KIND for moment in MOMENTS)
WORKER = tuple(worker_case(verb, moment) for verb in KIND for moment in MOMENTS)
EVERY = WEB + WORKER
