"""A gateway in memory with books of its own, for tests of the core that need no wire.

It is told what the *next* call of a verb does; without orders it approves. It keeps two truths apart: what it did
(`payments`) and what it said. Lost replies, late processing and contradictions are combinations of the two.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from core import ports
from core.money import Money
from core.sealing import Secret
from payments.gateways import http
from payments.gateways.base import (
    AccountHint,
    Acknowledgement,
    Approved,
    AuthorizeRequest,
    BadSignature,
    CancelRequest,
    CaptureRequest,
    CardFacts,
    Category,
    Check,
    CheckMeaning,
    CodeMeaning,
    ConsultRequest,
    Declined,
    Delivery,
    Details,
    Fact,
    InquiryRequest,
    InvalidRequest,
    Kind,
    Known,
    Match,
    NotAttempted,
    NotFound,
    Notice,
    Outcome,
    PaymentOption,
    PaymentRef,
    Pending,
    RefundRequest,
    Rule,
    SdkSession,
    Strength,
    Unknown,
    Verb,
)
from payments.gateways.disputes import DisputeEvent, DisputeFact, EvidenceFile, EvidenceKind
from payments.gateways.vaults import Opening, VaultingFact, VaultingRequest, VaultOpened

EXACT_RULES = {
    Verb.AUTHORIZE: Rule(supported=True, within=timedelta(minutes=5)),
    Verb.CAPTURE: Rule(
        supported=True,
        exact_amount=True,
        within=timedelta(days=7),
        reason="This gateway captures exactly what was authorised, once.",
    ),
    Verb.CANCEL: Rule(supported=True, within=timedelta(days=7)),
    Verb.REFUND: Rule(supported=True, partial=True, several=True, within=timedelta(days=180)),
    Verb.REFUND_PRESENT: Rule(supported=False, reason="This gateway has no card terminal."),
    Verb.ACCEPT_DISPUTE: Rule(supported=True),
    Verb.DEFEND_DISPUTE: Rule(supported=True),
    Verb.BIND: Rule(supported=True),
    Verb.FORGET: Rule(supported=True),
}
FREE_RULES = {
    **EXACT_RULES,
    Verb.CAPTURE: Rule(supported=True, partial=True, several=True, within=timedelta(days=7)),
}
BOOKS: dict[str, FakeGateway] = {}
MEANINGS = {
    "NO": CodeMeaning(about="The bank said no.", next_step="Ask for another card."),
    "WRONG_KEY": CodeMeaning(about="It does not know our key.", next_step="Check the key.", ours_to_fix=True),
}


@dataclass
class Order:
    """What the next call of a verb does (`processed`) and says (`outcome`)."""

    outcome: Outcome
    processed: bool
    hook: Callable[[], None] | None = None


@dataclass
class FakePayment:
    request_id: str
    reference: str
    currency: str
    amount: int
    status: str = "authorized"
    captured: int = 0
    acts: list[dict[str, Any]] = field(default_factory=list)


class FakeGateway:
    def __init__(self, client_id: str = "FAKE-SIM") -> None:
        self.client_id = client_id
        self.rules: Mapping[Verb, Rule] = EXACT_RULES
        self.repeat_is_safe = frozenset({Verb.CAPTURE, Verb.CANCEL, Verb.REFUND})
        self.payments: dict[str, FakePayment] = {}
        self.log: list[tuple[str, str]] = []
        self.documents: list[bytes] = []
        self.tries: dict[str, VaultingFact] = {}
        self.forgotten: list[str] = []
        self.details = Details(
            card=CardFacts(brand="VISA", last_four="1111"), avs="A", cvv="Y", network_transaction_id="ntx-1"
        )
        """What every authorization tells besides; a test may put another in its place."""
        self._orders: dict[str, deque[Order]] = defaultdict(deque)
        self._serial = 0
        self._lock = threading.RLock()

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any]) -> FakeGateway:
        return BOOKS.setdefault(credentials["client_id"], cls(credentials["client_id"]))

    # --- what a test says ---

    def next(self, verb: str, outcome: Outcome, *, processed: bool | None = None, hook: Any = None) -> None:
        """The next call of `verb` (authorize, capture, cancel, refund, inquire) says `outcome`.

        `processed` None: the act is done when the outcome is Approved. `hook` runs during the call.
        """
        done = isinstance(outcome, Approved) if processed is None else processed
        self._orders[verb].append(Order(outcome, done, hook))

    def lose_reply(self, verb: str) -> None:
        self.next(verb, Unknown("no answer"), processed=True)

    def lose_request(self, verb: str) -> None:
        self.next(verb, Unknown("no answer"), processed=False)

    def sent(self, verb: str) -> list[str]:
        return [request_id for name, request_id in self.log if name == verb]

    def total(self, kind: str) -> int:
        """What the books say was done in all, minor units."""
        return sum(act["amount"] for p in self.payments.values() for act in p.acts if act["kind"] == kind)

    # --- Gateway ---

    @staticmethod
    def takes(currency: str) -> bool:
        return currency != "XOF"

    def check(self, request: AuthorizeRequest) -> None:
        if request.amount.currency == "IDR" and request.amount.minor % 100:
            raise InvalidRequest("paymentAmount.value", "must be a multiple of 100")

    def check_amount(self, amount: Money) -> None:
        if amount.currency == "IDR" and amount.minor % 100:
            raise InvalidRequest("amount.value", "must be a multiple of 100")

    def payment_options(self, request: ConsultRequest) -> tuple[PaymentOption, ...] | Unknown:
        order = self._begin("consult", request.amount.currency)
        card = PaymentOption(method="CARD", enabled=True, brands=("VISA",))
        return order.outcome if isinstance(order.outcome, Unknown) else (card,)

    def accept_dispute(self, reference: str) -> Outcome:
        return self._begin("accept_dispute", reference).outcome

    def defend_dispute(self, reference: str, document: bytes) -> Outcome:
        self.documents.append(document)
        return self._begin("defend_dispute", reference).outcome

    def dispute_evidence(self, reference: str, kind: EvidenceKind) -> EvidenceFile | Declined | NotAttempted | Unknown:
        outcome = self._begin("dispute_evidence", reference).outcome
        return outcome if isinstance(outcome, Declined | NotAttempted | Unknown) else EvidenceFile(b"%PDF-1.4", "pdf")

    # --- cards ---

    def open_vault(self, request: VaultingRequest) -> Opening:
        order = self._begin("bind", request.request_id)
        if order.processed:
            self.tries.setdefault(request.request_id, VaultingFact(request_id=request.request_id, outcome=Pending()))
        if not isinstance(order.outcome, Approved):
            assert isinstance(order.outcome, Declined | NotAttempted | Unknown)
            return order.outcome
        expires = ports.now() + timedelta(hours=1)
        return VaultOpened(data=Secret("vault&&SG&&111"), reference=f"VS-{request.request_id}", expires_at=expires)

    def inquire_vault(self, request_id: str) -> VaultingFact | NotFound | Unknown:
        order = self._begin("inquire_vault", request_id)
        return order.outcome if isinstance(order.outcome, Unknown) else self.tries.get(request_id, NotFound())

    def forget_card(self, token: Secret) -> Outcome:
        order = self._begin("forget", token.reveal())
        if order.processed:
            self.forgotten.append(token.reveal())
        return order.outcome

    def bind(self, request_id: str, outcome: Outcome | None = None, **card: Any) -> VaultingFact:
        """The buyer gave a card to the provider, and this became of it: what an inquiry tells from now on."""
        facts = {"brand": "VISA", "last_four": "1111", "expiry_month": 12, "expiry_year": 2099, "fingerprint": "f" * 64}
        token = Secret(f"token-{self.reference()}")
        kept = CardFacts(**{**facts, "token": token, **card}) if outcome in (None, Approved()) else None
        fact = VaultingFact(request_id=request_id, outcome=outcome or Approved(), card=kept)
        self.tries[request_id] = fact
        return fact

    # --- words ---

    def explain_code(self, kind: Kind, code: str) -> CodeMeaning | None:
        return MEANINGS.get(code)

    def explain_check(self, check: Check, raw: str) -> CheckMeaning:
        return CheckMeaning(match=Match.FULL if raw == "Y" else Match.UNKNOWN, about=f"{check} {raw}")

    def authorize(self, request: AuthorizeRequest) -> tuple[Fact, ...]:
        order = self._begin("authorize", request.request_id)
        payment = self.payments.get(request.request_id)
        if order.processed and payment is None:
            payment = self.do_authorize(request.request_id, request.amount)
        outcome = order.outcome
        if outcome == Approved() and request.card_token is None:
            expires = ports.now() + timedelta(minutes=10)
            self.payments.pop(request.request_id, None)
            outcome = Pending(SdkSession(data=Secret("session&&SG&&111"), expires_at=expires))
            payment = None
        return (self._authorized(request.request_id, payment, request.amount, outcome),)

    def capture(self, request: CaptureRequest) -> tuple[Fact, ...]:
        return self._follow_up("capture", Kind.CAPTURE, request.request_id, request.payment, request.amount)

    def refund(self, request: RefundRequest) -> tuple[Fact, ...]:
        return self._follow_up("refund", Kind.REFUND, request.request_id, request.payment, request.amount)

    def cancel(self, request: CancelRequest) -> tuple[Fact, ...]:
        order = self._begin("cancel", request.request_id)
        payment = self._find(request.payment)
        outcome = order.outcome
        if payment is None:
            outcome = NotAttempted("unknown to the provider", absent=True) if outcome == Approved() else outcome
        elif order.processed or isinstance(outcome, Approved):
            payment.status = "canceled"
        return (self._fact(Kind.CANCEL, request.request_id, None, request.payment, None, outcome),)

    def inquire(self, request: InquiryRequest) -> Known | NotFound | Unknown:
        order = self._begin("inquire", str(request.payment.request_id))
        if isinstance(order.outcome, Unknown):
            return order.outcome
        payment = self._find(request.payment)
        if payment is None:
            return NotFound()
        ref = PaymentRef(request_id=payment.request_id, gateway_reference=payment.reference)
        amount = Money(payment.amount, payment.currency)
        facts: list[Fact] = []
        if payment.status == "canceled":
            facts.append(self._fact(Kind.CANCEL, None, None, ref, None, Approved()))
        elif payment.status == "processing":
            facts.append(self._fact(Kind.AUTHORIZE, payment.request_id, payment.reference, ref, amount, Pending()))
        elif payment.status == "declined":
            no = Declined("DO_NOT_HONOR", Category.OTHER_CARD)
            facts.append(self._fact(Kind.AUTHORIZE, payment.request_id, payment.reference, ref, amount, no))
        else:
            facts.append(self._authorized(payment.request_id, payment, amount, Approved()))
        for act in payment.acts:
            facts.append(
                self._fact(
                    Kind(act["kind"]),
                    act["request_id"],
                    act["reference"],
                    ref,
                    Money(act["amount"], payment.currency),
                    act.get("outcome", Approved()),
                )
            )
        return Known(facts=tuple(facts), complete=True)

    @staticmethod
    def which_account(delivery: Delivery) -> AccountHint:
        if "client-id" not in delivery.headers:
            raise BadSignature("no client id")
        return AccountHint(delivery.headers["client-id"])

    def read_notification(self, delivery: Delivery) -> Notice:
        if delivery.headers.get("signature") != "good":
            raise BadSignature("signature does not verify", key_id="1")
        key = hashlib.sha256(self.client_id.encode() + delivery.target.encode() + delivery.body).hexdigest()
        stale = delivery.headers.get("request-time") == "stale"
        strength = Strength.HINT if stale else Strength.PROOF
        try:
            told = json.loads(delivery.body)
            if told.get("dispute"):
                return Notice(facts=(), disputes=(_dispute(told),), delivery_key=key, strength=strength, key_id="1")
            if told.get("vaulting"):
                tries = (self.tries[told["vaulting"]],)
                return Notice(
                    facts=(), vaultings=tries, delivery_key=key, strength=strength, kind="VAULTING", key_id="1"
                )
            facts = (self._read(told),) if told.get("kind") else ()
        except (ValueError, KeyError, AttributeError):
            return Notice(facts=(), delivery_key=key, strength=strength, problem="cannot be understood")
        return Notice(facts=facts, delivery_key=key, strength=strength, kind=told.get("kind", "news"), key_id="1")

    def acknowledge(self, notice: Notice) -> Acknowledgement:
        return Acknowledgement(status=200, body=b'{"ok":true}', content_type="application/json")

    # --- books ---

    def do_authorize(self, request_id: str, amount: Money, status: str = "authorized") -> FakePayment:
        payment = FakePayment(request_id, self.reference(), amount.currency, amount.minor, status)
        self.payments[request_id] = payment
        return payment

    def do(self, payment: FakePayment, kind: str, amount: int, request_id: str | None = None) -> dict[str, Any]:
        act = {"kind": kind, "amount": amount, "request_id": request_id, "reference": self.reference()}
        payment.acts.append(act)
        if kind == Kind.CAPTURE:
            payment.captured += amount
        return act

    def reference(self) -> str:
        with self._lock:
            self._serial += 1
            return f"20260105{self._serial:027d}"

    def _begin(self, verb: str, request_id: str) -> Order:
        for hook in http.before_send_hooks:
            hook()
        with self._lock:
            self.log.append((verb, request_id))
            order = self._orders[verb].popleft() if self._orders[verb] else Order(Approved(), True)
        if order.hook:
            order.hook()
        return order

    def _follow_up(self, verb: str, kind: Kind, request_id: str, ref: PaymentRef, amount: Money) -> tuple[Fact, ...]:
        order = self._begin(verb, request_id)
        payment = self._find(ref)
        assert payment is not None, "a follow-up on a payment that the fake does not know"
        with self._lock:
            act = next((act for act in payment.acts if act["request_id"] == request_id), None)
            if act is None and order.processed:
                act = self.do(payment, kind, amount.minor, request_id)
        reference = act["reference"] if act else None
        return (self._fact(kind, request_id, reference, ref, amount, order.outcome),)

    def _find(self, ref: PaymentRef) -> FakePayment | None:
        return next(
            (
                p
                for p in self.payments.values()
                if ref.request_id == p.request_id or ref.gateway_reference == p.reference
            ),
            None,
        )

    def _authorized(self, request_id: str, payment: FakePayment | None, amount: Money, outcome: Outcome) -> Fact:
        reference = payment.reference if payment else None
        return Fact(
            payment=PaymentRef(request_id=request_id, gateway_reference=reference),
            kind=Kind.AUTHORIZE,
            request_id=request_id,
            gateway_reference=reference,
            outcome=outcome,
            amount=amount,
            details=self.details,
        )

    def _fact(
        self,
        kind: Kind,
        request_id: str | None,
        reference: str | None,
        ref: PaymentRef,
        amount: Money | None,
        outcome: Outcome,
    ) -> Fact:
        return Fact(
            payment=ref, kind=kind, request_id=request_id, gateway_reference=reference, outcome=outcome, amount=amount
        )

    def _read(self, told: dict[str, Any]) -> Fact:
        outcome: Outcome = Approved() if told.get("ok", True) else Declined("DO_NOT_HONOR", Category.OTHER_CARD)
        return Fact(
            payment=PaymentRef(request_id=told.get("payment"), gateway_reference=told.get("payment_reference")),
            kind=Kind(told["kind"]),
            request_id=told.get("request_id"),
            gateway_reference=told.get("reference"),
            outcome=outcome,
            amount=Money(told["minor"], told["currency"]) if "minor" in told else None,
        )


def _dispute(told: dict[str, Any]) -> DisputeFact:
    minor = told.get("minor")
    return DisputeFact(
        payment=PaymentRef(request_id=told.get("payment"), gateway_reference=told.get("payment_reference")),
        reference=told["dispute"],
        event=DisputeEvent(told["event"]),
        amount=Money(minor, told["currency"]) if minor else None,
        **told.get("facts", {}),
    )
