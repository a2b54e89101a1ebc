"""Words about the result codes of keeping a card and of forgetting it (antom.md 3.1 to 3.5)."""

from __future__ import annotations

from payments.gateways.antom.words import NOTHING_TO_DO, WAIT, joined, table

VAULTING_WORDS = joined(
    table(
        "VERIFICATION_IN_PROCESS | The bank checks the buyer; the buyer may still have to confirm it.",
        next_step=WAIT,
    ),
    table(
        "VAULTING_NOT_EXIST | Antom does not know this try: it never arrived.",
        next_step="No card was saved. The buyer may start again.",
    ),
    table(
        "AUTHENTICATION_REQUIRED | The bank wants to check the buyer with 3-D Secure.",
        next_step="No card was saved. The buyer may try again; ask for the bank's check.",
    ),
    table(
        """
        USER_PAYMENT_VERIFICATION_FAILED VERIFICATION_FAIL | The buyer did not pass the bank's check.
        ORDER_IS_CLOSED | The time to save the card was over before it was done.
        """,
        next_step="No card was saved. The buyer may try again.",
    ),
    table(
        """
        INVALID_CARD_NUMBER | The number of the card is wrong.
        INVALID_CVV | The security code of the card is wrong.
        INVALID_EXPIRATION_DATE | The expiry date of the card is wrong or has passed.
        """,
        next_step="No card was saved. The buyer may correct the card's data or use another card.",
    ),
    table(
        """
        ACCOUNT_CLOSED | The account behind the card is closed.
        CARD_EXPIRED | The card has expired.
        CARD_NOT_SUPPORTED | This kind of card is not taken.
        NO_SELECTED_ACCOUNT | The card has no account of the kind that was asked for.
        PAYMENT_AMOUNT_EXCEED_LIMIT | The amount of the check is above the limit of this card.
        PAYMENT_COUNT_EXCEED_LIMIT | The card was used too often.
        POLICY | A rule of the bank or of the card scheme does not allow it.
        RESTRICTED_CARD | The card may not be used for this.
        USER_BALANCE_NOT_ENOUGH | The card does not have enough money for the check.
        VERIFY_TIMES_EXCEED_LIMIT | The buyer failed the bank's check too often.
        """,
        next_step="No card was saved. The buyer may use another card.",
    ),
    table(
        """
        BLOCKED_FIRST_USED | The card is new, and the bank has not opened it for use yet.
        DO_NOT_HONOR | The bank of the card refused, and gives no reason.
        """,
        next_step="No card was saved. The buyer may ask the bank, or use another card.",
    ),
    table(
        """
        FRAUD_REJECT | Risk control refused to save this card.
        LOST_CARD | The card was reported lost.
        PICKUP_CARD | The bank wants the card to be taken away.
        STOLEN_CARD | The card was reported stolen.
        """,
        next_step="No card was saved. Do not tell the buyer why; another card may be used.",
    ),
)

FORGET_WORDS = table(
    "TOKEN_NOT_EXIST INVALID_PAYMENT_METHOD_META_DATA | Antom does not know this saved card any more.",
    next_step=NOTHING_TO_DO,
)
