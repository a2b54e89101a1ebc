"""The provider's simulator from a terminal: its deck, its switches, its books."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.demo import deck_table, simulator_desk


class Command(BaseCommand):
    help = "The provider's simulator: what can go wrong (faults), what goes wrong next (next), books, log, settings."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
        faults = _verb(verbs, "faults", "print the deck: every scenario, what it does and who can meet it")
        form = faults.add_mutually_exclusive_group()
        form.add_argument("--markdown", action="store_true", help="as a table for the README")
        form.add_argument("--json", action="store_true", help="as JSON")
        following = _verb(verbs, "next", "choose what the next request meets")
        following.add_argument("operation", help="for example pay, capture, refund, or any")
        following.add_argument("scenario", help="a name from `sim faults`")
        following.add_argument("--code", help="result code of a refusal")
        following.add_argument("--seconds", type=float, help="see `sim faults`")
        following.add_argument("--then", choices=["S", "F"], help="how what is pending ends")
        following.add_argument("--times", type=int, help="how many requests meet it")
        following.add_argument("--request-id", help="only the request of this id")
        books = _verb(verbs, "books", "what the provider believes, as JSON")
        books.add_argument("--request-id", default="", help="only this payment, or this vaulting with --cards")
        books.add_argument("--cards", action="store_true", help="the kept cards instead: vaulting sessions and tokens")
        log = _verb(verbs, "log", "the requests that reached the provider, oldest first")
        log.add_argument("--request-id", default="", help="only requests about this id")
        settings = _verb(verbs, "settings", "show the settings, or change some")
        settings.add_argument("changes", nargs="*", metavar="name=value")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            self.stdout.write(getattr(self, f"_{verb}")(**options))
        except simulator_desk.Silent as problem:
            raise CommandError(str(problem)) from None

    def _faults(self, *, at: str | None, markdown: bool, json: bool, **options: Any) -> str:
        deck = simulator_desk.deck(at)
        if json:
            return _pretty(deck)
        return deck_table.markdown(deck) if markdown else deck_table.plain(deck)

    def _next(self, *, at: str | None, **options: Any) -> str:
        names = ("operation", "scenario", "code", "seconds", "then", "times", "request_id")
        order = {name: options[name] for name in names if options[name] is not None}
        armed = simulator_desk.ask(simulator_desk.address(at), "/control/next", order)["armed"]
        return f"armed as number {armed}: {order['operation']} will meet {order['scenario']}"

    def _books(self, *, at: str | None, request_id: str, cards: bool, **options: Any) -> str:
        if cards:
            path = f"/books/cards?vaulting_request_id={quote(request_id)}"
            return _pretty(simulator_desk.ask(simulator_desk.address(at), path))
        path = f"/books?payment_request_id={quote(request_id)}"
        return _pretty(simulator_desk.ask(simulator_desk.address(at), path)["payments"])

    def _log(self, *, at: str | None, request_id: str, **options: Any) -> str:
        rows = simulator_desk.ask(simulator_desk.address(at), f"/log?request_id={quote(request_id)}")["rows"]
        return "\n".join(_log_line(row) for row in rows) or "no request has arrived yet"

    def _settings(self, *, at: str | None, changes: list[str], **options: Any) -> str:
        wanted = dict(_change(text) for text in changes)
        now = simulator_desk.ask(simulator_desk.address(at), "/control/settings", wanted or None)
        return "\n".join(f"{name} = {json.dumps(value)}" for name, value in now.items())


def _verb(verbs: Any, name: str, about: str) -> CommandParser:
    parser: CommandParser = verbs.add_parser(name, help=about, description=about)
    parser.add_argument("--at", metavar="URL", help="the simulator; without it the running demo's")
    return parser


def _change(text: str) -> tuple[str, Any]:
    """`permissive=true`; a value that is not JSON is a text. Raises CommandError without `=`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"{text!r} is no name=value")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _log_line(row: dict[str, Any]) -> str:
    done = "" if row["processed"] else "  not processed"
    met = f"  met {row['scenario']}" if row["scenario"] else ""
    return f"{row['at']}  {row['operation']:<22} {row['request_id']:<40} {row['result_code']}{met}{done}"


def _pretty(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
