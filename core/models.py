"""People, idempotency keys, and the abstract row that says when somebody must look again."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.contrib.auth.models import AbstractUser
from django.db import models

from core import ports
from core.sealing import SealedField


class UUIDModel(models.Model):
    id = models.UUIDField(primary_key=True, default=ports.new_uuid, editable=False)

    class Meta:
        abstract = True


class User(UUIDModel, AbstractUser):
    """A buyer or a colleague. `reference` is the name under which a provider knows the buyer."""

    reference = models.CharField(
        max_length=32, unique=True, editable=False, default=partial(ports.new_public_id, "usr")
    )
    phone = models.CharField(max_length=24, blank=True)

    def __str__(self) -> str:
        return self.get_full_name() or self.email or self.username


class Due(models.Model):
    """Says when a row wants attention, who has it in hand, and how often it was tried.

    `next_at` None: nothing to do. The lease only says *who works on it*, never *whether it is allowed*.
    """

    next_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=64, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        abstract = True


class IdempotencyKey(UUIDModel):
    """One key of one principal: what was asked (fingerprint), about which row, and the first answer, sealed.

    The key itself is stored as a keyed digest only: whoever reads the table cannot replay it.
    """

    principal = models.ForeignKey(User, on_delete=models.CASCADE, db_index=False, related_name="+")
    key_digest = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    subject = models.CharField(max_length=64, blank=True, default="")
    status = models.PositiveSmallIntegerField(null=True)
    body = SealedField(null=True)
    lease_until = models.DateTimeField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "key_digest"], name="one_meaning_per_key"),
        ]
        indexes = [models.Index(fields=["expires_at"], name="key_expires")]

    LEASE = timedelta(seconds=45)
    LIFE = timedelta(days=30)

    def running(self, at: datetime) -> bool:
        return self.status is None and self.lease_until > at
