"""No gateway is called while a transaction is open: a lock held across the internet stops everybody (I11)."""

from __future__ import annotations

from django.db import connections

from payments.gateways.http import CalledInsideTransaction


def give_connections_back() -> None:
    """A call takes seconds and needs no database: what came from a pool serves others meanwhile."""
    for connection in connections.all(initialized_only=True):
        if connection.settings_dict["OPTIONS"].get("pool") and not connection.in_atomic_block:
            connection.close()


def refuse_calls_inside_transactions() -> None:
    """Raises CalledInsideTransaction. Runs before every outbound request."""
    for connection in connections.all(initialized_only=True):
        blocks = getattr(connection, "atomic_blocks", [])
        if any(not getattr(block, "_from_testcase", False) for block in blocks):
            raise CalledInsideTransaction("a gateway call inside an atomic block")
