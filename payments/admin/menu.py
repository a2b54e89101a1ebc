"""The menu, in the order of a merchant's day."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

_PAYMENTS = "payments_payment_changelist"
_ASKS = "payments_buyerrefundrequest_changelist"
_DISPUTES = "payments_dispute_changelist"

MENU: list[tuple[str, list[tuple[str, str, str, str, str]]]] = [
    (
        "Needs attention",
        [
            ("Today", "home", "index", "", "payments.view_payment"),
            ("Under review", "flag", _PAYMENTS, "attention=review", "payments.view_payment"),
            ("Outcome unknown", "help", _PAYMENTS, "attention=unknown", "payments.view_payment"),
            ("Disputes to answer", "gavel", _DISPUTES, "status=open", "payments.view_dispute"),
            ("In the gateway’s review", "policy", _PAYMENTS, "attention=theirs", "payments.view_payment"),
            ("Refund requests", "mark_email_unread", _ASKS, "status=open", "payments.view_buyerrefundrequest"),
        ],
    ),
    (
        "Money",
        [
            ("Orders", "receipt_long", "orders_order_changelist", "", "orders.view_order"),
            ("Payments", "payments", _PAYMENTS, "", "payments.view_payment"),
            ("Disputes", "balance", _DISPUTES, "", "payments.view_dispute"),
            ("Notifications", "inbox", "payments_notificationevent_changelist", "", "payments.view_notificationevent"),
            (
                "Refused deliveries",
                "gpp_bad",
                "payments_refuseddelivery_changelist",
                "",
                "payments.view_refuseddelivery",
            ),
        ],
    ),
    (
        "Shop",
        [
            ("Products", "inventory_2", "orders_product_changelist", "", "orders.view_product"),
            ("Cards", "credit_card", "vaulting_boundcard_changelist", "", "vaulting.view_boundcard"),
            (
                "Cards being added",
                "add_card",
                "vaulting_vaultingsession_changelist",
                "",
                "vaulting.view_vaultingsession",
            ),
            ("Accounts", "account_balance", "gateways_merchantaccount_changelist", "", "gateways.view_merchantaccount"),
            ("People", "group", "core_user_changelist", "", "core.view_user"),
            ("Roles", "badge", "auth_group_changelist", "", "auth.view_group"),
        ],
    ),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """For UNFOLD["SIDEBAR"]: only what this person may see; the place where they are is marked once."""
    return [
        {
            "title": title,
            "separator": number > 0,
            "items": [
                {"title": name, "icon": icon, "link": _link(view, query), "active": _active(request, view, query)}
                for name, icon, view, query, permission in doors
                if request.user.has_perm(permission)
            ],
        }
        for number, (title, doors) in enumerate(MENU)
    ]


def _link(view: str, query: str) -> str:
    return reverse(f"admin:{view}") + (f"?{query}" if query else "")


def _active(request: HttpRequest, view: str, query: str) -> bool:
    base = reverse(f"admin:{view}")
    if view == "index":
        return request.path == base
    if query:
        name, _, value = query.partition("=")
        return request.path == base and request.GET.get(name) == value
    elsewhere = any(
        other == view and more and _active(request, other, more) for _, doors in MENU for _, _, other, more, _ in doors
    )
    return request.path.startswith(base) and not elsewhere
