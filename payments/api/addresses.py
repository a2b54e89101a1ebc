"""Our own pages for one payment: public, because the address carries our signature, and proof of nothing."""

from __future__ import annotations

from django.conf import settings

from payments.models import Payment
from payments.services.returning import state_of


def result_url(payment: Payment) -> str:
    """What became of it, for the buyer's eyes."""
    return f"{settings.PUBLIC_URL}/pay/result/{state_of(payment)}/"


def continue_url(payment: Payment) -> str:
    """The way to the bank's own check, as a page."""
    return f"{settings.PUBLIC_URL}/pay/continue/{state_of(payment)}/"
