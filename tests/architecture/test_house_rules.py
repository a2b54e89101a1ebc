"""Rules of the house that a reader would otherwise have to check by eye, each failing with a sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.architecture.source import Module, calls, code_without_docstrings, imports, modules

OUTSIDE_THE_RULES = ("config", "payments.simulator", "payments.demo")
"""Settings, the provider's stand-in and the demo are no part of the application."""

GATEWAY_NAMES = re.compile(r"(?i)\b(antom|alipay|smart2pay|payworks)\b|antom|smart2pay|payworks")
MAY_NAME_A_GATEWAY = (*OUTSIDE_THE_RULES, "payments.gateways.registry", "payments.gateways.antom")

TIME_AND_CHANCE = re.compile(
    r"(datetime\.|^)(now|utcnow|today)$|timezone\.(now|localtime)$|^time\.(sleep|time|monotonic)$|^sleep$"
    r"|uuid[1-8]$|^random\.|^secrets\."
)
MAY_ASK_THE_CLOCK = (*OUTSIDE_THE_RULES, "core.ports")
MAY_OPEN_SOCKETS = (*OUTSIDE_THE_RULES, "payments.gateways.http")
NETWORK = ("socket", "requests", "urllib3", "urllib.request", "http.client", "httpx", "aiohttp", "smtplib")

Rule = Callable[[Module], Iterator[tuple[int, str]]]


def sentences(rule: Rule, *, except_in: tuple[str, ...]) -> list[str]:
    return [
        f"{module}:{line} {problem}"
        for module in modules()
        if not module.inside(*except_in)
        for line, problem in rule(module)
    ]


# --- the rules ------------------------------------------------------------------------------------------------------


def names_a_gateway(module: Module) -> Iterator[tuple[int, str]]:
    for line, text in [*code_without_docstrings(module), *imports(module)]:
        if GATEWAY_NAMES.search(text):
            yield line, f"says {text[:60]!r}; ask for a rule, not for a name (house.md 9.9)"


def asks_the_clock_or_chance(module: Module) -> Iterator[tuple[int, str]]:
    for line, name in calls(module):
        if TIME_AND_CHANCE.search(name) and not name.startswith("ports."):
            yield line, f"calls {name}(); only core/ports.py does (core.ports has the same)"


def opens_the_network(module: Module) -> Iterator[tuple[int, str]]:
    for line, name in imports(module):
        if any(name == library or name.startswith(f"{library}.") for library in NETWORK):
            yield line, f"imports {name}; payments/gateways/http.py is the only outbound HTTP"


def writes_a_payments_state(module: Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module.tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr == "state":
                    yield node.lineno, "assigns to .state; only MOVES does, in payments/services/room.py"
        an_update = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
        if an_update and any(keyword.arg == "state" for keyword in node.keywords):
            yield node.lineno, "updates state=; only MOVES does, in payments/services/room.py"


def computes_in_float(module: Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"):
            continue
        if not (node.args and isinstance(node.args[0], ast.Name) and node.args[0].id == "seconds"):
            yield node.lineno, "calls float(); money is a whole number of minor units"


# --- and nobody breaks them -----------------------------------------------------------------------------------------

RULES: dict[str, tuple[Rule, tuple[str, ...]]] = {
    "no gateway name outside its folder": (names_a_gateway, MAY_NAME_A_GATEWAY),
    "nothing else asks the time, mints, draws or sleeps": (asks_the_clock_or_chance, MAY_ASK_THE_CLOCK),
    "one outbound HTTP": (opens_the_network, MAY_OPEN_SOCKETS),
    "one place moves the state": (writes_a_payments_state, ("payments.services.room", *OUTSIDE_THE_RULES)),
    "no float near money": (computes_in_float, ("core.parsers", *OUTSIDE_THE_RULES)),
}
"""core.parsers reads a decimal only to refuse it by the name of its field."""


@pytest.mark.parametrize("name", RULES)
def test_the_rule_holds(name):
    rule, except_in = RULES[name]
    broken = sentences(rule, except_in=except_in)
    assert not broken, f"{name}:\n" + "\n".join(broken)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (names_a_gateway, 'if payment.account.gateway == "antom": pass'),
        (asks_the_clock_or_chance, "from datetime import datetime\ndatetime.now()"),
        (asks_the_clock_or_chance, "timezone.now()"),
        (asks_the_clock_or_chance, "uuid.uuid4()"),
        (asks_the_clock_or_chance, "time.sleep(1)"),
        (asks_the_clock_or_chance, "random.choice([])"),
        (opens_the_network, "from requests import get"),
        (opens_the_network, "import socket"),
        (writes_a_payments_state, "payment.state = 'captured'"),
        (writes_a_payments_state, "Payment.objects.update(state='captured')"),
        (computes_in_float, "float('19.99')"),
    ],
)
def test_the_rule_would_be_noticed_when_broken(rule, code):
    example = Module(modules()[0].path, "payments.services.example", ast.parse(code))
    assert list(rule(example))
