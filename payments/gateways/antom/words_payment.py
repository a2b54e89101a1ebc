"""Words about the result codes of a payment, of asking about it, and of consult (antom.md 3.6 to 3.9, 3.16)."""

from __future__ import annotations

from payments.gateways.antom.words import CHECK_CONTRACT, DO_NOT_REPEAT, TRY_ONCE_MORE, WAIT, joined, table

PAYMENT_WORDS = joined(
    table(
        "PAYMENT_IN_PROCESS | The payment is under way; the buyer may still have to confirm it with the bank.",
        next_step=WAIT,
    ),
    table(
        "AUTHENTICATION_REQUIRED | The bank wants to check the buyer with 3-D Secure.",
        next_step="Nothing was charged. The buyer may try again; ask for the bank's check.",
    ),
    table(
        """
        CARD_NOT_SUPPORTED | This kind of card is not taken.
        INVALID_CARD_NUMBER | The number of the card is wrong.
        INVALID_EXPIRATION_DATE INVALID_EXPIRY_DATE_FORMAT | The expiry date of the card is wrong or has passed.
        INVALID_CARD | The card is not valid.
        SELECTED_CARD_BRAND_NOT_AVAILABLE | The brand that the buyer chose cannot be used with this card.
        USER_BALANCE_NOT_ENOUGH | The card does not have enough money.
        USER_AMOUNT_EXCEED_LIMIT PAYMENT_AMOUNT_EXCEED_LIMIT | The amount is above the limit of this card.
        PAYMENT_COUNT_EXCEED_LIMIT | The card was used too often.
        VERIFY_TIMES_EXCEED_LIMIT | The buyer failed the bank's check too often.
        """,
        next_step="Nothing was charged. The buyer may correct the card's data or use another card.",
    ),
    table(
        """
        DO_NOT_HONOR | The bank of the card refused, and gives no reason.
        ISSUER_REJECTS_TRANSACTION | The bank of the card rejected this payment.
        """,
        next_step="Nothing was charged. The buyer may ask the bank, or use another card.",
    ),
    table(
        """
        USER_PAYMENT_VERIFICATION_FAILED | The buyer did not pass the bank's check.
        VERIFY_UNMATCHED | What the buyer entered does not match what the bank knows.
        """,
        next_step="Nothing was charged. The buyer may try again and check every field.",
    ),
    table(
        """
        USER_STATUS_ABNORMAL | The account of the payer is not in order.
        USER_NOT_EXIST | The account of the payer does not exist.
        USER_KYC_NOT_QUALIFIED | The identity of the payer is not confirmed well enough for this payment.
        PAYMENT_NOT_QUALIFIED | The payer may not make this payment.
        PAYMENT_PROHIBITED | This payment is prohibited for the payer.
        """,
        next_step="Nothing was charged. The buyer may use another card.",
    ),
    table(
        """
        FRAUD_REJECT RISK_REJECT | Risk control refused this payment.
        SUSPECTED_CARD | The card is suspected of misuse.
        """,
        next_step="Nothing was charged. Do not tell the buyer why; another card may be tried.",
    ),
    table(
        "SUSPECTED_RISK | Risk control suspects this payment.",
        next_step="Nothing was charged. Do not tell the buyer why; it may be tried again one working day later.",
    ),
    table(
        """
        ORDER_IS_CANCELED | This payment was cancelled before it was made.
        ORDER_IS_CLOSED | The time to pay was over before it was made.
        """,
        next_step="Nothing was charged. The buyer may start a new payment.",
    ),
    table(
        "ORDER_NOT_EXIST | Antom does not know this payment: it never arrived, or the buyer never submitted it.",
        next_step="Wait: it is asked for again, and ends by itself when its time to pay is over.",
    ),
    table(
        "INVALID_PAYMENT_METHOD_META_DATA | Antom cannot use what was said about the card; a saved card may be gone.",
        next_step="Nothing was charged. The buyer may use another card; if it happens again, tell a technician.",
        ours_to_fix=True,
    ),
    table(
        """
        INVALID_AMOUNT | Antom does not take this amount.
        CURRENCY_NOT_SUPPORT | Our contract does not include this currency.
        SETTLE_CONTRACT_NOT_MATCH | The settlement currency does not match our contract.
        NO_PAY_OPTIONS | Our contract has no payment method for this payment.
        INVALID_CONTRACT | Our contract does not allow this payment.
        INVALID_MERCHANT_STATUS | Our account at Antom is not active.
        MERCHANT_NOT_REGISTERED | Antom does not know our company.
        MERCHANT_KYB_NOT_QUALIFIED | Antom has not confirmed our company well enough for this payment.
        """,
        next_step=CHECK_CONTRACT,
        ours_to_fix=True,
    ),
    table(
        """
        ORDER_STATUS_INVALID | The payment is in a state in which this cannot be done.
        EXPIRED_CODE INVALID_PAYMENT_CODE INCORRECT_BLIKCODE | A payment code was used that is wrong or expired.
        INVALID_ACCESS_TOKEN | A wallet's permission was used that is not valid.
        """,
        next_step=TRY_ONCE_MORE,
    ),
    table(
        "MERCHANT_BALANCE_NOT_ENOUGH | Our balance at Antom is too low.",
        next_step=f"{DO_NOT_REPEAT} Fill up the balance first.",
    ),
)
