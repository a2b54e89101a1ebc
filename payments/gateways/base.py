"""How we speak to any provider: plain data in, facts out. Adapters know no models and no HTTP request objects.

A door (answer, notification, inquiry) yields Facts; what they change is decided elsewhere, once, for all providers.
Business answers are values; exceptions are for mistakes (bad configuration, a verb that the rules do not support).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeAlias

from core.money import Money
from core.sealing import Secret


class Kind(StrEnum):
    """What one act does to the money."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    CANCEL = "cancel"
    LAPSE = "lapse"
    REFUND = "refund"
    DISPUTE = "dispute"


class Verb(StrEnum):
    """What we may ask a gateway to do; each has its Rule."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    CANCEL = "cancel"
    REFUND = "refund"
    REFUND_PRESENT = "refund_present"


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


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer, a 5xx, or an answer we cannot read, verify or understand. Never means failed (I12).

    `frozen`: the provider says that this id was used with other values; only a person can tell what happened (I13).
    """

    reason: str
    frozen: bool = False


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
    issuing_country: str = ""
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
    notify_url: str
    return_url: str
    expires_at: datetime
    """Always short; after it (plus skew) absence is final (I15)."""


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

    @staticmethod
    def takes(currency: str) -> bool:
        """Whether an account at this provider can be configured for an ISO currency."""
        ...

    def check(self, request: AuthorizeRequest) -> None:
        """Raise InvalidRequest for what the provider cannot be told. Called before anything is written."""
        ...

    def authorize(self, request: AuthorizeRequest) -> tuple[Fact, ...]: ...

    def capture(self, request: CaptureRequest) -> tuple[Fact, ...]: ...

    def cancel(self, request: CancelRequest) -> tuple[Fact, ...]: ...

    def refund(self, request: RefundRequest) -> tuple[Fact, ...]: ...

    def inquire(self, request: InquiryRequest) -> Known | NotFound | Unknown: ...

    @staticmethod
    def which_account(delivery: Delivery) -> AccountHint:
        """Raises BadSignature when the delivery does not even say."""
        ...

    def read_notification(self, delivery: Delivery) -> Notice:
        """Verify the raw bytes, then read them. Raises BadSignature."""
        ...

    def acknowledge(self, notice: Notice) -> Acknowledgement: ...
