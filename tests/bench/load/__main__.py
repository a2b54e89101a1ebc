"""Sends prepared requests and counts what comes back. Reads a plan, prints `ready`, waits for a line, prints a result.

Closed loop: `clients` connections, each asks again as soon as it is answered. Open loop (`rate` a second): every
request has its moment, and its time counts from that moment, however late a slow server lets it start.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from typing import Any

from tests.bench.load.asks import Asking
from tests.bench.load.client import BROKEN, Connection

Answers = list[tuple[float, int]]
"""(seconds, status) of each request."""


class Load:
    def __init__(self, port: int, clients: int) -> None:
        self.port, self.clients = port, clients
        self.connections: list[Connection] = []
        self.first_error = b""

    async def open(self) -> None:
        self.connections = [await Connection.open(self.port) for _ in range(self.clients)]

    async def closed_loop(self, requests: list[bytes]) -> Answers:
        left = iter(requests)
        answers: Answers = []

        async def client(place: int) -> None:
            for request in left:
                began = time.perf_counter()
                status = await self._ask(place, request)
                answers.append((time.perf_counter() - began, status))

        await asyncio.gather(*(client(place) for place in range(self.clients)))
        return answers

    async def open_loop(self, requests: list[bytes], rate: float) -> Answers:
        free = list(range(self.clients))
        answers: Answers = []
        began = time.perf_counter()

        async def one(request: bytes, due: float) -> None:
            if not free:
                self.connections.append(await Connection.open(self.port))
                free.append(len(self.connections) - 1)
            place = free.pop()
            status = await self._ask(place, request)
            free.append(place)
            answers.append((time.perf_counter() - due, status))

        tasks = []
        for place, request in enumerate(requests):
            due = began + place / rate
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            tasks.append(asyncio.ensure_future(one(request, due)))
        await asyncio.gather(*tasks)
        return answers

    async def _ask(self, place: int, request: bytes) -> int:
        status = await self.connections[place].ask(request)
        self.first_error = self.first_error or self.connections[place].first_error
        if status == BROKEN:
            self.connections[place] = await Connection.open(self.port)
        return status


async def main(plan: dict[str, Any]) -> None:
    asking = Asking(plan["tokens"], plan["key_file"], plan["run"], plan["limit"])
    warm = asking.write(plan["what"], range(plan["first"], plan["first"] + plan["warm"]))
    first = plan["first"] + plan["warm"]
    requests = asking.write(plan["what"], range(first, first + plan["count"]))
    load = Load(plan["port"], plan["clients"])
    await load.open()
    await load.closed_loop(warm)
    gc.disable()
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    began = time.perf_counter()
    rate = plan.get("rate")
    answers = await (load.open_loop(requests, rate) if rate else load.closed_loop(requests))
    seconds = time.perf_counter() - began
    statuses: dict[int, int] = {}
    for _, status in answers:
        statuses[status] = statuses.get(status, 0) + 1
    told = {
        "seconds": seconds,
        "statuses": statuses,
        "times": [spent for spent, _ in answers],
        "first_error": load.first_error.decode("utf-8", "replace"),
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.stdin.readline())))
