"""Prove the books: fold the journal again and compare it with every stored sum."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from payments.models import Payment
from payments.services.books import verify_books


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Everything is read as of one moment, while others go on writing: half a commit would look like a difference."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # Django's own block would take the write lock
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


class Command(BaseCommand):
    help = "Compares every sum, state and projection with the journal. One line for each difference; then exit code 1."

    def handle(self, *args: Any, **options: Any) -> None:
        with one_snapshot():
            differences, payments = verify_books(), Payment.objects.count()
        for line in differences:
            self.stdout.write(line)
        if differences:
            raise CommandError(f"books differ in {len(differences)} places")
        self.stdout.write(f"books equal: {payments} payments")
