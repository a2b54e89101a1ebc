"""Words about the result codes of capture, cancel and refund (antom.md 3.10 to 3.15)."""

from __future__ import annotations

from payments.gateways.antom.words import DO_NOT_REPEAT, TELL_TECHNICAL, TRY_ONCE_MORE, WAIT, joined, table

CAPTURE_WORDS = joined(
    table("CAPTURE_IN_PROCESS | Antom took the capture and the acquirer works on it; this is usual.", next_step=WAIT),
    table(
        """
        AUTH_EXPIRED | The authorisation has expired, and its hold on the card with it.
        AUTH_CANCELLED | The authorisation was cancelled.
        """,
        next_step="Nothing was taken, and nothing can be. Ask the buyer for a new payment.",
    ),
    table(
        """
        AUTH_NOT_FOUND | Antom knows no authorisation to capture for this payment.
        CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT | The amount is above what was authorised.
        CURRENCY_NOT_SUPPORT | The currency is not the one of the payment, or not in our contract.
        INVALID_CONTRACT | Our contract does not allow captures for this payment.
        NO_PAY_OPTIONS | Our contract has no payment method for this capture.
        """,
        next_step=TELL_TECHNICAL,
        ours_to_fix=True,
    ),
    table(
        "MULTI_CAPTURE_NOT_SUPPORTED | The card or its acquirer allows one capture only, and it was made already.",
        next_step=DO_NOT_REPEAT,
    ),
    table(
        """
        ORDER_IS_CANCELED | The payment was cancelled.
        ORDER_STATUS_INVALID | The payment is in a state in which it cannot be captured.
        """,
        next_step="Nothing was taken. Ask the gateway for the state of the payment, then decide.",
    ),
    table(
        """
        PAYMENT_COUNT_EXCEED_LIMIT | The card was used too often.
        USER_AMOUNT_EXCEED_LIMIT | The amount is above the limit of the card.
        USER_BALANCE_NOT_ENOUGH | The card does not have enough money.
        USER_NOT_EXIST | The account of the payer no longer exists.
        USER_STATUS_ABNORMAL | The account of the payer is not in order.
        RISK_REJECT | Risk control refused this capture.
        """,
        next_step="Nothing was taken, and the hold still stands. Capture again as a new request, or release it.",
    ),
)

CANCEL_WORDS = joined(
    table(
        "CANCEL_WINDOW_EXCEED | It is too late to cancel.",
        next_step="Nothing was released. Refund instead, once the money was captured.",
    ),
    table(
        "ORDER_STATUS_INVALID | The payment cannot be cancelled now: it was captured or refunded.",
        next_step="Nothing was released. Ask the gateway for the state of the payment, and refund if it was captured.",
    ),
    table(
        "PROCESS_FAIL | The payment cannot be cancelled now, and Antom gives no reason.",
        next_step="Nothing was released. Ask the gateway for the state of the payment, and refund if it was captured.",
    ),
    table(
        "ORDER_NOT_EXIST | Antom does not know this payment, so there is nothing to cancel.",
        next_step="Nothing to do, unless the payment is still on its way: then it is asked for again by itself.",
    ),
    table(
        "PAYMENT_METHOD_NOT_SUPPORTED | Payments of this kind cannot be cancelled.",
        next_step="Nothing was released. Refund instead, once the money was captured.",
    ),
    table(
        "MERCHANT_BALANCE_NOT_ENOUGH | Money that was paid could not be returned: our balance at Antom is too low.",
        next_step="Nothing was released. Fill up the balance, then cancel again.",
    ),
)

REFUND_WORDS = joined(
    table("REFUND_IN_PROCESS | Antom took the refund and works on it.", next_step=WAIT),
    table(
        """
        REFUND_AMOUNT_EXCEED | The amount is above what is left to refund.
        CURRENCY_NOT_SUPPORT | The currency is not the one of the payment, or not in our contract.
        INVALID_MERCHANT_STATUS | Our account at Antom is not active.
        """,
        next_step=TELL_TECHNICAL,
        ours_to_fix=True,
    ),
    table(
        "REFUND_WINDOW_EXCEED | It is too late to refund this payment.",
        next_step="Nothing was refunded. Give the money back by other means.",
    ),
    table(
        "MERCHANT_BALANCE_NOT_ENOUGH | Our balance at Antom is too low for this refund.",
        next_step="Nothing was refunded. Fill up the balance, then make a new refund.",
    ),
    table(
        """
        MULTIPLE_REFUNDS_NOT_SUPPORTED | This payment can be refunded only once.
        PARTIAL_REFUND_NOT_SUPPORTED | This payment can be refunded only as a whole.
        REFUND_NOT_SUPPORTED | This payment cannot be refunded.
        PAYMENT_METHOD_NOT_SUPPORTED | Payments of this kind cannot be refunded.
        """,
        next_step=DO_NOT_REPEAT,
    ),
    table(
        """
        ORDER_STATUS_INVALID | The payment is in a state in which it cannot be refunded.
        ORDER_IS_CLOSED | The payment was closed before it was made.
        ORDER_IS_CANCELED | The payment was cancelled.
        ORDER_NOT_EXIST | Antom does not know this payment or this refund.
        """,
        next_step="Nothing was refunded. Ask the gateway for the state of the payment, then decide.",
    ),
    table("RISK_REJECT | Risk control refused this refund.", next_step=TRY_ONCE_MORE),
)
