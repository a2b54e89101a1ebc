"""`manage.py sim`: the deck without a simulator, and the switches of one that runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from payments.simulator import deck
from tests.simulator.merchant import Merchant
from tests.simulator_process import SimulatorProcess

Sim = Callable[..., str]


def sim(*words: str) -> str:
    out = StringIO()
    call_command("sim", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def running(simulator: SimulatorProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sim:
    """As beside a running demo: its demo.json says where the simulator is."""
    (tmp_path / "demo.json").write_text(json.dumps({"simulator": simulator.base_url}))
    monkeypatch.setenv("DEMO_FOLDER", str(tmp_path))
    return sim


def test_the_deck_is_told_without_a_simulator() -> None:
    assert json.loads(sim("faults", "--json")) == deck.as_json()


def test_a_running_simulator_is_asked(simulator: SimulatorProcess) -> None:
    assert json.loads(sim("faults", "--json", "--at", simulator.base_url + "/")) == deck.as_json()


@pytest.mark.parametrize("form", [(), ("--markdown",)])
def test_every_scenario_and_card_is_printed(simulator: SimulatorProcess, form: tuple[str, ...]) -> None:
    text = sim("faults", "--at", simulator.base_url, *form)
    flat = " ".join(text.split())
    for name, scenario in deck.SCENARIOS.items():
        if name:
            assert f"`{name}` | {scenario.about} | {scenario.wire}" in text if form else scenario.about in flat
    assert all(number in text for number in deck.SCENARIO_CARDS)
    assert all(value in text for value, _ in deck.MAGIC)
    if form:
        assert {line.count("|") for line in text.splitlines() if line.startswith("| ")} == {7, 3}
    else:
        assert max(map(len, text.splitlines())) <= 110


def test_the_next_outcome(running: Sim, merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    assert running("next", "pay", "decline", "--code", "RISK_REJECT", "--times", "2").endswith(
        "pay will meet decline\n"
    )
    [armed] = simulator.control("next", method="GET")["armed"]
    assert (armed["code"], armed["times"]) == ("RISK_REJECT", 2)
    assert merchant.pay(token).code == "RISK_REJECT"
    with pytest.raises(CommandError, match="cancel cannot meet early"):
        running("next", "cancel", "early")


def test_books_and_log(running: Sim, merchant: Merchant, token: str) -> None:
    assert running("log") == "no request has arrived yet\n"
    first, second = (merchant.pay(token).json["paymentRequestId"] for _ in range(2))
    assert [page["payment_request_id"] for page in json.loads(running("books"))] == [first, second]
    assert [page["payment_request_id"] for page in json.loads(running("books", "--request-id", second))] == [second]
    log = running("log", "--request-id", first)
    assert (first in log, second in log) == (True, False)


def test_settings(running: Sim) -> None:
    assert 'capture_rule = "equal"' in running("settings")
    assert "hold_days = 3" in running("settings", "hold_days=3", "routing=first_fails")
    assert 'routing = "first_fails"' in running("settings")
    with pytest.raises(CommandError, match="unknown setting moon"):
        running("settings", "moon=full")
    with pytest.raises(CommandError, match="no name=value"):
        running("settings", "moon")


def test_without_a_simulator_a_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_FOLDER", str(tmp_path))
    with pytest.raises(CommandError, match="start the demo, or say --at URL"):
        sim("books")
    with pytest.raises(CommandError, match="nobody who speaks like a simulator"):
        sim("books", "--at", "http://127.0.0.1:9")


def test_the_readme_tells_the_same_deck() -> None:
    """`sim faults --markdown` without what happens on the wire and in the books."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    rows = [line for line in sim("faults", "--markdown").splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in rows]
    wanted = [f"| {' | '.join(row[:2] + row[4:])} |" for row in cells]
    assert len(wanted) == len(deck.SCENARIOS) - 1 + len(deck.MAGIC)
    missing = [line for line in wanted if line not in readme]
    assert not missing, "README, “The outcome deck”, lacks:\n" + "\n".join(missing)
    assert f"<summary>{len(deck.SCENARIOS) - 1} scenarios" in readme


def test_the_kept_cards(running: Sim, merchant: Merchant) -> None:
    names = []
    for _ in range(2):
        document = merchant.vaulting()
        merchant.submit(merchant.post("createVaultingSession", document).json["vaultingSessionData"])
        names.append(document["vaultingRequestId"])
    books = json.loads(running("books", "--cards"))
    assert [row["vaulting_request_id"] for row in books["vaultings"]] == names[::-1]
    narrowed = json.loads(running("books", "--cards", "--request-id", names[0]))
    assert [row["vaulting_request_id"] for row in narrowed["tokens"]] == [names[0]]
    assert json.loads(running("books")) == []
