"""Where the buyer must go (antom.md 3.6: `normalUrl`, `applinkUrl`, `schemeUrl`, `redirectActionForm`)."""

from __future__ import annotations

import re

from payments.gateways.antom.document import Document, Unreadable, parse
from payments.gateways.antom.tolerant import read_object, read_text
from payments.gateways.base import Redirect


def read_redirect(document: Document, *, plain_http: bool = False) -> Redirect | None:
    """Where the buyer must go, if anywhere. Only https leads out; http as well when we speak to a simulator (I34)."""
    form = read_object(document, "redirectActionForm")
    url = read_text(document, "normalUrl", 2048) or read_text(document, "applinkUrl", 2048)
    method, fields = "GET", {}
    if not url:
        url = read_text(form, "redirectUrl", 2048)
        method = "POST" if read_text(form, "method").upper() == "POST" else "GET"
        fields = _form_fields(form)
    if not url.startswith(("https://", "http://") if plain_http else "https://"):
        return None
    return Redirect(url=url, method=method, fields=fields, app_links=_app_links(document))


def _form_fields(form: Document) -> dict[str, str]:
    try:
        parameters = parse(read_text(form, "parameters", 20_000).encode())
    except Unreadable:
        return {}
    return {name: read_text(parameters, name, 20_000) for name in parameters}


def _app_links(document: Document) -> dict[str, str]:
    scheme, link = read_text(document, "schemeUrl", 2048), read_text(document, "applinkUrl", 2048)
    links = {"ios": link, "android": link} if link.startswith("https://") else {}
    if re.match(r"[a-z][a-z0-9+.-]*://", scheme) and not scheme.startswith(("http:", "javascript:", "data:")):
        links["scheme"] = scheme
    return links
