"""What a try at binding means to its buyer: whether it is over, when to ask again, and what to try."""

from __future__ import annotations

from core import ports
from payments.gateways.base import Category
from vaulting.models import LIVE, Standing, VaultingSession

ASK_AGAIN = {Standing.OPENING: 2, Standing.OPEN: 3, Standing.VERIFYING: 3}
"""Seconds until it is worth asking again."""
TRY_AGAIN, OTHER_CARD, CALL_BANK = "try_again", "other_card", "call_bank"
TRIES = (TRY_AGAIN, OTHER_CARD, CALL_BANK)
TO_TRY = {
    Category.TRY_AGAIN: TRY_AGAIN,
    Category.OTHER_CARD: OTHER_CARD,
    Category.CALL_BANK: CALL_BANK,
    Category.FIX_DATA: OTHER_CARD,
    Category.FRAUD: OTHER_CARD,
    Category.CONFIGURATION: TRY_AGAIN,
    Category.NOT_AUTHENTICATED: TRY_AGAIN,
}
"""Reasons that would help somebody who tests stolen cards are not told (I30)."""
SENTENCES = {
    TRY_AGAIN: "The card could not be saved. Try again in a moment.",
    OTHER_CARD: "The card was not accepted. Check its details, or use another card.",
    CALL_BANK: "Your bank did not allow it. Ask your bank, or use another card.",
}
NOT_CONFIRMED = (
    "Your bank’s check that it is you was not completed, so the card was not saved. Try again and confirm it with your "
    "bank."
)
TIME_IS_OVER = "The time to add the card is over, and nothing was saved. Start again."


def standing_of(session: VaultingSession) -> Standing:
    """As the buyer sees it: a try whose time is over is expired, also while we still ask what became of it."""
    standing = Standing(session.standing)
    return Standing.EXPIRED if standing in LIVE and ports.now() >= session.expires_at else standing


def failure_of(session: VaultingSession) -> dict[str, str] | None:
    """A word for programs and a sentence for the buyer; None unless the try failed."""
    standing = standing_of(session)
    if standing is Standing.EXPIRED:
        return {"try": TRY_AGAIN, "text": TIME_IS_OVER}
    if standing is not Standing.FAILED:
        return None
    known = session.failure_category in set(Category)
    category = Category(session.failure_category) if known else Category.OTHER_CARD
    text = NOT_CONFIRMED if category is Category.NOT_AUTHENTICATED else SENTENCES[TO_TRY[category]]
    return {"try": TO_TRY[category], "text": text}
