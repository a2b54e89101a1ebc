"""Who may do what: three groups, one permission per verb (I28). Superusers manage people and accounts."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction

SEES = (
    "orders.view_product",
    "orders.view_order",
    "orders.view_orderline",
    "gateways.view_merchantaccount",
    "vaulting.view_boundcard",
    "vaulting.view_vaultingsession",
    "payments.view_payment",
    "payments.view_transaction",
    "payments.view_journalentry",
    "payments.view_notificationevent",
    "payments.view_refuseddelivery",
    "payments.view_buyerrefundrequest",
    "payments.view_dispute",
)
CASHES = (*SEES, "payments.capture", "payments.cancel", "payments.inquire")
REFUNDS = (*CASHES, "payments.refund", "payments.change_buyerrefundrequest", "payments.accept", "payments.defend")
ROLES: dict[str, tuple[str, ...]] = {"viewer": SEES, "cashier": CASHES, "refunder": REFUNDS}


def ensure_roles() -> list[str]:
    """Make the groups, with exactly these permissions; running it again changes nothing. One line per group."""
    with transaction.atomic():
        known = {
            f"{permission.content_type.app_label}.{permission.codename}": permission
            for permission in Permission.objects.select_related("content_type")
        }
        lines = []
        for name, wanted in ROLES.items():
            group, fresh = Group.objects.get_or_create(name=name)
            group.permissions.set([known[word] for word in wanted])
            lines.append(f"{name}: {len(wanted)} permissions{' (new)' if fresh else ''}")
    return lines
