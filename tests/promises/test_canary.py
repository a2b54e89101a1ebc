"""A card number that exists nowhere else is shown to the provider's element; then we look for it everywhere (I31)."""

from __future__ import annotations

import pytest
import requests

from payments.models import Payment
from tests import factories, processes
from tests.journeys.shop import DEVICE, App, show_card
from tests.promises.raw import everything_stored, sightings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NUMBER = "4929831507624615"
CVV = "8265"
LAST_FOUR = NUMBER[-4:]


@pytest.fixture
def provider(transactional_db, settings):
    simulator = processes.simulator()
    simulator.reset()
    processes.point_at(simulator, settings)
    return simulator


@pytest.mark.promise("I31")
def test_the_number_is_seen_by_the_provider_and_by_nobody_else(provider, buyer, product, tmp_path):
    processes.make_antom_account()
    env = processes.environment(provider, LOG_LEVEL="DEBUG")
    web = processes.WebProcess(env, tmp_path)
    try:
        app = App(web.url, buyer.email)
        heard = pay_with_the_canary(app, provider, product)
        heard += push_the_canary_at_every_door(app, product)
    finally:
        web.stop()
    payment = Payment.objects.exclude(last_four="").get()
    assert (payment.state, payment.last_four) == ("captured", LAST_FOUR)  # it was this card that paid
    stored, logged = everything_stored(), web.output().encode()
    assert payment.public_id.encode() in stored
    assert logged
    assert sightings(NUMBER, stored, logged, heard) == []
    assert sightings(NUMBER[:-4], stored, logged, heard) == []
    assert f'"{CVV}"'.encode() not in stored + logged + heard
    simulators = b"".join(path.read_bytes() for path in provider.folder.glob("simulator.sqlite3*"))
    assert sightings(NUMBER, simulators, provider.output().encode()) == []


def pay_with_the_canary(app: App, provider, product) -> bytes:
    """All bytes that our server answered on the way."""
    started = app.pay(app.place(product.sku))
    assert started.status_code == 202, started.text
    told = started.json()
    session = told["next_action"]["session_data"]
    assert show_card(provider.base_url, session, NUMBER, cvv="826") == "SUCCESS"
    address = f"/payments/{told['id']}/"
    processes.wait_until(lambda: app.get(address)["state"] == "captured", what="the automatic capture")
    return started.content + str(app.get(address)).encode()


def push_the_canary_at_every_door(app: App, product) -> bytes:
    """A confused app sends us the card itself: refused, and not repeated in the refusal."""
    grouped = " ".join(NUMBER[at : at + 4] for at in range(0, 16, 4))
    order = app.place(product.sku)
    card = {"number": NUMBER, "cvv": CVV, "expiryMonth": "12", "expiryYear": "39"}
    replies = [
        app.post(f"/orders/{order}/payments/", {"method": "new_card", "device": DEVICE, "paymentMethod": card}),
        app.post(f"/orders/{order}/payments/", {"method": NUMBER, "device": DEVICE}),
        app.post(f"/orders/{order}/payments/", {"card": NUMBER, "device": DEVICE}),
        app.post(f"/orders/{order}/payments/", {"method": "new_card", "device": {**DEVICE, "language": grouped}}),
        app.post("/orders/", {"items": [{"sku": product.sku, "quantity": 1}], "description": f"card {grouped}"}),
        app.post("/orders/", {"items": [{"sku": NUMBER, "quantity": 1}]}),
        requests.get(f"{app.url}/api/v1/orders/?card={NUMBER}", headers=app.headers, timeout=20),
        requests.post(f"{app.url}/notify/antom/payment/", data=str(card), headers={"Client-Id": NUMBER}, timeout=20),
    ]
    assert {reply.status_code // 100 for reply in replies if reply.request.method == "POST"} == {4}
    return b"\n".join(reply.content for reply in replies)


@pytest.mark.promise("I31")
def test_the_search_finds_what_is_there(provider):
    """The proof of the proof: one deliberate leak for each spelling."""
    factories.make_user("leak@shop.example", first_name=f"Leak {NUMBER}")
    assert sightings(NUMBER, everything_stored()) == ["plain"]
    assert sightings(NUMBER, b"card 4929 8315 0762 4615") == ["with blanks"]
    assert sightings(NUMBER, NUMBER.encode().hex().encode()) == ["in hex"]
