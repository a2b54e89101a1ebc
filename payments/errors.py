"""Refusals of payment services: a stable code, and one sentence with what to do next."""

from __future__ import annotations

from core.errors import DomainError


class PaymentInProgress(DomainError):
    code = "payment_in_progress"
    detail = "A payment of this order is under way. Wait for its end, or cancel it."


class AlreadyPaid(DomainError):
    code = "order_already_paid"
    detail = "This order is paid already. Nothing was charged now."


class UnderReview(DomainError):
    code = "payment_under_review"
    detail = "A payment of this order is being checked by the merchant. Do not pay again."


class OrderExpired(DomainError):
    code = "order_expired"
    detail = "This order has expired. Place a new one; prices are checked again."


class NoAccount(DomainError):
    code = "currency_not_accepted"
    status = 422
    detail = "No gateway account takes this currency."


class NotPayable(DomainError):
    """The gateway cannot be told about this order or amount; `field` names the provider's field."""

    code = "not_payable"
    status = 422


class ActionNotAllowed(DomainError):
    code = "action_not_allowed"


class OperationInProgress(DomainError):
    code = "operation_in_progress"
    detail = "Another operation on this payment has not ended yet. Wait for it, or check with the gateway."


class AmountNotAllowed(DomainError):
    code = "amount_not_allowed"
    status = 422


class StalePage(DomainError):
    """What the caller saw is no longer so; `then` and `now` are lists of (name, text)."""

    code = "stale"
    status = 412
    detail = "Something changed since you opened this page. Nothing was done. Look at today's numbers and decide again."


class ReasonRequired(DomainError):
    code = "reason_required"
    status = 400
    detail = "Say why: choose a reason."
