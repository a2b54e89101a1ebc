"""Our books and the provider's, with the demo's own comparison: what every race, kill and journey ends with."""

from __future__ import annotations

from payments.demo import compare, our_books
from payments.services.books import verify_books
from tests.simulator_process import SimulatorProcess


def joined(simulator: SimulatorProcess) -> list[compare.Row]:
    """Row by row: our rows, and the provider's `/books` over HTTP."""
    return compare.side_by_side(our_books.pages()["payments"], simulator.books())


def differences(simulator: SimulatorProcess) -> list[str]:
    """What `verify_books` finds, and every row on which the provider disagrees. Empty: the books are equal."""
    return [*verify_books(), *compare.differences(joined(simulator))]
