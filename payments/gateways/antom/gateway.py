"""One account at Antom (antom.md): what we may ask of it, and what it says.

Documents out: write_*.py. Documents in: read_*.py. What their words mean: codes.py and meaning.py; for people:
words_*.py. One signed call: wire.py. How an account is configured: credentials.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from core.sealing import Secret
from payments.gateways.antom.amounts import check_amount, is_in_the_table
from payments.gateways.antom.credentials import read_credentials
from payments.gateways.antom.deliveries import read_delivery, which_account
from payments.gateways.antom.document import Document, Unreadable
from payments.gateways.antom.meaning import Asked, asked
from payments.gateways.antom.operations import Operation
from payments.gateways.antom.read_answers import read_cancel, read_capture, read_pay, read_refund, read_session
from payments.gateways.antom.read_disputes import MAX_EVIDENCE_ANSWER, read_act, read_evidence
from payments.gateways.antom.read_history import History, read_history
from payments.gateways.antom.read_notices import ACKNOWLEDGEMENT
from payments.gateways.antom.read_options import read_options
from payments.gateways.antom.read_refunds import read_refund_status
from payments.gateways.antom.read_vaulting import read_forgotten, read_opening, read_vaulting_status
from payments.gateways.antom.result import Answer
from payments.gateways.antom.rules import FORGETTING_RULES, REPEAT_IS_SAFE, RULES
from payments.gateways.antom.wire import Wire
from payments.gateways.antom.words_checks import explain_check
from payments.gateways.antom.words_codes import explain_code
from payments.gateways.antom.write_consult import consult_document
from payments.gateways.antom.write_disputes import accept_document, defend_document, evidence_document
from payments.gateways.antom.write_follow_ups import (
    cancel_document,
    capture_document,
    inquiry_document,
    refund_document,
    refund_inquiry_document,
)
from payments.gateways.antom.write_payment import Merchant, pay_document, session_document
from payments.gateways.antom.write_vaulting import forget_document, vaulting_document, vaulting_inquiry_document
from payments.gateways.base import (
    Acknowledgement,
    AuthorizeRequest,
    CancelRequest,
    CaptureRequest,
    ConsultRequest,
    Declined,
    Delivery,
    Fact,
    InquiryRequest,
    InvalidRequest,
    Kind,
    Known,
    NotAttempted,
    NotFound,
    Notice,
    Outcome,
    PaymentOption,
    RefundRequest,
    Rule,
    Unknown,
    Verb,
)
from payments.gateways.disputes import EvidenceFile, EvidenceKind
from payments.gateways.vaults import Opening, VaultingFact, VaultingRequest

MAX_REFUND_INQUIRIES = 20
"""More refunds than this are left for the next inquiry."""


@dataclass(frozen=True, slots=True)
class AntomGateway:
    """Built with `from_credentials`; holds no state, so threads may share it."""

    wire: Wire
    merchant: Merchant

    check_amount = staticmethod(check_amount)
    explain_code = staticmethod(explain_code)
    explain_check = staticmethod(explain_check)
    which_account = staticmethod(which_account)

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any]) -> Self:
        """See read_credentials. Raises ValueError without a value."""
        return cls(*read_credentials(credentials))

    @property
    def rules(self) -> Mapping[Verb, Rule]:
        return FORGETTING_RULES if self.merchant.forget_tokens else RULES

    @property
    def repeat_is_safe(self) -> frozenset[Verb]:
        return REPEAT_IS_SAFE

    def takes(self, currency: str) -> bool:
        """What the vendor's table knows, and what it confirmed to us besides."""
        return is_in_the_table(currency) or currency in self.merchant.confirmed_currencies

    # --- payments ---------------------------------------------------------------------------------------------------

    def check(self, request: AuthorizeRequest) -> None:
        """Raises InvalidRequest for what `authorize` could not send."""
        currency = request.amount.currency
        if not self.takes(currency):
            raise InvalidRequest("paymentAmount", f"{currency} has more than two decimals; ask the vendor first")
        self._authorize_document(request)

    def authorize(self, request: AuthorizeRequest) -> tuple[Fact, ...]:
        """`pay` with a saved card (3.6), or a payment session for the buyer's app or browser (3.7)."""
        document = self._authorize_document(request)
        if request.card_token is None:
            return (read_session(request, self.wire.ask(Operation.SESSION, document)),)
        return (read_pay(request, self.wire.ask(Operation.PAY, document), plain_http=self.wire.is_plain_http),)

    def capture(self, request: CaptureRequest) -> tuple[Fact, ...]:
        """`capture` (3.11)."""
        return (read_capture(request, self.wire.ask(Operation.CAPTURE, capture_document(request))),)

    def cancel(self, request: CancelRequest) -> tuple[Fact, ...]:
        """`cancel` (3.10); also closes an unpaid order. No notification follows."""
        return (read_cancel(request, self.wire.ask(Operation.CANCEL, cancel_document(request))),)

    def refund(self, request: RefundRequest) -> tuple[Fact, ...]:
        """`refund` (3.13)."""
        return (read_refund(request, self.wire.ask(Operation.REFUND, refund_document(request))),)

    def _authorize_document(self, request: AuthorizeRequest) -> Document:
        if request.card_token is None:
            return session_document(request, self.merchant)
        return pay_document(request, request.card_token, self.merchant)

    # --- inquiries --------------------------------------------------------------------------------------------------

    def inquire(self, request: InquiryRequest) -> Known | NotFound | Unknown:
        """`inquiryPayment` (3.8), then one `inquiryRefund` (3.14) for each refund that it does not tell of."""
        told = self._inquire(Operation.PAYMENT_INQUIRY, inquiry_document(request))
        if isinstance(told, NotFound | Unknown):
            return told
        try:
            history = read_history(request, told, plain_http=self.wire.is_plain_http)
        except Unreadable as error:
            return Unknown(str(error))
        refunds, all_told = self._inquire_refunds(request, history)
        return Known(facts=history.facts + refunds, complete=history.complete and all_told)

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
        answer = self.wire.ask(operation, document)
        if not isinstance(answer, Answer):
            return Unknown(answer.reason)
        match asked(operation, answer):
            case Asked.TOLD:
                return answer.document
            case Asked.ABSENT:
                return NotFound()
        kind = "inquiry" if answer.signed else "unsigned inquiry"
        return Unknown(f"{kind}: {answer.result.status} {answer.result.code}")

    def payment_options(self, request: ConsultRequest) -> tuple[PaymentOption, ...] | Unknown:
        """`consult` (3.16)."""
        try:
            document = consult_document(request, self.merchant.settlement_currency)
        except InvalidRequest as refusal:
            return Unknown(str(refusal))
        return read_options(self.wire.ask(Operation.CONSULT, document, deadline_seconds=request.deadline_seconds))

    # --- kept cards -------------------------------------------------------------------------------------------------

    def open_vault(self, request: VaultingRequest) -> Opening:
        """`createVaultingSession` (3.1). Raises InvalidRequest."""
        reply = self.wire.ask(Operation.VAULTING_SESSION, vaulting_document(request))
        return read_opening(request, reply, plain_http=self.wire.is_plain_http)

    def inquire_vault(self, request_id: str) -> VaultingFact | NotFound | Unknown:
        """`inquireVaulting` (3.3)."""
        told = self._inquire(Operation.VAULTING_INQUIRY, vaulting_inquiry_document(request_id))
        if isinstance(told, NotFound | Unknown):
            return told
        return read_vaulting_status(request_id, told, plain_http=self.wire.is_plain_http)

    def forget_card(self, token: Secret) -> Outcome:
        """`deleteToken` (3.5); where the account is not switched to it, nothing is sent."""
        rule = self.rules[Verb.FORGET]
        if not rule.supported:
            return NotAttempted(rule.reason)
        return read_forgotten(self.wire.ask(Operation.FORGET, forget_document(token)))

    # --- disputes ---------------------------------------------------------------------------------------------------

    def accept_dispute(self, reference: str) -> Outcome:
        """`acceptDispute` (3.18)."""
        operation = Operation.ACCEPT_DISPUTE
        return read_act(operation, reference, self.wire.ask(operation, accept_document(reference)))

    def defend_dispute(self, reference: str, document: bytes) -> Outcome:
        """`supplyDefenseDocument` (3.18)."""
        operation = Operation.DEFEND_DISPUTE
        return read_act(operation, reference, self.wire.ask(operation, defend_document(reference, document)))

    def dispute_evidence(self, reference: str, kind: EvidenceKind) -> EvidenceFile | Declined | NotAttempted | Unknown:
        """`downloadDisputeEvidence` (3.18)."""
        document = evidence_document(reference, kind)
        reply = self.wire.ask(Operation.DISPUTE_EVIDENCE, document, max_answer=MAX_EVIDENCE_ANSWER)
        return read_evidence(reference, reply)

    # --- notifications ----------------------------------------------------------------------------------------------

    def read_notification(self, delivery: Delivery) -> Notice:
        """Verify, then read (4). Raises BadSignature."""
        return read_delivery(delivery, client_id=self.wire.client_id, public_keys=self.wire.public_keys)

    def acknowledge(self, notice: Notice) -> Acknowledgement:
        """The same for every stored delivery, understood or not (4)."""
        return Acknowledgement(status=200, body=ACKNOWLEDGEMENT, content_type="application/json")
