"""Plays one case after the other: act, wait for the instant, kill -9, restart, resolve, compare.

The web server that is started after a kill carries the trap of the next case: it is the restarted one and the next
victim in one.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import requests

from core import ports
from payments.models import Payment, Transaction
from payments.states import OPEN
from tests import factories, processes
from tests.books import differences
from tests.journeys.shop import App, Desk
from tests.kill.cases import KIND, OPERATION, Case
from tests.simulator_process import SimulatorProcess

AHEAD = (60, 120, 430, 490)
"""Seconds by which the resolver's clock is ahead: past the send window, past leases, past the life of a payment."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Our row and the provider's log at one moment."""

    status: str
    sends: int
    state: str
    received: int
    processed: int

    def __str__(self) -> str:
        return f"{self.status}, sends {self.sends} · /log {self.received} in, {self.processed} done"


@dataclass(frozen=True, slots=True)
class Played:
    case: Case
    pid: int
    before: Seen
    after: Seen
    told: str
    """What the buyer's app hears from the restarted web server."""
    differences: list[str]

    @property
    def as_it_must_be(self) -> bool:
        case = self.case
        return (
            self.before.status in OPEN
            and (self.before.sends, self.before.processed) == (case.sends_before, case.done_before)
            and self.after.state == self.told == case.end
            and (self.after.processed == 0) == (case.end == "expired")
            and not self.differences
        )


class Theatre:
    def __init__(self, simulator: SimulatorProcess, servers: processes.RaceServer, folder: Path) -> None:
        self.simulator, self.servers, self.folder = simulator, servers, folder
        self.port = processes.free_port()
        self.account = processes.make_antom_account()
        self.buyer = factories.make_user("buyer@shop.example")
        self.operator = factories.make_operator("operator@shop.example", *factories.VERBS)
        self.product = factories.make_product("VASE", manual=True)
        self.card = factories.make_card(self.buyer, self.account, token=simulator.token())
        self.marker = folder / "at-the-instant"
        self._people: tuple[App, Desk] | None = None

    def play(self, cases: Iterable[Case]) -> Iterator[Played]:
        todo = list(cases)
        web = self._serve(todo[0] if todo else None)
        try:
            for case, following in zip(todo, [*todo[1:], None], strict=True):
                if case.who == "web":
                    payment, pid, before = self._kill_web(case, web)
                    web = self._serve(following)
                else:
                    payment, pid, before = self._kill_worker(case)
                    if following and following.who == "web":
                        web.stop()
                        web = self._serve(following)
                self._resolve(payment)
                yield Played(
                    case,
                    pid,
                    before,
                    self._look(case, payment),
                    self._ask_the_app(payment),
                    differences(self.simulator),
                )
        finally:
            web.stop()

    # --- killing ---

    def _kill_web(self, case: Case, web: processes.WebProcess) -> tuple[Payment, int, Seen]:
        payment = self._prepared(case)
        known = set(Payment.objects.values_list("pk", flat=True))
        app, desk = self._who_is_signed_in()
        order = factories.make_order(self.buyer, self.product)
        acts: dict[str, Callable[[], object]] = {
            "pay": lambda: app.pay(order.public_id, card=self.card.public_id),
            "capture": lambda: desk.capture(payment.pk) if payment else None,
            "refund": lambda: desk.refund(payment.pk, "120.00") if payment else None,
        }
        tapped = _in_background(acts[case.verb])
        pid = self._wait_at_the_instant(web)
        payment = payment or Payment.objects.exclude(pk__in=known).get()
        before = self._look(case, payment, wait_for=case.done_before)
        os.kill(pid, signal.SIGKILL)
        web.kill()
        tapped.join(10)
        return payment, pid, before

    def _kill_worker(self, case: Case) -> tuple[Payment, int, Seen]:
        payment = self._prepared(case) or self._paid()
        env = processes.environment(self.simulator, **self._trap(case), KILL_AHEAD="5")
        log = self.folder / "worker.log"
        worker = processes.Process(["-m", "tests.kill.worker", "work"], env, log)
        pid = self._wait_at_the_instant(worker)
        assert pid == worker.pid
        before = self._look(case, payment, wait_for=case.done_before)
        worker.kill()
        return payment, pid, before

    def _wait_at_the_instant(self, process: processes.Process) -> int:
        def there() -> str:
            assert process.alive(), process.output()
            return self.marker.read_text() if self.marker.exists() else ""

        pid = int(processes.wait_until(there, seconds=30, what="the instant"))
        self.marker.unlink()
        return pid

    def _trap(self, case: Case) -> dict[str, str]:
        return {"KILL_AT": case.points, "KILL_MARKER": str(self.marker)}

    # --- before and after ---

    def _prepared(self, case: Case) -> Payment | None:
        """The payment that the verb acts on. For a worker the first request is lost, so that it has one to repeat."""
        worker = case.who == "worker"
        if case.verb == "pay":
            if worker:
                self.simulator.control("next", {"operation": "pay", "scenario": "lost_reply"})
            return None
        payment = self._paid()
        if case.verb == "refund":
            self._do("capture", payment)
        if worker:
            self.simulator.control("next", {"operation": case.verb, "scenario": "lost_request"})
            self._do(case.verb, payment)
        return payment

    def _paid(self) -> Payment:
        order = factories.make_order(self.buyer, self.product)
        told = self.servers.race(
            [
                {
                    "do": "start",
                    "actor": str(self.buyer.pk),
                    "order": order.public_id,
                    "card": self.card.public_id,
                    "key": ports.random_text(24),
                }
            ]
        )[0]
        return Payment.objects.get(public_id=told["told"])

    def _do(self, verb: str, payment: Payment) -> None:
        act = {"do": verb, "actor": str(self.operator.pk), "payment": str(payment.pk), "key": ports.random_text(24)}
        told = self.servers.race([{**act, "amount": 12000 if verb == "refund" else None}])[0]
        assert told["outcome"] == "done", told

    def _serve(self, case: Case | None) -> processes.WebProcess:
        trap = self._trap(case) if case and case.who == "web" else {}
        env = processes.environment(self.simulator, **trap)
        return processes.WebProcess(env, self.folder, port=self.port, wsgi="tests.kill.wsgi", hears=False)

    def _who_is_signed_in(self) -> tuple[App, Desk]:
        """Once: tokens and sessions outlive the web server."""
        if self._people is None:
            url = f"http://127.0.0.1:{self.port}"
            self._people = App(url, self.buyer.email), Desk(url, self.operator.email)
        return self._people

    def _resolve(self, payment: Payment) -> None:
        """`reconcile_payments --once --now …` until nothing of the payment is open."""
        for ahead in AHEAD:
            moment = (ports.now() + timedelta(seconds=ahead)).isoformat()
            self.servers.command("reconcile_payments", "--once", "--now", moment)
            if not Transaction.objects.filter(payment=payment, status__in=sorted(OPEN)).exists():
                return

    def _look(self, case: Case, payment: Payment, *, wait_for: int = 0) -> Seen:
        tx = Transaction.objects.filter(payment=payment, kind=KIND[case.verb]).latest("id")

        def counts() -> tuple[int, int]:
            told = self.simulator.log(str(tx.request_id), operation=OPERATION[case.verb])["counts"]
            count = told.get(OPERATION[case.verb], {"received": 0, "processed": 0})
            return count["received"], count["processed"]

        if wait_for:  # what has left us arrives a moment later
            processes.wait_until(lambda: counts()[1] >= wait_for, what="the request at the provider")
        state = Payment.objects.values_list("state", flat=True).get(pk=payment.pk)
        return Seen(tx.status, tx.sends, state, *counts())

    def _ask_the_app(self, payment: Payment) -> str:
        app, _ = self._who_is_signed_in()
        return str(app.payment(payment.public_id)["state"])


def _in_background(act: Callable[[], object]) -> threading.Thread:
    def tap() -> None:
        try:
            act()
        except (requests.RequestException, AssertionError):
            """The server died under it: nobody was told anything."""

    thread = threading.Thread(target=tap, daemon=True)
    thread.start()
    return thread
