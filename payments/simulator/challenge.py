"""The page on which the buyer proves who they are, to pay or to have a card kept.

Served by us in place of the bank, with a loud banner. GET /challenge/<token>; POST there with `answer` = confirm, fail
or leave sends the buyer back to the shop. POST /challenge with `token` is the way in of a redirectActionForm. A token
is 256 bits and works until its first answer.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from payments.simulator import clock, courier, paying, standing, three_ds, vaulting
from payments.simulator.desk import note
from payments.simulator.models import Challenge, Payment, Status, Vaulting

ANSWERS = ("confirm", "fail", "leave")
FAILED = "USER_PAYMENT_VERIFICATION_FAILED"


class SeeOther(HttpResponseRedirect):
    status_code = 303


class Over(Exception):
    """The page was used, what it was for has ended, or it never existed."""


def enter(request: HttpRequest) -> HttpResponse:
    token = request.POST.get("token", "")
    if request.method != "POST" or not Challenge.objects.filter(token=token).exists():
        return _over(request)
    return _private(SeeOther(f"/challenge/{token}"))


def page(request: HttpRequest, token: str) -> HttpResponse:
    try:
        if request.method != "POST":
            return _private(render(request, "simulator/challenge.html", _context(_subject(_open_challenge(token)))))
        said = request.POST.get("answer", "")
        if said not in ANSWERS:
            return HttpResponse("answer must be confirm, fail or leave", status=400)
        back = _answer(token, said).redirect_url
    except Over:
        return _over(request)
    courier.wake()
    return _private(SeeOther(back) if back else render(request, "simulator/challenge_done.html"))


def _context(subject: Payment | Vaulting) -> dict[str, str | Payment | Vaulting | None]:
    amount = shown(subject) if isinstance(subject, Payment) else ""
    return {"subject": subject, "amount": amount, "shop": urlsplit(subject.redirect_url).hostname}


@transaction.atomic
def _answer(token: str, said: str) -> Payment | Vaulting:
    challenge = _open_challenge(token)
    challenge.answer = said
    challenge.save()
    subject = _subject(challenge)
    if isinstance(subject, Payment):
        _answer_payment(subject, said, challenge.then_code)
    else:
        _answer_vaulting(subject, said, challenge.then_code)
    note(subject.client_id, "challenge", subject.request_id, subject.status_code, "")
    return subject


def _answer_payment(payment: Payment, said: str, then_code: str) -> None:
    payment.three_ds = {
        "confirm": three_ds.passed,
        "fail": three_ds.failed,
        "leave": three_ds.abandoned,
    }[said](payment.brand)
    payment.save()
    if said == "confirm":
        paying.settle_payment(payment, then_code)
    elif said == "fail":
        paying.settle_payment(payment, FAILED)


def _answer_vaulting(row: Vaulting, said: str, then_code: str) -> None:
    if said == "confirm":
        vaulting.settle(row, then_code)
    elif said == "fail":
        vaulting.settle(row, FAILED)


@transaction.atomic
def _open_challenge(token: str) -> Challenge:
    """Raises Over."""
    found = Challenge.objects.select_related("parent", "vaulting__token").filter(token=token, answer="")
    challenge = found.first()
    if challenge is None:
        raise Over
    subject = _subject(challenge)
    if isinstance(subject, Payment):
        standing.let_time_pass(subject, clock.now())
    else:
        vaulting.let_time_pass(subject, clock.now())
    if subject.status != Status.PROCESSING:
        raise Over
    return challenge


def _subject(challenge: Challenge) -> Payment | Vaulting:
    """Raises Over when it is gone."""
    subject = challenge.parent or challenge.vaulting
    if subject is None:
        raise Over
    return subject


def shown(payment: Payment) -> str:
    digits = 0 if payment.currency in ("CLP", "JPY", "KRW", "VND") else 2
    units, rest = divmod(payment.amount, 10**digits)
    return f"{units}{f'.{rest:0{digits}d}' if digits else ''} {payment.currency}"


def _over(request: HttpRequest) -> HttpResponse:
    return _private(render(request, "simulator/challenge_over.html", status=410))


def _private(response: HttpResponse) -> HttpResponse:
    """The address is a secret: neither kept nor passed on."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
