"""The merchant's desk: rows that only services write, told in plain sentences, and pages of their own that move money."""

from payments.admin import orders, payments, records

__all__ = ["orders", "payments", "records"]
