"""What the provider's codes about a payment mean, for every page and for `explain`: raw value, sentence, tone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from payments.gateways.base import Check, CodeMeaning, Gateway, Kind, Match
from payments.gateways.models import MerchantAccount
from payments.gateways.registry import NotConfigured, gateway_for
from payments.models import Payment, Transaction

NAMES = {Check.AVS: "Address check (AVS)", Check.CVV: "Security code (CVV)", Check.ECI: "3-D Secure (ECI)"}


@dataclass(frozen=True, slots=True)
class Checked:
    """One check of the card: `about` is empty when nobody explains `raw`."""

    check: Check
    raw: str
    match: Match
    about: str

    @property
    def name(self) -> str:
        return NAMES[self.check]

    def __str__(self) -> str:
        return f"{self.raw} – {self.about.rstrip('.')}" if self.about else self.raw


def checks_of(payment: Payment) -> list[Checked]:
    """AVS, CVV and ECI, as far as they were told."""
    gateway = _gateway(payment.account)
    raws = ((Check.AVS, payment.avs), (Check.CVV, payment.cvv), (Check.ECI, payment.eci))
    return [_checked(gateway, check, raw) for check, raw in raws if raw]


def meaning_of(account: MerchantAccount, tx: Transaction) -> CodeMeaning | None:
    """Why it was refused, in our words; None when nobody documents the code."""
    gateway = _gateway(account)
    return gateway.explain_code(Kind(tx.kind), tx.failure_code) if gateway and tx.failure_code else None


def secured(payment: Payment) -> list[tuple[str, str]]:
    """(name, words) of how the card was presented, the buyer's check by the bank, and what the approval allows."""
    told = _texts(payment, "three_ds")
    rows = [
        ("Card presented as", _with(_CREDENTIALS, _text(payment, "credential"))),
        ("3-D Secure version", told.get("version", "")),
        ("Challenged", _YES_NO.get(told.get("challenged", "").lower(), told.get("challenged", ""))),
        ("Liability", _LIABILITY.get(told.get("liability_shift", ""), told.get("liability_shift", ""))),
        ("Exemption", told.get("exemption_type", "")),
        ("Exemption asked for", _with(_EXEMPTIONS, _text(payment, "exemption"))),
        ("Challenge ended because", told.get("challenge_cancel", "")),
        ("Directory server id", told.get("ds_transaction_id", "")),
        *_allowed(payment),
    ]
    return [(name, words) for name, words in rows if words]


_YES_NO = {"true": "Yes: the bank asked the buyer", "false": "No: the bank did not ask the buyer"}
_LIABILITY = {
    "1": "1 – the card’s bank bears a fraud dispute",
    "0": "0 – we bear a fraud dispute",
    "-1": "−1 – we bear a fraud dispute",
}


_CREDENTIALS = {
    "PAN": "the card’s own number",
    "NETWORK_TOKEN": "a token of the card scheme instead of the number",
}
_EXEMPTIONS = {
    "lowValue": "no check of the buyer, because the amount is low",
    "transactionRiskAnalysis": "no check of the buyer, because the risk is low",
}
_ALLOWS = {
    "incremental": "Raising the hold",
    "extended": "A longer hold",
    "refund_on_authorization": "A refund before the capture",
}
_COULD = {"true": "The gateway could do it", "false": "The gateway cannot do it"}


def _allowed(payment: Payment) -> Iterator[tuple[str, str]]:
    """What the provider could do with this authorization; whether we offer it is another matter."""
    told = _texts(payment, "allows")
    for name, about in _ALLOWS.items():
        yield about, _COULD.get(told.get(name, ""), "")


def _with(meanings: Mapping[str, str], raw: str) -> str:
    return f"{raw} – {meanings[raw]}" if raw in meanings else raw


def issuers_words(payment: Payment) -> str:
    """Code, reason and advice of a refusal, as the card's bank said it."""
    told = _texts(payment, "refusal")
    parts = [told.get("code", ""), told.get("reason", "")]
    words = " – ".join(part for part in parts if part)
    return f"{words} (advice {told['advice']})" if told.get("advice") else words


def risk_words(payment: Payment) -> list[tuple[str, str]]:
    """Who decided about the risk, and how, in the provider's words."""
    told = _texts(payment, "risk")
    return [(key.replace("_", " ").capitalize(), value) for key, value in told.items() if value]


def acquirer_words(tx: Transaction) -> str:
    """Who took it, what came of it there, and the number the cardholder's bank knows it by."""
    told = {key: str(value) for key, value in (tx.details or {}).items() if value}
    result = " ".join(_some(told, ("result_code", "result_message", "reason")))
    number = told.get("arn") or tx.acquirer_reference
    parts = [told.get("name", ""), result, f"{'ARN' if told.get('arn') else 'reference'} {number}" if number else ""]
    return " · ".join(part for part in parts if part)


def _some(told: dict[str, str], names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(told[name] for name in names if told.get(name)))


def _text(payment: Payment, name: str) -> str:
    return str((payment.details or {}).get(name) or "")


def _texts(payment: Payment, part: str) -> dict[str, str]:
    told = (payment.details or {}).get(part)
    return {str(key): str(value) for key, value in told.items()} if isinstance(told, dict) else {}


def _checked(gateway: Gateway | None, check: Check, raw: str) -> Checked:
    if gateway is None:
        return Checked(check, raw, Match.UNKNOWN, "")
    meaning = gateway.explain_check(check, raw)
    return Checked(check, raw, meaning.match, meaning.about)


def _gateway(account: MerchantAccount) -> Gateway | None:
    try:
        return gateway_for(account)
    except NotConfigured:
        return None
