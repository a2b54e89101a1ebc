"""Where the buyer must go (antom.md 3.6: `normalUrl`, `applinkUrl`, `schemeUrl`, `redirectActionForm`)."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit, urlunsplit

from payments.gateways.antom.document import Document, Unreadable, parse
from payments.gateways.antom.tolerant import read_object, read_text
from payments.gateways.base import Redirect

MAX_PARAMETERS = 20_000


def read_redirect(document: Document, *, plain_http: bool = False) -> Redirect | None:
    """Where the buyer must go, if anywhere. Only https leads out; http as well when we speak to a simulator (I34)."""
    app_links = _app_links(document)
    for name in ("normalUrl", "applinkUrl"):
        if url := read_address(document, name, plain_http=plain_http):
            return Redirect(url=url, app_links=app_links)
    form = read_object(document, "redirectActionForm")
    url, fields = read_address(form, "redirectUrl", plain_http=plain_http), _form_fields(form)
    if not url:
        return None
    if read_text(form, "method").upper() == "POST":
        return Redirect(url=url, method="POST", fields=fields, app_links=app_links)
    return Redirect(url=_with_query(url, fields), app_links=app_links)


def read_address(document: Document, name: str, *, plain_http: bool = False) -> str:
    """An address to which a buyer may be sent; empty when there is none."""
    url = read_text(document, name, 2048)
    return url if _leads_out(url, _schemes(plain_http)) else ""


def _schemes(plain_http: bool) -> tuple[str, ...]:
    return ("https", "http") if plain_http else ("https",)


def _leads_out(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _with_query(url: str, fields: dict[str, str]) -> str:
    """A form of method GET sends its fields in the address."""
    if not fields:
        return url
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(fields))))
    return urlunsplit(parts._replace(query=query))


def _form_fields(form: Document) -> dict[str, str]:
    try:
        parameters = parse(read_text(form, "parameters", MAX_PARAMETERS).encode())
    except Unreadable:
        return {}
    return {name: read_text(parameters, name, MAX_PARAMETERS) for name in parameters}


def _app_links(document: Document) -> dict[str, str]:
    """`ios` and `android` open the app by its own https address, `scheme` by its scheme; `app` is its identifier."""
    scheme, link = read_text(document, "schemeUrl", 2048), read_text(document, "applinkUrl", 2048)
    links = {"ios": link, "android": link} if _leads_out(link, ("https",)) else {}
    if re.match(r"[a-z][a-z0-9+.-]*://", scheme) and not scheme.startswith(("http:", "javascript:", "data:")):
        links["scheme"] = scheme
    if links and (identifier := read_text(document, "appIdentifier", 128)):
        links["app"] = identifier
    return links
