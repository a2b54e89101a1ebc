"""The merchant's desk: rows that only services write, told in sentences, and pages of their own that move money."""

from django.contrib import admin

from payments.admin import disputes, orders, payments, records, requests

admin.site.index_title = "Today"

__all__ = ["disputes", "orders", "payments", "records", "requests"]
