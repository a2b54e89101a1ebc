"""Which acquirer takes a payment, and where the merchant reads of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from payments.simulator import routing
from tests.simulator.merchant import Merchant, Receiver
from tests.simulator_process import SimulatorProcess


@pytest.mark.parametrize(
    ("brand", "currency", "amount", "acquirer"),
    [
        ("VISA", "EUR", 3000, "ACQ_ONE"),
        ("MASTERCARD", "EUR", 3000, "ACQ_TWO"),
        ("AMEX", "USD", 3000, "ACQ_THREE"),
        ("VISA", "JPY", 3000, "ACQ_ASIA"),
        ("AMEX", "JPY", 3000, "ACQ_THREE"),
        ("VISA", "EUR", 9_999_999, "ACQ_ONE"),
        ("VISA", "EUR", 10_000_000, "ACQ_TWO"),
    ],
)
def test_the_first_rule_that_fits_wins(brand: str, currency: str, amount: int, acquirer: str) -> None:
    assert routing.route(brand=brand, currency=currency, amount=amount, reference="1") == [acquirer]


def test_weights_decide_where_no_rule_fits() -> None:
    counts = Counter(routing.by_weight(f"payment {number}") for number in range(2000))
    shares = {name: counts[name] / 2000 * 100 for name in routing.WEIGHTS}
    assert all(abs(shares[name] - weight) < 5 for name, weight in routing.WEIGHTS.items())
    assert routing.by_weight("payment 7") == routing.by_weight("payment 7")


def infos(merchant: Merchant, receiver: Receiver, token: str) -> dict[str, Any]:
    """acquirerInfo of every document of one payment, its capture and its refund, by the document's name."""
    paid = merchant.pay(token).json
    captured, refunded = merchant.capture(paid["paymentId"]).json, merchant.refund(paid["paymentId"], 1000).json
    inquiry = merchant.inquire(paid["paymentRequestId"])
    told = {"pay": paid, "inquiryPayment": inquiry, "capture": captured, "refund": refunded}
    told |= {f"transaction {row['transactionType']}": row for row in inquiry["transactions"]}
    told["inquiryRefund"] = merchant.post("inquiryRefund", {"refundId": refunded["refundId"]}).json
    for kind in ("PAYMENT_RESULT", "CAPTURE_RESULT", "REFUND_RESULT"):
        [notice] = receiver.wait(notifyType=kind)
        told[kind] = notice.json
    return {name: document["acquirerInfo"] for name, document in told.items()}


def test_every_document_names_the_acquirer(merchant: Merchant, token: str, receiver: Receiver) -> None:
    told = infos(merchant, receiver, token)
    assert len(told) == 11
    assert {info["acquirerName"] for info in told.values()} == {"ACQ_ONE"}
    by_kind = {
        ("pay", "inquiryPayment", "transaction AUTHORIZATION", "PAYMENT_RESULT"),
        ("capture", "transaction CAPTURE", "CAPTURE_RESULT"),
        ("refund", "inquiryRefund", "transaction REFUND", "REFUND_RESULT"),
    }
    ids = [{told[name]["acquirerTransactionId"] for name in names} for names in by_kind]
    assert [len(found) for found in ids] == [1, 1, 1]
    assert len(set.union(*ids)) == 3


def test_the_second_acquirer_takes_over_under_the_same_id(
    merchant: Merchant, token: str, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    simulator.control("settings", {"routing": "first_fails"})
    told = infos(merchant, receiver, token)
    assert {info["acquirerName"] for info in told.values()} == {"ACQ_TWO"}
    [page] = simulator.books()
    assert (page["acquirers"], page["authorized"]) == (["ACQ_ONE", "ACQ_TWO"], 3000)


def test_a_refusal_says_what_the_acquirer_said(merchant: Merchant) -> None:
    refused = merchant.pay(paymentMethod=merchant.new_card("4054692760174822")).json
    assert (refused["acquirerInfo"]["acquirerName"], refused["acquirerInfo"]["acquirerResultCode"]) == ("ACQ_ONE", "05")
    assert refused["paymentResultInfo"]["refusalCodeRaw"] == "05"
