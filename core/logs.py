"""Log lines as data, with one redaction step that everything passes, also other people's loggers (I31, I32)."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_DIGITS = re.compile(r"(?<![\dA-Za-z])\d(?:[ -]?\d){12,18}(?![\dA-Za-z])")
_SENSITIVE = re.compile(
    r"(?i)(card_?no|card_?number|cvv|cvc|security_?code|token|authorization|signature|password|secret|private_?key|session_?data)"
)
HIDDEN = "********"


def configure(config: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: one handler on stderr, JSON lines. `config` is {"level": "INFO"}."""
    chain: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        structlog.stdlib.PositionalArgumentsFormatter(),
        without_trace_of_refusals,
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=chain,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(config.get("level", "INFO"))
    logging.getLogger("urllib3").setLevel("WARNING")


def without_trace_of_refusals(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A refused request is a line; only our own mistakes need to show where."""
    status = event.get("status_code")
    if isinstance(status, int) and status < 500:
        event.pop("exc_info", None)
    return event


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide values under sensitive names, and digit runs that pass the Luhn check anywhere in the text."""
    for name, value in event.items():
        event[name] = HIDDEN if _SENSITIVE.search(name) else _clean(value)
    return event


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _DIGITS.sub(lambda found: HIDDEN if luhn(found.group()) else found.group(), value)
    if isinstance(value, dict):
        return {k: HIDDEN if _SENSITIVE.search(str(k)) else _clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value if isinstance(value, (int, float, bool, type(None))) else _clean(str(value))


def holds_card_number(text: str) -> bool:
    """Whether 13 to 19 digits of `text`, blanks and dashes aside, pass the check-digit rule of card numbers."""
    return any(luhn(found.group()) for found in _DIGITS.finditer(text))


def luhn(text: str) -> bool:
    """Whether the digits of `text` pass the check-digit rule of card numbers."""
    digits = [int(char) for char in text if char.isdigit()]
    doubled = [d * 2 - 9 if d > 4 else d * 2 for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
