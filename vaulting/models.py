"""A saved card: a sealed token and what may be shown of it. Never a number."""

from __future__ import annotations

import calendar
from datetime import date
from functools import partial

from django.db import models

from core import ports
from core.models import User, UUIDModel
from core.sealing import SealedField, Secret
from payments.gateways.models import MerchantAccount


class BoundCard(UUIDModel):
    public_id = models.CharField(
        max_length=32, unique=True, editable=False, default=partial(ports.new_public_id, "card")
    )
    buyer = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="cards")
    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    sealed_token = SealedField()
    brand = models.CharField(max_length=32)
    last_four = models.CharField(max_length=4)
    expiry_month = models.PositiveSmallIntegerField()
    expiry_year = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["buyer", "-id"], name="card_of_buyer")]

    def __str__(self) -> str:
        return f"{self.brand} •••• {self.last_four}"

    @property
    def token(self) -> Secret:
        return Secret(bytes(self.sealed_token).decode())

    def usable_on(self, day: date) -> bool:
        """Valid through the last day of its month, and not removed."""
        last = calendar.monthrange(self.expiry_year, self.expiry_month)[1]
        return self.removed_at is None and day <= date(self.expiry_year, self.expiry_month, last)
