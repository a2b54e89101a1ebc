"""A saved card (a sealed token and what may be shown of it, never a number), and each try at binding one."""

from __future__ import annotations

import calendar
import json
from datetime import date
from functools import partial
from typing import Any

from django.db import models
from django.db.models import F, Q

from core import ports
from core.models import Due, User, UUIDModel
from core.sealing import SealedField, Secret
from payments.gateways.models import MerchantAccount


class Forgetting(models.TextChoices):
    """What the provider knows of a card that is removed here."""

    NOT_ASKED = "", "–"
    WANTED = "wanted", "Removed here; the provider is being told"
    DONE = "done", "Removed here and at the provider"
    REFUSED = "refused", "Removed here; the provider refused to forget it"
    UNKNOWN = "unknown", "Removed here; whether the provider forgot it is not known"
    HERE_ONLY = "here_only", "Removed here; this provider cannot be told"


class BoundCard(UUIDModel, Due):
    """Works only for its buyer in its account (I33). Without a token nothing can be charged with it any more."""

    public_id = models.CharField(
        max_length=32, unique=True, editable=False, default=partial(ports.new_public_id, "card")
    )
    buyer = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="cards")
    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    sealed_token = SealedField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    """Keyed, of this buyer in this account: says that a card is the same, to nobody else and nowhere else."""
    brand = models.CharField(max_length=32)
    last_four = models.CharField(max_length=4)
    expiry_month = models.PositiveSmallIntegerField(null=True, blank=True)
    expiry_year = models.PositiveSmallIntegerField(null=True, blank=True)
    """Not every provider tells it."""
    funding = models.CharField(max_length=16, blank=True, default="")
    issuing_country = models.CharField(max_length=2, blank=True, default="")
    issuer = models.CharField(max_length=128, blank=True, default="")
    network_transaction_id = models.CharField(max_length=256, blank=True, default="")
    is_default = models.BooleanField(default=False)
    consent_version = models.CharField(max_length=32, blank=True, default="")
    consented_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    renewed_at = models.DateTimeField(null=True, blank=True)
    """When it was bound anew: another token, a later expiry."""
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    removal_reason = models.CharField(max_length=200, blank=True, default="")
    forgetting = models.CharField(max_length=9, choices=Forgetting, blank=True, default=Forgetting.NOT_ASKED)
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["buyer", "account"], condition=Q(is_default=True), name="one_default_card_per_buyer_and_account"
            ),
            models.UniqueConstraint(
                fields=["buyer", "account", "fingerprint"],
                condition=Q(removed_at=None) & ~Q(fingerprint=""),
                name="a_card_is_kept_once",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(is_default=False), name="a_removed_card_is_no_default"
            ),
            models.CheckConstraint(
                condition=Q(sealed_token__isnull=False) | Q(removed_at__isnull=False), name="a_kept_card_has_its_token"
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="card_of_buyer"),
            models.Index(fields=["next_at"], name="card_due", condition=Q(next_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.brand} •••• {self.last_four}"

    @property
    def token(self) -> Secret:
        """Raises ValueError for a card whose token is destroyed."""
        if self.sealed_token is None:
            raise ValueError("this card was removed")
        return Secret(bytes(self.sealed_token).decode())

    @property
    def valid_through(self) -> date | None:
        """The last day of its month, as far as it is known."""
        if self.expiry_year is None or self.expiry_month is None:
            return None
        return date(self.expiry_year, self.expiry_month, calendar.monthrange(self.expiry_year, self.expiry_month)[1])

    def usable_on(self, day: date) -> bool:
        """Valid through the last day of its month, and not removed."""
        return self.removed_at is None and (self.valid_through is None or day <= self.valid_through)


class Standing(models.TextChoices):
    """Where one try at binding stands. `MOVES` says what may follow what."""

    OPENING = "opening", "Being opened"
    OPEN = "open", "Waiting for the card"
    VERIFYING = "verifying", "The bank checks the buyer"
    BOUND = "bound", "Card kept"
    FAILED = "failed", "Not kept"
    EXPIRED = "expired", "Nothing came of it"


LIVE = frozenset({Standing.OPENING, Standing.OPEN, Standing.VERIFYING})
MOVES: dict[Standing, frozenset[Standing]] = {
    Standing.OPENING: frozenset(Standing) - {Standing.OPENING},
    Standing.OPEN: frozenset({Standing.VERIFYING, Standing.BOUND, Standing.FAILED, Standing.EXPIRED}),
    Standing.VERIFYING: frozenset({Standing.BOUND, Standing.FAILED, Standing.EXPIRED}),
    Standing.BOUND: frozenset(),
    Standing.FAILED: frozenset({Standing.BOUND}),  # a later, proven success: the card is there
    Standing.EXPIRED: frozenset({Standing.BOUND, Standing.FAILED}),
}


class VaultingSession(UUIDModel, Due):
    """One try at binding a card, opened for a page or an app. Written before the provider is called (I7)."""

    public_id = models.CharField(max_length=32, unique=True, editable=False, default=partial(ports.new_public_id, "vs"))
    buyer = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="vaulting_sessions")
    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, db_index=False, related_name="+")
    request_id = models.CharField(max_length=64, default=partial(ports.new_public_id, "V"))
    """Ours at the provider, minted once; a repeat uses it again."""
    reference = models.CharField(max_length=64, blank=True, default="")
    """The provider's id of the session."""
    standing = models.CharField(max_length=9, choices=Standing, default=Standing.OPENING)
    version = models.PositiveIntegerField(default=0)
    renews = models.ForeignKey(BoundCard, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    """The card whose expiry is to be updated, by binding it anew."""
    card = models.ForeignKey(BoundCard, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions")
    was_known = models.BooleanField(default=False)
    """The buyer had this card already."""
    session_data = SealedField(null=True)
    """For the provider's element; destroyed when the try ends."""
    next_action = SealedField(null=True)
    consent_version = models.CharField(max_length=32)
    consented_at = models.DateTimeField()
    failure_code = models.CharField(max_length=64, blank=True, default="")
    failure_category = models.CharField(max_length=20, blank=True, default="")
    failure_message = models.CharField(max_length=256, blank=True, default="")
    problem = models.CharField(max_length=200, blank=True, default="")
    """What the provider told that cannot be: a person looks."""
    asked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    """From the provider once it told; until then our own guess."""
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = "card being added"
        verbose_name_plural = "cards being added"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "request_id"], name="a_vaulting_request_is_minted_once"),
            models.CheckConstraint(
                condition=~Q(standing=Standing.BOUND) | Q(card__isnull=False), name="what_is_bound_has_a_card"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="a_session_lives_a_while"),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="session_of_buyer"),
            models.Index(fields=["next_at"], name="vaulting_due", condition=Q(next_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.public_id}: {self.get_standing_display()}"

    @property
    def is_live(self) -> bool:
        return self.standing in LIVE

    @property
    def action(self) -> dict[str, Any] | None:
        """The redirect of the bank's check as plain data."""
        return json.loads(bytes(self.next_action)) if self.next_action else None
