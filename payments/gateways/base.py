"""How we speak to any provider: plain data in, facts out. Adapters know no models and no HTTP request objects.

A door (answer, notification, inquiry) yields Facts; what they change is decided elsewhere, once, for all providers.
Business answers are values; exceptions are for mistakes (bad configuration, a verb that the rules do not support).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from core.money import Money
from core.sealing import Secret
from payments.gateways.disputes import DisputeFact, EvidenceFile, EvidenceKind

if TYPE_CHECKING:
    from payments.gateways.vaults import Opening, VaultingFact, VaultingRequest


class Kind(StrEnum):
    """What one act does to the money."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    CANCEL = "cancel"
    LAPSE = "lapse"
    REFUND = "refund"


class Verb(StrEnum):
    """What we may ask a gateway to do; each has its Rule."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    CANCEL = "cancel"
    REFUND = "refund"
    REFUND_PRESENT = "refund_present"
    ACCEPT_DISPUTE = "accept_dispute"
    DEFEND_DISPUTE = "defend_dispute"
    BIND = "bind"
    """Keep a card without a purchase."""
    FORGET = "forget"
    """Tell the provider to forget a kept card."""


class CaptureMode(StrEnum):
    AUTOMATIC = "AUTOMATIC"
    MANUAL = "MANUAL"


class Category(StrEnum):
    """Why somebody said no, in the words that decide what to try next."""

    TRY_AGAIN = "try_again"
    OTHER_CARD = "other_card"
    CALL_BANK = "call_bank"
    FIX_DATA = "fix_data"
    FRAUD = "fraud"
    CONFIGURATION = "configuration"
    NOT_AUTHENTICATED = "not_authenticated"
    """The bank’s check of the buyer (3-D Secure) was not passed, or would have been needed."""


class Review(StrEnum):
    """The provider's own review after it had approved: until it ends we neither capture nor ship (antom.md 3.8)."""

    NONE = ""
    RUNNING = "running"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Strength(StrEnum):
    PROOF = "proof"
    """Signed by the provider: may move money once every field matches."""
    HINT = "hint"
    """Not proven: only schedules an inquiry."""


# --- what an answer means -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Send the buyer to `url`; `fields` are the form of a POST; `app_links` maps ios, android and scheme."""

    url: str
    method: str = "GET"
    fields: Mapping[str, str] = field(default_factory=dict)
    app_links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SdkSession:
    """`data` is handed to the provider's element in the app or browser; useless after `expires_at`."""

    data: Secret
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """A card terminal executes `session` until `expires_at`."""

    session: Secret
    expires_at: datetime


NextAction: TypeAlias = Redirect | SdkSession | Terminal


@dataclass(frozen=True, slots=True)
class Approved:
    """The provider did it."""


@dataclass(frozen=True, slots=True)
class Declined:
    """The provider or issuer said no, finally, for this request. `message` is for operators, never for buyers."""

    code: str
    category: Category
    message: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """Under way."""

    next_action: NextAction | None = None


@dataclass(frozen=True, slots=True)
class NotAttempted:
    """Certain: this request did nothing. Never connected, or refused before processing.

    `absent`: the provider itself answered that it does not know what the request speaks of.
    """

    reason: str
    absent: bool = False
    code: str = ""
    """The provider's word for it: set when it refuses to look at requests of ours at all."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer, a 5xx, or an answer we cannot read, verify or understand. Never means failed (I12).

    `frozen`: the provider says that this id was used with other values; only a person can tell what happened (I13).
    `contradicts`: a proven answer that speaks of another amount or id than we asked about; a person hears of it (I20).
    """

    reason: str
    frozen: bool = False
    contradicts: bool = False


Outcome: TypeAlias = Approved | Declined | Pending | NotAttempted | Unknown


# --- facts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRef:
    """How a provider may name one payment; a silent `authorize` leaves us with our own id only."""

    request_id: str | None
    gateway_reference: str | None
    session: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """A card as it may be shown: brand in the provider's word, last four digits, expiry; a token if one was given."""

    brand: str = ""
    last_four: str = ""
    expiry_month: int | None = None
    expiry_year: int | None = None
    """Four digits."""
    funding: str = ""
    category: str = ""
    issuing_country: str = ""
    issuer: str = ""
    fingerprint: str = ""
    """The provider's own, the same for every token of one card number; never stored as it is."""
    token: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What else was told about an act; everything optional. No raw document, no card number."""

    card: CardFacts | None = None
    avs: str = ""
    cvv: str = ""
    network_transaction_id: str = ""
    authorization_code: str = ""
    three_ds: Mapping[str, str] = field(default_factory=dict)
    acquirer: Mapping[str, str] = field(default_factory=dict)
    """Who took it in the end: name, transaction_id, result_code, reference_no, arn …; for people and for search."""
    refusal: Mapping[str, str] = field(default_factory=dict)
    """The issuer's own words on a refusal: code, reason, advice. For operators only."""
    review: Review | None = None
    """None: nothing was said about a review."""
    risk: Mapping[str, str] = field(default_factory=dict)
    """Who reviews, and the provider's words of each risk decision."""
    credential: str = ""
    """What stood for the card: PAN, NETWORK_TOKEN; the provider's word where it has another."""
    exemption: str = ""
    """From the bank's check of the buyer, as the provider asked for it; the bank may have said no."""
    allows: Mapping[str, str] = field(default_factory=dict)
    """incremental, extended, refund_on_authorization: "true" or "false", as far as it was told."""
    hold_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing a provider told us about one act. An inquiry may yield several (a capture and two refunds)."""

    payment: PaymentRef
    kind: Kind
    request_id: str | None
    """As the provider echoes it; may be one that we never minted."""
    gateway_reference: str | None
    """None while unknown, in an open session, or refused before anything was created."""
    outcome: Outcome
    amount: Money | None
    """What this one act moved, never a running total. None where the provider does not say."""
    occurred_at: datetime | None = None
    details: Details = Details()
    reversed: bool = False
    """A refund that succeeded earlier and came back (antom.md 3.15)."""


# --- requests -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    first: str = ""
    last: str = ""
    full: str = ""
    middle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    region: str = ""
    """ISO 3166-1 alpha-2."""
    state: str = ""
    city: str = ""
    line1: str = ""
    line2: str = ""
    zip_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    reference: str
    name: str
    category: str
    url: str
    quantity: int
    unit: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingFacts:
    name: Name
    address: Address
    carrier: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerFacts:
    reference: str
    name: Name
    phone: str = ""
    email: str = ""
    registered_at: datetime | None = None
    successful_orders: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    reference: str
    description: str
    total: Money
    lines: tuple[LineFacts, ...]
    buyer: BuyerFacts
    shipping: ShippingFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """Terminal type WEB, WAP or APP; the rest as the app or browser reports it (antom.md 3.6 `env`)."""

    terminal_type: str
    client_ip: str
    os_type: str = ""
    """IOS or ANDROID; required unless WEB."""
    user_agent: str = ""
    accept_header: str = ""
    language: str = ""
    java_enabled: bool | None = None
    color_depth: int | None = None
    screen_height: int | None = None
    screen_width: int | None = None
    time_zone_offset: int | None = None
    """Minutes, in the sense of JavaScript getTimezoneOffset()."""
    device_id: str = ""
    device_token_id: str = ""
    device_language: str = ""
    device_brand: str = ""
    device_model: str = ""
    os_version: str = ""
    java_script_enabled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeRequest:
    request_id: str
    """Transaction.request_id: minted once, the same on every repeat."""
    order: OrderFacts
    device: DeviceFacts
    amount: Money
    card_token: Secret | None
    """None: the buyer's app or browser presents the card to the provider itself."""
    capture_mode: CaptureMode
    save_card: bool
    force_three_ds: bool = False
    """The merchant wants the bank to check the buyer; the issuer may want it anyway."""
    notify_url: str
    return_url: str
    expires_at: datetime
    """Always short; after it (plus skew) absence is final (I15)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultRequest:
    """Which ways to pay an amount are open. `deadline_seconds` is short: nobody waits for this."""

    amount: Money
    terminal_type: str = "WEB"
    os_type: str = ""
    """IOS or ANDROID; required unless WEB."""
    deadline_seconds: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOption:
    """`brands` as the provider spells them; `reason` says why it is not enabled."""

    method: str
    enabled: bool
    brands: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRequest:
    request_id: str
    payment: PaymentRef
    amount: Money
    final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequest:
    request_id: str
    payment: PaymentRef


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    request_id: str
    payment: PaymentRef
    capture_reference: str | None
    amount: Money
    notify_url: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryRequest:
    """Which payment, and which of our refunds the provider only tells about one by one."""

    payment: PaymentRef
    amount: Money
    refund_request_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The provider knows the payment. `complete`: an act that is not among `facts` did not reach the provider."""

    facts: tuple[Fact, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class NotFound:
    """The provider does not know the payment (yet)."""


# --- rules ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a gateway can do with one verb, as data; drives buttons, `allowed_actions`, documents and tests."""

    supported: bool
    partial: bool = False
    several: bool = False
    exact_amount: bool = False
    needs_shopper: bool = False
    within: timedelta | None = None
    """CAPTURE, CANCEL, REFUND: window after the authorization. AUTHORIZE: when absence becomes final."""
    reason: str = ""
    """The sentence shown when it is not possible."""


# --- words for people -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMeaning:
    """What a result code says to an operator, in our words."""

    about: str
    """One sentence: what happened."""
    next_step: str
    """One sentence: what to do, and whether trying again is safe."""
    ours_to_fix: bool = False
    """A mistake of ours or of our contract: somebody technical must look."""


class Check(StrEnum):
    """Checks of a card whose raw result is a short code."""

    AVS = "avs"
    CVV = "cvv"
    ECI = "eci"


class Match(StrEnum):
    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"
    UNKNOWN = "unknown"
    """Not checked, not supported, or a code that nobody explains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckMeaning:
    match: Match
    about: str


# --- notifications --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A notification as it came: `target` is the request-target (path and query), header names in lower case."""

    target: str
    topic: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class AccountHint:
    """Which account a delivery claims to be for, before anything is trusted."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a verified delivery means. `problem` says why it could not be understood; then `facts` may be empty."""

    facts: tuple[Fact, ...]
    disputes: tuple[DisputeFact, ...] = ()
    vaultings: tuple[VaultingFact, ...] = ()
    delivery_key: str
    """sha256 hex over account, path and raw body, without the time header."""
    strength: Strength
    kind: str = ""
    """The provider's word for the message, for people."""
    key_id: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The exact reply this provider expects."""

    status: int
    body: bytes
    content_type: str


class BadSignature(Exception):
    """The delivery is not proven to come from the provider. `reason` is ours; nothing of the body may be in it."""

    def __init__(self, reason: str, *, key_id: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.key_id = key_id


class InvalidRequest(ValueError):
    """The provider would refuse this value; raised before a byte is sent. `field` is the provider's field name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class Gateway(Protocol):
    """One configured account at one provider. Instances are shared by threads."""

    @property
    def rules(self) -> Mapping[Verb, Rule]: ...

    @property
    def repeat_is_safe(self) -> frozenset[Verb]:
        """Verbs that may be sent again with the same request_id after Unknown."""
        ...

    def takes(self, currency: str) -> bool:
        """Whether this account can be paid in an ISO currency."""
        ...

    def check(self, request: AuthorizeRequest) -> None:
        """Raise InvalidRequest for what the provider cannot be told. Called before anything is written."""
        ...

    def check_amount(self, amount: Money) -> None:
        """Raise InvalidRequest for an amount of a capture or refund that the provider cannot be told."""
        ...

    def authorize(self, request: AuthorizeRequest) -> tuple[Fact, ...]: ...

    def capture(self, request: CaptureRequest) -> tuple[Fact, ...]: ...

    def cancel(self, request: CancelRequest) -> tuple[Fact, ...]: ...

    def refund(self, request: RefundRequest) -> tuple[Fact, ...]: ...

    def inquire(self, request: InquiryRequest) -> Known | NotFound | Unknown: ...

    def open_vault(self, request: VaultingRequest) -> Opening:
        """A session in which the buyer gives a card to the provider. Repeating it is safe."""
        ...

    def inquire_vault(self, request_id: str) -> VaultingFact | NotFound | Unknown:
        """What became of a try. NotFound: the provider never saw this id."""
        ...

    def forget_card(self, token: Secret) -> Outcome:
        """Tell the provider to forget a token, where the rule of FORGET allows; what it does not know is Approved."""
        ...

    def payment_options(self, request: ConsultRequest) -> tuple[PaymentOption, ...] | Unknown:
        """What may be offered for an amount; Unknown on any failure: the caller shows what is configured."""
        ...

    def accept_dispute(self, reference: str) -> Outcome:
        """The money is given up, finally. Repeating it is safe: what was done already is Approved."""
        ...

    def defend_dispute(self, reference: str, document: bytes) -> Outcome:
        """Send the evidence, once. Repeating it is safe, as above. Raises InvalidRequest when it is too large."""
        ...

    def dispute_evidence(self, reference: str, kind: EvidenceKind) -> EvidenceFile | Declined | NotAttempted | Unknown:
        """A file of the provider about a dispute."""
        ...

    def explain_code(self, kind: Kind | Verb, code: str) -> CodeMeaning | None:
        """None for a code that the provider does not document. BIND and FORGET: what was said about a kept card."""
        ...

    def explain_check(self, check: Check, raw: str) -> CheckMeaning: ...

    @staticmethod
    def which_account(delivery: Delivery) -> AccountHint:
        """Raises BadSignature when the delivery does not even say."""
        ...

    def read_notification(self, delivery: Delivery) -> Notice:
        """Verify the raw bytes, then read them. Raises BadSignature."""
        ...

    def acknowledge(self, notice: Notice) -> Acknowledgement: ...
