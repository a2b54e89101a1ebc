"""Account -> configured Gateway, built once per process."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings

from core import hot
from payments.gateways.antom.gateway import AntomGateway
from payments.gateways.base import Gateway, Verb
from payments.gateways.models import MerchantAccount

GATEWAYS: dict[str, type[Any]] = {"antom": AntomGateway}
"""Slug -> adapter class; each has `from_credentials` and `which_account`."""


_ACTIVE = hot.Select(lambda: MerchantAccount.objects.filter(active=True))
_OF_GATEWAY = hot.Select(lambda: MerchantAccount.objects.all(), "gateway")


class NotConfigured(LookupError):
    """The account names a gateway or credentials that this process does not have."""


def gateway_for(account: MerchantAccount) -> Gateway:
    """Raises NotConfigured when the environment holds no credentials of that name."""
    return _build(account.gateway, account.credentials)


def is_configured(account: MerchantAccount) -> bool:
    return account.gateway in GATEWAYS and account.credentials in settings.GATEWAY_CREDENTIALS


def account_for_currency(currency: str) -> MerchantAccount | None:
    """The first active, configured account that takes the currency."""
    for account in _ACTIVE():
        if currency in account.currencies and is_configured(account) and gateway_for(account).takes(currency):
            return account
    return None


def account_that_can(verb: Verb) -> MerchantAccount | None:
    """The first active, configured account whose gateway supports it."""
    accounts = (account for account in _ACTIVE() if is_configured(account))
    return next((account for account in accounts if gateway_for(account).rules[verb].supported), None)


def accounts_of(slug: str) -> list[MerchantAccount]:
    return [account for account in _OF_GATEWAY(slug) if is_configured(account)]


def client_id_of(account: MerchantAccount) -> str:
    """The name under which the provider knows us in this account."""
    return str(settings.GATEWAY_CREDENTIALS[account.credentials]["client_id"])


def forget_built() -> None:
    """After settings changed (tests, key rotation)."""
    _build.cache_clear()


@lru_cache(maxsize=64)
def _build(slug: str, credentials: str) -> Gateway:
    try:
        adapter, config = GATEWAYS[slug], settings.GATEWAY_CREDENTIALS[credentials]
    except KeyError as missing:
        raise NotConfigured(f"no gateway or credentials named {missing.args[0]!r}") from None
    gateway: Gateway = adapter.from_credentials(config)
    return gateway
