"""The page on which the buyer proves who they are: served by us in place of the bank, with a loud banner.

GET /challenge/<token>; POST there with `answer` = confirm, fail or leave sends the buyer back to the shop. POST
/challenge with `token` is the way in of a redirectActionForm. A token is 256 bits and works until its first answer.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from payments.simulator import clock, courier, paying, standing, three_ds
from payments.simulator.desk import note
from payments.simulator.models import Challenge, Payment, Status

ANSWERS = ("confirm", "fail", "leave")


class SeeOther(HttpResponseRedirect):
    status_code = 303


class Over(Exception):
    """The page was used, its payment has ended, or it never existed."""


def enter(request: HttpRequest) -> HttpResponse:
    token = request.POST.get("token", "")
    if request.method != "POST" or not Challenge.objects.filter(token=token).exists():
        return _over(request)
    return _private(SeeOther(f"/challenge/{token}"))


def page(request: HttpRequest, token: str) -> HttpResponse:
    try:
        if request.method != "POST":
            payment = _open_challenge(token).parent
            shop = urlsplit(payment.redirect_url).hostname
            context = {"payment": payment, "amount": shown(payment), "shop": shop}
            return _private(render(request, "simulator/challenge.html", context))
        said = request.POST.get("answer", "")
        if said not in ANSWERS:
            return HttpResponse("answer must be confirm, fail or leave", status=400)
        payment = _answer(token, said)
    except Over:
        return _over(request)
    courier.wake()
    return _private(SeeOther(payment.redirect_url))


@transaction.atomic
def _answer(token: str, said: str) -> Payment:
    challenge = _open_challenge(token)
    payment = challenge.parent
    challenge.answer = said
    challenge.save()
    payment.three_ds = {
        "confirm": three_ds.passed,
        "fail": three_ds.failed,
        "leave": three_ds.abandoned,
    }[said](payment.brand)
    payment.save()
    if said == "confirm":
        paying.settle_payment(payment, challenge.then_code)
    elif said == "fail":
        paying.settle_payment(payment, "USER_PAYMENT_VERIFICATION_FAILED")
    note(payment.client_id, "challenge", payment.request_id, payment.status_code, "")
    return payment


@transaction.atomic
def _open_challenge(token: str) -> Challenge:
    """Raises Over."""
    challenge = Challenge.objects.select_related("parent").filter(token=token, answer="").first()
    if challenge is None:
        raise Over
    standing.let_time_pass(challenge.parent, clock.now())
    if challenge.parent.status != Status.PROCESSING:
        raise Over
    return challenge


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
