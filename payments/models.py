"""The rows every promise stands on. Written by payments.services alone; amounts in minor units, times in UTC."""

from __future__ import annotations

from functools import partial

from django.db import models
from django.db.models import F, Q

from core import ports
from core.models import Due, User, UUIDModel
from core.money import Money
from core.sealing import SealedField
from orders.models import Order
from payments.gateways.base import CaptureMode, Kind, Review, Strength
from payments.gateways.models import MerchantAccount
from payments.states import HELD, OPEN, STANDING, State, Status
from vaulting.models import BoundCard


class Origin(models.TextChoices):
    OURS = "ours", "Ours"
    PROVIDER = "provider", "The provider's own act"


class Source(models.TextChoices):
    """Through which door we learned or did something."""

    BUYER = "buyer", "Buyer"
    OPERATOR = "operator", "Operator"
    ANSWER = "answer", "Answer"
    NOTIFICATION = "notification", "Notification"
    INQUIRY = "inquiry", "Inquiry"
    RESOLVER = "resolver", "Resolver"


def _choices(enum: type) -> list[tuple[str, str]]:
    return [(member.value, member.value.replace("_", " ").capitalize()) for member in enum]  # type: ignore[attr-defined]


class Payment(UUIDModel, Due):
    """One attempt to pay one order through one account.

    The amounts are the fold of the journal; `brand` to `buyer_email` are projections so that lists need no join.
    """

    public_id = models.CharField(
        max_length=32, unique=True, editable=False, default=partial(ports.new_public_id, "pay")
    )
    order = models.ForeignKey(Order, on_delete=models.PROTECT, db_index=False, related_name="payments")
    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    attempt = models.PositiveSmallIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    capture_mode = models.CharField(max_length=9, choices=_choices(CaptureMode))
    state = models.CharField(max_length=20, choices=_choices(State), default=State.PENDING)
    version = models.PositiveIntegerField(default=1)
    journal_length = models.PositiveIntegerField(default=0)

    authorized_minor = models.BigIntegerField(default=0)
    captured_minor = models.BigIntegerField(default=0)
    released_minor = models.BigIntegerField(default=0)
    refund_reserved_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)

    needs_review = models.BooleanField(default=False)
    review_reason = models.CharField(max_length=200, blank=True, default="")

    card = models.ForeignKey(BoundCard, on_delete=models.PROTECT, null=True, blank=True, related_name="payments")
    save_card = models.BooleanField(default=False)
    device = models.JSONField(default=dict)
    brand = models.CharField(max_length=32, blank=True, default="")
    last_four = models.CharField(max_length=4, blank=True, default="")
    expiry_month = models.PositiveSmallIntegerField(null=True, blank=True)
    expiry_year = models.PositiveSmallIntegerField(null=True, blank=True)
    buyer_email = models.CharField(max_length=254, blank=True, default="")
    order_number = models.CharField(max_length=16, default="")
    account_name = models.CharField(max_length=64, default="")
    details = models.JSONField(default=dict)
    """What the provider told about the card and its checks: three_ds, acquirer, refusal, risk, funding …"""
    avs = models.CharField(max_length=16, blank=True, default="")
    cvv = models.CharField(max_length=16, blank=True, default="")
    eci = models.CharField(max_length=4, blank=True, default="")
    network_transaction_id = models.CharField(max_length=256, blank=True, default="")
    authorization_code = models.CharField(max_length=64, blank=True, default="")
    force_three_ds = models.BooleanField(default=False)
    """The account's policy as it was when the payment started."""
    review = models.CharField(max_length=8, blank=True, default=Review.NONE, choices=_choices(Review))
    """The provider's own review; not to be mixed up with `needs_review`, which is ours."""
    disputes_open = models.PositiveSmallIntegerField(default=0)
    disputed_minor = models.BigIntegerField(default=0)
    """What banks take or took back by disputes that we did not win; it is not ours to refund."""
    dispute_due_at = models.DateTimeField(null=True, blank=True)
    """The earliest deadline of an open dispute."""
    return_to = models.CharField(max_length=500, blank=True, default="")
    """Where the buyer goes on from our result page: an address from the allow-list, or nothing."""
    returned_at = models.DateTimeField(null=True, blank=True)
    """When the buyer first came back from the bank's page."""

    failure_code = models.CharField(max_length=64, blank=True, default="")
    failure_category = models.CharField(max_length=20, blank=True, default="")
    next_action = SealedField(null=True)
    """JSON of what the buyer must do now; None when nothing."""
    expires_at = models.DateTimeField()
    """After this and a minute, a payment that the provider does not know never happened (I15)."""
    capture_expected_by = models.DateTimeField(null=True, blank=True)
    hold_ends_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    """When the gateway was last asked about it."""
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        permissions = [
            ("capture", "Capture held money"),
            ("cancel", "Release held money"),
            ("refund", "Give captured money back"),
            ("inquire", "Ask the gateway"),
            ("review", "Clear a review flag"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "attempt"], name="attempts_are_numbered"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state__in=sorted(STANDING), needs_review=False),
                name="one_standing_payment_per_order",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(authorized_minor__gte=0)
                & Q(captured_minor__gte=0)
                & Q(released_minor__gte=0)
                & Q(refund_reserved_minor__gte=0)
                & Q(refunded_minor__gte=0),
                name="payment_sums_are_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(needs_review=True) | Q(authorized_minor__gte=F("captured_minor") + F("released_minor")),
                name="captured_within_authorized",
            ),
            models.CheckConstraint(
                condition=Q(needs_review=True)
                | Q(captured_minor__gte=F("refunded_minor") + F("refund_reserved_minor")),
                name="refunded_within_captured",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="payment_by_state"),
            models.Index(fields=["next_at"], name="payment_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["-id"], name="payment_to_review", condition=Q(needs_review=True)),
            models.Index(fields=["last_four"], name="payment_by_last_four"),
            models.Index(fields=["buyer_email"], name="payment_by_email", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["order_number"], name="payment_by_order_number"),
            models.Index(fields=["amount_minor"], name="payment_by_amount"),
            models.Index(fields=["hold_ends_at"], name="payment_hold_ends", condition=Q(state__in=sorted(HELD))),
            models.Index(fields=["dispute_due_at"], name="payment_in_dispute", condition=Q(disputes_open__gt=0)),
            models.Index(fields=["-id"], name="payment_in_their_review", condition=Q(review=Review.RUNNING)),
            *(
                models.Index(fields=[name], name=f"payment_by_{short}", condition=~Q(**{name: ""}))
                for name, short in (("network_transaction_id", "network_id"), ("authorization_code", "auth_code"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_number} · attempt {self.attempt}"

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    @property
    def amount(self) -> Money:
        return self.money(self.amount_minor)

    @property
    def held_minor(self) -> int:
        """Reserved on the buyer's card and neither taken nor released."""
        return max(self.authorized_minor - self.captured_minor - self.released_minor, 0)

    @property
    def refundable_minor(self) -> int:
        return max(self.captured_minor - self.refunded_minor - self.refund_reserved_minor - self.disputed_minor, 0)

    @property
    def masked_card(self) -> str:
        return f"{self.brand.title()} •••• {self.last_four}" if self.last_four else "card"


class Transaction(UUIDModel, Due):
    """One request to move money under a payment: ours (with `request_id`) or the provider's own act (without)."""

    public_id = models.CharField(
        max_length=32, unique=True, editable=False, default=partial(ports.new_public_id, "txn")
    )
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="transactions")
    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(max_length=10, choices=_choices(Kind))
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.OURS)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    final = models.BooleanField(default=True)
    """A capture: release what is not captured."""
    status = models.CharField(max_length=10, choices=_choices(Status), default=Status.PENDING)
    request_id = models.CharField(max_length=64, null=True, blank=True)
    gateway_reference = models.CharField(max_length=64, null=True, blank=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=64, blank=True, default="")
    failure_code = models.CharField(max_length=64, blank=True, default="")
    failure_category = models.CharField(max_length=20, blank=True, default="")
    failure_message = models.CharField(max_length=256, blank=True, default="")
    sends = models.PositiveSmallIntegerField(default=0)
    """How often bytes may have left us; after the first, only a proven answer can mean that nothing happened."""
    send_by = models.DateTimeField(null=True, blank=True)
    """Until when bytes may leave us; None once the provider works on a follow-up: it is then never sent again."""
    sent_at = models.DateTimeField(null=True, blank=True)
    heard_by = models.DateTimeField(null=True, blank=True)
    """When the provider should have told the end of what it works on; silence after it is an alarm of its own."""
    occurred_at = models.DateTimeField(null=True, blank=True)
    acquirer_reference = models.CharField(max_length=64, blank=True, default="")
    """The number that the cardholder's bank knows it by (ARN), else the acquirer's own."""
    details = models.JSONField(default=dict)
    """Who took it, in the acquirer's words: name, transaction_id, result_code, reference_no, arn …"""
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "request_id"], name="request_ids_are_used_once"),
            models.UniqueConstraint(
                fields=["account", "kind", "gateway_reference"], name="one_transaction_per_gateway_reference"
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(kind=Kind.AUTHORIZE), name="one_authorization_per_payment"
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(status__in=sorted(OPEN), origin=Origin.OURS) & ~Q(kind=Kind.AUTHORIZE),
                name="one_open_follow_up",
            ),
            models.CheckConstraint(
                condition=Q(origin=Origin.PROVIDER) | Q(request_id__isnull=False), name="our_requests_have_an_id"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="transaction_amount_is_positive"),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="transaction_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["gateway_reference"], name="transaction_by_reference"),
            models.Index(
                fields=["acquirer_reference"], name="transaction_by_acquirer", condition=~Q(acquirer_reference="")
            ),
            models.Index(fields=["heard_by"], name="transaction_to_hear_of", condition=Q(status__in=sorted(OPEN))),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class JournalEntry(UUIDModel):
    """What we learned or did, from whom, and what it changed. Append-only: triggers refuse UPDATE and DELETE."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, db_index=False, related_name="journal")
    seq = models.PositiveIntegerField()
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")
    notification = models.ForeignKey(
        "payments.NotificationEvent", on_delete=models.PROTECT, db_index=False, null=True, related_name="+"
    )
    entry = models.CharField(max_length=32)
    state_before = models.CharField(max_length=20)
    state_after = models.CharField(max_length=20)
    authorized_delta = models.BigIntegerField(default=0)
    captured_delta = models.BigIntegerField(default=0)
    released_delta = models.BigIntegerField(default=0)
    refund_reserved_delta = models.BigIntegerField(default=0)
    refunded_delta = models.BigIntegerField(default=0)
    source = models.CharField(max_length=12, choices=Source)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    actor_address = models.GenericIPAddressField(null=True)
    reason = models.CharField(max_length=64, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    evidence = models.JSONField(default=dict)
    """Ids, codes and amounts that the entry rests on; never a token, number or raw document."""
    occurred_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["seq"]
        verbose_name_plural = "journal entries"
        constraints = [models.UniqueConstraint(fields=["payment", "seq"], name="journal_is_numbered")]

    def __str__(self) -> str:
        return f"{self.seq} {self.entry}"


class EventStatus(models.TextChoices):
    STORED = "stored", "Stored, not applied yet"
    APPLIED = "applied", "Applied"
    NOTHING_NEW = "nothing_new", "Told us nothing new"
    PARKED = "parked", "Parked: waiting for what it speaks of"
    HINT = "hint", "A hint: the gateway was asked"
    PROBLEM = "problem", "Not understood: needs a person"


class NotificationEvent(UUIDModel, Due):
    """A provider's message, verified and stored before it is acknowledged (I22). The raw body is sealed."""

    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, db_index=False, related_name="+")
    delivery_key = models.CharField(max_length=64)
    topic = models.CharField(max_length=20)
    kind = models.CharField(max_length=64, blank=True, default="")
    strength = models.CharField(max_length=5, choices=_choices(Strength))
    key_id = models.CharField(max_length=32, blank=True, default="")
    target = models.CharField(max_length=300)
    headers = models.JSONField(default=dict)
    body = SealedField()
    status = models.CharField(max_length=12, choices=EventStatus, default=EventStatus.STORED)
    verdict = models.CharField(max_length=200, blank=True, default="")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="notifications")
    repeats = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "delivery_key"], name="a_delivery_is_stored_once"),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="notification_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["status", "-id"], name="notification_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.kind or self.topic} {self.received_at:%Y-%m-%d %H:%M:%S}"


class RefusedDelivery(UUIDModel):
    """All that a forged delivery leaves: a counter per reason, with the digest and key id of the last one (I19)."""

    gateway = models.CharField(max_length=20)
    reason = models.CharField(max_length=64)
    count = models.PositiveIntegerField(default=0)
    last_digest = models.CharField(max_length=64)
    last_key_id = models.CharField(max_length=32, blank=True, default="")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "refused deliveries"
        ordering = ["-last_at"]
        constraints = [models.UniqueConstraint(fields=["gateway", "reason"], name="one_counter_per_refusal")]

    def __str__(self) -> str:
        return f"{self.gateway}: {self.reason}"


class AskStatus(models.TextChoices):
    OPEN = "open", "Waiting for an answer"
    ANSWERED = "answered", "Money on its way back"
    DECLINED = "declined", "Declined"


class BuyerRefundRequest(UUIDModel):
    """The buyer asks for the money back; the merchant answers with one act, cancel or refund."""

    public_id = models.CharField(
        max_length=32, unique=True, editable=False, default=partial(ports.new_public_id, "ask")
    )
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refund_requests")
    reason = models.CharField(max_length=500)
    status = models.CharField(max_length=8, choices=AskStatus, default=AskStatus.OPEN)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True, default="")
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(status=AskStatus.OPEN), name="one_open_refund_request_per_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.get_status_display()}"


class DisputeStatus(models.TextChoices):
    OPEN = "open", "Wants an answer"
    DEFENDED = "defended", "Evidence sent"
    ACCEPTED = "accepted", "Accepted: the money is gone"
    JUDGED = "judged", "Judged: who won is to be confirmed"
    WON = "won", "Won"
    LOST = "lost", "Lost"
    CANCELED = "canceled", "Withdrawn"
    RESOLVED = "resolved", "Settled by rule"


class Dispute(UUIDModel):
    """A buyer's bank asks for money back. Facts as the provider told them; nothing here moves money."""

    public_id = models.CharField(
        max_length=32, unique=True, editable=False, default=partial(ports.new_public_id, "dsp")
    )
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, db_index=False, related_name="+")
    reference = models.CharField(max_length=64)
    """The provider's id."""
    status = models.CharField(max_length=9, choices=DisputeStatus, default=DisputeStatus.OPEN)
    kind = models.CharField(max_length=32, blank=True, default="")
    amount_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    reason_code = models.CharField(max_length=64, blank=True, default="")
    reason = models.CharField(max_length=256, blank=True, default="")
    network = models.CharField(max_length=32, blank=True, default="")
    arn = models.CharField(max_length=64, blank=True, default="")
    opened_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    defendable = models.BooleanField(null=True, blank=True)
    auto_defended = models.CharField(max_length=256, blank=True, default="")
    verdict = models.CharField(max_length=64, blank=True, default="")
    judged_minor = models.BigIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    details = models.JSONField(default=dict)
    """accepted_because, acquirer, capture_reference, comment."""
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        permissions = [("accept", "Give up the money of a dispute"), ("defend", "Send evidence, read evidence")]
        constraints = [
            models.UniqueConstraint(fields=["account", "reference"], name="one_row_per_dispute"),
            models.CheckConstraint(
                condition=Q(amount_minor__isnull=True) | Q(amount_minor__gt=0), name="disputed_amount_is_positive"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="dispute_due", condition=Q(status=DisputeStatus.OPEN)),
            models.Index(fields=["status", "-id"], name="dispute_by_status"),
        ]

    def __str__(self) -> str:
        return f"{(self.kind or 'dispute').replace('_', ' ')} {self.reference}"

    @property
    def amount(self) -> Money | None:
        return None if self.amount_minor is None else Money(self.amount_minor, self.currency)


class DisputeActKind(models.TextChoices):
    ACCEPT = "accept", "Accept"
    DEFEND = "defend", "Defend"


class DisputeAct(UUIDModel):
    """One request of ours about a dispute, written before it is sent. Repeating it is safe (antom.md 3.18)."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=6, choices=DisputeActKind)
    status = models.CharField(max_length=10, choices=_choices(Status), default=Status.PENDING)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True, default="")
    file_name = models.CharField(max_length=200, blank=True, default="")
    file_digest = models.CharField(max_length=64, blank=True, default="")
    """sha256 of `document`."""
    document = SealedField(null=True)
    """The evidence as it was sent, so that a repeat sends the same."""
    sends = models.PositiveSmallIntegerField(default=0)
    send_by = models.DateTimeField()
    failure_code = models.CharField(max_length=64, blank=True, default="")
    failure_message = models.CharField(max_length=256, blank=True, default="")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispute"], condition=Q(status__in=sorted(OPEN)), name="one_open_act_per_dispute"
            ),
            models.UniqueConstraint(
                fields=["dispute"],
                condition=Q(kind=DisputeActKind.ACCEPT, status=Status.SUCCEEDED),
                name="a_dispute_is_accepted_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.dispute}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN
