"""Percentiles, medians of rounds, ratios, and whether an aim is met."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Round:
    """One round of one scenario against one server. Times in milliseconds; `errors` are answers other than 2xx."""

    requests: int
    errors: int
    rps: float
    p50: float
    p99: float
    cpu: float
    postgres: float
    gateway: float
    """CPU of the stub for each request, and of nobody's account."""


Taken: TypeAlias = dict[str, dict[str, list[Round]]]
"""scenario -> server -> its rounds"""


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]


def middle(rounds: Sequence[Round], name: str) -> float:
    return statistics.median(getattr(one, name) for one in rounds)


def ratio(ours: float, other: float) -> float:
    return ours / other if other else math.inf


@dataclass(frozen=True)
class Aim:
    """`least` or `most`, of the ratio unless said otherwise."""

    most: float | None = None
    least: float | None = None

    def met(self, value: float) -> bool:
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)

    def __str__(self) -> str:
        return f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"
