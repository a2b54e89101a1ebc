"""Notifications: the answer is fine, what follows is not."""

from __future__ import annotations

from payments.simulator.deck.words import MOVING, NOTIFIED, PAYING, Altered, Family, FirstSend, Scenario

NOTICES: dict[str, Scenario] = {
    "once": Scenario(
        about="Every notification comes exactly once, as it should: the scenario to compare with.",
        wire="One delivery of each notification.",
        family=Family.NOTIFICATION,
        operations=NOTIFIED,
    ),
    "duplicate": Scenario(
        about="Every notification about it comes more than once (twice unless you say how often).",
        wire="Several deliveries with the same body.",
        family=Family.NOTIFICATION,
        operations=NOTIFIED,
        copies=2,
    ),
    "missing": Scenario(
        about="No notification about it is ever sent, until you send it by hand.",
        wire="Silence.",
        family=Family.NOTIFICATION,
        operations=NOTIFIED,
        silent=True,
    ),
    "early": Scenario(
        about="The notification overtakes the answer.",
        wire="The notification is delivered first, then the request is answered.",
        family=Family.NOTIFICATION,
        operations=tuple(name for name in NOTIFIED if name != "autoCapture"),
        early=True,
    ),
    "notify_late": Scenario(
        about="Every notification about it is delayed, but fresh when it comes.",
        wire="A delivery after a while, signed with the time of sending.",
        family=Family.NOTIFICATION,
        operations=NOTIFIED,
        delayed=True,
        seconds=10,
        seconds_mean="until it is sent",
    ),
    "stale": Scenario(
        about="Every notification about it is delayed and tells of a state that may be over.",
        wire="A delivery after a while, signed with the time at which it was true.",
        family=Family.NOTIFICATION,
        operations=NOTIFIED,
        stale=True,
        seconds=10,
        seconds_mean="until it is sent",
    ),
    "reordered": Scenario(
        about="The notification of the capture comes before the notification of the payment.",
        wire="The payment's notification is held until the capture's was delivered.",
        family=Family.NOTIFICATION,
        operations=PAYING,
        first_send=FirstSend.AFTER_CAPTURE,
        seconds=60,
        seconds_mean="until the payment's leaves even if no capture comes",
    ),
    "wrong_key": Scenario(
        about="Somebody else signs the notification, with a key that is not the provider's.",
        wire="The first delivery does not verify; the provider's own resend does.",
        family=Family.NOTIFICATION,
        operations=NOTIFIED,
        first_send=FirstSend.WRONG_KEY,
    ),
    "wrong_path": Scenario(
        about="The notification arrives at another address of the shop.",
        wire="The first delivery goes to the address with x/ at its end, signed for it; the resend goes right.",
        family=Family.NOTIFICATION,
        operations=NOTIFIED,
        first_send=FirstSend.WRONG_PATH,
    ),
    "notify_other_amount": Scenario(
        about="The notification speaks of another amount than the one that was paid.",
        wire="Correctly signed, amounts one unit higher.",
        books="The right amount.",
        family=Family.NOTIFICATION,
        operations=MOVING,
        altered=Altered.AMOUNT,
    ),
    "notify_other_currency": Scenario(
        about="The notification speaks of another currency than the one that was paid.",
        wire="Correctly signed, amounts in another currency.",
        books="The right currency.",
        family=Family.NOTIFICATION,
        operations=MOVING,
        altered=Altered.CURRENCY,
    ),
}
