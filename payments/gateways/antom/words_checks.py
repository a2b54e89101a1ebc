"""What the short codes of a card's checks say to people (antom.md 6)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from payments.gateways.base import Check, CheckMeaning, Match


def _table(rows: str) -> Mapping[str, CheckMeaning]:
    """Lines of `codes | match | sentence`."""
    found: dict[str, CheckMeaning] = {}
    for row in rows.strip().splitlines():
        codes, match, about = (part.strip() for part in row.split("|"))
        found |= dict.fromkeys(codes.split(), CheckMeaning(match=Match(match), about=about))
    return MappingProxyType(found)


_AVS = _table(
    """
    X   | full    | Street and nine-digit postal code match.
    Y   | full    | Street and five-digit postal code match.
    A   | partial | The street matches, the postal code does not.
    W   | partial | The nine-digit postal code matches, the street does not.
    Z   | partial | The five-digit postal code matches, the street does not.
    N   | none    | Neither street nor postal code matches.
    D   | full    | Street and postal code match (international); the name of the holder may differ.
    M   | full    | Street and postal code match (international).
    F   | full    | Street and postal code match (United Kingdom).
    B   | partial | The street matches; the postal code was not checked because of its format (international).
    P   | partial | The postal code matches; the street was not checked (international).
    C I | unknown | Neither street nor postal code was checked (international).
    G   | unknown | The issuer outside the United States does not take part in address checks.
    H   | partial | Street and postal code match, the name of the holder does not (American Express).
    K   | partial | Only the name of the holder matches (American Express).
    L   | partial | Name and postal code match (American Express).
    O   | partial | Name and street match (American Express).
    Q   | partial | The billing address matches, the name of the holder does not (American Express).
    E   | unknown | The address check ended with an error.
    R   | unknown | The address check was not available at that moment.
    S U | unknown | The issuer does not support address checks, or they were unavailable.
    0   | unknown | There is no address check for this card.
    """
)
_CVV = _table(
    """
    Y | full    | The security code matches.
    D | none    | The security code does not match.
    N | none    | The card should have a security code, but it was declared to have none.
    P | unknown | Nobody can say for sure whether the security code was checked.
    U | unknown | The issuer does not check security codes.
    X | unknown | Nothing was told about the security code.
    """
)
_ECI = _table(
    """
    02 05 | full    | The bank authenticated the buyer.
    01 06 | partial | Authentication was tried, but the bank or the card does not take part.
    00 07 | none    | The buyer was not authenticated.
    04    | partial | Only data were shared with the bank (Mastercard); the buyer was not asked.
    """
)
_TABLES = {Check.AVS: _AVS, Check.CVV: _CVV, Check.ECI: _ECI}
_NOT_TOLD = CheckMeaning(match=Match.UNKNOWN, about="Nothing was told about this check.")


def explain_check(check: Check, raw: str) -> CheckMeaning:
    """Informational: the result of the payment already holds what the issuer decided."""
    if not raw:
        return _NOT_TOLD
    unknown = CheckMeaning(match=Match.UNKNOWN, about=f"Antom does not explain the code {raw[:16]}.")
    return _TABLES[check].get(raw, unknown)
