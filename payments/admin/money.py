"""Pages that move money: choose, see exactly what will happen, act once, land on what became of it.

Every page is a view of its own: Django wraps POSTs of its change form in an atomic block, and no gateway is called
inside one. The rules, permissions and balances are checked by the services; a page only asks early and shows why.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from core import idempotency, ports
from core.api import client_address
from core.desk import ReadOnlyAdmin
from core.errors import DomainError, Forbidden
from core.idempotency import Answer, KeyInProgress, KeyReused
from core.models import IdempotencyKey, User
from core.money import display
from payments.admin import story, words
from payments.admin.forms import ACT, ALL, AMOUNT, CHOOSE, KEEP, PREVIEW, RELEASE, SEEN, MoneyForm, ReasonForm
from payments.errors import ActionNotAllowed, AmountNotAllowed, StalePage
from payments.gateways.base import Rule, Verb
from payments.models import Payment, Transaction
from payments.services import operate
from payments.services.operate import Operated
from payments.services.review import check_with_gateway, clear_review, why_not_clear
from payments.services.rules import Possibility, has_open_follow_up, possibility, rule_of
from payments.states import State

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Page:
    """The words of one verb."""

    verb: Verb
    title: str
    icon: str
    everything: str
    question: str


PAGES = {
    Verb.CAPTURE: Page(Verb.CAPTURE, "Capture", "download", "All that is held", "What will be captured"),
    Verb.CANCEL: Page(Verb.CANCEL, "Release hold", "lock_open", "The whole hold", "What will be released"),
    Verb.REFUND: Page(Verb.REFUND, "Refund", "undo", "Everything left", "What will be returned"),
}


class SeeOther(HttpResponseRedirect):
    status_code = 303


def address_of(request: HttpRequest) -> str | None:
    """For the record of who did it; None when nobody tells."""
    return client_address(request) or None


def user_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def seen_in(request: HttpRequest) -> dict[str, str]:
    return {name.removeprefix(SEEN): str(value) for name, value in request.POST.items() if name.startswith(SEEN)}


def as_fields(seen: Mapping[str, str]) -> dict[str, str]:
    return {f"{SEEN}{name}": value for name, value in seen.items()}


def require(user: User, verb: str) -> None:
    """Early, so that the page is not offered; the service asks again. Raises Forbidden."""
    if not user.has_perm(f"payments.{verb}"):
        raise Forbidden(f"Your role does not include “{verb}”. Ask somebody whose role does.")


def once(request: HttpRequest, *, route: str, body: Mapping[str, Any]) -> idempotency.Ask:
    """The one-time id of the form as idempotency key: pressed twice, it acts once."""
    key = idempotency.parse_key(request.POST.get("form_id"))
    return idempotency.ask(principal=user_of(request), key=key, method="POST", route=f"admin:{route}", body=dict(body))


def settle(key: IdempotencyKey | None, address: str) -> HttpResponseBase:
    """Keep the address as the answer of the form, and go there. Whoever repeats the form lands on the same page."""
    if key is not None:
        answer = idempotency.store_answer(key, Answer(303, address.encode()))
        address = answer.body.decode()
    return SeeOther(address)


def refusals(view: View) -> View:
    """Every refusal is a page with its sentence and a way on."""

    @wraps(view)
    def guarded(
        admin: PaymentPages, request: HttpRequest, pk: uuid.UUID, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        if not admin.has_view_permission(request):
            raise PermissionDenied
        try:
            return view(admin, request, pk, *args, **kwargs)
        except DomainError as error:
            return admin.refuse(request, pk, error)

    return guarded


class PaymentPages(ReadOnlyAdmin):
    """Mixed into the payment admin."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        views: list[tuple[str, str, View]] = [
            ("capture", "capture", self.capture_view),
            ("cancel", "cancel", self.cancel_view),
            ("refund", "refund", self.refund_view),
            ("ask", "inquire", self.inquire_view),
            ("review", "review", self.review_view),
        ]
        own = [path(f"<uuid:pk>/{word}/", wrap(view), name=f"payments_payment_{name}") for word, name, view in views]
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
        payment = self._payment(pk)
        if request.method != "POST" and not payment.captured_minor and _possible(payment, Verb.CANCEL).possible:
            return self._money(request, pk, Verb.CANCEL, instead=True)
        return self._money(request, pk, Verb.REFUND)

    # --- the three verbs ---

    def _money(self, request: HttpRequest, pk: uuid.UUID, verb: Verb, *, instead: bool = False) -> HttpResponseBase:
        require(user_of(request), verb.value)
        payment = self._payment(pk)
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
                "button": "Continue" if free else _button(payment, verb, possible.max_minor),
                "step": PREVIEW if free else ACT,
                "limit": "" if free else _limit(verb, rule),
                "predicted": "" if free else _predicted(payment, verb, possible.max_minor, possible.max_minor, True),
                "facts": _facts(payment),
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
                "button": _button(payment, verb, form.minor),
                "predicted": _predicted(payment, verb, form.minor, possible.max_minor, final),
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
                "facts": _facts(payment),
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

    # --- asking, reviewing ---

    @refusals
    def inquire_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        require(user_of(request), "inquire")
        payment = self._payment(pk)
        if request.method != "POST":
            return self.show(
                request,
                "admin/paydesk/inquire.html",
                {
                    "title": "Check with gateway",
                    "payment": payment,
                    "original": payment,
                    "facts": _facts(payment),
                    "open": story.still_open(story.read([payment], payment.currency)),
                },
            )
        before = operate.balances(payment)
        now = check_with_gateway(payment_id=payment.pk, actor=user_of(request))
        self._tell(request, payment, now, before)
        if request.GET.get("back") == "order":
            return SeeOther(reverse("admin:orders_order_change", args=[payment.order_id]))
        return SeeOther(reverse("admin:payments_payment_change", args=[payment.pk]))

    def _tell(self, request: HttpRequest, payment: Payment, now: Payment, before: Mapping[str, str]) -> None:
        after = operate.balances(now)
        if payment.asked_at == now.asked_at:
            messages.info(request, "The gateway was asked a moment ago. Its answer is below; ask again in two seconds.")
        elif after != before:
            messages.success(request, "Asked just now: the gateway told us something new. It is in the timeline.")
        elif after["open"]:
            messages.warning(
                request, "Asked just now: the gateway does not know the end yet. It is asked again by itself."
            )
        else:
            messages.info(request, "Asked just now: the gateway told us nothing new.")

    @refusals
    def review_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        require(user_of(request), "review")
        payment = self._payment(pk)
        form = ReasonForm(request.POST or None, verb="review", initial={"form_id": ports.random_text(32)})
        if request.method == "POST" and form.is_valid():
            clear_review(
                payment_id=payment.pk,
                actor=user_of(request),
                reason=form.cleaned_data["reason"],
                note=form.cleaned_data["note"],
                seen=seen_in(request),
                address=address_of(request),
            )
            messages.success(request, "The review flag is off. The journal says who cleared it, and why.")
            return SeeOther(reverse("admin:payments_payment_change", args=[payment.pk]))
        why_not = why_not_clear(payment)
        if why_not:
            raise ActionNotAllowed(why_not)
        told = story.read([payment], payment.currency)
        seen = seen_in(request) if request.method == "POST" else operate.balances(payment)
        return self.show(
            request,
            "admin/paydesk/review.html",
            {
                "title": "Review",
                "payment": payment,
                "original": payment,
                "form": form,
                "hidden": as_fields(seen),
                "money": story.money_rows(told, payment.amount_minor, "Amount"),
                "timeline": story.timeline(told)[:6],
                "facts": _facts(payment),
            },
            status=422 if form.errors else 200,
        )

    # --- refusals ---

    def refuse(self, request: HttpRequest, pk: uuid.UUID, error: DomainError) -> HttpResponseBase:
        payment = self._payment(pk)
        here = reverse("admin:payments_payment_change", args=[pk])
        if isinstance(error, KeyInProgress):
            messages.info(request, "This form is being carried out right now. Reload in a moment to see its end.")
            return SeeOther(here)
        if isinstance(error, StalePage):
            return stale_page(self, request, payment, error)
        detail = _USED if isinstance(error, KeyReused) else error.detail
        context = {
            "title": "Not possible",
            "original": payment,
            "payment": payment,
            "detail": detail,
            "back": here,
            "ask": reverse("admin:payments_payment_inquire", args=[pk]) if _is_busy(payment, error) else "",
            "again": request.path if isinstance(error, KeyReused) else "",
        }
        return self.show(request, "admin/paydesk/refused.html", context, error.status)

    def _payment(self, pk: uuid.UUID) -> Payment:
        found = Payment.objects.select_related("account", "order").defer("next_action").filter(pk=pk).first()
        if found is None:
            raise Http404
        return found


_USED = "This form was already used for something else. Open the page again; nothing was done now."


def _is_busy(payment: Payment, error: DomainError) -> bool:
    """Whether asking the gateway is the way on."""
    return not isinstance(error, Forbidden) and has_open_follow_up(payment)


def _possible(payment: Payment, verb: Verb) -> Possibility:
    return possibility(payment, verb, busy=has_open_follow_up(payment))


def _exact_minor(request: HttpRequest) -> int:
    """What stood on the button. Raises AmountNotAllowed: to the services no amount means all of it."""
    text = request.POST.get("exact_minor", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 16):
        raise AmountNotAllowed("The amount of this form cannot be read. Open the page again; nothing was done.")
    return int(text)


def _facts(payment: Payment) -> list[tuple[str, str]]:
    return [
        ("Order", payment.order_number),
        ("Card", story.card(payment)),
        ("Buyer", payment.buyer_email or "–"),
        ("Account", f"{payment.account_name} ({payment.account.mode})"),
    ]


def _button(payment: Payment, verb: Verb, minor: int) -> str:
    amount, card = display(payment.money(minor)), payment.masked_card if payment.last_four else "the card"
    return {
        Verb.CAPTURE: f"Capture {amount} from {card}",
        Verb.CANCEL: f"Release {amount} on {card}",
        Verb.REFUND: f"Return {amount} to {card}",
    }[verb]


def _limit(verb: Verb, rule: Rule) -> str:
    """Why there is nothing to choose."""
    return rule.reason if verb is Verb.CAPTURE and rule.exact_amount else ""


def _predicted(payment: Payment, verb: Verb, minor: int, most: int, final: bool) -> str:
    left = display(payment.money(most - minor))
    match verb:
        case Verb.CAPTURE if minor == most:
            return "The order will become Paid once the gateway confirms it."
        case Verb.CAPTURE if final:
            return f"The rest of {left} is released. The payment will become Captured once the gateway confirms it."
        case Verb.CAPTURE:
            return (
                f"The rest of {left} stays held. The payment will become Partly captured once the gateway confirms it."
            )
        case Verb.CANCEL if payment.state == State.PENDING:
            return "This attempt ends and nothing is charged. The buyer can pay again."
        case Verb.CANCEL:
            return "The hold is released and nothing is charged. The buyer’s bank may show it for some days."
        case _:
            whole = minor == most and not payment.refund_reserved_minor
            word = "Refunded" if whole else "Partly refunded"
            rest = "" if minor == most else f" {left} stays with us."
            return (
                f"The payment will become {word} once the gateway confirms it; until then the money is “on its way”. "
                f"It usually arrives in 3–10 days.{rest}"
            )


def stale_page(page: ReadOnlyAdmin, request: HttpRequest, original: Any, error: StalePage) -> TemplateResponse:
    """412: what it was when the page was opened, beside what it is now."""
    rows = [
        {"name": name, "then": then, "now": now, "differs": then != now}
        for (name, then), (_, now) in zip(error.extra["then"], error.extra["now"], strict=True)
    ]
    return page.show(
        request,
        "admin/paydesk/stale.html",
        {
            "title": "Something changed",
            "original": original,
            "detail": error.detail,
            "rows": rows,
            "again": request.path,
        },
        412,
    )


def acts_of(payment: Payment, transactions: list[Transaction], public_id: str) -> dict[str, Any] | None:
    """The banner about the act that somebody just came from."""
    tx = next((tx for tx in transactions if tx.public_id == public_id), None)
    if tx is None:
        return None
    tone, sentence = words.happened(payment, tx)
    return {"tone": tone, "sentence": sentence, "icon": words.STATUSES[tx.status].icon}
