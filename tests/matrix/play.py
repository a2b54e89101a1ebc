"""Plays every cell against the real simulator, lets time pass on the clock that both share, and compares the books.

Each cell has a payment of its own. First everything that the cells stand on is made without faults; then each cell's
one operation meets its fault; then the worker's rounds and the provider's notifications do what they do, while the
clock goes ahead, until nobody has an open question any more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from core import clock, ports
from payments.demo import compare, our_books
from payments.gateways.base import Kind
from payments.models import Dispute, DisputeAct, Payment, Transaction
from payments.services.answer_dispute import accept_dispute, defend_dispute, send_again
from payments.services.books import verify_books
from payments.services.inbox import apply_due
from payments.services.operate import cancel_payment, capture_payment, refund_payment
from payments.services.refresh import reconcile
from payments.states import OPEN, Status
from tests import factories, processes
from tests.matrix.cells import LIES, Cell
from tests.simulator_process import SimulatorProcess

CLIENT_DEADLINE = 1.0
"""Seconds of one whole call, so that a dripping answer does not take ten."""
STEPS = (
    *(timedelta(seconds=6),) * 4,
    *(timedelta(seconds=40),) * 3,
    *(timedelta(minutes=3),) * 4,
    *(timedelta(minutes=30),) * 3,
    *(timedelta(hours=4),) * 4,
    *(timedelta(hours=25),) * 5,
)
"""How the clock goes ahead while everything heals: past the ladder's rungs, past the life of a payment."""
ROUNDS = 40
CARD = "4054695723100768"


@dataclass(slots=True)
class Played:
    cell: Cell
    payment: Payment
    wrong: list[str]
    state: str = ""
    flagged: str = ""
    questions: int = 0


class Stage:
    """One shop at one simulator, with a web server that hears the provider's notifications."""

    def __init__(self, provider: SimulatorProcess, folder: Path, clock_file: Path, settings: Any) -> None:
        self.provider = provider
        processes.point_at(provider, settings)
        known = settings.GATEWAY_CREDENTIALS[processes.CREDENTIALS]
        settings.GATEWAY_CREDENTIALS = {processes.CREDENTIALS: {**known, "deadline_seconds": CLIENT_DEADLINE}}
        settings.CLOCK_FILE = str(clock_file)
        ports.use_clock_file(clock_file)
        self.account = processes.make_antom_account()
        env = processes.environment(provider, CLOCK_FILE=str(clock_file))
        self.web = processes.WebProcess(env, folder)
        settings.PUBLIC_URL = self.web.url
        self.buyer = factories.make_user("buyer@shop.example")
        self.operator = factories.make_operator("operator@shop.example", *factories.VERBS, "accept", "defend")
        self.products = {manual: factories.make_product(f"LAMP-{manual}", manual=manual) for manual in (False, True)}
        self.card = factories.make_card(self.buyer, self.account, token=provider.token(CARD))

    def close(self) -> None:
        self.web.stop()
        ports.use_clock_file(None)

    def play(self, cells: Iterable[Cell]) -> list[Played]:
        todo = list(cells)
        bases = [self._base(cell) for cell in todo]
        self._let_pass(timedelta(seconds=6))
        self._dispute(todo, bases)
        played = [Played(cell, self._act(cell, base), []) for cell, base in zip(todo, bases, strict=True)]
        self.heal()
        self._judge(played)
        return played

    # --- what a cell stands on ---

    def _base(self, cell: Cell) -> Payment | None:
        if cell.operation in ("capture", "cancel"):
            return self._pay(manual=True)
        if cell.operation in ("refund", "inquiryRefund", "acceptDispute", "supplyDefenseDocument"):
            return self._pay()
        return None

    def _pay(self, *, manual: bool = False, card: bool = True) -> Payment:
        order = factories.make_order(self.buyer, self.products[manual])
        return factories.start(self.buyer, order, self.card if card else None)

    def _dispute(self, cells: list[Cell], bases: list[Payment | None]) -> None:
        wanted = [
            payment
            for cell, payment in zip(cells, bases, strict=True)
            if payment is not None and cell.operation in ("acceptDispute", "supplyDefenseDocument")
        ]
        for payment in wanted:
            self.provider.control("act", {"act": "open_dispute", "request_id": _request_id(payment), "due_days": 300})
        processes.wait_until(lambda: Dispute.objects.count() == len(wanted), seconds=20, what="the disputes")

    # --- the one operation that meets the fault ---

    def _act(self, cell: Cell, base: Payment | None) -> Payment:
        verbs: dict[str, Callable[[Cell, Payment | None], Payment]] = {
            "pay": self._start,
            "createPaymentSession": self._present_card,
            "submit": self._present_card,
            "autoCapture": self._automatic_capture,
            "inquiryPayment": self._ask_about_payment,
            "inquiryRefund": self._ask_about_refund,
            "capture": self._operate,
            "cancel": self._operate,
            "refund": self._operate,
            "acceptDispute": self._answer_dispute,
            "supplyDefenseDocument": self._answer_dispute,
        }
        return verbs[cell.operation](cell, base)

    def _arm(self, operation: str, scenario: str, **more: Any) -> int:
        return int(self.provider.control("next", {"operation": operation, "scenario": scenario, **more})["armed"])

    def _armed(self) -> bool:
        return bool(self.provider.control("next", method="GET")["armed"])

    def _start(self, cell: Cell, base: Payment | None) -> Payment:
        self._arm(cell.operation, cell.scenario, **cell.more)
        return self._pay()

    def _automatic_capture(self, cell: Cell, base: Payment | None) -> Payment:
        self._arm(cell.operation, cell.scenario, **cell.more)
        payment = self._pay()
        self._let_pass(timedelta(seconds=6))
        processes.wait_until(lambda: not self._armed(), what=f"the automatic capture of {cell}")
        return payment

    def _present_card(self, cell: Cell, base: Payment | None) -> Payment:
        """The buyer's element; where no session came of it, there is nothing to show the card to."""
        if cell.operation == "createPaymentSession":
            self._arm(cell.operation, cell.scenario, **cell.more)
        payment = Payment.objects.get(pk=self._pay(card=False).pk)
        if payment.next_action is None:
            return payment
        if cell.operation == "submit":
            self._arm(cell.operation, cell.scenario, **cell.more)
        session = our_session(payment)
        body = {
            "sessionData": session,
            "card": {"number": CARD, "expiryMonth": "12", "expiryYear": "39", "cvv": "123", "holder": "Bea"},
        }
        try:
            requests.post(f"{self.provider.base_url}/element/submit", json=body, timeout=3)
        except requests.RequestException:
            """The browser lost the answer, as the scenario wants it."""
        return payment

    def _ask_about_payment(self, cell: Cell, base: Payment | None) -> Payment:
        """Its answer and its notices are lost, so that everything hangs on the question."""
        self._arm("pay", "lost_reply", copies=0)
        payment = self._pay()
        self._arm(cell.operation, cell.scenario, **cell.more, request_id=_request_id(payment))
        return payment

    def _ask_about_refund(self, cell: Cell, base: Payment | None) -> Payment:
        assert base is not None
        self._arm("refund", "lost_reply", copies=0)
        self._refund(base)
        request_id = Transaction.objects.get(payment=base, kind=Kind.REFUND).request_id
        self._arm(cell.operation, cell.scenario, **cell.more, request_id=request_id)
        return base

    def _operate(self, cell: Cell, base: Payment | None) -> Payment:
        assert base is not None
        self._arm(cell.operation, cell.scenario, **cell.more)
        ask = factories.make_ask(self.operator)
        if cell.operation == "capture":
            capture_payment(payment_id=base.pk, actor=self.operator, ask=ask, reason="shipped")
        elif cell.operation == "cancel":
            cancel_payment(payment_id=base.pk, actor=self.operator, ask=ask, reason="out_of_stock")
        else:
            self._refund(base)
        return base

    def _refund(self, payment: Payment) -> None:
        ask = factories.make_ask(self.operator)
        refund_payment(payment_id=payment.pk, actor=self.operator, ask=ask, amount_minor=12000, reason="damaged")

    def _answer_dispute(self, cell: Cell, base: Payment | None) -> Payment:
        assert base is not None
        dispute = Dispute.objects.get(payment=base)
        self._arm(cell.operation, cell.scenario, **cell.more)
        ask = factories.make_ask(self.operator)
        if cell.operation == "acceptDispute":
            accept_dispute(dispute_id=dispute.pk, actor=self.operator, ask=ask)
        else:
            defend_dispute(
                dispute_id=dispute.pk, actor=self.operator, ask=ask, document=b"%PDF proof", file_name="proof.pdf"
            )
        return base

    # --- healing ---

    def heal(self) -> None:
        """The worker's rounds, the provider's courier and a person at the disputes' desk, while time goes by."""
        for step in STEPS:
            self._let_pass(step)
            if not self._unsettled():
                return

    def _let_pass(self, step: timedelta) -> None:
        clock.advance(step)
        for _ in range(ROUNDS):
            processes.wait_until(self._courier_is_idle, seconds=30, what="the provider's notifications")
            if not (apply_due(limit=1000) + reconcile(limit=1000)):
                break
        for act in DisputeAct.objects.filter(status=Status.UNKNOWN):
            send_again(act_id=act.pk, actor=self.operator)

    def _courier_is_idle(self) -> bool:
        now = ports.now()
        return not any(
            row["next_at"] and not row["acknowledged"] and datetime.fromisoformat(row["next_at"]) <= now
            for row in self.provider.notifications()
        )

    def _unsettled(self) -> bool:
        """Requests without an end, and automatic captures that nobody told us about."""
        waiting = Payment.objects.filter(capture_expected_by__isnull=False, state="authorized", needs_review=False)
        open_acts = DisputeAct.objects.filter(status__in=sorted(OPEN))
        asked_about = Transaction.objects.filter(status__in=sorted(OPEN), next_at__isnull=False)
        return waiting.exists() or open_acts.exists() or asked_about.exists()

    # --- judging ---

    def _judge(self, played: list[Played]) -> None:
        theirs = {page["payment_request_id"]: page for page in self.provider.books()}
        counts = self._counts()
        broken = verify_books()
        for one in played:
            one.payment.refresh_from_db()
            one.state, one.flagged = one.payment.state, one.payment.review_reason
            request_id = _request_id(one.payment)
            one.questions = counts.get(("inquiryPayment", request_id), 0)
            page = theirs.get(request_id)
            rows = compare.side_by_side([our_books.page(one.payment)], [page] if page else [])
            one.wrong += [f"{one.cell}: {sentence}" for sentence in compare.differences(rows)]
            one.wrong += [f"{one.cell}: {line}" for line in broken if one.payment.public_id in line]
            still_open = one.payment.transactions.filter(status__in=sorted(OPEN))
            one.wrong += [f"{one.cell}: the {tx.kind} is still {tx.status}" for tx in still_open if not _is_frozen(tx)]
            if one.cell.scenario in LIES and self._was_told(one) and not one.payment.needs_review:
                one.wrong.append(f"{one.cell}: nobody hears of the lie")
            for tx in one.payment.transactions.exclude(request_id=None):
                operation = {"capture": "capture", "refund": "refund", "authorize": "pay"}.get(tx.kind, "")
                if counts.get((f"{operation} done", str(tx.request_id)), 0) > 1:
                    one.wrong.append(f"{one.cell}: the {tx.kind} was done more than once")
        if broken and not any(one.wrong for one in played):
            played[0].wrong += broken

    def _was_told(self, one: Played) -> bool:
        """Whether the request met its fault at all: a question that nobody had to ask is no lie."""
        if one.cell.operation == "autoCapture":
            return True
        names = [str(name) for name in one.payment.transactions.values_list("request_id", flat=True)]
        rows = [row for name in names for row in self.provider.log(name, operation=one.cell.operation)["rows"]]
        return any(row["scenario"] == one.cell.scenario for row in rows)

    def _counts(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for row in self.provider.log()["rows"]:
            names = [row["operation"]] + ([f"{row['operation']} done"] if row["result_code"] == "SUCCESS" else [])
            for name in names:
                found[name, row["request_id"]] = found.get((name, row["request_id"]), 0) + 1
        return found


def _request_id(payment: Payment) -> str:
    return str(Transaction.objects.get(payment=payment, kind=Kind.AUTHORIZE).request_id)


def _is_frozen(tx: Transaction) -> bool:
    """Only a person can tell what happened (I13)."""
    return tx.failure_code == "frozen"


def our_session(payment: Payment) -> str:
    assert payment.next_action is not None
    return str(json.loads(bytes(payment.next_action))["session_data"])
