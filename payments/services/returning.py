"""The address to which a bank's page sends the buyer back. It proves nothing: it only makes us ask (pitfall 27)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.signing import BadSignature, Signer

from core import ports
from payments.models import Payment

_SALT = "payments.return"


def return_url(payment: Payment) -> str:
    """Where the provider sends the buyer: the payment's public id with our signature, so that nobody can guess one."""
    return f"{settings.PUBLIC_URL}/pay/return/{state_of(payment)}/"


def state_of(payment: Payment) -> str:
    return Signer(salt=_SALT).sign(payment.public_id)


def payment_of_state(state: str) -> Payment | None:
    """The payment of a state that we signed; None for any other text."""
    try:
        public_id = Signer(salt=_SALT).unsign(state)
    except BadSignature:
        return None
    return Payment.objects.select_related("order", "account").filter(public_id=public_id).first()


def note_return(payment: Payment) -> bool:
    """Whether this is the first time that the buyer comes back; the state makes us ask once, on its own."""
    return bool(Payment.objects.filter(pk=payment.pk, returned_at=None).update(returned_at=ports.now()))


def may_go_on_to(address: str) -> bool:
    """Whether the address is below one of RETURN_ADDRESSES: same scheme and host, or an app's own scheme (I34)."""
    if len(address) > 500 or re.search(r"[\s\\\x00-\x1f\x7f]", address):
        return False
    try:
        wanted = urlsplit(address)
        return any(_is_below(wanted.scheme, wanted.netloc, allowed) for allowed in settings.RETURN_ADDRESSES)
    except ValueError:
        return False


def _is_below(scheme: str, host: str, allowed: str) -> bool:
    known = urlsplit(allowed)
    return bool(scheme) and scheme == known.scheme and (not known.netloc or host == known.netloc)
