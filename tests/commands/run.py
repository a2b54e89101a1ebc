"""Runs a command in this process, as a person would type it, and keeps what it printed."""

from __future__ import annotations

from io import StringIO

from django.core.management import call_command


def run(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()
