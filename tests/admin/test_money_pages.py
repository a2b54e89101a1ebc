"""Capture, release, refund by hand: two steps, exact buttons, one act per form."""

from __future__ import annotations

import pytest
from django.test import Client

from core import ports
from core.models import IdempotencyKey
from payments.gateways.base import Category, Declined, Pending, Verb
from payments.journal import Entry
from payments.models import AskStatus, BuyerRefundRequest, JournalEntry, Payment, Source, Transaction
from payments.states import State, Status
from tests import factories, fake_gateway
from tests.admin.conftest import Page, capture_by_gateway, desk_of, url_of


def state_of(payment: Payment) -> State:
    return State(Payment.objects.get(pk=payment.pk).state)


# --- the two steps --------------------------------------------------------------------------------------------------


@pytest.mark.promise("I29")
def test_a_refund_in_two_steps_says_exactly_what_it_does_and_is_recorded_with_who_from_where_and_why(
    refunder, people, captured, fake
):
    url = url_of(captured, "refund")
    first = refunder.page(url)
    assert "Everything left (€300.00)" in first.text
    assert "max €300.00" in first.text
    values = {**first.form().values, "choice": "amount", "amount": "12,50", "reason": "damaged", "note": "a handle"}

    shown = Page(refunder.send(url, {**values, "step": "preview"}, 200).content.decode())
    assert shown.form().buttons["act"] == "Return €12.50 to Visa •••• 1111"
    assert "will become Partly refunded once the gateway confirms it" in shown.text
    assert "€287.50 stays with us" in shown.text
    assert fake.sent("refund") == []

    done = refunder.send(url, {**shown.form().values, "step": "act"}, 303)
    tx = Transaction.objects.get(payment=captured, kind="refund")
    assert (tx.amount_minor, tx.status, tx.reason) == (1250, Status.SUCCEEDED, "damaged")
    assert done["Location"] == f"{url_of(captured)}?act={tx.public_id}"
    landed = refunder.page(done["Location"])
    assert "Confirmed by the gateway: return of €12.50 to Visa •••• 1111." in landed.text

    entry = JournalEntry.objects.get(payment=captured, entry=Entry.REFUND_REQUESTED)
    assert (entry.actor, entry.actor_address, entry.source) == (people["refunder"], "127.0.0.1", Source.OPERATOR)
    assert (entry.reason, entry.note, entry.refund_reserved_delta) == ("damaged", "a handle", 1250)
    assert "Refunder" in landed.text
    assert "Damaged or wrong goods" in landed.text


def test_everything_left_is_a_choice_and_not_arithmetic(refunder, captured):
    refunder.send(url_of(captured, "refund"), refunder.prepared(captured, "refund"), 303)
    assert state_of(captured) is State.REFUNDED


def test_back_from_the_preview_keeps_what_was_chosen_and_the_one_time_id(refunder, captured):
    url = url_of(captured, "refund")
    act = refunder.prepared(captured, "refund", choice="amount", amount="12.50", reason="goodwill", note="n")
    again = Page(refunder.send(url, {**act, "step": "choose"}, 200).content.decode()).form().values
    assert (again["choice"], again["amount"], again["reason"], again["note"]) == ("amount", "12.50", "goodwill", "n")
    assert again["form_id"] == act["form_id"]


def test_a_refund_page_before_the_capture_releases_instead(refunder, held, fake):
    page = refunder.page(url_of(held, "refund"))
    assert "Nothing was charged, so nothing is refunded." in page.text
    form = page.form()
    assert form.action == url_of(held, "cancel")
    assert form.buttons["act"] == "Release €300.00 on Visa •••• 1111"
    refunder.send(form.action, {**form.values, "reason": "buyer_asked", "step": "act"}, 303)
    assert state_of(held) is State.CANCELED
    assert (fake.sent("refund"), len(fake.sent("cancel"))) == ([], 1)


def test_a_capture_that_must_be_exact_has_one_step_and_says_why(refunder, held):
    page = refunder.page(url_of(held, "capture"))
    assert "This gateway captures exactly what was authorised, once." in page.text
    assert page.form().buttons == {"act": "Capture €300.00 from Visa •••• 1111"}
    done = refunder.send(url_of(held, "capture"), refunder.prepared(held, "capture"), 303)
    assert state_of(held) is State.CAPTURED
    assert "capture of €300.00 from Visa" in refunder.page(done["Location"]).text


@pytest.mark.parametrize(("rest", "final", "words"), [("keep", False, "stays held"), ("release", True, "is released")])
def test_a_capture_in_part_says_what_happens_to_the_rest(refunder, held, fake, rest, final, words):
    fake.rules = fake_gateway.FREE_RULES
    url = url_of(held, "capture")
    values = {**refunder.page(url).form().values, "choice": "amount", "amount": "100", "rest": rest, "reason": "agreed"}
    shown = Page(refunder.send(url, {**values, "step": "preview"}, 200).content.decode())
    assert f"The rest of €200.00 {words}" in shown.text
    assert shown.form().buttons["act"] == "Capture €100.00 from Visa •••• 1111"
    refunder.send(url, {**shown.form().values, "step": "act"}, 303)
    tx = Transaction.objects.get(payment=held, kind="capture")
    assert (tx.amount_minor, tx.final) == (10000, final)


# --- what was typed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Write how much."),
        ("12.505", "EUR has 2 decimals."),
        ("1,234.50", "Write the amount as a plain number"),
        ("-5", "Write the amount as a plain number"),
        ("٣", "Write the amount as a plain number"),
        ("0", "The amount is between €0.01 and €300.00."),
        ("300.01", "The amount is between €0.01 and €300.00."),
        ("9" * 13, "The amount is between €0.01 and €300.00."),
        ("<script>", "Write the amount as a plain number"),
    ],
)
def test_an_amount_that_cannot_be_used_is_told_and_nothing_is_done(refunder, captured, typed, sentence):
    url = url_of(captured, "refund")
    form = refunder.page(url).form().values
    values = {**form, "choice": "amount", "amount": typed, "reason": "goodwill", "step": "preview"}
    page = Page(refunder.send(url, values, 422).content.decode())
    assert sentence in page.text
    assert "Nothing was done. Please check:" in page.text
    assert page.form().values["amount"] == typed
    assert page.form().values["form_id"] == form["form_id"]
    assert not Transaction.objects.filter(payment=captured, kind="refund").exists()


def test_an_amount_too_long_to_be_one_is_told_once(refunder, captured):
    url = url_of(captured, "refund")
    values = {**refunder.page(url).form().values, "choice": "amount", "amount": "1" * 25, "reason": "goodwill"}
    html = refunder.send(url, {**values, "step": "preview"}, 422).content.decode()
    assert html.count('<p class="pd-error">') == 1
    assert "at most 24 characters" in html
    assert "Write how much." not in html


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"reason": ""}, "Choose a reason."),
        ({"reason": "because"}, "Select a valid choice"),
        ({"reason": "other", "note": ""}, "Say what the other reason is."),
    ],
)
def test_a_reason_is_required_on_every_step(refunder, captured, values, sentence):
    url = url_of(captured, "refund")
    form = refunder.page(url).form().values
    for step in ("preview", "act"):
        page = Page(refunder.send(url, {**form, "exact_minor": "100", **values, "step": step}, 422).content.decode())
        assert sentence in page.text
    assert not Transaction.objects.filter(payment=captured, kind="refund").exists()


# --- once -----------------------------------------------------------------------------------------------------------


@pytest.mark.promise("I24")
def test_the_same_form_sent_three_times_acts_once_and_leads_to_the_same_page(refunder, captured, fake):
    act = refunder.prepared(captured, "refund", choice="amount", amount="12")
    places = {refunder.send(url_of(captured, "refund"), act, 303)["Location"] for _ in range(3)}
    assert len(places) == 1
    assert len(fake.sent("refund")) == 1
    assert Payment.objects.get(pk=captured.pk).refunded_minor == 1200
    assert IdempotencyKey.objects.filter(status=303).count() == 1


def test_a_form_used_for_something_else_is_refused(refunder, captured, fake):
    act = refunder.prepared(captured, "refund", choice="amount", amount="12")
    refunder.send(url_of(captured, "refund"), act, 303)
    page = Page(refunder.send(url_of(captured, "refund"), {**act, "exact_minor": "1300"}, 422).content.decode())
    assert "This form was already used for something else." in page.text
    assert len(fake.sent("refund")) == 1


@pytest.mark.parametrize("form_id", [None, "", " ", "short", "x" * 65, "x" * 129, "with space " * 3, '"quoted"'])
@pytest.mark.parametrize("step", ["choose", "preview", "act"])
def test_a_form_without_its_one_time_id_does_nothing_and_says_to_open_it_again(refunder, captured, fake, step, form_id):
    url = url_of(captured, "refund")
    act = {**refunder.prepared(captured, "refund"), "step": step, "form_id": form_id}
    answer = refunder.send(url, {name: value for name, value in act.items() if value is not None}, 400)
    page = Page(answer.content.decode())
    assert "This form is too old or incomplete. Open it again." in page.text
    assert "Idempotency" not in page.text
    assert f'<a class="pd-btn pd-go" href="{url}">Open the page again</a>' in answer.content.decode()
    assert fake.sent("refund") == []


def test_a_review_without_its_one_time_id_clears_nothing(root, captured):
    Payment.objects.filter(pk=captured.pk).update(needs_review=True, review_reason="odd")
    form = root.page(url_of(captured, "review")).form().values
    sent = {**form, "reason": "gateway_confirmed", "form_id": "short"}
    page = Page(root.send(url_of(captured, "review"), sent, 400).content.decode())
    assert "This form is too old or incomplete. Open it again." in page.text
    assert Payment.objects.get(pk=captured.pk).needs_review


@pytest.mark.parametrize("page", ["answer", "decline"])
def test_an_answer_without_its_one_time_id_answers_nothing(root, captured, page):
    row = BuyerRefundRequest.objects.create(order=captured.order, reason="late", created_at=ports.now())
    url = f"/admin/payments/buyerrefundrequest/{row.pk}/{page}/"
    sent = {**root.page(url).form().values, "answer": "no", "form_id": ""}
    answer = root.send(url, sent, 400).content.decode()
    assert "This form is too old or incomplete. Open it again." in Page(answer).text
    assert f'href="{url}">Open the page again' in answer
    assert BuyerRefundRequest.objects.get(pk=row.pk).status == AskStatus.OPEN


def test_a_form_that_is_being_carried_out_leads_to_the_payment(refunder, people, captured, fake):
    act = refunder.prepared(captured, "refund", choice="amount", amount="12")
    seen = []
    other = desk_of(people["refunder"])
    fake.next("refund", Pending(), hook=lambda: seen.append(other.post(url_of(captured, "refund"), act)))
    refunder.send(url_of(captured, "refund"), act, 303)
    assert (seen[0].status_code, seen[0]["Location"]) == (303, url_of(captured))
    assert len(fake.sent("refund")) == 1


# --- stale ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["preview", "act"])
def test_a_page_opened_before_something_changed_is_stale_and_shows_then_and_now(refunder, people, captured, fake, step):
    old = {**refunder.page(url_of(captured, "refund")).form().values, "reason": "goodwill", "exact_minor": "30000"}
    colleague = desk_of(people["root"])
    colleague.send(
        url_of(captured, "refund"), colleague.prepared(captured, "refund", choice="amount", amount="50"), 303
    )
    page = Page(refunder.send(url_of(captured, "refund"), {**old, "step": step}, 412).content.decode())
    assert "Something changed while you were deciding" in page.text
    assert "When you opened this Now" in page.text
    assert "Refunded changed €0.00 €50.00" in page.text
    assert "Start again with today’s numbers" in page.text
    assert len(fake.sent("refund")) == 1


# --- what came of it ------------------------------------------------------------------------------------------------


def test_under_way_is_never_called_done(refunder, captured, fake):
    fake.next("refund", Pending())
    done = refunder.send(url_of(captured, "refund"), refunder.prepared(captured, "refund"), 303)
    page = refunder.page(done["Location"])
    assert "On its way: return of €300.00" in page.text
    assert "not done until the gateway confirms it" in page.text
    assert "Refund on its way" in page.text
    assert "Confirmed by the gateway" not in page.text


def test_an_unknown_outcome_says_so_and_forbids_a_repeat(refunder, captured, fake):
    fake.lose_reply("refund")
    done = refunder.send(url_of(captured, "refund"), refunder.prepared(captured, "refund"), 303)
    page = refunder.page(done["Location"])
    assert "Outcome unknown: return of €300.00" in page.text
    assert "Do not repeat it." in page.text
    refused = refunder.page(url_of(captured, "refund"), 409)
    assert "Everything left is on its way back already; it is not confirmed yet." in refused.text
    assert "Check with gateway…" in refused.text


def test_a_refusal_tells_the_gateways_reason_and_the_next_step(refunder, captured, fake):
    fake.next("refund", Declined("REFUND_WINDOW_EXCEED", Category.FIX_DATA, "too <late>"))
    done = refunder.send(url_of(captured, "refund"), refunder.prepared(captured, "refund"), 303)
    page = refunder.page(done["Location"])
    assert "Refused: return of €300.00" in page.text
    assert "REFUND_WINDOW_EXCEED – too <late>" in page.text
    assert "Do not repeat it unchanged." in page.text


def test_asking_the_gateway_finds_out(refunder, captured, fake):
    fake.lose_reply("refund")
    refunder.send(url_of(captured, "refund"), refunder.prepared(captured, "refund"), 303)
    assert "ask the gateway what became" in refunder.page(url_of(captured, "ask")).text
    done = refunder.send(f"{url_of(captured, 'ask')}?back=order", {}, 303)
    assert done["Location"] == f"/admin/orders/order/{captured.order_id}/change/"
    assert "the gateway told us something new" in refunder.page(done["Location"]).text
    assert state_of(captured) is State.REFUNDED
    entry = JournalEntry.objects.filter(payment=captured, entry=Entry.REFUNDED).get()
    assert (entry.source, entry.actor.first_name) == (Source.INQUIRY, "Refunder")
    quick = refunder.send(url_of(captured, "ask"), {}, 303)
    assert "asked a moment ago" in refunder.page(quick["Location"]).text


# --- doors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [Verb.CAPTURE, Verb.CANCEL, Verb.REFUND])
def test_without_a_csrf_token_nothing_happens(people, held, verb, fake):
    desk = Client(enforce_csrf_checks=True)
    desk.force_login(people["root"], backend="core.backends.DeskBackend")
    assert desk.post(url_of(held, verb.value), {"step": "act"}).status_code == 403
    assert fake.sent(verb.value) == []


@pytest.mark.parametrize("page", ["change", "capture", "cancel", "refund", "ask", "review"])
def test_strangers_and_buyers_are_sent_to_the_sign_in(captured, buyer, page):
    for desk in (Client(), desk_of(buyer)):
        for answer in (desk.get(url_of(captured, page)), desk.post(url_of(captured, page), {"step": "act"})):
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("page", ["change", "capture", "refund", "ask", "review"])
def test_an_unknown_payment_is_not_found(root, page):
    answer = root.get(f"/admin/payments/payment/00000000-0000-7000-8000-000000000000/{page}/")
    assert answer.status_code == (302 if page == "change" else 404)


@pytest.mark.promise("I6")
def test_amounts_of_currencies_without_and_with_three_decimals(refunder, account, buyer, card, fake):
    for sku, currency, price, typed, minor, button, refused in (
        ("TEA", "JPY", 5800, "58", 58, "Return ¥58 to Visa •••• 1111", "58.0"),
        ("OIL", "KWD", 12345, "1,234", 1234, "Return KWD 1.234 to Visa •••• 1111", "1.2345"),
    ):
        order = factories.make_order(buyer, factories.make_product(sku, price, currency))
        payment = capture_by_gateway(factories.start(buyer, order, card), fake)
        url = url_of(payment, "refund")
        values = {**refunder.page(url).form().values, "choice": "amount", "reason": "goodwill", "step": "preview"}
        assert "decimals" in Page(refunder.send(url, {**values, "amount": refused}, 422).content.decode()).text
        shown = Page(refunder.send(url, {**values, "amount": typed}, 200).content.decode()).form()
        assert " ".join(shown.buttons["act"].split()) == button
        refunder.send(url, {**shown.values, "step": "act"}, 303)
        assert Transaction.objects.get(payment=payment, kind="refund").amount_minor == minor


@pytest.mark.parametrize("minor", ["", "-1", "abc", "1e3", "9" * 17, "1.00", None])
def test_an_amount_that_cannot_be_read_never_means_everything(refunder, captured, fake, minor):
    act = {**refunder.prepared(captured, "refund"), "exact_minor": minor}
    sent = {name: value for name, value in act.items() if value is not None}
    page = Page(refunder.send(url_of(captured, "refund"), sent, 422).content.decode())
    assert "Open the page again; nothing was done." in page.text
    assert (fake.sent("refund"), state_of(captured)) == ([], State.CAPTURED)


def test_the_record_names_the_colleagues_address_and_not_the_proxys(refunder, held, settings):
    settings.BEHIND_PROXY = True
    act = refunder.prepared(held, "capture")
    answer = refunder.post(url_of(held, "capture"), act, headers={"x-forwarded-for": "203.0.113.7, 198.51.100.4"})
    assert answer.status_code == 303
    entry = JournalEntry.objects.get(payment=held, entry=Entry.CAPTURE_REQUESTED)
    assert entry.actor_address == "198.51.100.4"
