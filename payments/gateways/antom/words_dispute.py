"""Words about the result codes of accepting and defending a dispute (antom.md 3.18)."""

from __future__ import annotations

from payments.gateways.antom.words import NOTHING_TO_DO, joined, table

DISPUTE_WORDS = joined(
    table("REPEAT_REQUEST | This was done before; Antom has it already.", next_step=NOTHING_TO_DO),
    table(
        "TIME_EXCEEDS_LIMIT | The time to answer this dispute is over.",
        next_step="Nothing was sent, and nothing can be. The dispute goes its way without us.",
    ),
    table(
        "DEFENSE_EXCEED_LIMIT | Evidence was sent as often as it may be.",
        next_step="This file was not taken. Wait for the decision.",
    ),
    table(
        "NOT_ALLOW_IN_CURRENT_STATUS | The dispute is in a state in which no evidence is taken.",
        next_step="Nothing was sent. Look at the dispute in the Antom dashboard.",
    ),
)
