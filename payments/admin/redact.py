"""Evidence as it may be shown: names stay, secrets and card numbers do not (I31, I32)."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

HIDDEN = "••••••••"
_NAMES = re.compile(
    r"(?i)(card_?no|card_?num|pan$|cvv|cvc|cvn|security_?code|token|payment_?method_?id|authorization$|signature|password"
    r"|secret|key$|session_?data|session_?id|credential|fingerprint)"
)
_DIGITS = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")


def body_as_text(body: bytes) -> str:
    """Indented JSON, or name = value lines, always without secrets; what is neither is not shown."""
    text = body.decode("utf-8", "replace")
    try:
        return json.dumps(clean(json.loads(text)), indent=2, ensure_ascii=False)
    except ValueError:
        pass
    pairs = parse_qsl(text, keep_blank_values=True) if re.fullmatch(r"[^\s<>{}]+=[^<>{}]*", text) else []
    if pairs:
        return "\n".join(f"{name} = {HIDDEN if _NAMES.search(name) else clean(value)}" for name, value in pairs)
    return f"{len(body)} bytes that are neither JSON nor a form. They are kept, sealed, and not shown."


def headers_as_rows(headers: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, HIDDEN if _NAMES.search(name) else str(clean(value))) for name, value in sorted(headers.items())]


def clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            _DIGITS.sub(HIDDEN, str(name)): HIDDEN if _NAMES.search(str(name)) else clean(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [clean(inner) for inner in value]
    if isinstance(value, str):
        return _nested(value)
    if isinstance(value, int) and not isinstance(value, bool) and len(str(abs(value))) > 12:
        return HIDDEN
    return value


def _nested(text: str) -> Any:
    """Providers put JSON into JSON."""
    if text.startswith(("{", "[")):
        try:
            return clean(json.loads(text))
        except ValueError:
            pass
    return _DIGITS.sub(HIDDEN, text)
