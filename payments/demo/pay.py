"""A buyer's phone in a terminal: orders one product of the running demo, pays, and tells what the application says.

python -m payments.demo.pay [SKU] [CARD NUMBER]     (without a number: the saved card; MUG is charged by the provider,
                                                     VASE is held for a person)
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

from payments.demo.doors import Buyer, Provider, Stuck
from payments.demo.places import ROOT

WATCH = 12.0
"""Seconds."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m payments.demo.pay", description=__doc__)
    parser.add_argument("sku", nargs="?", default="MUG")
    parser.add_argument("number", nargs="?", default="", help="a test card; it goes to the provider and never to us")
    asked = parser.parse_args()
    card = Path(os.environ.get("DEMO_FOLDER") or ROOT / ".demo") / "demo.json"
    try:
        demo = json.loads(card.read_text())
        pay(demo, asked.sku.upper(), asked.number)
    except FileNotFoundError:
        raise SystemExit(f"no demo is running ({card} is not there): make demo") from None
    except Stuck as problem:
        raise SystemExit(str(problem)) from None
    return 0


def pay(demo: dict[str, str], sku: str, number: str) -> None:
    person = demo["buyers"][0]
    buyer = Buyer(demo["app"], person["email"], person["password"])  # type: ignore[index]
    buyer.sign_in()
    order = buyer.order(sku)
    print(f"order {order['number']}, {order['total']['text']}")
    if number:
        payment = buyer.pay_with_new_card(order)
        said = Provider(demo["simulator"]).present_card(payment["next_action"]["session_data"], number)
        print(f"the provider's element says {said['status']}{' · ' + said['url'] if said.get('url') else ''}")
    else:
        payment = buyer.pay_with_saved_card(order, str(buyer.saved_cards(order)[0]["card"])).json()
    print(f"what became of it: {payment['result_url']}")
    if (payment["next_action"] or {}).get("continue_url"):
        print(f"the bank wants to see the buyer: {payment['next_action']['continue_url']}")
    told, end = "", time.monotonic() + WATCH
    while time.monotonic() < end:
        if payment["outcome"] != told:
            told = payment["outcome"]
            print(f"→ {told.replace('_', ' ')}")
        time.sleep(0.3)
        payment = buyer.payment(payment)


if __name__ == "__main__":
    raise SystemExit(main())
