"""How a provider turns a card into a token that we may keep: a session, what became of it, forgetting a token.

The buyer gives the card to the provider itself; we see a token, the brand and the last four digits, never a number.
Every door (answer, inquiry, notification) yields VaultingFacts; `vaulting` decides, once, what they change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from core.sealing import Secret
from payments.gateways.base import CardFacts, Declined, NotAttempted, Outcome, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultingRequest:
    """One try at binding a card. `request_id` is minted once and reused on every repeat."""

    request_id: str
    notify_url: str
    return_url: str
    """Where the provider sends the buyer after its own check."""
    force_three_ds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultOpened:
    """`data` is handed to the provider's element in the app or browser; useless after `expires_at`."""

    data: Secret
    reference: str
    """The provider's id of the session."""
    expires_at: datetime
    url: str = ""
    """A hosted page, where the provider has one."""


Opening: TypeAlias = VaultOpened | Declined | NotAttempted | Unknown
"""What `open_vault` may answer. Declined: the provider refuses, finally, for this request id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultingFact:
    """What a provider tells about one try.

    Approved: bound, and `card.token` is there. Declined: not bound. Pending: not yet; its Redirect is the check that
    the buyer still has to pass. Unknown with `contradicts`: told, but it cannot be: a person hears of it.
    """

    request_id: str
    outcome: Outcome
    card: CardFacts | None = None
    network_transaction_id: str = ""
    occurred_at: datetime | None = None
