"""Two books, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from payments.demo.compare import differences, side_by_side


def our_page(**changes: Any) -> dict[str, Any]:
    page = {"payment_request_id": "P_1", "currency": "EUR", "held": 0, "captured": 30000, "refunded": 12000}
    return {**page, "captures": {"C_1": 30000}, "refunds": {"R_1": 12000}, **changes}


def their_page(**changes: Any) -> dict[str, Any]:
    refunds = [{"refund_request_id": "R_1", "amount": 12000, "status": "SUCCESS"}]
    captures = [{"capture_id": "C_1", "amount": 30000, "status": "SUCCESS"}]
    page = {"payment_request_id": "P_1", "currency": "EUR", "authorized": 30000, "captured": 30000, "voided": 0}
    return {**page, "refunded": 12000, "captures": captures, "refunds": refunds, **changes}


def compared(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[str]:
    return differences(side_by_side(ours, theirs))


def test_equal_books_have_no_difference_and_show_every_row():
    rows = side_by_side([our_page()], [their_page()])
    assert differences(rows) == []
    assert [row.what for row in rows] == ["captured", "refunded", "capture", "refund"]
    assert all(str(row).endswith("equal") for row in rows)


def test_a_refund_missing_at_the_provider_is_named():
    told = compared([our_page()], [their_page(refunded=0, refunds=[])])
    assert told == [
        "refunded P_1: our books say 12000, the provider's say 0 (EUR, minor units)",
        "refund R_1: our books say 12000, the provider's say nothing (EUR, minor units)",
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "row"),
    [
        ({"captured": 29999}, {}, "captured P_1"),
        ({"captures": {}}, {}, "capture C_1"),
        ({"captures": {"C_1": 1}}, {}, "capture C_1"),
        ({}, {"captures": []}, "capture C_1"),
        ({"refunds": {}}, {}, "refund R_1"),
        ({}, {"authorized": 40000}, "held P_1"),
        ({}, {"captured": 0, "authorized": 0}, "captured P_1"),
    ],
)
def test_every_kind_of_difference_is_found(ours, theirs, row):
    assert any(line.startswith(row) for line in compared([our_page(**ours)], [their_page(**theirs)]))


def test_money_that_only_one_side_knows_is_a_difference():
    assert compared([our_page()], [])
    assert compared([], [their_page()])


def test_a_payment_that_never_arrived_and_one_that_was_refused_are_none():
    nothing = {"captured": 0, "refunded": 0, "captures": {}, "refunds": {}}
    refused = {"authorized": 0, "captured": 0, "refunded": 0, "captures": [], "refunds": []}
    assert compared([our_page(**nothing)], []) == []
    assert compared([our_page(**nothing)], [their_page(**refused)]) == []


def test_what_the_provider_refused_does_not_count():
    failed = [{"refund_request_id": "R_2", "amount": 5, "status": "FAIL"}]
    assert compared([our_page()], [their_page(refunds=[*their_page()["refunds"], *failed])]) == []
