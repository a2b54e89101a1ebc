"""What the demo leaves behind for people (on the screen) and for scripts (demo.json)."""

from __future__ import annotations

import json
import os
from typing import Any

from payments.demo.doors import Buyer
from payments.demo.places import CLIENT_ID, Places
from payments.demo.voice import Voice


def people_of(places: Places) -> dict[str, list[dict[str, str]]]:
    """{"buyers": [{name, email, password}], "operators": [{role, email, password}]}"""
    known = json.loads(places.people.read_text())
    return {"buyers": known["buyers"], "operators": known["operators"]}


def states_of(places: Places) -> list[dict[str, str]]:
    """[{what, order, payment}], or nothing before they were made."""
    return list(json.loads(places.states.read_text())) if places.states.exists() else []


def write_card(places: Places, people: dict[str, Any], tokens: dict[str, str], pids: dict[str, int]) -> None:
    """demo.json: throw-away secrets, readable by its owner only."""
    content = {
        "app": places.app,
        "api": f"{places.app}/api/v1/",
        "schema": f"{places.app}/api/v1/schema/",
        "admin": f"{places.app}/admin/",
        "sign_in": f"{places.app}/_allauth/app/v1/auth/login",
        "simulator": places.simulator,
        "simulator_control": f"{places.simulator}/control/",
        "buyers": people["buyers"],
        "operators": people["operators"],
        "tokens": tokens,
        "gateway_client_ids": [CLIENT_ID],
        "keys": str(places.keys),
        "gateway_keys": str(places.gateway_keys / CLIENT_ID),
        "database": str(places.database),
        "simulator_database": str(places.simulator_database),
        "logs": {name: str(places.log(name)) for name in ("web", "worker", "simulator")},
        "clock": str(places.clock),
        "states": states_of(places),
        "supervisor": os.getpid(),
        "pids": pids,
    }
    draft = places.card.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content, indent=1) + "\n")
    draft.replace(places.card)


def tell(places: Places, people: dict[str, Any], states: list[dict[str, str]], voice: Voice) -> None:
    buyer = people["buyers"][0]
    token = Buyer(places.app, buyer["email"], buyer["password"]).sign_in()
    voice.title("It stays up. Ctrl-C stops it; nothing is left but the folder below.")
    for name, address in _addresses(places):
        voice.line(f"  {name:<10} {address}")
    voice.title("Sign-ins (made for this folder, thrown away with it)")
    for person in [*people["buyers"], *people["operators"]]:
        voice.line(f"  {person.get('role', 'buyer'):<10} {person['email']:<24} {person['password']}")
    voice.title("A first request (the token lives half an hour)")
    voice.line(f"  curl -s {places.app}/api/v1/orders/ \\\n    -H 'Authorization: Bearer {token}'")
    if states:
        voice.title("Made for you to look at (search for the number in the admin)")
        for state in states:
            voice.line(f"  {state['order']:<12} {state['what']}")
        offset = places.clock.read_text() if places.clock.exists() else "0"
        voice.line(f"  virtual time: {float(offset) / 86400:.1f} days ahead; “+1 day” stands in the admin's footer")
    voice.title("Start here")
    voice.line(
        f"  Developer: open {places.app}/api/v1/docs/ and paste the line above; every reply says what to do next."
    )
    voice.line(f"  Merchant:  sign in at {places.app}/admin/ as the refunder: “Today” says what needs a person.")
    voice.line("  Buyer:     run the line above: it lists what you ordered, what is paid, and what is safe to ship.")
    voice.line(f"  Provider:  open {places.simulator}, arm the next outcome, pay, and watch (README, “Four tours”).")
    voice.banner(
        "THE PROVIDER IS SIMULATED: no real money, no real cards.",
        f"Its card element, switches and books: {places.simulator}",
    )


def _addresses(places: Places) -> list[tuple[str, str]]:
    return [
        ("app", places.app),
        ("admin", f"{places.app}/admin/"),
        ("API", f"{places.app}/api/v1/docs/"),
        ("scripts", str(places.card)),
        ("folder", str(places.folder)),
    ]
