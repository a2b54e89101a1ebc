"""Disputes as a colleague meets them: a deadline that cannot be misread, evidence that is looked at before it goes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import ports
from payments.admin import drafts
from payments.gateways.base import Category, Declined, Kind, PaymentRef, Unknown
from payments.gateways.disputes import DisputeEvent, DisputeFact
from payments.models import Dispute, DisputeAct, JournalEntry, Payment, Transaction
from payments.services.answer_dispute import MAX_DOCUMENT
from payments.services.disputes import apply_dispute
from payments.states import Status
from tests import factories
from tests.admin.conftest import Desk, Page, capture_by_gateway, desk_of, order_url, url_of

LIST = "/admin/payments/dispute/"
PROOF = b"%PDF-1.4 tracking number and signature"


def told(payment: Payment, event: str = "opened", reference: str = "D-1", **facts) -> Dispute:
    first = Transaction.objects.get(payment=payment, kind=Kind.AUTHORIZE)
    fact = DisputeFact(
        payment=PaymentRef(request_id=first.request_id, gateway_reference=first.gateway_reference),
        reference=reference,
        event=DisputeEvent(event),
        **{"amount": payment.amount, "kind": "chargeback", "reason": "Not as described", **facts},
    )
    assert apply_dispute(payment.account, fact).problem == ""
    return Dispute.objects.get(reference=reference)


@pytest.fixture
def dispute(captured) -> Dispute:
    """EUR 300.00, to be answered within nine days."""
    return told(captured, due_at=ports.now() + timedelta(days=9, minutes=1), reason_code="4853", network="Mastercard")


def page_of(dispute: Dispute, page: str = "change") -> str:
    return f"{LIST}{dispute.pk}/{page}/"


def chosen(desk: Desk, dispute: Dispute, content: bytes = PROOF, name: str = "proof.pdf", **values) -> dict:
    form = desk.page(page_of(dispute, "defend")).form()
    file = SimpleUploadedFile(name, content)
    return {**form.values, "step": "preview", "note": "", **values, "document": file}


def previewed(desk: Desk, dispute: Dispute, **values) -> dict[str, str]:
    answer = desk.send(page_of(dispute, "defend"), chosen(desk, dispute, **values), 200)
    form = Page(answer.content.decode()).form()
    assert form.buttons == {"choose": "Back", "act": "Send this file"}
    return {**form.values, "step": "act"}


# --- where it is told -------------------------------------------------------------------------------------------------


def test_it_is_told_wherever_somebody_looks(root, dispute, captured):
    for url in ("/admin/", order_url(captured.order), url_of(captured)):
        text = root.page(url).text
        assert "€300.00" in text
        assert "Answer by" in text, url
        assert "9 days left" in text, url
    for url in ("/admin/orders/order/", "/admin/payments/payment/", "/admin/payments/payment/?attention=disputed"):
        text = root.page(url).text
        assert "Disputed answer by" in text, url  # the pill, and the column of deadlines
        assert captured.order_number in text
    assert captured.order_number in root.page("/admin/orders/order/?attention=disputed").text


def test_the_page_tells_the_facts_the_deadline_and_the_tries_left(root, dispute):
    page = root.page(page_of(dispute))
    for words in (
        "Chargeback of €300.00",
        "Wants an answer",
        "4853 – Not as described",
        "Mastercard",
        "9 days left",
        "Tries left to send evidence: 1 – evidence can be sent once.",
        f"account_balance Gateway notification Answer by {dispute.due_at:%a %-d %b %Y, %H:%M} UTC",
    ):
        assert words in page.text, words


def test_the_issuers_comment_is_text(root, dispute, captured):
    assert "The issuer’s comment" not in root.page(page_of(dispute)).text
    told(captured, comment="<b>Not</b> received")
    html = root.get(page_of(dispute)).content.decode()
    assert "<dt>The issuer’s comment</dt><dd>&lt;b&gt;Not&lt;/b&gt; received</dd>" in html


def test_the_deadline_names_the_desks_own_zone_beside_utc(root, dispute, settings):
    Dispute.objects.update(due_at=datetime(2031, 1, 30, 1, 0, tzinfo=UTC))
    assert "Thu 30 Jan 2031, 01:00 UTC" in root.page(page_of(dispute)).text
    settings.DESK_TIME_ZONE = ZoneInfo("Asia/Tokyo")
    assert "Thu 30 Jan 2031, 10:00 Asia/Tokyo (30 Jan 2031, 01:00 UTC)" in root.page(page_of(dispute)).text


def test_past_due_is_said_plainly(root, dispute, captured):
    Dispute.objects.update(due_at=ports.now() - timedelta(hours=2, minutes=1))
    Payment.objects.update(dispute_due_at=ports.now() - timedelta(hours=2, minutes=1))
    for url in (page_of(dispute), "/admin/", order_url(captured.order)):
        assert "Past due: the time to answer ended" in root.page(url).text, url
    assert "Past due" in root.page(LIST).text
    assert "Tries left to send evidence: None: the time to answer is over." in root.page(page_of(dispute)).text
    assert "Disputed past due" in root.page("/admin/payments/payment/").text
    for page in ("accept", "defend"):
        assert "The time to answer ended" in root.page(page_of(dispute, page), 409).text


def test_the_soonest_deadline_comes_first(root, captured):
    for days in (5, 1, 9):
        told(captured, reference=f"D-{days}", due_at=ports.now() + timedelta(days=days, minutes=1), reason=f"in {days}")
    told(captured, "canceled", reference="D-over", reason="in none")
    html = root.get(f"{LIST}?status=open").content.decode()
    assert sorted((5, 1, 9), key=lambda days: html.index(f"in {days}<")) == [1, 5, 9]
    assert "in none" not in html
    assert "in none" in root.get(f"{LIST}?status=canceled").content.decode()
    assert root.page("/admin/").text.count("€300.00 disputed") == 3


def test_a_list_by_deadline_does_not_go_on_by_key(root, captured, monkeypatch):
    monkeypatch.setattr("core.desk.COUNT_AT_MOST", 2)
    monkeypatch.setattr("payments.admin.disputes.DisputeAdmin.list_per_page", 2)
    for number in range(3):
        told(captured, reference=f"D-{number}", due_at=ports.now() + timedelta(days=number))
    assert 'href="?older=' in root.get(LIST).content.decode()
    assert "older=" not in root.get(f"{LIST}?status=open").content.decode().replace("placeholder=", "")


def test_a_judgement_asks_for_a_person_on_the_first_page(root, dispute, captured):
    told(captured, "judged", verdict="RAW_WORD")
    assert "Judged: confirm who won. Confirm…" in root.page("/admin/").text
    assert "RAW_WORD" in root.page(page_of(dispute)).text


# --- giving up --------------------------------------------------------------------------------------------------------


def test_giving_up_says_what_it_means_and_happens_once(refunder, dispute, fake):
    page = refunder.page(page_of(dispute, "accept"))
    assert "You give up €300.00. This cannot be undone." in page.text
    form = page.form()
    assert form.buttons == {"": "Give up €300.00"}
    assert fake.sent("accept_dispute") == []
    values = {**form.values, "note": "we were wrong"}
    places = {refunder.send(page_of(dispute, "accept"), values, 303)["Location"] for _ in range(3)}
    assert places == {page_of(dispute)}
    assert fake.sent("accept_dispute") == ["D-1"]
    shown = refunder.page(page_of(dispute)).text
    assert "Given up" in shown
    assert "The gateway has it" in shown
    assert "None: the dispute is over" in shown
    entry = JournalEntry.objects.get(entry="dispute_accept_requested")
    assert (entry.note, entry.actor_address) == ("we were wrong", "127.0.0.1")


def test_a_page_that_went_stale_gives_nothing_up(refunder, dispute, captured, fake):
    values = refunder.page(page_of(dispute, "accept")).form().values
    told(captured, "defended")
    assert "Something changed" in Page(refunder.send(page_of(dispute, "accept"), values, 409).content.decode()).text
    assert fake.sent("accept_dispute") == []


def test_a_refusal_of_the_gateway_is_told_and_another_try_is_left(refunder, dispute, fake):
    fake.next("accept_dispute", Declined("TOO_EARLY", Category.TRY_AGAIN, "come back later"))
    values = refunder.page(page_of(dispute, "accept")).form().values
    refunder.send(page_of(dispute, "accept"), values, 303)
    shown = refunder.page(page_of(dispute)).text
    assert "The gateway refused it: TOO_EARLY – come back later. Nothing changed." in shown
    assert refunder.get(page_of(dispute, "accept")).status_code == 200


# --- evidence ---------------------------------------------------------------------------------------------------------


def test_evidence_is_looked_at_before_it_is_sent_once(refunder, dispute, fake):
    page = refunder.page(page_of(dispute, "defend"))
    assert "Evidence can be sent once." in page.text
    assert "at most 750 kB" in page.text
    answer = refunder.send(page_of(dispute, "defend"), chosen(refunder, dispute, note="all of it"), 200)
    shown = Page(answer.content.decode())
    for words in ("proof.pdf", f"{len(PROOF)} bytes", hashlib.sha256(PROOF).hexdigest(), "all of it", "sent once"):
        assert words in shown.text, words
    assert (fake.documents, DisputeAct.objects.count()) == ([], 0)
    values = {**shown.form().values, "step": "act"}
    places = {refunder.send(page_of(dispute, "defend"), values, 303)["Location"] for _ in range(3)}
    assert (places, fake.documents) == ({page_of(dispute)}, [PROOF])
    told_now = refunder.page(page_of(dispute)).text
    for words in ("Evidence sent", "proof.pdf", hashlib.sha256(PROOF).hexdigest(), "None: evidence was sent"):
        assert words in told_now
    assert "only once" in refunder.page(page_of(dispute, "defend"), 409).text


def test_going_back_from_the_preview_sends_nothing(refunder, dispute, fake):
    values = previewed(refunder, dispute, note="keep me")
    page = Page(refunder.send(page_of(dispute, "defend"), {**values, "step": "choose"}, 200).content.decode())
    assert page.form().values["note"] == "keep me"
    assert fake.documents == []


@pytest.mark.parametrize(
    ("size", "sentence"), [(0, "This file is empty"), (MAX_DOCUMENT + 1, "the gateway takes at most 750,000")]
)
def test_a_file_that_cannot_be_sent_is_refused_beside_the_field(refunder, dispute, fake, size, sentence):
    answer = refunder.send(page_of(dispute, "defend"), chosen(refunder, dispute, b"x" * size), 422)
    assert sentence in Page(answer.content.decode()).text
    assert Session.objects.filter(session_data__isnull=False).count() == 1  # the sign-in


def test_the_largest_file_goes(refunder, dispute, fake):
    refunder.send(page_of(dispute, "defend"), previewed(refunder, dispute, content=PROOF.ljust(MAX_DOCUMENT)), 303)
    assert [len(document) for document in fake.documents] == [MAX_DOCUMENT]


def test_no_file_is_asked_for_in_a_sentence(refunder, dispute):
    values = refunder.page(page_of(dispute, "defend")).form().values
    answer = refunder.send(page_of(dispute, "defend"), {**values, "step": "preview"}, 422)
    assert "Choose the file with your evidence." in Page(answer.content.decode()).text


@pytest.mark.promise("I31")
def test_a_card_number_in_the_name_of_a_file_goes_nowhere(refunder, dispute, fake):
    values = chosen(refunder, dispute, name="4111111111111111.pdf")
    assert "card number" in Page(refunder.send(page_of(dispute, "defend"), values, 400).content.decode()).text
    assert DisputeAct.objects.count() == 0


@pytest.mark.promise("I32")
def test_the_waiting_file_is_sealed_and_opens_for_nobody_else(refunder, root, people, dispute, captured, fake):
    values = previewed(refunder, dispute)
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_data FROM django_session")
        stored = [row[0] for row in cursor.fetchall()]
    assert len(stored) == 3  # two sign-ins and the file
    kept = drafts.SessionStore(values["draft"])
    assert PROOF.decode() not in str(dict(kept.items()))
    other = told(captured, reference="D-2", due_at=dispute.due_at)
    for desk, about in ((root, dispute), (refunder, other)):
        answer = desk.send(page_of(about, "defend"), {**values, "form_id": ports.random_text(32)}, 409)
        assert "Choose it again; nothing was sent" in Page(answer.content.decode()).text
    assert fake.documents == []


def test_a_file_that_waited_too_long_is_gone(refunder, dispute, fake):
    values = previewed(refunder, dispute)
    Session.objects.filter(pk=values["draft"]).update(expire_date=datetime(2020, 1, 1, tzinfo=UTC))
    answer = refunder.send(page_of(dispute, "defend"), values, 409)
    assert "half an hour" in Page(answer.content.decode()).text
    previewed(refunder, dispute)
    assert not Session.objects.filter(pk=values["draft"]).exists()


@pytest.mark.parametrize("draft", ["", "x" * 32, "../../etc/passwd", "ABC"])
def test_a_made_up_draft_sends_nothing(refunder, dispute, fake, draft):
    refunder.send(page_of(dispute, "defend"), {**previewed(refunder, dispute), "draft": draft}, 409)
    assert fake.documents == []


def test_what_cannot_be_defended_says_so(refunder, captured):
    found = told(captured, defendable=False, due_at=ports.now() + timedelta(days=3))
    assert "cannot be defended" in refunder.page(page_of(found)).text
    assert "cannot be defended" in refunder.page(page_of(found, "defend"), 409).text


# --- after silence ----------------------------------------------------------------------------------------------------


def test_after_silence_the_same_is_sent_again(refunder, dispute, fake):
    fake.next("defend_dispute", Unknown("no answer"))
    refunder.send(page_of(dispute, "defend"), previewed(refunder, dispute), 303)
    act = DisputeAct.objects.get()
    again = page_of(dispute, f"again/{act.pk}")
    page = refunder.page(page_of(dispute))
    assert "Nobody knows yet whether the gateway has what we sent." in page.text
    assert "send the same again" in page.text
    assert "proof.pdf" in refunder.page(again).text
    assert refunder.send(again, {}, 303)["Location"] == page_of(dispute)
    act.refresh_from_db()
    assert (act.status, act.sends, fake.documents) == (Status.SUCCEEDED, 2, [PROOF, PROOF])
    assert "nothing to send again" in refunder.page(again, 409).text


def test_nothing_is_sent_again_while_somebody_may_be_sending(refunder, dispute, fake):
    act = DisputeAct.objects.create(
        dispute=dispute, kind="accept", actor_id=refunder.session["_auth_user_id"], send_by=ports.now() + timedelta(1),
        created_at=ports.now(),
    )  # fmt: skip
    assert "right now" in Page(refunder.send(page_of(dispute, f"again/{act.pk}"), {}, 409).content.decode()).text
    assert fake.sent("accept_dispute") == []


def test_an_act_of_another_dispute_is_not_found(refunder, dispute, captured):
    other = told(captured, reference="D-2")
    act = DisputeAct.objects.create(
        dispute=other, kind="accept", actor_id=refunder.session["_auth_user_id"], send_by=ports.now(),
        created_at=ports.now(),
    )  # fmt: skip
    assert refunder.get(page_of(dispute, f"again/{act.pk}")).status_code == 404


# --- files and verdict ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["template", "file"])
def test_a_file_of_the_gateway_is_saved_and_never_opened(refunder, dispute, kind):
    answer = refunder.get(page_of(dispute, f"evidence/{kind}"))
    assert b"".join(answer.streaming_content) == b"%PDF-1.4"
    assert answer["Content-Disposition"] == f'attachment; filename="{dispute.public_id}-{kind}.pdf"'
    assert (answer["X-Content-Type-Options"], answer["Content-Type"]) == ("nosniff", "application/octet-stream")
    assert "no-store" in answer["Cache-Control"]


def test_no_such_file(refunder, dispute, fake):
    fake.next("dispute_evidence", Declined("NO_FILE", Category.FIX_DATA))
    assert "has no such file" in refunder.page(page_of(dispute, "evidence/file"), 409).text
    assert refunder.get(page_of(dispute, "evidence/secrets")).status_code == 404
    assert refunder.post(page_of(dispute, "evidence/file")).status_code == 405


def test_a_person_confirms_who_won(refunder, people, dispute, captured):
    assert "not judged yet" in refunder.page(page_of(dispute, "verdict"), 409).text
    told(captured, "judged", verdict="RAW_WORD")
    page = refunder.page(page_of(dispute, "verdict"))
    assert "RAW_WORD" in page.text
    form = page.form().values
    answer = refunder.send(page_of(dispute, "verdict"), form, 422)
    assert "Choose who won." in Page(answer.content.decode()).text
    refunder.send(page_of(dispute, "verdict"), {**form, "who": "we"}, 303)
    dispute.refresh_from_db()
    assert dispute.status == "won"
    assert JournalEntry.objects.get(entry="dispute_confirmed").actor == people["refunder"]
    assert (
        "confirmed it already"
        in Page(refunder.send(page_of(dispute, "verdict"), {**form, "who": "buyer"}, 409).content.decode()).text
    )


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.promise("I28")
@pytest.mark.parametrize("role", ["nobody", "viewer", "cashier", "refunder", "root"])
@pytest.mark.parametrize("page", ["accept", "defend", "verdict", "evidence/file"])
def test_every_page_asks_for_its_permission(people, dispute, captured, fake, role, page):
    if page == "verdict":
        told(captured, "judged", verdict="X")
    allowed = role in ("refunder", "root")
    desk = desk_of(people[role])
    assert desk.get(page_of(dispute, page)).status_code == (200 if allowed else 403)
    if not allowed and page != "evidence/file":
        values = {"form_id": ports.random_text(32), "who": "we", "seen_status": dispute.status, "step": "act"}
        assert desk.post(page_of(dispute, page), values).status_code == 403
        assert (fake.log[-1][0] == "authorize", DisputeAct.objects.count()) == (True, 0)


@pytest.mark.promise("I28")
@pytest.mark.parametrize(("may", "page", "closed"), [("accept", "accept", "defend"), ("defend", "defend", "accept")])
def test_giving_up_and_defending_are_two_permissions(dispute, may, page, closed):
    desk = desk_of(factories.make_operator("one@desk.example", may))
    assert desk.get(page_of(dispute, page)).status_code == 200
    assert desk.get(page_of(dispute, closed)).status_code == 403
    html = desk.get(page_of(dispute)).content.decode()
    assert f'href="{page_of(dispute, page)}"' in html
    assert f'href="{page_of(dispute, closed)}"' not in html


@pytest.mark.promise("I28")
def test_sending_again_asks_too(people, refunder, dispute, fake):
    fake.next("accept_dispute", Unknown("no answer"))
    refunder.send(page_of(dispute, "accept"), refunder.page(page_of(dispute, "accept")).form().values, 303)
    again = page_of(dispute, f"again/{DisputeAct.objects.get().pk}")
    desk = desk_of(people["cashier"])
    assert (desk.get(again).status_code, desk.post(again).status_code) == (403, 403)
    assert again not in desk.get(page_of(dispute)).content.decode()
    assert len(fake.sent("accept_dispute")) == 1


@pytest.mark.promise("I27")
@pytest.mark.parametrize("role", ["refunder", "root"])
def test_nobody_edits_a_dispute(people, dispute, role):
    desk = desk_of(people[role])
    assert desk.post(page_of(dispute), {"status": "won"}).status_code == 405
    for page in (f"{LIST}add/", page_of(dispute, "delete")):
        assert desk.post(page, {"post": "yes"}).status_code == 403
    dispute.refresh_from_db()
    assert dispute.status == "open"


def test_an_account_without_keys_says_so_and_breaks_nothing(root, dispute, settings):
    from payments.gateways import registry

    form = root.page(page_of(dispute, "accept")).form().values
    settings.GATEWAY_CREDENTIALS = {}
    registry.forget_built()
    sentence = "The credentials of this account are missing."
    assert sentence in root.page(page_of(dispute)).text
    assert sentence in Page(root.send(page_of(dispute, "accept"), form, 409).content.decode()).text
    assert sentence in root.page(page_of(dispute, "evidence/file"), 409).text


@pytest.mark.parametrize("page", ["accept", "defend", "verdict", "evidence/file"])
def test_an_unknown_dispute_is_not_found(refunder, page):
    assert refunder.get(f"{LIST}00000000-0000-7000-8000-000000000000/{page}/").status_code == 404


# --- words of strangers, and cost -------------------------------------------------------------------------------------


@pytest.mark.promise("I34")
def test_words_of_the_provider_are_text(refunder, captured):
    evil = "<script>alert(1)</script>"
    found = told(
        captured, reference=evil, kind=evil[:32], reason=evil, reason_code=evil, network=evil, arn=evil,
        auto_defended=evil, due_at=ports.now() + timedelta(days=3), acquirer={"name": evil}, accepted_because=evil,
    )  # fmt: skip
    pages = [LIST, page_of(found), url_of(captured), order_url(captured.order), page_of(found, "accept"), "/admin/"]
    for url in [*pages, page_of(found, "defend"), f"{LIST}?status={evil}", f"{LIST}?older={evil}"]:
        html = refunder.get(url, follow=True).content.decode()
        assert evil not in html, url
    answer = refunder.send(page_of(found, "defend"), chosen(refunder, found, name=f"{evil[:-9]}.pdf", note=evil), 200)
    assert evil[:8] not in answer.content.decode().replace("<script src", "")


def test_lists_and_pages_cost_the_same_for_few_and_many(root, buyer, product, card, fake):
    def grow(how_many: int) -> None:
        for _ in range(how_many):
            payment = capture_by_gateway(factories.start(buyer, factories.make_order(buyer, product), card), fake)
            told(payment, reference=ports.random_text(12), due_at=ports.now() + timedelta(days=3))

    def asked(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert root.get(url).status_code == 200
        return len(captured)

    urls = (LIST, f"{LIST}?status=open", "/admin/payments/payment/?attention=disputed", "/admin/")
    grow(2)
    root.get("/admin/")
    few = {url: asked(url) for url in urls}
    grow(8)
    assert {url: asked(url) for url in urls} == few
    assert max(few[url] for url in urls[:3]) <= 8
    assert asked(page_of(Dispute.objects.latest("pk"))) <= 14


def test_a_lost_reply_that_was_done_is_confirmed_by_its_message(refunder, dispute, captured, fake):
    fake.next("accept_dispute", Unknown("no answer"))
    refunder.send(page_of(dispute, "accept"), refunder.page(page_of(dispute, "accept")).form().values, 303)
    told(captured, "accepted")
    assert "Nobody knows yet" not in refunder.page(page_of(dispute)).text


# --- evidence that was sent already -----------------------------------------------------------------------------------

FILE = "Evidence on file"


def test_giving_up_says_that_evidence_was_sent(refunder, dispute):
    text = refunder.page(page_of(dispute, "accept")).text
    assert "no evidence can be sent any more" in text
    assert "Evidence was sent" not in text
    refunder.send(page_of(dispute, "defend"), previewed(refunder, dispute), 303)
    text = refunder.page(page_of(dispute, "accept")).text
    assert "Evidence was sent already, and the card’s bank may still decide for us. proof.pdf was sent " in text
    assert "no evidence can be sent any more" not in text


def test_giving_up_knows_of_evidence_from_elsewhere(refunder, dispute, captured):
    told(captured, "defended")
    text = refunder.page(page_of(dispute, "accept")).text
    assert "The gateway has evidence that was not sent from this desk." in text


def test_evidence_on_file_is_offered_once_there_is_some(refunder, dispute):
    def offered() -> bool:
        html = refunder.get(page_of(dispute)).content.decode()
        assert page_of(dispute, "evidence/template") in html
        assert FILE in html
        return page_of(dispute, "evidence/file") in html

    assert not offered()
    assert f"{FILE} Nobody has sent evidence yet." in refunder.page(page_of(dispute)).text
    refunder.send(page_of(dispute, "defend"), previewed(refunder, dispute), 303)
    assert offered()


def test_evidence_that_the_gateway_sends_by_itself_is_on_file(refunder, captured):
    dispute = told(captured, auto_defended="the gateway answered with the bank’s check")
    assert page_of(dispute, "evidence/file") in refunder.get(page_of(dispute)).content.decode()


def test_evidence_that_the_gateway_told_of_stays_on_file(refunder, dispute, captured):
    told(captured, "defended")
    told(captured, "judged", verdict="VALIDATE_FAIL")
    assert page_of(dispute, "evidence/file") in refunder.get(page_of(dispute)).content.decode()


def test_evidence_without_a_certain_answer_may_be_looked_for(refunder, dispute, fake):
    """To ask for it answers the question; that nobody has sent any would be untrue."""
    fake.next("defend_dispute", Unknown("no answer"))
    refunder.send(page_of(dispute, "defend"), previewed(refunder, dispute), 303)
    assert page_of(dispute, "evidence/file") in refunder.get(page_of(dispute)).content.decode()
