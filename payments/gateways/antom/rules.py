"""What can be done at Antom with each verb (antom.md 5.3, 5.4, 3.18, 3.1, 3.5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from payments.gateways.base import Rule, Verb

RULES: Mapping[Verb, Rule] = MappingProxyType(
    {
        Verb.AUTHORIZE: Rule(supported=True, exact_amount=True, within=timedelta(minutes=5)),
        Verb.CAPTURE: Rule(
            supported=True,
            exact_amount=True,
            within=timedelta(days=7),
            reason="Antom captures exactly what was authorised, once, within 7 days.",
        ),
        Verb.CANCEL: Rule(
            supported=True,
            exact_amount=True,
            within=timedelta(days=7),
            reason="Antom cancels a whole authorisation, before it is captured, within 7 days.",
        ),
        Verb.REFUND: Rule(
            supported=True,
            partial=True,
            several=True,
            within=timedelta(days=365),
            reason="Antom refunds what was captured, in whole or in parts, within 365 days.",
        ),
        Verb.REFUND_PRESENT: Rule(
            supported=False, reason="Antom gives money back without the card; use an ordinary refund."
        ),
        Verb.ACCEPT_DISPUTE: Rule(
            supported=True,
            exact_amount=True,
            reason="Antom takes an acceptance of the whole dispute, once, before the time to answer ends.",
        ),
        Verb.DEFEND_DISPUTE: Rule(
            supported=True,
            reason="Antom takes one file of evidence, once, before the time to answer ends.",
        ),
        Verb.BIND: Rule(
            supported=True,
            reason="Antom keeps a card without a purchase: the buyer gives it to Antom, in a session of its own.",
        ),
        Verb.FORGET: Rule(
            supported=False,
            reason="Telling Antom to forget a card is switched off for this account; it is forgotten here only.",
        ),
    }
)
FORGETTING_RULES: Mapping[Verb, Rule] = MappingProxyType(
    {
        **RULES,
        Verb.FORGET: Rule(
            supported=True, reason="Antom forgets a card when it is told to; telling it twice does no harm."
        ),
    }
)
"""Of an account that is switched to it; no page of the vendor promises it to every account (3.5)."""

REPEAT_IS_SAFE = frozenset(
    {
        Verb.CAPTURE,
        Verb.CANCEL,
        Verb.REFUND,
        Verb.ACCEPT_DISPUTE,
        Verb.DEFEND_DISPUTE,
        Verb.BIND,
        Verb.FORGET,
    }
)
