"""`make demo`, or `python -m payments.demo`: starts everything, plays the main job, stays up."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType

from payments.demo import memory, proof, report, states
from payments.demo.doors import Buyer, Desk, Provider, Stuck
from payments.demo.main_job import Story
from payments.demo.places import Places, places
from payments.demo.running import everything, only_one
from payments.demo.supervisor import Supervisor
from payments.demo.voice import Voice


class Stopped(Exception):
    """Ctrl-C, SIGTERM, or the terminal went away."""


def parser() -> argparse.ArgumentParser:
    told = argparse.ArgumentParser(prog="make demo", description=__doc__)
    told.add_argument("--check", action="store_true", help="play the main job and exit: 0 when all is equal, else 1")
    told.add_argument("--no-story", action="store_true", help="start without playing the main job")
    told.add_argument("--fresh", action="store_true", help="forget the folder of earlier demos first")
    told.add_argument(
        "--break",
        dest="broken",
        choices=["refund"],
        default=os.environ.get("DEMO_BREAK") or None,
        help="delete one refund from the provider's books before they are compared (exit 1)",
    )
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    if asked.broken not in (None, "refund"):  # argparse does not look at what comes from the environment
        raise SystemExit(f"DEMO_BREAK is {asked.broken!r}; only refund can be broken")
    where, voice = places(), Voice()
    _listen()
    try:
        with only_one(where):
            if asked.fresh:
                where.start_over()
            return _run(where, voice, asked)
    except Stopped:
        voice.line("stopped; nothing runs any more")
        return 0 if not asked.check else 1


def _run(where: Places, voice: Voice, asked: argparse.Namespace) -> int:
    began = time.monotonic()
    with everything(where, voice) as supervisor:
        people = report.people_of(where)
        buyers = [Buyer(where.app, one["email"], one["password"], one["name"]) for one in people["buyers"]]
        tokens = {one.email: one.sign_in() for one in buyers}
        supervisor.restarted = lambda: report.write_card(where, people, tokens, supervisor.pids())
        supervisor.restarted()
        voice.line(
            f"Ready after {time.monotonic() - began:.1f} s: {where.app} (provider simulated at {where.simulator})"
        )
        failed = not asked.no_story and _play(where, people, buyers[0], voice, asked.broken or "")
        planted = [] if asked.check else _plant(where, people, buyers[-1], voice)
        supervisor.restarted()
        _tell_memory(voice)
        if asked.check:
            voice.line("exit 1: see above" if failed else "exit 0")
            return 1 if failed else 0
        report.tell(where, people, planted, voice)
        _stay(supervisor)
    return 0


def _play(where: Places, people: dict[str, list[dict[str, str]]], buyer: Buyer, voice: Voice, broken: str) -> bool:
    """Whether anything did not come out as it must."""
    passwords = {one["role"]: (one["email"], one["password"]) for one in people["operators"]}
    provider = Provider(where.simulator)
    try:
        cashier, refunder = (Desk(where.app, *passwords[role]) for role in ("cashier", "refunder"))
        Story(voice, buyer, cashier, refunder, provider).play()
        apart = {state["order"] for state in report.states_of(where)}
        return bool(proof.prove(where, provider, voice, broken=broken, apart_from=apart))
    except Stuck as problem:
        voice.bad(f"STUCK: {problem}")
        return True


def _plant(where: Places, people: dict[str, list[dict[str, str]]], buyer: Buyer, voice: Voice) -> list[dict[str, str]]:
    """The interesting states, made at the first start."""
    passwords = {one["role"]: (one["email"], one["password"]) for one in people["operators"]}
    if not where.states.exists():
        voice.aside("making the interesting states: a week of virtual time")
    try:
        provider = Provider(where.simulator)
        return states.plant(buyer, lambda role: Desk(where.app, *passwords[role]), provider, where.clock, where.states)
    except Stuck as problem:
        voice.bad(f"the interesting states are not complete: {problem}")
        return []


def _tell_memory(voice: Voice) -> None:
    used = memory.megabytes()
    voice.aside(f"memory of all processes together: {used:.0f} MB (limit {memory.LIMIT_MB} MB)")


def _stay(supervisor: Supervisor) -> None:
    while True:
        time.sleep(1)


def _listen() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)  # stopping takes a few seconds; asking again does not make it faster
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
