"""The admin's list of payments, in process: python -m tests.bench.admin_pages {"sizes": […], "databases": […]}

Two databases of different sizes are asked in turn, so that a noisy moment meets both. Each begins with the one payment
that all others are made from. Prints for each page, for each size: the median milliseconds and the number of queries.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import time
from typing import Any

import django
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.bench import ids
from tests.bench.environment import HOST

WARM, COUNTED = 3, 9
LIST = "/admin/payments/payment/"


PAGES = {
    "first page": LIST,
    "next page": f"{LIST}?p=2",
    "status filter": f"{LIST}?state=authorized",
    "exact search": f"{LIST}?q={{number}}",
    "search without a hit": f"{LIST}?q=nobody-of-this-name",
}


def main(wanted: dict[str, Any]) -> None:
    django.setup()
    if wanted.get("make"):
        _make(wanted["databases"])
    shops = [Shop(name, size) for name, size in zip(wanted["databases"], wanted["sizes"], strict=True)]
    told = {}
    for page in PAGES:
        looks = [(shop, shop.look(page)) for _ in range(WARM + COUNTED) for shop in shops]
        told[page] = [_middle([look for one, look in looks if one is shop]) for shop in shops]
    print(json.dumps(told))


def _middle(looks: list[tuple[float, int]]) -> tuple[float, int]:
    return statistics.median(spent for spent, _ in looks[WARM:]), looks[-1][1]


class Shop:
    """One database with so many payments, and a superuser who looks at them."""

    def __init__(self, database: str, size: int) -> None:
        from core.models import User
        from payments.models import Payment
        from tests.bench import rows

        self.size = size
        self.connection = connections["default"].copy()
        self.connection.settings_dict["NAME"] = database
        self.enter()
        rows.install()
        rows.payments(Payment.objects.get(), 1, size, like_a_shop=True)
        rows.analyze()
        self.client = Client(headers={"host": HOST, "x-forwarded-proto": "https"})
        self.client.force_login(User.objects.create_superuser("bench", "bench@shop.example"))

    def enter(self) -> None:
        connections["default"] = self.connection

    def look(self, page: str) -> tuple[float, int]:
        """(milliseconds, queries)"""
        self.enter()
        began = time.perf_counter()
        with CaptureQueriesContext(self.connection) as queries:
            answer = self.client.get(PAGES[page].format(number=ids.order_number(self.size // 2)))
        if answer.status_code != 200:
            raise SystemExit(f"{page}: {answer.status_code}")
        return (time.perf_counter() - began) * 1000, len(queries)


def _make(files: list[str]) -> None:
    """SQLite: the second database is a copy of the first."""
    from django.core.management import call_command

    from tests.bench.prepare import make_templates

    call_command("migrate", verbosity=0)
    make_templates()
    connections["default"].close()
    shutil.copy(files[0], files[1])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
