"""What a result code says to an operator, in our words (antom.md 3). The tables: words*.py."""

from __future__ import annotations

from collections.abc import Mapping

from payments.gateways.antom.words import COMMON, Words
from payments.gateways.antom.words_dispute import DISPUTE_WORDS
from payments.gateways.antom.words_follow_up import CANCEL_WORDS, CAPTURE_WORDS, REFUND_WORDS
from payments.gateways.antom.words_payment import PAYMENT_WORDS
from payments.gateways.antom.words_vaulting import FORGET_WORDS, VAULTING_WORDS
from payments.gateways.base import CodeMeaning, Kind, Verb

_BY_KIND: Mapping[Kind | Verb, Words] = {
    Kind.AUTHORIZE: PAYMENT_WORDS,
    Kind.CAPTURE: CAPTURE_WORDS,
    Kind.CANCEL: CANCEL_WORDS,
    Kind.LAPSE: PAYMENT_WORDS,
    Kind.REFUND: REFUND_WORDS,
    Verb.BIND: VAULTING_WORDS,
    Verb.FORGET: FORGET_WORDS,
}


def explain_code(kind: Kind | Verb, code: str) -> CodeMeaning | None:
    """None for a code that the provider does not document. What was said about a dispute is found under any kind."""
    for words in (_BY_KIND.get(kind, {}), COMMON, DISPUTE_WORDS):
        if code in words:
            return words[code]
    return None
