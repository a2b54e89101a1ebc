"""Pages that move money: choose, see exactly what will happen, act once, land on what became of it.

Every page is a view of its own: Django wraps POSTs of its change form in an atomic block, and no gateway is called
inside one. The rules, permissions and balances are checked by the services; a page only asks early and shows why.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from core import ports
from core.money import display
from payments.admin.acting import (
    SeeOther,
    address_of,
    as_fields,
    once,
    one_time_id,
    refusals,
    require,
    seen_in,
    settle,
    user_of,
)
from payments.admin.foretold import PAGES, button_of, limit_of, predicted_of
from payments.admin.forms import ACT, ALL, AMOUNT, CHOOSE, KEEP, PREVIEW, RELEASE, MoneyForm, ReasonForm
from payments.admin.one_payment import OnePayment, facts_of
from payments.errors import ActionNotAllowed, AmountNotAllowed
from payments.gateways.base import Rule, Verb
from payments.models import Payment
from payments.services import operate
from payments.services.operate import Operated
from payments.services.rules import Possibility, has_open_follow_up, possibility, rule_of


class MoneyPages(OnePayment):
    """Mixed into the payment admin."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<uuid:pk>/capture/", wrap(self.capture_view), name="payments_payment_capture"),
            path("<uuid:pk>/cancel/", wrap(self.cancel_view), name="payments_payment_cancel"),
            path("<uuid:pk>/refund/", wrap(self.refund_view), name="payments_payment_refund"),
        ]
        return [*own, *super().get_urls()]

    @refusals
    def capture_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        return self._money(request, pk, Verb.CAPTURE)

    @refusals
    def cancel_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        return self._money(request, pk, Verb.CANCEL)

    @refusals
    def refund_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        """Before the capture it is the release page: nothing was charged, so nothing is refunded."""
        payment = self.found(pk)
        if request.method != "POST" and not payment.captured_minor and _possible(payment, Verb.CANCEL).possible:
            return self._money(request, pk, Verb.CANCEL, instead=True)
        return self._money(request, pk, Verb.REFUND)

    # --- the three verbs ---

    def _money(self, request: HttpRequest, pk: uuid.UUID, verb: Verb, *, instead: bool = False) -> HttpResponseBase:
        require(user_of(request), verb.value)
        payment = self.found(pk)
        if request.method == "POST":
            one_time_id(request)
        if request.method == "POST" and request.POST.get("step") == ACT:
            return self._act(request, payment, verb)
        seen = seen_in(request) if request.method == "POST" else operate.balances(payment)
        operate.refuse_stale(payment, seen)
        possible = _possible(payment, verb)
        if not possible.possible:
            raise ActionNotAllowed(possible.reason)
        rule = rule_of(payment, verb)
        if request.method != "POST":
            initial = {"form_id": ports.random_text(32), "choice": ALL, "rest": KEEP}
            form = MoneyForm(verb=verb, payment=payment, most=possible.max_minor, initial=initial)
            return self._choose(request, payment, verb, rule, possible, form, seen, instead=instead)
        form = MoneyForm(request.POST, verb=verb, payment=payment, most=possible.max_minor)
        if request.POST.get("step") == CHOOSE:
            unbound = MoneyForm(verb=verb, payment=payment, most=possible.max_minor, initial=request.POST.dict())
            return self._choose(request, payment, verb, rule, possible, unbound, seen)
        if not form.is_valid():
            return self._choose(request, payment, verb, rule, possible, form, seen, status=422)
        return self._preview(request, payment, verb, rule, possible, form, seen)

    def _choose(
        self,
        request: HttpRequest,
        payment: Payment,
        verb: Verb,
        rule: Rule,
        possible: Possibility,
        form: MoneyForm,
        seen: Mapping[str, str],
        *,
        instead: bool = False,
        status: int = 200,
    ) -> TemplateResponse:
        """Step 1. Where there is nothing to choose, it is the preview as well: its button carries the amount."""
        free = rule.partial and not rule.exact_amount and verb is not Verb.CANCEL
        most = display(payment.money(possible.max_minor))
        page = PAGES[verb]
        return self.show(
            request,
            "admin/paydesk/choose.html",
            {
                "page": page,
                "title": page.title,
                "payment": payment,
                "original": payment,
                "form": form,
                "free": free,
                "several": rule.several and verb is Verb.CAPTURE,
                "instead": instead,
                "hidden": as_fields(seen),
                "post_to": reverse(f"admin:payments_payment_{verb.value}", args=[payment.pk]),
                "most": most,
                "everything": f"{page.everything} ({most})",
                "exact_minor": possible.max_minor,
                "button": "Continue" if free else button_of(payment, verb, possible.max_minor),
                "step": PREVIEW if free else ACT,
                "limit": "" if free else limit_of(verb, rule),
                "predicted": "" if free else predicted_of(payment, verb, possible.max_minor, possible.max_minor, True),
                "facts": facts_of(payment),
                "back": reverse("admin:payments_payment_change", args=[payment.pk]),
            },
            status=status,
        )

    def _preview(
        self,
        request: HttpRequest,
        payment: Payment,
        verb: Verb,
        rule: Rule,
        possible: Possibility,
        form: MoneyForm,
        seen: Mapping[str, str],
    ) -> TemplateResponse:
        """Step 2: exactly what will happen, on the button too."""
        final = form.cleaned_data.get("rest") != KEEP or not rule.several
        left = possible.max_minor - form.minor
        told = form.cleaned_data
        return self.show(
            request,
            "admin/paydesk/preview.html",
            {
                "page": PAGES[verb],
                "title": PAGES[verb].title,
                "payment": payment,
                "original": payment,
                "amount": display(payment.money(form.minor)),
                "left": display(payment.money(left)) if left else "",
                "reason": form.reason_text,
                "note": told["note"],
                "button": button_of(payment, verb, form.minor),
                "predicted": predicted_of(payment, verb, form.minor, possible.max_minor, final),
                "hidden": {
                    **as_fields(seen),
                    "form_id": told["form_id"],
                    "choice": told["choice"],
                    "amount": form.typed if told["choice"] == AMOUNT else "",
                    "rest": told["rest"],
                    "reason": told["reason"],
                    "note": told["note"],
                    "exact_minor": str(form.minor),
                },
                "facts": facts_of(payment),
                "act": ACT,
                "choose": CHOOSE,
            },
        )

    def _act(self, request: HttpRequest, payment: Payment, verb: Verb) -> HttpResponseBase:
        """Only the shape is checked here: a repeated form must find its first answer, whatever is possible now."""
        form = ReasonForm(request.POST, verb=verb)
        if not form.is_valid():
            possible = _possible(payment, verb)
            if not possible.possible:
                raise ActionNotAllowed(possible.reason)
            bound = MoneyForm(
                {**request.POST.dict(), "choice": ALL}, verb=verb, payment=payment, most=possible.max_minor
            )
            return self._choose(
                request, payment, verb, rule_of(payment, verb), possible, bound, seen_in(request), status=422
            )
        told = form.cleaned_data
        final = request.POST.get("rest", RELEASE) != KEEP
        minor = _exact_minor(request)
        ask = once(
            request,
            route=verb.value,
            body={
                "verb": verb.value,
                "payment": str(payment.pk),
                "amount": minor,
                "final": final,
                "reason": told["reason"],
                "note": told["note"],
            },
        )
        common: dict[str, Any] = {
            "payment_id": payment.pk,
            "actor": user_of(request),
            "ask": ask,
            "seen": seen_in(request),
            "reason": told["reason"],
            "note": told["note"],
            "address": address_of(request),
        }
        match verb:
            case Verb.CAPTURE:
                done = operate.capture_payment(amount_minor=minor, final=final, **common)
            case Verb.CANCEL:
                done = operate.cancel_payment(**common)
            case Verb.REFUND:
                done = operate.refund_payment(amount_minor=minor, **common)
            case _:
                raise Http404
        return self.landed(done)

    def landed(self, done: Operated) -> HttpResponseBase:
        """On the payment, with the new entry marked. The page tells what is true when it is looked at."""
        if done.answered is not None:
            return SeeOther(done.answered.answer.body.decode())
        address = reverse("admin:payments_payment_change", args=[done.payment.pk])
        if done.transaction is not None:
            address = f"{address}?act={done.transaction.public_id}"
        return settle(done.key, address)


def _possible(payment: Payment, verb: Verb) -> Possibility:
    return possibility(payment, verb, busy=has_open_follow_up(payment))


def _exact_minor(request: HttpRequest) -> int:
    """What stood on the button. Raises AmountNotAllowed: to the services no amount means all of it."""
    text = request.POST.get("exact_minor", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 16):
        raise AmountNotAllowed("The amount of this form cannot be read. Open the page again; nothing was done.")
    return int(text)
