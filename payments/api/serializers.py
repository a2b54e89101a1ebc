"""What a payment looks like to the app, and what the app may say when it starts one."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from core import ports
from core.api import Flag, MoneyBody, OneOf, StrictSerializer, Text, Whole, money_body
from orders.api.serializers import OrderOut, order_facts
from orders.models import Order
from payments.api.addresses import result_url
from payments.api.meaning import Outcome, Try, meaning_of
from payments.gateways.base import DeviceFacts, Verb
from payments.gateways.models import MerchantAccount
from payments.models import BuyerRefundRequest, Payment
from payments.services.ask import may_ask_for_money_back
from payments.services.consult import AS_CONFIGURED, Offer
from payments.services.rules import possibility
from payments.services.start import may_pay
from payments.states import State, Status
from vaulting.brands import expiry_text, logo_of, name_of
from vaulting.models import BoundCard

STATES = [(state.value, state.value.replace("_", " ")) for state in State]
OUTCOMES = [(outcome.value, outcome.value.replace("_", " ")) for outcome in Outcome]
TRIES = [(what.value, what.value.replace("_", " ")) for what in Try]
ASK_STATUSES = ["open", "on_its_way", "done", "failed", "declined"]
ACTIONS = ["pay", "cancel_payment", "request_refund"]
NEW_CARD, SAVED_CARD, PRESENT_CARD, REDIRECT = ["new_card"], ["saved_card"], ["present_card"], ["redirect"]

# --- in ---------------------------------------------------------------------------------------------------------------


class DeviceIn(StrictSerializer):
    """What the app or browser reports about itself; the address is taken from the connection."""

    shown_only = frozenset({"client_ip"})

    terminal_type = OneOf(choices=["WEB", "WAP", "APP"])
    os_type = OneOf(choices=["IOS", "ANDROID"], required=False, help_text="Required unless terminal_type is WEB.")
    user_agent = Text(max_length=1024, required=False)
    accept_header = Text(max_length=1024, required=False)
    language = Text(max_length=32, required=False)
    java_enabled = Flag(required=False)
    color_depth = OneOf(choices=[1, 4, 8, 15, 16, 24, 30, 32, 48], required=False)
    screen_height = Whole(min_value=1, max_value=32767, required=False)
    screen_width = Whole(min_value=1, max_value=32767, required=False)
    time_zone_offset = Whole(min_value=-720, max_value=720, required=False, help_text="Minutes, as JavaScript counts.")
    device_id = Text(max_length=64, required=False, may_hold_digits=True)
    device_token_id = Text(
        max_length=256, required=False, may_hold_digits=True, help_text="The device's token, as its risk SDK names it."
    )
    device_language = Text(max_length=32, required=False, help_text="Of the device; `language` is of the browser.")
    device_brand = Text(max_length=64, required=False, help_text="`Samsung`")
    device_model = Text(max_length=128, required=False, help_text="`SM-S928B`")
    os_version = Text(max_length=64, required=False, help_text="`17.4.1`")
    java_script_enabled = Flag(required=False, help_text="When left out: true if `java_enabled` was told.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["terminal_type"] != "WEB" and "os_type" not in attrs:
            raise serializers.ValidationError({"os_type": ["Say IOS or ANDROID."]}, code="required")
        return attrs


class PaymentIn(StrictSerializer):
    """Either a new card, which the app shows to the provider's element, or one of the buyer's saved cards."""

    method = OneOf(choices=NEW_CARD, required=False)
    card = Text(max_length=32, min_length=1, required=False, may_hold_digits=True, help_text="`card_…`")
    save_card = Flag(required=False, help_text="Only with a new card.")
    device = DeviceIn()
    return_to = Text(
        max_length=500,
        required=False,
        help_text="Where the buyer goes on from our result page: an address that the shop allows, also of an app "
        "(`shop://paid`). It is called with `?payment=pay_…`, which proves nothing: ask the API.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("method" in attrs) == ("card" in attrs):
            raise serializers.ValidationError({"method": ["Send either method or card."]}, code="invalid")
        if "card" in attrs and attrs.get("save_card"):
            raise serializers.ValidationError({"save_card": ["This card is saved already."]}, code="invalid")
        return attrs


class RefundRequestIn(StrictSerializer):
    shown_only = frozenset({"id", "status", "answer", "created_at", "answered_at", "amount", "currency"})

    reason = Text(min_length=1, max_length=500)

    def validate_reason(self, value: str) -> str:
        if not value.strip():
            raise serializers.ValidationError("Say why in a few words.", code="blank")
        return value.strip()


def device_facts(told: dict[str, Any], *, client_ip: str) -> DeviceFacts:
    """`told` is a DeviceIn, whose names are those of DeviceFacts."""
    return DeviceFacts(client_ip=client_ip, **told)


# --- out: a payment ---------------------------------------------------------------------------------------------------


class CardOut(serializers.Serializer[Any]):
    brand = serializers.CharField()
    last_four = serializers.CharField()
    masked = serializers.CharField()
    expiry = serializers.CharField(allow_null=True, help_text="`05/27`")


class PresentCard(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=PRESENT_CARD)
    session_data = serializers.CharField(help_text="Hand it to the provider's payment element.")
    expires_at = serializers.DateTimeField()


class Redirect(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=REDIRECT)
    url = serializers.CharField()
    method = serializers.CharField(help_text="GET, or POST with `fields` as a form.")
    fields_ = serializers.DictField(child=serializers.CharField(), required=False)
    app_links = serializers.DictField(child=serializers.CharField(), required=False)
    continue_url = serializers.CharField(help_text="Our page that does all of this: one address for any browser.")

    def get_fields(self) -> dict[str, Any]:
        found = super().get_fields()
        found["fields"] = found.pop("fields_")  # `fields` is taken by the class itself
        return found


class FailureOut(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=TRIES)
    category = serializers.ChoiceField(choices=TRIES)
    text = serializers.CharField(help_text="Fit to be shown to the buyer.")

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "try": serializers.ChoiceField(choices=TRIES)}


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="NextAction",
        serializers={"present_card": PresentCard, "redirect": Redirect},
        resource_type_field_name="type",
    )
)
class NextActionField(serializers.DictField):
    """Plain data of one of two shapes."""


class PaymentOut(serializers.Serializer[Any]):
    """`state` says where the money is; `outcome` what that means to the buyer. Poll `poll` until `terminal`."""

    id = serializers.CharField()
    order = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    status = serializers.ChoiceField(choices=STATES, help_text="The same word as `state`.")
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    amount = MoneyBody()
    captured = MoneyBody()
    refunded = MoneyBody()
    returning = MoneyBody(help_text="Refunds on their way; not confirmed yet.")
    held = MoneyBody()
    card = CardOut(allow_null=True)
    next_action = NextActionField(allow_null=True, help_text="What the buyer must do now, while it is any use.")
    retry_after = serializers.IntegerField(allow_null=True, help_text="Seconds until asking again is worth it.")
    poll = serializers.CharField()
    result_url = serializers.CharField(help_text="Our page that tells the buyer what became of the payment.")
    failure = FailureOut(allow_null=True)
    safe_to_retry = serializers.BooleanField(help_text="Starting another payment cannot charge twice.")
    terminal = serializers.BooleanField(help_text="Waiting changes nothing any more.")
    created_at = serializers.DateTimeField()


PAYMENT_COLUMNS = (
    *("public_id", "order__public_id", "state", "currency", "amount_minor", "needs_review", "capture_mode"),
    *(
        "authorized_minor",
        "captured_minor",
        "released_minor",
        "refunded_minor",
        "refund_reserved_minor",
        "failure_category",
        "next_action",
    ),
    *("brand", "last_four", "expiry_month", "expiry_year", "expires_at", "created_at"),
)
"""What `payment_body` reads, of sixty."""


def payment_body(payment: Payment) -> tuple[dict[str, Any], bool]:
    """(body, settled), in the shape of PaymentOut; the values are plain already, so no serializer goes over them.

    Never a token, a raw code of the provider, or a reason of a fraud check.
    """
    meaning = meaning_of(payment)
    facts = {
        "id": payment.public_id,
        "order": payment.order.public_id,
        "state": payment.state,
        "status": payment.state,
        "outcome": meaning.outcome.value,
        "amount": money_body(payment.amount),
        "captured": money_body(payment.money(payment.captured_minor)),
        "refunded": money_body(payment.money(payment.refunded_minor)),
        "returning": money_body(payment.money(payment.refund_reserved_minor)),
        "held": money_body(payment.money(payment.held_minor)),
        "card": _card(payment),
        "next_action": meaning.next_action,
        "retry_after": meaning.retry_after,
        "poll": f"/api/v1/payments/{payment.public_id}/",
        "result_url": result_url(payment),
        "failure": meaning.failure,
        "safe_to_retry": meaning.safe_to_retry,
        "terminal": meaning.settled,
        "created_at": _AS_TEXT.to_representation(payment.created_at),
    }
    return facts, meaning.settled


_AS_TEXT = serializers.DateTimeField()


def _card(payment: Payment) -> dict[str, Any] | None:
    if not payment.last_four:
        return None
    return {
        "brand": payment.brand,
        "last_four": payment.last_four,
        "masked": f"•••• {payment.last_four}",
        "expiry": expiry_text(payment.expiry_month, payment.expiry_year),
    }


# --- out: an order with its payments ----------------------------------------------------------------------------------


class PaymentOfOrder(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    amount = MoneyBody()
    attempt = serializers.IntegerField()


class RefundRequestOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    reason = serializers.CharField()
    status = serializers.ChoiceField(
        choices=ASK_STATUSES, help_text="`done` only when the gateway confirmed that the money went back."
    )
    answer = serializers.CharField(help_text="What the merchant says to the buyer; may be empty.")
    created_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)


class RefundRequestList(serializers.Serializer[Any]):
    results = RefundRequestOut(many=True)


class PayableOrderOut(OrderOut):
    allowed_actions = serializers.ListField(child=serializers.ChoiceField(choices=ACTIONS))
    payments = PaymentOfOrder(many=True, help_text="Newest first.")
    refund_requests = RefundRequestOut(many=True, help_text="Newest first.")


def payable_order_facts(order: Order) -> dict[str, Any]:
    payments = list(order.payments.select_related("account", "order").prefetch_related("transactions"))
    asked = list(order.refund_requests.select_related("transaction"))
    return {
        **order_facts(order),
        "allowed_actions": _allowed_actions(order, payments, asked),
        "payments": [_payment_of_order(payment) for payment in payments],
        "refund_requests": [refund_request_facts(request) for request in asked],
    }


def _payment_of_order(payment: Payment) -> dict[str, Any]:
    return {
        "id": payment.public_id,
        "state": payment.state,
        "outcome": meaning_of(payment).outcome.value,
        "amount": money_body(payment.amount),
        "attempt": payment.attempt,
    }


def _allowed_actions(order: Order, payments: list[Payment], asked: list[BuyerRefundRequest]) -> list[str]:
    """What the services would not refuse now; they decide again when asked."""
    allowed = []
    if may_pay(order):
        allowed.append("pay")
    if any(
        payment.state == State.PENDING and possibility(payment, Verb.CANCEL, busy=_busy(payment)).possible
        for payment in payments
    ):
        allowed.append("cancel_payment")
    if may_ask_for_money_back(payments, asked):
        allowed.append("request_refund")
    return allowed


def _busy(payment: Payment) -> bool:
    return any(tx.is_open and tx.kind != "authorize" for tx in payment.transactions.all())


def refund_request_facts(request: BuyerRefundRequest) -> dict[str, Any]:
    return {
        "id": request.public_id,
        "reason": request.reason,
        "status": _ask_status(request),
        "answer": request.answer,
        "created_at": request.created_at,
        "answered_at": request.answered_at,
    }


def _ask_status(request: BuyerRefundRequest) -> str:
    if request.transaction is None:
        return request.status
    by_status = {Status.SUCCEEDED: "done", Status.FAILED: "failed", Status.RETURNED: "failed"}
    return by_status.get(Status(request.transaction.status), "on_its_way")


# --- out: how to pay --------------------------------------------------------------------------------------------------


class BrandOut(serializers.Serializer[Any]):
    brand = serializers.CharField()
    name = serializers.CharField()
    logo = serializers.CharField()


class NewCard(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=NEW_CARD)
    brands = BrandOut(many=True)
    enabled = serializers.BooleanField(help_text="False: cards cannot be taken now; `reason` says so.")
    reason = serializers.CharField(allow_null=True, help_text="Fit to be shown to the buyer.")


class SavedCard(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=SAVED_CARD)
    card = serializers.CharField(help_text="`card_…`, to be sent when a payment starts.")
    brand = serializers.CharField()
    name = serializers.CharField()
    logo = serializers.CharField()
    last_four = serializers.CharField()
    masked = serializers.CharField()
    expiry = serializers.CharField(allow_null=True)
    default = serializers.BooleanField(help_text="Offer it first.")
    usable = serializers.BooleanField(help_text="False: shown but not payable; `reason` says why.")
    enabled = serializers.BooleanField(help_text="False: cards like this one cannot be taken now.")
    reason = serializers.CharField(allow_null=True, help_text="Fit to be shown to the buyer.")


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="PaymentMethod",
        serializers={"new_card": NewCard, "saved_card": SavedCard},
        resource_type_field_name="type",
    )
)
class MethodField(serializers.DictField):
    """Plain data of one of two shapes."""


class PaymentMethods(serializers.Serializer[Any]):
    methods = serializers.ListField(child=MethodField())


NO_CARDS_NOW = "Cards cannot be used for this order at the moment. Please try again later."
NOT_THIS_BRAND = "{name} cards cannot be used for this order at the moment. Choose another card."
EXPIRED = "This card has expired. Choose another card."


def new_card(account: MerchantAccount, offer: Offer = AS_CONFIGURED) -> dict[str, Any]:
    words = [word for word in account.card_brands if _is_open(word, offer)]
    enabled = offer.open and bool(words or not account.card_brands)
    facts = {
        "type": "new_card",
        "brands": [{"brand": word, "name": name_of(word), "logo": logo_of(word)} for word in words],
        "enabled": enabled,
        "reason": None if enabled else NO_CARDS_NOW,
    }
    return dict(NewCard(facts).data)


def saved_card(card: BoundCard, offer: Offer = AS_CONFIGURED) -> dict[str, Any]:
    enabled, valid = _is_open(card.brand, offer), card.usable_on(ports.now().date())
    facts = {
        "type": "saved_card",
        "card": card.public_id,
        "brand": card.brand,
        "name": name_of(card.brand),
        "logo": logo_of(card.brand),
        "last_four": card.last_four,
        "masked": f"•••• {card.last_four}",
        "expiry": expiry_text(card.expiry_month, card.expiry_year),
        "default": card.is_default,
        "usable": valid and enabled,
        "enabled": enabled,
        "reason": _why_not(card, offer, valid=valid),
    }
    return dict(SavedCard(facts).data)


def _why_not(card: BoundCard, offer: Offer, *, valid: bool) -> str | None:
    if not offer.open:
        return NO_CARDS_NOW
    if not _is_open(card.brand, offer):
        return NOT_THIS_BRAND.format(name=name_of(card.brand))
    return None if valid else EXPIRED


def _is_open(brand: str, offer: Offer) -> bool:
    """Brands have several spellings, and one name."""
    return offer.open and (offer.brands is None or name_of(brand) in map(name_of, offer.brands))


PaymentIn.shown_only = frozenset(PaymentOut().fields) - {"card"} | {
    "currency",
    "gateway",
    "merchant",
    "account",
    "buyer",
    "capture_mode",
    "capture_policy",
    "notify_url",
    "return_url",
}
