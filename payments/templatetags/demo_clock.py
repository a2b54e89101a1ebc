"""`{% demo_clock %}` at the foot of the desk's pages."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("admin/paydesk/_demo_clock.html", takes_context=True)
def demo_clock(context: dict[str, Any]) -> dict[str, Any]:
    # Django loads tag libraries while the admin is still being imported.
    from payments.admin.demo_clock import footer

    request = context.get("request")
    return {"clock": footer(request) if request else None, "csrf_token": context.get("csrf_token")}
