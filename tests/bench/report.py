"""The tables: what was measured, and which aims are met."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.bench.figures import Aim, Taken, middle, ratio

AIMS: dict[str, tuple[str, str, Aim | None]] = {
    "P1": ("start payment: CPU of the server, ms", "pay", Aim(most=1.7)),
    "P2": ("start payment: requests/s", "pay", Aim(least=0.6)),
    "N1": ("first notification: CPU of the server, ms", "first notification", Aim(most=1.5)),
    "N2": ("first notification: requests/s", "first notification", Aim(least=0.65)),
    "S1": ("poll: CPU of the server, ms", "poll", Aim(most=1.4)),
    "S2": ("order list: CPU of the server, ms", "order list", None),
    "L1": ("50 payments/s: p50 above the gateway, ms", "50 payments/s", Aim(most=1.7)),
    "L1 p99": ("50 payments/s: p99 above the gateway, ms", "50 payments/s", Aim(most=2.5)),
    "L2": ("128 in flight: requests/s", "128 in flight", Aim(least=0.6)),
}
"""Line -> (what, scenario, the aim of the ratio ours / limit; without an aim there is no verdict)."""
FIGURE = {"P2": "rps", "N2": "rps", "L2": "rps", "L1": "p50", "L1 p99": "p99"}
GATEWAY_MS = 300.0
GROWTH = Aim(most=1.3)
QUERIES = Aim(most=8)


@dataclass(frozen=True)
class Line:
    line: str
    what: str
    ours: float
    limit: float | None
    ratio: float | None
    aim: str
    met: bool | None

    def cells(self) -> list[str]:
        verdict = {True: "yes", False: "NO", None: ""}[self.met]
        return [self.line, self.what, _number(self.ours), _number(self.limit), _number(self.ratio), self.aim, verdict]


def lines(taken: Taken, memory: dict[str, dict[str, float]], admin: dict[str, Any]) -> list[Line]:
    told = [_aimed(name, taken) for name, (_, scenario, _) in AIMS.items() if scenario in taken]
    if "repeated notification" in taken:
        told.insert(_place_after(told, "N2"), _repeated(taken))
    if "128 in flight" in taken:
        errors = sum(one.errors for one in taken["128 in flight"]["ours"])
        told.append(Line("L2 errors", "128 in flight: refused or broken", errors, None, None, "= 0", errors == 0))
    for scenario, by_server in taken.items():
        if "kept" in by_server:
            own, kept = middle(by_server["ours"], "rps"), middle(by_server["kept"], "rps")
            told.append(_compared("L3", f"32 in flight, {scenario}: requests/s", own, kept, Aim(least=0.95)))
    for shape, by_name in memory.items():
        told.append(
            _compared("M1", f"memory of the server, {shape} threads, MiB", by_name["ours"], by_name["limit"], Aim(1.6))
        )
    return told + [line for kind, pages in admin.items() for line in _admin(kind, pages)]


def _aimed(name: str, taken: Taken) -> Line:
    what, scenario, aim = AIMS[name]
    figure = FIGURE.get(name, "cpu")
    above = GATEWAY_MS if name.startswith("L1") else 0.0
    ours, limit = (middle(taken[scenario][server], figure) - above for server in ("ours", "limit"))
    return _compared(name, what, ours, limit, aim)


def _repeated(taken: Taken) -> Line:
    again, first = (middle(taken[name]["ours"], "cpu") for name in ("repeated notification", "first notification"))
    return _compared("N4", "repeated / first notification (ours / ours): CPU, ms", again, first, Aim(most=1.0))


def _compared(line: str, what: str, ours: float, other: float, aim: Aim | None) -> Line:
    share = ratio(ours, other)
    return Line(line, what, ours, other, share, str(aim or ""), aim.met(share) if aim else None)


def _admin(kind: str, pages: dict[str, Any]) -> list[Line]:
    told = []
    for page, ((small, before), (large, queries)) in pages["pages"].items():
        growth = ratio(large, small)
        what = f"admin {page}, {kind}: ms at {pages['sizes'][1]:,} / {pages['sizes'][0]:,} rows"
        told.append(Line("A1", what, large, small, growth, str(GROWTH), GROWTH.met(growth)))
        what = f"admin {page}, {kind}: queries"
        told.append(
            Line("A4", what, queries, None, None, f"{QUERIES}, same", QUERIES.met(queries) and queries == before)
        )
    return told


def _place_after(told: list[Line], name: str) -> int:
    return next((place + 1 for place, line in enumerate(told) if line.line == name), len(told))


# --- text -----------------------------------------------------------------------------------------------------------


HEADER = ["line", "what", "ours", "limit or other", "ratio", "aim", "met"]


def print_lines(told: list[Line]) -> None:
    print_table(HEADER, [line.cells() for line in told])


def markdown(told: list[Line], below: str) -> str:
    """The same table for a README; figures stand on the right."""
    rows = [HEADER, ["---", "---", "--:", "--:", "--:", "---", "---"], *(line.cells() for line in told)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    return f"{table}\n\n{below}"


def print_rounds(taken: Taken) -> None:
    header = ["scenario", "server", "requests", "errors", "req/s", "p50 ms", "p99 ms", "CPU ms", "pg CPU ms", "stub ms"]
    body = []
    for scenario, by_server in taken.items():
        for server, rounds in by_server.items():
            counted = [str(sum(getattr(one, name) for one in rounds)) for name in ("requests", "errors")]
            figures = [_number(middle(rounds, name)) for name in ("rps", "p50", "p99", "cpu", "postgres", "gateway")]
            body.append([scenario, server, *counted, *figures])
    print_table(header, body)


def print_table(header: list[str], body: list[list[str]]) -> None:
    widths = [max(len(row[place]) for row in [header, *body]) for place in range(len(header))]
    numeric = [all(_is_number(row[place]) for row in body) for place in range(len(header))]
    for number, row in enumerate([header, *body]):
        cells = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        print("  ".join(cells).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    print()


def machine(postgres: str) -> str:
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {postgres}, "
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {load:.1f} at the end"
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if float(value).is_integer() and abs(value) < 1000:
        return f"{value:.0f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}"


def _is_number(text: str) -> bool:
    return not text or text.replace(",", "").replace(".", "").replace("-", "").isdigit()
