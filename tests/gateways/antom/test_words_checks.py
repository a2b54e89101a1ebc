"""Every row of the tables of antom.md 6, written down from that page and not from the code."""

from __future__ import annotations

import pytest

from payments.gateways.antom.words_checks import explain_check
from payments.gateways.base import Check, Match

AVS = {
    Match.FULL: "X Y D M F",
    Match.PARTIAL: "A W Z B P H K L O Q",
    Match.NONE: "N",
    Match.UNKNOWN: "C I G E R S U 0",
}
CVV = {Match.FULL: "Y", Match.NONE: "D N", Match.UNKNOWN: "P U X"}
ECI = {Match.FULL: "02 05", Match.PARTIAL: "01 06 04", Match.NONE: "00 07"}
COUNTS = {Check.AVS: 24, Check.CVV: 6, Check.ECI: 7}
ROWS = [
    (check, code, match)
    for check, table in ((Check.AVS, AVS), (Check.CVV, CVV), (Check.ECI, ECI))
    for match, codes in table.items()
    for code in codes.split()
]


@pytest.mark.parametrize(("check", "code", "match"), ROWS)
def test_every_code_of_a_check(check, code, match):
    meaning = explain_check(check, code)
    assert meaning.match is match
    assert meaning.about.endswith(".")
    assert "does not explain" not in meaning.about


@pytest.mark.parametrize("check", list(Check))
def test_no_row_is_lost(check):
    assert len({code for found, code, _ in ROWS if found is check}) == COUNTS[check]


@pytest.mark.parametrize(
    ("check", "code", "words"),
    [
        (Check.AVS, "A", "The street matches, the postal code does not."),
        (Check.AVS, "Z", "The five-digit postal code matches, the street does not."),
        (Check.AVS, "B", "The street matches; the postal code was not checked because of its format (international)."),
        (Check.AVS, "P", "The postal code matches; the street was not checked (international)."),
        (Check.AVS, "K", "Only the name of the holder matches (American Express)."),
        (Check.CVV, "D", "The security code does not match."),
        (Check.CVV, "P", "Nobody can say for sure whether the security code was checked."),
        (Check.ECI, "06", "Authentication was tried, but the bank or the card does not take part."),
    ],
)
def test_what_is_easily_confused(check, code, words):
    assert explain_check(check, code).about == words


@pytest.mark.parametrize("check", list(Check))
@pytest.mark.parametrize("code", ["?", "a", "", "NEW", "1" * 100])
def test_any_other_code_is_unknown(check, code):
    meaning = explain_check(check, code)
    assert meaning.match is Match.UNKNOWN
    assert len(meaning.about) < 80
