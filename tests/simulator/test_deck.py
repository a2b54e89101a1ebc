"""The deck is data: what it says of each scenario, and which operation may meet which."""

from __future__ import annotations

import pytest
import requests

from payments.simulator import deck
from payments.simulator.cards import passes_luhn
from payments.simulator.deck import OPERATIONS, SCENARIO_CARDS, SCENARIOS
from tests.matrix.cells import KEPT_CARDS, NEVER_ASKED, NO_MONEY, PLAYED
from tests.simulator.merchant import Merchant
from tests.simulator_process import SimulatorProcess

NAMES = [name for name in SCENARIOS if name]
CONTRACT = """
    decline pending pending_status challenge review
    lost_request lost_reply late slow drip huge error_before error_after unsigned wrong_signature empty_body truncated
    redirect unknown_word other_amount other_currency
    once duplicate missing early notify_late stale reordered wrong_key wrong_path notify_other_amount
    notify_other_currency
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_newcomer_is_told_what_happens_on_both_sides(name: str) -> None:
    scenario = SCENARIOS[name]
    for sentence in (scenario.about, scenario.wire, scenario.books):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert scenario.operations
    assert set(scenario.operations) <= set(OPERATIONS)
    assert bool(scenario.seconds or scenario.open_seconds) <= bool(scenario.seconds_mean)


def test_the_contract_is_complete() -> None:
    assert not set(CONTRACT.split()) - set(NAMES)


def test_every_pair_is_armed_or_refused_with_a_sentence(simulator: SimulatorProcess) -> None:
    wrong = []
    with requests.Session() as session:
        for operation in OPERATIONS:
            for name in NAMES:
                order = {"operation": operation, "scenario": name}
                reply = session.post(f"{simulator.base_url}/control/next", json=order, timeout=10)
                sensible = operation in SCENARIOS[name].operations
                said = reply.json().get("error", "")
                explained = f"{operation} cannot meet {name}" in said
                if (reply.status_code, explained) != ((201, False) if sensible else (400, True)):
                    wrong.append((operation, name, reply.status_code, said))
    assert not wrong
    assert len(simulator.control("next", method="GET")["armed"]) == sum(len(SCENARIOS[n].operations) for n in NAMES)


def test_what_makes_no_sense() -> None:
    senseless = [
        ("cancel", "duplicate"),  # a cancel is not notified
        ("inquiryPayment", "pending"),
        ("inquiryPayment", "late"),
        ("autoCapture", "lost_reply"),  # nobody waits for its answer
        ("autoCapture", "early"),
        ("capture", "challenge"),
        ("capture", "reordered"),
        ("submit", "unsigned"),  # the card element's answer never is signed
        ("cancel", "other_amount"),
        ("createVaultingSession", "pending"),
        ("bind", "unsigned"),
        ("bind", "challenge_form"),  # an inquiry of a vaulting has no words for it
        ("bind", "notify_other_amount"),  # a kept card has no amount
        ("bind", "reordered"),
        ("inquireVaulting", "late"),
        ("deleteToken", "duplicate"),
    ]
    assert not [pair for pair in senseless if deck.can_meet(*pair)]


@pytest.mark.parametrize(("number", "name"), SCENARIO_CARDS.items())
def test_a_scenario_card_works_on_both_ways_to_pay(number: str, name: str) -> None:
    assert passes_luhn(number)
    assert {"pay", "submit"} <= set(SCENARIOS[name].operations)
    assert deck.card_of(name) == number


def test_any_waits_for_a_request_that_can_meet_it(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    simulator.control("next", {"operation": "any", "scenario": "pending", "seconds": 60})
    document = merchant.payment(token)
    assert merchant.inquire(document["paymentRequestId"])["result"]["resultCode"] == "ORDER_NOT_EXIST"
    assert len(simulator.control("next", method="GET")["armed"]) == 1
    assert merchant.post("pay", document).code == "PAYMENT_IN_PROCESS"
    assert simulator.control("next", method="GET")["armed"] == []


def test_what_is_armed_can_be_disarmed(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    order = {"operation": "pay", "scenario": "decline", "code": "RISK_REJECT", "times": 3}
    number = simulator.control("next", order)["armed"]
    [waiting] = simulator.control("next", method="GET")["armed"]
    assert waiting == {"id": number, "operation": "pay", "request_id": "", "times": 3} | {
        "scenario": "decline",
        "code": "RISK_REJECT",
    }
    assert simulator.control(f"next/{number}", method="DELETE") == {"disarmed": number}
    assert merchant.pay(token).code == "SUCCESS"
    gone = requests.delete(f"{simulator.base_url}/control/next/{number}", timeout=10)
    assert (gone.status_code, gone.json()) == (404, {"error": "nothing of that number is armed"})


def test_the_deck_is_told_as_json(simulator: SimulatorProcess) -> None:
    assert simulator.control("deck", method="GET") == deck.as_json()


def test_the_matrix_says_of_every_operation_whether_it_is_played() -> None:
    assert sorted((*PLAYED, *NO_MONEY, *NEVER_ASKED, *KEPT_CARDS)) == sorted(OPERATIONS)
