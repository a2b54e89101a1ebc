"""Facts from `inquiryPayment`: the status of a payment and its acts (antom.md 3.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from payments.gateways.antom.amounts import read_amount
from payments.gateways.antom.document import Document, Unreadable
from payments.gateways.antom.meaning import failure
from payments.gateways.antom.operations import Operation
from payments.gateways.antom.read_details import read_acquirer, read_details
from payments.gateways.antom.read_increases import read_listed_increase
from payments.gateways.antom.read_redirect import read_redirect
from payments.gateways.antom.tolerant import (
    read_free_text,
    read_id,
    read_moment,
    read_object,
    read_payment_moment,
    read_text,
    read_value,
    refuse_other_ids,
)
from payments.gateways.base import Approved, Details, Fact, InquiryRequest, Kind, Outcome, PaymentRef, Pending, Unknown

_STATUS: Mapping[str, Outcome] = {"SUCCESS": Approved(), "PROCESSING": Pending(), "PENDING": Pending()}

_ENTRY_KINDS = {
    "CAPTURE": (Kind.CAPTURE, Operation.CAPTURE),
    "REFUND": (Kind.REFUND, Operation.REFUND),
    "VOID": (Kind.CANCEL, Operation.CANCEL),
    "CANCEL": (Kind.CANCEL, Operation.CANCEL),
}
_OTHER_ENTRIES = frozenset({"PAYMENT", "AUTHORIZATION", "INCREMENTAL"})
"""The first two say what `paymentStatus` says; the last is no act of ours (read_increases)."""


@dataclass(frozen=True, slots=True)
class History:
    """The acts of one payment as inquiryPayment lists them. `complete`: every entry was understood."""

    payment: PaymentRef
    facts: tuple[Fact, ...]
    complete: bool


def read_history(request: InquiryRequest, document: Document, *, plain_http: bool = False) -> History:
    """A successful inquiryPayment (3.8). Raises Unreadable when it is not about our payment or cannot be understood.

    An amount other than ours is passed on as it is: the core flags it.
    """
    payment = _our_payment(request.payment, document)
    entries = list(_entries(document, payment))
    acts = [fact for fact in entries if fact is not None]
    status = _status_fact(document, payment, plain_http=plain_http)
    if status.kind is Kind.AUTHORIZE or not any(_is_cancelled(fact) for fact in acts):
        acts.insert(0, status)
    acts += _increases(document, payment)
    understood = not isinstance(status.outcome, Unknown) and None not in entries
    return History(payment, tuple(acts), understood)


def _our_payment(ours: PaymentRef, document: Document) -> PaymentRef:
    """Our payment, with what we learn of its ids. Raises Unreadable unless one is the same and none is another's."""
    request_id, reference = read_id(document, "paymentRequestId"), read_id(document, "paymentId")
    refuse_other_ids(document, {"paymentRequestId": ours.request_id, "paymentId": ours.gateway_reference})
    if not (ours.request_id and request_id) and not (ours.gateway_reference and reference):
        raise Unreadable("paymentRequestId is missing")
    return PaymentRef(
        request_id=ours.request_id or request_id,
        gateway_reference=ours.gateway_reference or reference,
        session=ours.session,
    )


def _outcome(operation: Operation, document: Document, name: str, *, code: str, message: str) -> Outcome:
    """What a status says; code and message say why it is FAIL."""
    status = read_text(document, name, 64)
    if status == "FAIL":
        return failure(operation, code, message)
    return _STATUS.get(status) or Unknown(f"{name} is missing or unknown")


# --- the payment ----------------------------------------------------------------------------------------------------


def _status_fact(document: Document, payment: PaymentRef, *, plain_http: bool) -> Fact:
    """What `paymentStatus` says: the authorization, or that the whole payment is cancelled."""
    if read_text(document, "paymentStatus", 64) == "CANCELLED":
        return Fact(
            payment=payment,
            kind=Kind.CANCEL,
            request_id=None,
            gateway_reference=payment.gateway_reference,
            outcome=Approved(),
            amount=None,
            details=read_details(document),
        )
    code, message = read_text(document, "paymentResultCode", 64), read_free_text(document, "paymentResultMessage")
    outcome = _outcome(Operation.PAY, document, "paymentStatus", code=code, message=message)
    if outcome == Pending():
        outcome = Pending(read_redirect(document, plain_http=plain_http))
    return Fact(
        payment=payment,
        kind=Kind.AUTHORIZE,
        request_id=payment.request_id,
        gateway_reference=payment.gateway_reference,
        outcome=outcome,
        amount=read_amount(document, "paymentAmount"),
        occurred_at=read_payment_moment(document),
        details=_details(document),
    )


def _details(document: Document) -> Details:
    """The acquirer may be named only in the entry of the authorization."""
    details = read_details(document)
    for entry in _listed(document, "PAYMENT", "AUTHORIZATION"):
        if not details.acquirer:
            details = replace(details, acquirer=read_acquirer(entry))
    return details


def _increases(document: Document, payment: PaymentRef) -> list[Fact]:
    found = (read_listed_increase(document, entry, payment) for entry in _listed(document, "INCREMENTAL"))
    return [fact for fact in found if fact is not None]


def _listed(document: Document, *kinds: str) -> list[Document]:
    """The entries of these types that are entries at all."""
    entries = read_value(document, "transactions")
    found = entries if isinstance(entries, list) else []
    return [entry for entry in found if isinstance(entry, dict) and _type_of(entry) in kinds]


def _type_of(entry: Document) -> str:
    return read_text(entry, "transactionType", 64)


# --- its acts -------------------------------------------------------------------------------------------------------


def _entries(document: Document, payment: PaymentRef) -> Iterator[Fact | None]:
    """A fact for each entry of `transactions[]` that is an act of its own; None for one that cannot be understood."""
    entries = read_value(document, "transactions")
    if entries is None:
        return
    if not isinstance(entries, list):
        yield None
        return
    cancelled = False
    for entry in entries:
        kind = _type_of(entry) if isinstance(entry, dict) else ""
        if kind in _OTHER_ENTRIES:
            continue
        fact = _entry_fact(entry, payment, *_ENTRY_KINDS[kind]) if kind in _ENTRY_KINDS else None
        if fact is not None and _is_cancelled(fact):
            if cancelled:  # CANCEL and VOID of the same release
                continue
            cancelled = True
        yield fact


def _is_cancelled(fact: Fact) -> bool:
    return fact.kind is Kind.CANCEL and isinstance(fact.outcome, Approved)


def _entry_fact(entry: Document, payment: PaymentRef, kind: Kind, operation: Operation) -> Fact | None:
    try:
        ours, theirs = read_id(entry, "transactionRequestId"), read_id(entry, "transactionId")
        amount = read_amount(entry, "transactionAmount")
    except Unreadable:
        return None
    result = read_object(entry, "transactionResult")
    code, message = read_text(result, "resultCode", 64), read_free_text(result, "resultMessage")
    outcome = _outcome(operation, entry, "transactionStatus", code=code, message=message)
    if kind is Kind.CANCEL:
        # Named as at every other door (see read_cancel), else one release would look like two.
        ours, theirs = None, payment.gateway_reference if outcome == Approved() else None
    elif ours is None and theirs is None:
        return None
    return Fact(
        payment=payment,
        kind=kind,
        request_id=ours,
        gateway_reference=theirs,
        outcome=outcome,
        amount=amount,
        occurred_at=read_moment(entry, "transactionTime"),
        details=read_details(entry),
    )
