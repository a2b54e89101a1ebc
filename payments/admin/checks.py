"""Card checks, acquirer and refusals on pages: the raw value, what it means, and how it came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.desk import Pill
from payments.admin import words
from payments.gateways.base import Check, Match
from payments.models import Payment, Transaction
from payments.services import meanings

_CARD = {
    Match.FULL: Pill("check_circle", "Match", "good"),
    Match.PARTIAL: Pill("contrast", "Partial match", "warn"),
    Match.NONE: Pill("cancel", "No match", "bad"),
    Match.UNKNOWN: Pill("help", "Not checked", "plain"),
}
_BUYER = {
    Match.FULL: Pill("verified_user", "Authenticated", "good"),
    Match.PARTIAL: Pill("contrast", "Attempted", "warn"),
    Match.NONE: Pill("gpp_maybe", "Not authenticated", "warn"),
    Match.UNKNOWN: Pill("help", "Not known", "plain"),
}


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    words: str
    pill: Pill | None = None


def rows(payment: Payment) -> list[Row]:
    """What the issuer, the bank's check of the buyer, and the risk decision said; only what was told."""
    found = [
        Row(f"{told.name}", str(told), (_BUYER if told.check is Check.ECI else _CARD)[told.match])
        for told in meanings.checks_of(payment)
    ]
    found += [Row(name, text) for name, text in meanings.secured(payment)]
    found += [Row(f"Risk: {name.lower()}", text) for name, text in meanings.risk_words(payment)]
    issuer = meanings.issuers_words(payment)
    return [*found, *([Row("The issuer’s words", issuer)] if issuer else [])]


def card_facts(payment: Payment) -> list[tuple[str, str]]:
    told = payment.details or {}
    kind = " ".join(str(told[key]).replace("_", " ").lower() for key in ("category", "funding") if told.get(key))
    bank = ", ".join(str(told[key]) for key in ("issuer", "issuing_country") if told.get(key))
    return [(name, text) for name, text in (("Kind of card", kind.capitalize()), ("Issued by", bank)) if text]


def summary(payment: Payment) -> list[Row]:
    """For a table's cell: the codes with their meaning, nothing more."""
    short = {Check.AVS: "AVS", Check.CVV: "CVV", Check.ECI: "ECI"}
    return [Row(short[told.check], str(told)) for told in meanings.checks_of(payment)]


def refusal(payment: Payment, tx: Transaction) -> dict[str, Any] | None:
    """Code, our sentence, next step; the gateway's own words beside them."""
    if not tx.failure_code:
        return None
    meaning = meanings.meaning_of(payment.account, tx)
    fallback = words.NEXT_STEP.get(tx.failure_category, "")
    return {
        "code": tx.failure_code,
        "about": meaning.about if meaning else "",
        "next_step": meaning.next_step if meaning else fallback,
        "ours_to_fix": bool(meaning and meaning.ours_to_fix),
        "message": tx.failure_message,
    }
