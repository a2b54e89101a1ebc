"""Our accounts at providers. Credentials are named here and kept in the environment."""

from __future__ import annotations

from django.db import models

from core.models import UUIDModel
from core.money import Money


class Mode(models.TextChoices):
    TEST = "TEST", "Test: no real money"
    LIVE = "LIVE", "Live: real money"


class MerchantAccount(UUIDModel):
    """One account at one gateway in one mode. `credentials` names an entry of settings.GATEWAY_CREDENTIALS."""

    name = models.CharField(max_length=64, unique=True)
    gateway = models.CharField(max_length=20)
    mode = models.CharField(max_length=4, choices=Mode, default=Mode.TEST)
    currencies = models.JSONField(default=list, help_text='ISO codes, for example ["EUR", "JPY"]')
    card_brands = models.JSONField(default=list, help_text='Accepted brands, for example ["VISA", "MASTERCARD"]')
    credentials = models.CharField(max_length=64, help_text="The name under which the environment holds the keys")
    position = models.PositiveSmallIntegerField(default=0, help_text="Accounts are tried in this order")
    active = models.BooleanField(default=True)
    three_ds_from = models.JSONField(
        default=dict,
        blank=True,
        help_text='From which amount, in minor units, the bank must check the buyer: {"EUR": 10000}. 0: always.',
    )
    consult = models.BooleanField(
        default=False, help_text="Ask the gateway which ways to pay are open; never holds up a checkout"
    )

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.mode})"

    def wants_three_ds(self, amount: Money) -> bool:
        """Whether our own policy asks for a check by the bank; the issuer may ask for one anyway."""
        least = self.three_ds_from.get(amount.currency)
        return least is not None and amount.minor >= least
