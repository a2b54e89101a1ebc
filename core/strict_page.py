"""What every page of a buyer's that is opened by a signed address keeps: nothing runs on it, and nobody keeps it."""

from __future__ import annotations

from django.http.response import HttpResponseBase

POLICY = {"script-src": ["'none'"], "connect-src": ["'none'"], "font-src": ["'none'"]}
"""Stricter than the policy of all pages: only our own style and pictures are loaded."""


def be_strict(page: HttpResponseBase, *, sends_to: str = "'self'") -> None:
    """`sends_to`: where the page's form may go, in the words of a content policy."""
    page._csp_replace = {**POLICY, "form-action": sends_to.split()}  # type: ignore[attr-defined]


def tell_nobody(page: HttpResponseBase) -> None:
    """The address is the key to the page: no cache keeps it, and no link passes it on."""
    page.headers["Cache-Control"] = "no-store"
    page.headers.setdefault("Referrer-Policy", "no-referrer")
    if not hasattr(page, "_csp_replace"):
        be_strict(page)
