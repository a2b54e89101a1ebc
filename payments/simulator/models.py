"""The rows of the provider. Amounts are minor units; nothing here can hold a card number."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from payments.simulator import clock


class Status(models.TextChoices):
    """paymentStatus and refundStatus as the wire spells them (antom.md 5)."""

    PROCESSING = "PROCESSING"
    PENDING = "PENDING"  # the buyer has done everything, the money is not confirmed
    SUCCESS = "SUCCESS"
    FAIL = "FAIL"
    CANCELLED = "CANCELLED"


OPEN = (Status.PROCESSING, Status.PENDING)


class SavedSettings(models.Model):
    """One row: what `POST /control/settings` changed."""

    values = models.JSONField(default=dict)


class ArmedScenario(models.Model):
    """A scenario waiting for its request (`POST /control/next`)."""

    operation = models.CharField(max_length=32)
    request_id = models.CharField(max_length=64, blank=True)
    plan = models.JSONField(default=dict)
    remaining = models.PositiveIntegerField(default=1)


class CardToken(models.Model):
    client_id = models.CharField(max_length=64)
    token = models.CharField(max_length=2048, unique=True)
    brand = models.CharField(max_length=32)
    last4 = models.CharField(max_length=4)
    expiry_month = models.CharField(max_length=2)
    expiry_year = models.CharField(max_length=2)
    fingerprint = models.CharField(max_length=64)
    behaviour = models.CharField(max_length=32, blank=True)
    traits = models.JSONField(default=dict)  # cards.TRAITS
    created_at = models.DateTimeField(default=clock.now)
    deleted_at = models.DateTimeField(null=True)  # the merchant wanted it forgotten: it pays no more


class Vaulting(models.Model):
    """createVaultingSession and what became of it. `status_code` is empty until the buyer has given a card."""

    client_id = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64)
    session_id = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=16, choices=Status.choices)
    opening_code = models.CharField(max_length=64)  # result code of createVaultingSession itself
    status_code = models.CharField(max_length=64, blank=True)  # vaultingResultCode
    notify_url = models.CharField(max_length=2048)
    redirect_url = models.CharField(max_length=2048, blank=True)
    asks_3ds = models.BooleanField(default=False)
    site = models.CharField(max_length=256)
    brand = models.CharField(max_length=32, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    expiry_month = models.CharField(max_length=2, blank=True)
    expiry_year = models.CharField(max_length=2, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    behaviour = models.CharField(max_length=32, blank=True)
    traits = models.JSONField(default=dict)  # cards.TRAITS
    token = models.OneToOneField(CardToken, null=True, on_delete=models.SET_NULL, related_name="vaulting")
    acquirer = models.CharField(max_length=32, blank=True)
    network_transaction_id = models.CharField(max_length=64, blank=True)
    plan = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client_id", "request_id"], name="one_vaulting_per_request")]


class PaymentSession(models.Model):
    """createPaymentSession: an offer to pay; no payment exists until the buyer submits."""

    client_id = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64)
    session_id = models.CharField(max_length=64, unique=True)
    terms = models.JSONField()
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client_id", "request_id"], name="one_session_per_request")]


class Payment(models.Model):
    client_id = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64)
    payment_id = models.CharField(max_length=64, unique=True)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    status = models.CharField(max_length=16, choices=Status.choices)
    result_code = models.CharField(max_length=64)  # of the pay request itself; frozen once S or F
    status_code = models.CharField(max_length=64)  # paymentResultCode: why the status is what it is
    manual_capture = models.BooleanField()
    method_token = models.CharField(max_length=2048, blank=True)
    tokenize = models.BooleanField(default=False)
    card_token = models.CharField(max_length=2048, blank=True)
    brand = models.CharField(max_length=32, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    expiry_month = models.CharField(max_length=2, blank=True)
    expiry_year = models.CharField(max_length=2, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    behaviour = models.CharField(max_length=32, blank=True)
    traits = models.JSONField(default=dict)  # cards.TRAITS
    avs_result = models.CharField(max_length=1, blank=True)
    cvv_result = models.CharField(max_length=1, blank=True)
    three_ds = models.JSONField(default=dict)  # threeDSResult, {} while 3DS took no part
    exemption = models.CharField(max_length=32, blank=True)
    acquirer = models.CharField(max_length=32, blank=True)
    tried = models.JSONField(default=list)  # names of the acquirers, in order; the last one decided
    network_transaction_id = models.CharField(max_length=64, blank=True)
    authorization_code = models.CharField(max_length=6, blank=True)
    review_status = models.CharField(max_length=16, blank=True)  # authReviewStatus
    redirect_url = models.CharField(max_length=2048, blank=True)
    notify_url = models.CharField(max_length=2048, blank=True)
    plan = models.JSONField(default=dict)
    authorized = models.BigIntegerField(default=0)
    captured = models.BigIntegerField(default=0)
    voided = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    lapsed = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    paid_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    auth_expires_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client_id", "request_id"], name="one_payment_per_request"),
            models.CheckConstraint(
                condition=Q(captured__gte=0, voided__gte=0, refunded__gte=0, amount__gt=0), name="amounts_not_negative"
            ),
        ]


class Challenge(models.Model):
    """The page on which the buyer proves who they are, to pay or to have a card kept.

    `token` is the page's only key, `answer` ends it.
    """

    parent = models.OneToOneField(Payment, null=True, on_delete=models.CASCADE, related_name="challenge")
    vaulting = models.OneToOneField(Vaulting, null=True, on_delete=models.CASCADE, related_name="challenge")
    token = models.CharField(max_length=64, unique=True)
    site = models.CharField(max_length=256)
    by_form = models.BooleanField(default=False)  # told as redirectActionForm
    in_app = models.BooleanField(default=False)  # told with app links as well
    then_code = models.CharField(max_length=64)  # what the bank says once the buyer has confirmed
    answer = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=False, vaulting__isnull=True)
                | Q(parent__isnull=True, vaulting__isnull=False),
                name="challenge_of_one_thing",
            )
        ]


class Move(models.Model):
    """What captures, refunds and increases share. Refusals are kept too, even of unknown payments (antom.md 2.5)."""

    client_id = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64)
    asked_payment_id = models.CharField(max_length=64)  # as the merchant named it, known or not
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    status = models.CharField(max_length=16, choices=Status.choices)
    result_code = models.CharField(max_length=64)
    plan = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Capture(Move):
    parent = models.ForeignKey(Payment, null=True, on_delete=models.CASCADE, related_name="captures")
    capture_id = models.CharField(max_length=64, unique=True)
    is_last = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client_id", "request_id"], name="one_capture_per_request")]


class Refund(Move):
    parent = models.ForeignKey(Payment, null=True, on_delete=models.CASCADE, related_name="refunds")
    refund_id = models.CharField(max_length=64, unique=True)
    notify_url = models.CharField(max_length=1024, blank=True)
    reversed_at = models.DateTimeField(null=True)  # had succeeded, then failed after all

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client_id", "request_id"], name="one_refund_per_request")]


class Increase(Move):
    """updateAmount: `amount` is the whole new hold."""

    parent = models.ForeignKey(Payment, null=True, on_delete=models.CASCADE, related_name="increases")
    update_id = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client_id", "request_id"], name="one_increase_per_request")]


class Dispute(models.Model):
    """A cardholder's complaint to their bank (antom.md 3.18); it moves no money in these books."""

    class Stage(models.TextChoices):
        OPEN = "OPEN"
        DEFENDED = "DEFENDED"
        ACCEPTED = "ACCEPTED"
        JUDGED = "JUDGED"
        CANCELLED = "CANCELLED"
        RESOLVED = "RESOLVED"

    parent = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="disputes")
    dispute_id = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=32)
    amount = models.BigIntegerField()
    reason_code = models.CharField(max_length=64)
    stage = models.CharField(max_length=16, choices=Stage.choices, default=Stage.OPEN)
    result = models.CharField(max_length=32, blank=True)  # disputeJudgedResult
    accept_reason = models.CharField(max_length=32, blank=True)
    evidence = models.TextField(blank=True)  # base64, as the merchant sent it
    alerted = models.BooleanField(default=False)
    opened_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField()
    acted_at = models.DateTimeField(null=True)  # accepted or defended
    ended_at = models.DateTimeField(null=True)  # judged, cancelled or resolved


class Job(models.Model):
    """Something the provider does later: `kind` names a function of later._JOBS."""

    kind = models.CharField(max_length=32)
    subject = models.BigIntegerField(default=0)  # primary key of the row it is about
    payload = models.JSONField(default=dict)
    due_at = models.DateTimeField(db_index=True)


class Notification(models.Model):
    """One document on its way to the merchant. `next_at` empty: nothing more is sent by itself."""

    client_id = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64, db_index=True)  # of what it tells about
    notify_type = models.CharField(max_length=32)
    url = models.CharField(max_length=2048)
    body = models.TextField()
    created_at = models.DateTimeField(default=clock.now)
    old_time = models.BooleanField(default=False)  # send with the Request-Time of `created_at`
    fault = models.CharField(max_length=16, blank=True)  # scenarios.FirstSend: what is wrong with the first try
    next_at = models.DateTimeField(null=True, db_index=True)
    leased_at = models.DateTimeField(null=True)  # a thread of this process is sending it
    attempts = models.PositiveIntegerField(default=0)
    last_answer = models.CharField(max_length=64, blank=True)
    acknowledged_at = models.DateTimeField(null=True)


class WireLog(models.Model):
    """One line per request that reached us; never holds a body."""

    at = models.DateTimeField(default=clock.now)
    client_id = models.CharField(max_length=64, blank=True)
    operation = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64, blank=True, db_index=True)
    processed = models.BooleanField()
    result_code = models.CharField(max_length=64, blank=True)
    scenario = models.CharField(max_length=32, blank=True)
