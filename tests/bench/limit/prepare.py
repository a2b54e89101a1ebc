"""Makes the tables and their rows: python -m tests.bench.limit.prepare {"orders": n, "payments": n}"""

from __future__ import annotations

import json
import sys

import django
from django.db import connection

PAYMENTS = """
INSERT INTO bench_limit_payment (id, public_id, "order", request_id, gateway_reference, state, amount_minor, currency,
    captured_minor, brand, last_four, device, created_at, updated_at)
SELECT gen_random_uuid(), 'pay_' || lpad(n::text, 22, '0'), 'ord_' || lpad(n::text, 22, '0'),
    'P_' || lpad(n::text, 22, '0'), '2025' || lpad(n::text, 22, '0'), 'authorized', 30000, 'EUR', 0, 'VISA', '1111',
    '{"terminal_type": "WEB"}', now(), now()
FROM generate_series(1, %s) n
"""
ORDERS = """
INSERT INTO bench_limit_order (public_id, buyer, number, description, currency, status, total_minor, due_minor,
    paid_minor, refunded_minor, held_minor, safe_to_ship, placed_at, expires_at)
SELECT 'ord_' || lpad(n::text, 22, '0'), n %% 8, 'P-' || n, 'Mug MUG', 'EUR', 'awaiting_payment', 30000, 30000, 0, 0, 0,
    false, now(), now() + interval '1 day'
FROM generate_series(1, %s) n
"""


def main(wanted: dict[str, int]) -> None:
    django.setup()
    from tests.bench.limit.models import Event, Order, Payment

    with connection.schema_editor() as editor:
        for model in (Payment, Event, Order):
            editor.create_model(model)
    with connection.cursor() as cursor:
        cursor.execute(PAYMENTS, [wanted["payments"]])
        cursor.execute(ORDERS, [wanted["orders"]])
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
