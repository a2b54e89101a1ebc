"""One account at Antom (antom.md): signs, sends, verifies, and says what it was told.

Documents out: write_*.py. Documents in: read_*.py. What their words mean: codes.py and meaning.py.
How an account is configured: credentials.py.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from core import ports
from payments.gateways import http
from payments.gateways.antom import signing
from payments.gateways.antom.amounts import takes
from payments.gateways.antom.credentials import read_credentials
from payments.gateways.antom.document import Document, Unreadable, encode, parse
from payments.gateways.antom.meaning import Asked, asked
from payments.gateways.antom.operations import Operation, path_of
from payments.gateways.antom.read_answers import read_cancel, read_capture, read_pay, read_refund, read_session
from payments.gateways.antom.read_history import History, read_history
from payments.gateways.antom.read_notices import ACKNOWLEDGEMENT, notify_type, read_notice
from payments.gateways.antom.read_refunds import read_refund_status
from payments.gateways.antom.result import Answer, Reply, read_answer
from payments.gateways.antom.write_follow_ups import (
    cancel_document,
    capture_document,
    inquiry_document,
    refund_document,
    refund_inquiry_document,
)
from payments.gateways.antom.write_payment import pay_document, session_document
from payments.gateways.base import (
    AccountHint,
    Acknowledgement,
    AuthorizeRequest,
    BadSignature,
    CancelRequest,
    CaptureRequest,
    Delivery,
    Fact,
    InquiryRequest,
    Kind,
    Known,
    NotAttempted,
    NotFound,
    Notice,
    RefundRequest,
    Rule,
    Strength,
    Unknown,
    Verb,
)

MAX_NOTIFICATION = 64 * 1024
CLOCK_TOLERANCE = timedelta(minutes=10)
MAX_REFUND_INQUIRIES = 20
"""More refunds than this are left for the next inquiry."""

RULES: Mapping[Verb, Rule] = MappingProxyType(
    {
        Verb.AUTHORIZE: Rule(supported=True, exact_amount=True, within=timedelta(minutes=5)),
        Verb.CAPTURE: Rule(
            supported=True,
            exact_amount=True,
            within=timedelta(days=7),
            reason="Antom captures exactly what was authorised, once, within 7 days.",
        ),
        Verb.CANCEL: Rule(
            supported=True,
            exact_amount=True,
            within=timedelta(days=7),
            reason="Antom cancels a whole authorisation, before it is captured, within 7 days.",
        ),
        Verb.REFUND: Rule(
            supported=True,
            partial=True,
            several=True,
            within=timedelta(days=365),
            reason="Antom refunds what was captured, in whole or in parts, within 365 days.",
        ),
        Verb.REFUND_PRESENT: Rule(
            supported=False, reason="Antom gives money back without the card; use an ordinary refund."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class AntomGateway:
    """Built with `from_credentials`; holds no state, so threads may share it. Keys are never part of its repr."""

    base_url: str
    client_id: str
    private_key: RSAPrivateKey = field(repr=False)
    public_keys: Mapping[str, RSAPublicKey] = field(repr=False)
    key_version: str = "1"
    settlement_currency: str | None = None
    deadline_seconds: float = 10.0
    ca_bundle: str | None = None

    takes = staticmethod(takes)

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any]) -> Self:
        """See read_credentials. Raises ValueError without a value."""
        return cls(**read_credentials(credentials))

    @property
    def rules(self) -> Mapping[Verb, Rule]:
        return RULES

    @property
    def repeat_is_safe(self) -> frozenset[Verb]:
        return frozenset({Verb.CAPTURE, Verb.CANCEL, Verb.REFUND})

    # --- our requests -----------------------------------------------------------------------------------------------

    def check(self, request: AuthorizeRequest) -> None:
        """Raises InvalidRequest for what `authorize` could not send."""
        self._authorize_document(request)

    def authorize(self, request: AuthorizeRequest) -> tuple[Fact, ...]:
        """`pay` with a saved card (3.6), or a payment session for the buyer's app or browser (3.7)."""
        document = self._authorize_document(request)
        if request.card_token is None:
            return (read_session(request, self._ask(Operation.SESSION, document)),)
        return (read_pay(request, self._ask(Operation.PAY, document), plain_http=self._plain_http),)

    def capture(self, request: CaptureRequest) -> tuple[Fact, ...]:
        """`capture` (3.11)."""
        return (read_capture(request, self._ask(Operation.CAPTURE, capture_document(request))),)

    def cancel(self, request: CancelRequest) -> tuple[Fact, ...]:
        """`cancel` (3.10); also closes an unpaid order. No notification follows."""
        return (read_cancel(request, self._ask(Operation.CANCEL, cancel_document(request))),)

    def refund(self, request: RefundRequest) -> tuple[Fact, ...]:
        """`refund` (3.13)."""
        return (read_refund(request, self._ask(Operation.REFUND, refund_document(request))),)

    def inquire(self, request: InquiryRequest) -> Known | NotFound | Unknown:
        """`inquiryPayment` (3.8), then one `inquiryRefund` (3.14) for each refund that it does not tell of."""
        told = self._inquire(Operation.PAYMENT_INQUIRY, inquiry_document(request))
        if isinstance(told, NotFound | Unknown):
            return told
        try:
            history = read_history(request, told, plain_http=self._plain_http)
        except Unreadable as error:
            return Unknown(str(error))
        refunds, all_told = self._inquire_refunds(request, history)
        return Known(facts=history.facts + refunds, complete=history.complete and all_told)

    def _authorize_document(self, request: AuthorizeRequest) -> Document:
        if request.card_token is None:
            return session_document(request, self.settlement_currency)
        return pay_document(request, request.card_token, self.settlement_currency)

    def _inquire_refunds(self, request: InquiryRequest, history: History) -> tuple[tuple[Fact, ...], bool]:
        """Facts of the refunds that are not listed, and whether all of them were answered for."""
        listed = {fact.request_id for fact in history.facts if fact.kind is Kind.REFUND}
        missing = [request_id for request_id in request.refund_request_ids if request_id not in listed]
        facts: list[Fact] = []
        all_told = len(missing) <= MAX_REFUND_INQUIRIES
        for request_id in missing[:MAX_REFUND_INQUIRIES]:
            told = self._inquire(Operation.REFUND_INQUIRY, refund_inquiry_document(request_id))
            if isinstance(told, Unknown):
                all_told = False
            elif not isinstance(told, NotFound):
                try:
                    facts.append(read_refund_status(request_id, told, history.payment))
                except Unreadable:
                    all_told = False
        return tuple(facts), all_told

    def _inquire(self, operation: Operation, document: Document) -> Document | NotFound | Unknown:
        """The document that tells, if the inquiry worked (pitfall 16)."""
        answer = self._ask(operation, document)
        if not isinstance(answer, Answer):
            return Unknown(answer.reason)
        match asked(operation, answer):
            case Asked.TOLD:
                return answer.document
            case Asked.ABSENT:
                return NotFound()
        kind = "inquiry" if answer.signed else "unsigned inquiry"
        return Unknown(f"{kind}: {answer.result.status} {answer.result.code}")

    # --- the wire ---------------------------------------------------------------------------------------------------

    @property
    def _plain_http(self) -> bool:
        return self.base_url.startswith("http:")

    def _ask(self, operation: Operation, document: Document) -> Reply:
        """Sign, send once, verify. The only place where a transport error becomes an outcome (I12)."""
        path, body = path_of(operation, self.client_id), encode(document)
        try:
            reply = http.post(
                self.base_url + path,
                body,
                self._headers(path, body),
                deadline_seconds=self.deadline_seconds,
                ca=self.ca_bundle,
            )
        except http.NeverSent as error:
            return NotAttempted(error.reason)
        except http.NoAnswer as error:
            return Unknown(error.reason)
        if reply.status != 200:
            return Unknown(f"HTTP {reply.status}")
        try:
            return read_answer(reply.body, signed=self._is_signed(path, reply))
        except BadSignature as error:
            return Unknown(f"the answer is not proven: {error.reason}")
        except Unreadable as error:
            return Unknown(str(error))

    def _headers(self, path: str, body: bytes) -> dict[str, str]:
        time = str(int(ports.now().timestamp() * 1000))
        message = signing.string_to_sign(path=path, client_id=self.client_id, time=time, body=body)
        return {
            "Client-Id": self.client_id,
            "Request-Time": time,
            "Signature": signing.sign(self.private_key, message, key_version=self.key_version),
            "Content-Type": "application/json; charset=UTF-8",
        }

    def _is_signed(self, path: str, reply: http.HttpAnswer) -> bool:
        """False only when signature and time are both absent (1.4). Raises BadSignature."""
        signature, time = reply.headers.get("signature"), reply.headers.get("response-time")
        if reply.headers.get("client-id", self.client_id) != self.client_id:
            raise BadSignature("the answer is for another client")
        if signature is None and time is None:
            return False
        if signature is None or time is None:
            raise BadSignature("the answer is half signed")
        message = signing.string_to_sign(path=path, client_id=self.client_id, time=time, body=reply.body)
        signing.verify(self.public_keys, signature, message)
        return True

    # --- notifications ----------------------------------------------------------------------------------------------

    @staticmethod
    def which_account(delivery: Delivery) -> AccountHint:
        """The client id. Raises BadSignature without one."""
        client_id = delivery.headers.get("client-id", "")
        if not client_id:
            raise BadSignature("the client id is missing")
        return AccountHint(client_id)

    def read_notification(self, delivery: Delivery) -> Notice:
        """Verify over the raw body and our own request-target, then read (4). Raises BadSignature."""
        key_id, time = self._verify_delivery(delivery)
        facts: tuple[Fact, ...] = ()
        kind = problem = ""
        try:
            document = parse(delivery.body)
            kind = notify_type(document)
            facts = read_notice(delivery.topic, document)
        except Unreadable as error:
            problem = str(error)
        return Notice(
            facts=facts,
            delivery_key=self._delivery_key(delivery),
            strength=Strength.PROOF if _is_recent(time) else Strength.HINT,
            kind=kind,
            key_id=key_id,
            problem=problem,
        )

    def acknowledge(self, notice: Notice) -> Acknowledgement:
        """The same for every stored delivery, understood or not (4)."""
        return Acknowledgement(status=200, body=ACKNOWLEDGEMENT, content_type="application/json")

    def _verify_delivery(self, delivery: Delivery) -> tuple[str, str]:
        """Key version and time text. Everything cheap is checked before RSA. Raises BadSignature."""
        headers = delivery.headers
        if len(delivery.body) > MAX_NOTIFICATION:
            raise BadSignature("the body is too large")
        if self.which_account(delivery).value != self.client_id:
            raise BadSignature("the client id is not ours")
        time = headers["request-time"] if "request-time" in headers else headers.get("response-time", "")
        if not re.fullmatch(r"[0-9A-Za-z:+. -]{10,40}", time):
            raise BadSignature("the time is missing or malformed")
        message = signing.string_to_sign(path=delivery.target, client_id=self.client_id, time=time, body=delivery.body)
        return signing.verify(self.public_keys, headers.get("signature", ""), message), time

    def _delivery_key(self, delivery: Delivery) -> str:
        path = delivery.target.partition("?")[0]
        head = f"{self.client_id}\n{path}\n".encode("utf-8", "backslashreplace")
        return hashlib.sha256(head + delivery.body).hexdigest()


def _is_recent(time: str) -> bool:
    """Epoch milliseconds or ISO 8601 with offset, within ten minutes of our clock (I19)."""
    try:
        moment = datetime.fromtimestamp(int(time) / 1000, UTC) if time.isdigit() else datetime.fromisoformat(time)
        return moment.tzinfo is not None and abs(ports.now() - moment) <= CLOCK_TOLERANCE
    except (ValueError, OverflowError, OSError):
        return False
