"""What is asked of both servers, in rounds that take turns: ours, limit, ours, limit …"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.bench import accounting
from tests.bench.environment import GATEWAY, Places
from tests.bench.figures import Round, Taken, percentile
from tests.bench.servers import Load, Server, Stub


@dataclass(frozen=True)
class Scenario:
    """`what` is asked `requests` times in each round; `rate` a second (open loop) or by `clients` (closed loop)."""

    name: str
    what: str
    requests: int
    clients: int = 8
    rate: float | None = None
    again: bool = False
    """The same numbers as the scenario before it: told a second time."""
    fresh: str = ""
    """Which prepared rows it uses up: orders or payments."""

    @property
    def warm(self) -> int:
        return max(self.clients, 32)

    @property
    def uses(self) -> int:
        return self.requests + self.warm

    def shorter(self, part: float) -> Scenario:
        return Scenario(**{**self.__dict__, "requests": max(int(self.requests * part), self.clients * 2)})


BUSY = {
    "pay": [Scenario("pay", "pay", 400, fresh="orders")],
    "notify": [
        Scenario("first notification", "notify", 600, fresh="payments"),
        Scenario("repeated notification", "notify", 600, again=True),
    ],
    "poll": [Scenario("poll", "poll", 1000)],
    "list": [Scenario("order list", "list", 300)],
}
"""2 × 8 threads, 8 clients, a gateway that answers at once: CPU."""

WAITING = {
    "steady": [Scenario("50 payments/s", "pay", 1000, clients=48, rate=50, fresh="orders")],
    "flight": [
        Scenario("32 in flight", "pay", 320, clients=32, fresh="orders"),
        Scenario("128 in flight", "pay", 640, clients=128, fresh="orders"),
    ],
}
"""2 × 64 threads, a gateway that takes 300 ms."""

PERSISTENT = Scenario("pool of 8 / connections kept", "pay", 320, clients=32, fresh="orders")


@dataclass
class Supply:
    """Numbers of prepared rows, each handed out once to each server."""

    next_free: dict[str, int]
    _last: int = 1
    runs: Iterator[int] = field(default_factory=count)

    def take(self, scenario: Scenario) -> int:
        if scenario.again:
            return self._last
        self._last = self.next_free.get(scenario.fresh, 1)
        if scenario.fresh:
            self.next_free[scenario.fresh] += scenario.uses
        return self._last


@dataclass
class Bench:
    places: Places
    stub: Stub
    tokens: list[str]
    supply: Supply
    databases: dict[str, str]
    """Server's name -> database's name."""
    complaints: list[str] = field(default_factory=list)

    def rounds(self, scenarios: list[Scenario], servers: list[Server], how_many: int) -> Taken:
        taken: Taken = {scenario.name: {server.name: [] for server in servers} for scenario in scenarios}
        share_rows = len({self.databases[server.name] for server in servers}) < len(servers)
        for _ in range(how_many):
            numbers = [self.supply.take(scenario) for scenario in scenarios]
            for place, server in enumerate(servers):
                if place and share_rows:
                    numbers = [self.supply.take(scenario) for scenario in scenarios]
                for scenario, first in zip(scenarios, numbers, strict=True):
                    taken[scenario.name][server.name].append(self._round(scenario, server, first))
        return taken

    def _round(self, scenario: Scenario, server: Server, first: int) -> Round:
        load = Load(self._plan(scenario, server, first), self.places.folder)
        before = self._cpu(server)
        told = load.go()
        spent = [after - b for after, b in zip(self._cpu(server), before, strict=True)]
        asked = len(told["times"])
        errors = sum(number for status, number in told["statuses"].items() if not 200 <= int(status) < 300)
        if errors:
            self.complaints.append(f"{scenario.name}, {server.name}: {told['statuses']} {told['first_error'][:200]}")
        return Round(
            requests=asked,
            errors=errors,
            rps=asked / told["seconds"],
            p50=percentile(told["times"], 50) * 1000,
            p99=percentile(told["times"], 99) * 1000,
            cpu=spent[0] / asked * 1000,
            postgres=spent[1] / asked * 1000,
            gateway=spent[2] / asked * 1000,
        )

    def _cpu(self, server: Server) -> list[float]:
        """Seconds so far: the server's processes, those of its database, the gateway."""
        groups = (
            accounting.of_session(server.pid),
            accounting.of_database(self.databases[server.name]),
            [self.stub.pid],
        )
        return [accounting.cpu_seconds(group) for group in groups]

    def _plan(self, scenario: Scenario, server: Server, first: int) -> dict[str, Any]:
        return {
            "what": scenario.what,
            "port": server.port,
            "clients": scenario.clients,
            "rate": scenario.rate,
            "first": first,
            "warm": scenario.warm,
            "count": scenario.requests,
            "tokens": self.tokens,
            "key_file": str(self.places.private_key(GATEWAY)),
            "run": f"{server.name}-{next(self.supply.runs)}-{int(time.time())}",
            "limit": server.name == "limit",
        }
