"""How fast ours is beside a bare DRF program that does only what cannot be left out; everything from one run.

python -m tests.bench [--quick] [--only pay,notify,poll,list,steady,flight,kept,admin] [--markdown] [--json FILE]
python -m tests.bench --profile pay
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.bench import accounting, databases, environment, report, scenarios, servers
from tests.bench.environment import GATEWAY, Places
from tests.bench.figures import Taken
from tests.bench.scenarios import BUSY, PERSISTENT, WAITING, Bench, Scenario, Supply
from tests.bench.servers import Server, Stub, free_port, run

PARTS = [*BUSY, *WAITING, "kept", "admin"]
ADMIN = ("admin_small", "admin_large")
ROWS = (3000, 14_000)
"""Payments to be notified and polled, orders to be paid: more than all rounds use up."""
QUICK = 0.25
SIZES = {False: [1000, 200_000], True: [1000, 20_000]}


def main() -> int:
    wanted = arguments()
    with databases.server() as url, ExitStack() as stack:
        places = Places(Path(tempfile.mkdtemp(prefix="paydesk-bench-")), url, str(os.getpid()))
        stack.callback(shutil.rmtree, places.folder, ignore_errors=True)
        environment.make_all_keys(places)
        stub = Stub(places)
        stack.callback(stub.stop)
        for name in ("ours", "limit", *ADMIN):
            stack.callback(databases.drop, places, name)
        bench = prepare(places, stub, wanted)
        if wanted.profile:
            profile(bench, wanted.profile)
        else:
            measure(bench, wanted)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: to try, not to quote")
    parser.add_argument("--only", default=",".join(PARTS), help="some of " + ", ".join(PARTS))
    parser.add_argument("--markdown", action="store_true", help="the table as a README wants it")
    parser.add_argument("--json", type=Path, help="every round, as a file")
    parser.add_argument("--profile", choices=list(BUSY), help="where our own CPU goes in one kind of request")
    wanted = parser.parse_args()
    wanted.parts = wanted.only.split(",")
    if unknown := set(wanted.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    wanted.rounds = 1 if wanted.quick else 3
    return wanted


# --- before the clock starts ----------------------------------------------------------------------------------------


def prepare(places: Places, stub: Stub, wanted: argparse.Namespace) -> Bench:
    """Databases, rows and tokens. The admin's database is a copy from before the many rows."""
    say("preparing")
    for name in ("ours", "limit"):
        databases.create(places, name)
    ours = environment.of_ours(places, stub.at_once)
    run("tests.bench.prepare", {"only_one": True}, ours)
    for name in ADMIN if "admin" in wanted.parts else ():
        databases.create(places, name, like="ours")
    payments, orders = ROWS
    limits = {"payments": payments, "orders": payments + orders}
    run("tests.bench.limit.prepare", limits, environment.of_limit(places, stub.at_once))
    filled = {"payments": [1, payments], "orders": [payments + 1, payments + orders]}
    told = json.loads(run("tests.bench.prepare", filled, ours))
    supply = Supply({"payments": 1, "orders": payments + 1})
    names = {"ours": places.database("ours"), "kept": places.database("ours"), "limit": places.database("limit")}
    return Bench(places, stub, told["tokens"], supply, names)


@contextmanager
def running(bench: Bench, threads: int, gateway_port: int, *names: str) -> Iterator[list[Server]]:
    places = bench.places
    environments = {
        "ours": ("config.wsgi", environment.of_ours(places, gateway_port)),
        "kept": ("config.wsgi", environment.of_ours(places, gateway_port, PERSISTENT="true")),
        "limit": ("tests.bench.limit.wsgi", environment.of_limit(places, gateway_port)),
    }
    with ExitStack() as stack:
        started = []
        for name in names:
            wsgi, env = environments[name]
            server = Server(name, wsgi, env, places, threads=threads, port=free_port())
            stack.callback(server.stop)
            started.append(server)
        for server in started:
            server.wait_until_healthy()
        yield started


# --- measuring ------------------------------------------------------------------------------------------------------


def measure(bench: Bench, wanted: argparse.Namespace) -> None:
    taken: Taken = {}
    memory: dict[str, dict[str, float]] = {}
    for threads, gateway_port, group in ((8, bench.stub.at_once, BUSY), (64, bench.stub.slow, WAITING)):
        asked = [one for part, some in group.items() if part in wanted.parts for one in shortened(some, wanted)]
        if asked:
            with running(bench, threads, gateway_port, "ours", "limit") as pair:
                say(f"2 × {threads} threads: {', '.join(one.name for one in asked)}")
                taken |= bench.rounds(asked, pair, wanted.rounds)
                memory[f"2 × {threads}"] = {
                    server.name: accounting.memory_mib(accounting.of_session(server.pid)) for server in pair
                }
    if "kept" in wanted.parts:
        with running(bench, 64, bench.stub.slow, "ours", "kept") as pair:
            say(PERSISTENT.name)
            taken |= bench.rounds(shortened([PERSISTENT], wanted), pair, wanted.rounds)
    admin = admin_pages(bench, wanted) if "admin" in wanted.parts else {}
    tell(bench, wanted, taken, memory, admin)


def shortened(some: list[Scenario], wanted: argparse.Namespace) -> list[Scenario]:
    return [one.shorter(QUICK) for one in some] if wanted.quick else some


def admin_pages(bench: Bench, wanted: argparse.Namespace) -> dict[str, Any]:
    sizes = SIZES[wanted.quick]
    say(f"admin, {sizes[0]:,} and {sizes[1]:,} payments")
    places, port = bench.places, bench.stub.at_once
    files = [str(places.folder / f"{name}.sqlite3") for name in ADMIN]
    on_postgres = environment.of_ours(places, port, database=ADMIN[0], PERSISTENT="true")
    on_sqlite = {**on_postgres, "DJANGO_SETTINGS_MODULE": "tests.bench.sqlite_settings", "SQLITE_PATH": files[0]}
    names = [places.database(name) for name in ADMIN]
    told = {
        "PostgreSQL": run("tests.bench.admin_pages", {"sizes": sizes, "databases": names}, on_postgres),
        "SQLite": run("tests.bench.admin_pages", {"sizes": sizes, "databases": files, "make": True}, on_sqlite),
    }
    return {kind: {"sizes": sizes, "pages": json.loads(pages)} for kind, pages in told.items()}


def tell(
    bench: Bench,
    wanted: argparse.Namespace,
    taken: Taken,
    memory: dict[str, dict[str, float]],
    admin: dict[str, Any],
) -> None:
    told = report.lines(taken, memory, admin)
    machine = report.machine(databases.described(bench.places.database_url))
    how = f"Medians of {wanted.rounds} rounds in turn. limit: a bare DRF program, same database server. {machine}"
    print()
    if wanted.markdown:
        print(report.markdown(told, how))
    else:
        if taken:
            report.print_rounds(taken)
        report.print_lines(told)
        print(how)
    for complaint in bench.complaints:
        print(f"not 2xx: {complaint}")
    if wanted.json:
        every = {name: {who: [asdict(one) for one in some] for who, some in by.items()} for name, by in taken.items()}
        whole = {"machine": machine, "lines": [asdict(line) for line in told], "rounds": every, "admin": admin}
        wanted.json.write_text(json.dumps(whole, indent=1))


def profile(bench: Bench, what: str) -> None:
    scenario = scenarios.BUSY[what][0]
    asked = {
        "what": scenario.what,
        "first": bench.supply.next_free.get(scenario.fresh, 1),
        "count": 300,
        "tokens": bench.tokens,
        "key_file": str(bench.places.private_key(GATEWAY)),
        "run": f"profile-{os.getpid()}",
    }
    print(servers.run("tests.bench.profiling", asked, environment.of_ours(bench.places, bench.stub.at_once)))


def say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
