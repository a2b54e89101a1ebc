"""What every page of the admin stands on: rows that nobody edits, counts that stay flat, money and pills as HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList as BaseChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from core import ports
from core.money import Money, display, exponent

COUNT_AT_MOST = 1000
"""Lists count no further: whoever needs more searches, filters, or follows “older”."""


# --- money, time, pills ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pill:
    """A status for people: icon and word, never colour alone. `note` stands beside it in plain text."""

    icon: str
    word: str
    tone: str
    """good, calm, warn, bad or plain"""
    note: str = ""

    def __html__(self) -> SafeString:
        return pill(self)

    def __str__(self) -> SafeString:
        return pill(self)


def pill(what: Pill) -> SafeString:
    shown = format_html(
        '<span class="pd-pill pd-{}"><span class="material-symbols-outlined" aria-hidden="true">{}</span>{}</span>',
        what.tone,
        what.icon,
        what.word,
    )
    return format_html('{} <span class="pd-note">{}</span>', shown, what.note) if what.note else shown


def money(minor: int, currency: str) -> SafeString:
    return format_html('<span class="pd-money">{}</span>', display(Money(minor, currency)))


def moment(at: datetime | None) -> str:
    """Absolute, zone named."""
    return f"{at:%-d %b %Y, %H:%M:%S} UTC" if at else "–"


def minute(at: datetime | None) -> str:
    """For columns, whose head names the zone; the year only where it is not this one."""
    if at is None:
        return "–"
    return f"{at:%-d %b, %H:%M}" if at.year == ports.now().year else f"{at:%-d %b %Y, %H:%M}"


def zoned(at: datetime) -> str:
    """A deadline as the desk's own clock shows it, its zone named, and in UTC."""
    if str(settings.DESK_TIME_ZONE) == "UTC":
        return f"{at:%a %-d %b %Y, %H:%M} UTC"
    here = at.astimezone(settings.DESK_TIME_ZONE)
    return f"{here:%a %-d %b %Y, %H:%M} {settings.DESK_TIME_ZONE} ({minute(at)} UTC)"


def distance(at: datetime, now: datetime | None = None) -> str:
    """`9 h`, `3 min`, `6 days`: how far from now, without direction."""
    seconds = abs((at - (now or ports.now())).total_seconds())
    for size, word in ((86400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size * (2 if size == 86400 else 1):
            whole = int(seconds // size)
            return f"{whole} {word}{'s' if word == 'day' and whole != 1 else ''}"
    return f"{int(seconds)} s"


def relative(at: datetime, now: datetime | None = None) -> str:
    """`3 min ago` or `in 9 h`."""
    now = now or ports.now()
    if at == now:
        return "now"
    return f"in {distance(at, now)}" if at > now else f"{distance(at, now)} ago"


# --- amounts that people type ---------------------------------------------------------------------------------------


def parse_amount(text: str, currency: str) -> int:
    """Minor units of `12.50` or `12,50`. Raises ValidationError with a sentence."""
    decimals = exponent(currency)
    example = "1200" if not decimals else "1200." + "5".ljust(decimals, "0")
    stripped = text.strip().replace("\u00a0", "")
    if not re.fullmatch(r"[0-9]{1,13}([.,][0-9]{1,8})?", stripped):
        raise ValidationError(f"Write the amount as a plain number, for example {example}.")
    plain = stripped.replace(",", ".")
    if len(plain.partition(".")[2]) > decimals:
        how_many = f"{decimals} decimals" if decimals else "no decimals"
        raise ValidationError(f"{currency} has {how_many}. Write for example {example}.")
    try:
        return Money.from_major(plain, currency).minor
    except ValueError:
        raise ValidationError(f"Write the amount as a plain number, for example {example}.") from None


def amount_text(minor: int, currency: str) -> str:
    """The amount as an input field takes it: `12.50`."""
    return f"{Money(minor, currency).major:f}"


class CommaListField(forms.CharField):
    """`EUR, JPY` for a JSON list of words."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [part.strip().upper() for part in str(value or "").split(",") if part.strip()]


class AmountsField(forms.CharField):
    """`EUR 100.00, JPY 5000` for a JSON object of minor units by currency."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return ", ".join(f"{currency} {amount_text(minor, currency)}" for currency, minor in sorted(value.items()))

    def to_python(self, value: Any) -> Any:
        found: dict[str, int] = {}
        for part in str(value or "").split(","):
            if not part.strip():
                continue
            currency, _, amount = part.strip().upper().partition(" ")
            try:
                exponent(currency)
            except ValueError:
                raise ValidationError(f"Write a currency and an amount, for example EUR 100.00. {_NOT_SPLIT}") from None
            if currency in found:
                raise ValidationError(f"{currency} stands twice.")
            found[currency] = parse_amount(amount, currency)
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))


_NOT_SPLIT = "Decimals take a point here: the comma separates currencies."


def is_list(request: HttpRequest, opts: Any) -> bool:
    match = request.resolver_match
    return match is not None and match.url_name == f"{opts.app_label}_{opts.model_name}_changelist"


# --- lists ----------------------------------------------------------------------------------------------------------


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no more than COUNT_AT_MOST rows, so that a page costs the same with a million."""

    template_name = "admin/paydesk/pagination.html"

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:COUNT_AT_MOST].count())

    @property
    def capped(self) -> bool:
        return self.count >= COUNT_AT_MOST


class FlatChangeList(ChangeList):  # type: ignore[misc]
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count
        self.result_list: list[Any] = list(self.result_list)
        keyset = getattr(self.model_admin, "keyset", False)
        last_page = keyset and self.paginator.capped and self.page_num == self.paginator.num_pages
        self.older = str(self.result_list[-1].pk) if last_page and self.result_list else ""
        self.older_url = self.get_query_string({"older": self.older}, remove=["p"]) if self.older else ""


class FlatAdmin(ModelAdmin):  # type: ignore[misc]
    """Lists by primary key, newest first, without COUNT, date hierarchy or sorting by column."""

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    ordering: tuple[str, ...] = ("-pk",)
    sortable_by = ()
    actions = None
    list_filter_sheet = True
    show_facets = admin.ShowFacets.NEVER
    keyset = False
    """Whether the list has an `older` filter to go on where the count ends."""
    called: tuple[str, str] | None = None
    """What one row and many are called here, where that is not the model's own name."""

    @property
    def names(self) -> tuple[str, str]:
        return self.called or (str(self.opts.verbose_name), str(self.opts.verbose_name_plural))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        named = {"title": self.names[1].capitalize(), "own_crumbs": True, **(extra_context or {})}
        return super().changelist_view(request, named)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BaseChangeList]:
        return FlatChangeList


class ReadOnlyAdmin(FlatAdmin):
    """Rows that only services write: nobody adds, changes or deletes them here, superusers included."""

    page_template = "admin/paydesk/record.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """A page of our own in place of Django's form: it cannot be posted to, and opens no atomic block."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        obj = self.get_object(request, object_id)
        if obj is None:
            gone: HttpResponseBase = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return gone
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        context = {"title": str(obj), "original": obj, "rows": self.rows(obj), **self.page(request, obj)}
        return self.show(request, self.page_template, context)

    def rows(self, obj: Any) -> list[tuple[str, Any]]:
        """(name, value) pairs of the plain page."""
        return []

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {}

    def show(self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> TemplateResponse:
        request.current_app = self.admin_site.name
        common = {**self.admin_site.each_context(request), "opts": self.opts, "names": self.names, "own_crumbs": True}
        return TemplateResponse(request, template, {**common, **context}, status=status)
