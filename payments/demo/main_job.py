"""The main job, aloud: what a shop does in a day, over real HTTP, each step asked, answered and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from payments.demo.doors import Buyer, Desk, Provider, Stuck, wait_until
from payments.demo.voice import Voice

GOOD_CARD = "4054695723100768"
REFUSED_CARD = "4054692760174822"
"""Test numbers of the provider; they work at the simulator only."""


@dataclass
class Story:
    voice: Voice
    buyer: Buyer
    cashier: Desk
    refunder: Desk
    provider: Provider

    def play(self) -> None:
        """Every act in turn. Raises Stuck at the first that does not come out as it must."""
        self.sign_in()
        self.new_card_and_refund()
        self.manual_capture_and_cancel()
        self.saved_card_and_capture()
        self.lost_reply()
        self.declined_card()
        self.yen()

    # --- the acts ---

    def sign_in(self) -> None:
        self.voice.title("The buyer signs in")
        self.ask(f"{self.buyer.name} signs in with e-mail and password.")
        self.buyer.sign_in()
        self.tell("a bearer token for half an hour; no password is kept in the app.")

    def new_card_and_refund(self) -> None:
        self.voice.title("A new card, charged as soon as it is authorised; then a partial refund")
        order = self.place("LAMP", "one reading lamp")
        self.must(order["total"]["minor"] == 30000, "the lamp costs EUR 300.00")
        payment, request_id = self.pay_with_new_card(order, GOOD_CARD)
        self.ask("The app asks what became of it.")
        self.tell("authorised: held on the card, not charged yet. " + self.told(self.seen_authorized(payment)))
        self.ask("The provider notifies us, captures by itself a moment later, and notifies again.")
        paid = self.buyer.wait_for(payment, "paid")
        arrived = self.all_acknowledged(request_id, 2)
        self.tell(f"{len(arrived)} notifications acknowledged; {paid['captured']['text']} captured.")
        order = self.buyer.refreshed(order)
        self.must(order["safe_to_ship"] is True, "an order that is paid in full is safe to ship")
        self.tell(f"order {order['number']} is {order['status']}, safe to ship.")
        self.duplicate_notification(order, arrived[-1])
        self.refund_in_part(order, payment)

    def duplicate_notification(self, order: dict[str, Any], notification: dict[str, Any]) -> None:
        self.ask("The provider sends the same notification once more.")
        again = self.provider.send_again(int(notification["id"]))
        self.must(bool(again["acknowledged"]), "a duplicate is acknowledged, or it would come for ever")
        after = self.buyer.refreshed(order)
        self.must(_money(after) == _money(order), "a duplicate changes no amount and no status")
        self.tell("acknowledged and ignored: no amount and no status changed.")

    def refund_in_part(self, order: dict[str, Any], payment: dict[str, Any]) -> None:
        self.ask("Rita (refunder) opens the refund page in the admin, types 120.00, reads the preview, confirms.")
        self.refunder.act(self.refunder.find(order["number"]), "refund", choice="amount", amount="120.00")
        after = self.buyer.wait_for(payment, "partly_refunded")
        self.must(after["refunded"]["minor"] == 12000, "EUR 120.00 went back")
        self.tell(f"{after['refunded']['text']} of {after['captured']['text']} went back to the card.")

    def manual_capture_and_cancel(self) -> None:
        self.voice.title("Made to order: held, and released again")
        order = self.place("VASE", "a vase that must be made first")
        payment, _ = self.pay_with_new_card(order, GOOD_CARD)
        held = self.buyer.wait_for(payment, "held")
        self.tell(f"{held['held']['text']} held until somebody captures or releases it.")
        self.ask("The vase broke. Carl (cashier) releases the hold in the admin.")
        self.cashier.act(self.cashier.find(order["number"]), "cancel")
        gone = self.buyer.wait_for(payment, "canceled")
        self.must((gone["held"]["minor"], gone["captured"]["minor"]) == (0, 0), "nothing is held, nothing was charged")
        self.tell("released: nothing is held and nothing was charged.")

    def saved_card_and_capture(self) -> None:
        self.voice.title("A saved card, captured by a person")
        order = self.place("CHAIR", "an oak chair, made to order")
        payment = self.pay_with_saved_card(order)
        held = self.buyer.wait_for(payment, "held")
        self.tell(f"{held['held']['text']} held at once: no card number was typed, no token left our server.")
        self.ask("The chair is ready. Carl captures in the admin; the button carries amount and card.")
        self.cashier.act(self.cashier.find(order["number"]), "capture")
        paid = self.buyer.wait_for(payment, "paid")
        order = self.buyer.refreshed(order)
        self.must(order["safe_to_ship"] is True, "captured in full is safe to ship")
        self.tell(f"{paid['captured']['text']} captured; order {order['number']} is {order['status']}, safe to ship.")

    def lost_reply(self) -> None:
        self.voice.title("The reply gets lost: nobody charges twice")
        order = self.place("THROW", "a wool throw")
        known = self.request_ids()
        self.provider.next("pay", "lost_reply", copies=0)
        self.provider.next("inquiryPayment", "lost_reply")
        self.ask("Bea pays with her saved card. The provider charges; neither its answer nor a notice arrives.")
        reply = self.buyer.pay_with_saved_card(order, self.saved_card(order))
        payment = reply.json()
        self.must((reply.status_code, payment["outcome"]) == (202, "unknown"), "silence is told as 202 unknown")
        self.tell(f"202, outcome unknown, ask again in {payment['retry_after']} s. We do not say failed, nor paid.")
        self.ask("The resolver asks the provider, by our own request id, until it gets an answer.")
        paid = self.buyer.wait_for(payment, "paid", seconds=45)
        request_id = self.new_request_id(known)
        charges = self.provider.counts(request_id)["pay"]
        (page,) = self.provider.books(request_id)
        self.must((charges["received"], len(page["captures"])) == (1, 1), "one request, one charge")
        self.tell(f"{paid['captured']['text']} paid. The provider's books: one request, one charge.")

    def declined_card(self) -> None:
        self.voice.title("A declined card")
        order = self.place("MUG", "a mug")
        payment, _ = self.pay_with_new_card(order, REFUSED_CARD, says="FAIL")
        declined = self.buyer.wait_for(payment, "declined")
        failure = declined["failure"]
        self.must(bool(failure and failure["try"]) and declined["safe_to_retry"], "a refusal says what to try")
        self.tell(f"declined. To the buyer: “{failure['text']}” What to try: {failure['try'].replace('_', ' ')}.")
        self.ask("Bea tries the card she saved.")
        again = self.buyer.pay_with_saved_card(order, self.saved_card(order)).json()
        paid = self.buyer.wait_for(again, "paid")
        self.tell(f"{paid['captured']['text']} paid on the second attempt of the same order.")

    def yen(self) -> None:
        self.voice.title("A currency without decimals")
        order = self.place("TEA-JP", "sencha from Uji")
        self.must((order["total"]["minor"], order["currency"]) == (4800, "JPY"), "4800 yen are 4800 minor units")
        payment, _ = self.pay_with_new_card(order, GOOD_CARD)
        paid = self.buyer.wait_for(payment, "paid")
        self.tell(f"{paid['captured']['text']} paid: whole numbers from the catalogue to the wire.")

    # --- what the acts are made of ---

    def place(self, sku: str, thing: str) -> dict[str, Any]:
        self.ask(f"{self.buyer.name} orders {thing}: product and quantity, never an amount.")
        order = self.buyer.order(sku)
        self.tell(f"order {order['number']}, {order['total']['text']}, {order['status'].replace('_', ' ')}.")
        return order

    def pay_with_new_card(
        self, order: dict[str, Any], number: str, *, says: str = "SUCCESS"
    ) -> tuple[dict[str, Any], str]:
        """The payment, and the request id under which the provider knows it."""
        known = self.request_ids()
        self.ask("The app starts a payment with a new card.")
        payment = self.buyer.pay_with_new_card(order)
        action = payment["next_action"]
        self.must(bool(action) and action["type"] == "present_card", "a new card is shown to the provider's element")
        self.tell(f"202, {payment['outcome'].replace('_', ' ')}: hand this session to the provider's element.")
        self.ask(f"The element takes card •••• {number[-4:]}: the number goes to the provider, never to us.")
        said = self.provider.present_card(action["session_data"], number)["status"]
        self.must(said == says, f"the element says {says}, it said {said}")
        self.tell("the provider has the card." if said == "SUCCESS" else "the provider refuses the card.")
        return payment, self.new_request_id(known)

    def pay_with_saved_card(self, order: dict[str, Any]) -> dict[str, Any]:
        card = self.saved_card(order)
        self.ask("The app pays with the saved card.")
        return dict(self.buyer.pay_with_saved_card(order, card).json())

    def saved_card(self, order: dict[str, Any]) -> str:
        cards = self.buyer.saved_cards(order)
        self.must(bool(cards), f"{self.buyer.name} has a saved card")
        return str(cards[0]["card"])

    def seen_authorized(self, payment: dict[str, Any]) -> dict[str, Any]:
        """The moment between authorisation and capture, if we are quick enough; else what came after."""

        def look() -> dict[str, Any] | None:
            now = self.buyer.payment(payment)
            return now if now["state"] not in ("pending",) else None

        return wait_until(f"{payment['id']} to be authorised", look)

    def all_acknowledged(self, request_id: str, least: int) -> list[dict[str, Any]]:
        def look() -> list[dict[str, Any]] | None:
            captures = [
                one["capture_request_id"] for page in self.provider.books(request_id) for one in page["captures"]
            ]
            sent = [one for name in (request_id, *captures) for one in self.provider.notifications(name)]
            return sent if len(sent) >= least and all(one["acknowledged"] for one in sent) else None

        return wait_until(f"{least} notifications about {request_id} to be acknowledged", look)

    def request_ids(self) -> set[str]:
        return {str(page["payment_request_id"]) for page in self.provider.books()}

    def new_request_id(self, known: set[str]) -> str:
        (fresh,) = self.request_ids() - known
        return fresh

    def told(self, payment: dict[str, Any]) -> str:
        return f"The API says state {payment['state']}, ask again in {payment['retry_after']} s."

    def ask(self, text: str) -> None:
        self.voice.asked(text)

    def tell(self, text: str) -> None:
        self.voice.answered(text)

    def must(self, holds: bool, sentence: str) -> None:
        if not holds:
            raise Stuck(f"this does not hold: {sentence}")


def _money(order: dict[str, Any]) -> tuple[Any, ...]:
    amounts = tuple(order[name]["minor"] for name in ("due", "paid", "refunded", "held"))
    return (*amounts, order["status"], order["safe_to_ship"])
