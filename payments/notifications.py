"""The door for providers' messages: verify the raw bytes, store, apply, acknowledge what is stored (I19, I22).

Whatever is wrong with a delivery, the answer is the same empty 401: a forger learns nothing.
"""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core import ports
from payments.gateways.base import BadSignature, Delivery, Notice, Strength
from payments.gateways.models import MerchantAccount
from payments.gateways.registry import GATEWAYS, accounts_of, client_id_of, gateway_for
from payments.services.inbox import apply_read, count_refused, store_delivery

log = logging.getLogger(__name__)

MAX_BYTES = 64 * 1024
MAX_TARGET = 300
TOPICS = frozenset({"payment", "refund", "vaulting", "dispute"})


@csrf_exempt
@require_POST
def receive(request: HttpRequest, gateway: str, topic: str) -> HttpResponse:
    """200 with the provider's own acknowledgement once the message is committed; 401, 404 or 413 with nothing else."""
    if gateway not in GATEWAYS:
        raise Http404
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not declared.isdecimal() or int(declared) > MAX_BYTES:
        count_refused(gateway, "too large", "", b"")
        return HttpResponse(status=413)
    try:
        body = request.read(MAX_BYTES + 1)
    except (UnreadablePostError, OSError):
        return HttpResponse(status=400)  # the caller hung up
    ports.crash_point("notify.read")
    delivery = Delivery(
        target=target_of(request),
        topic=topic,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )
    try:
        account, notice = _verified(gateway, delivery)
    except BadSignature as refusal:
        count_refused(gateway, refusal.reason, refusal.key_id, body)
        return HttpResponse(status=401)
    ports.crash_point("notify.verified")
    event, fresh = store_delivery(account, notice, delivery)
    if fresh or notice.strength is Strength.HINT:
        try:
            apply_read(event, lambda: notice)
        except Exception:  # it is stored: the command applies it, and the provider need not repeat
            log.exception("event %s is stored but could not be applied now", event.pk)
    reply = gateway_for(account).acknowledge(notice)
    ports.crash_point("notify.acknowledged")
    return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)


def target_of(request: HttpRequest) -> str:
    """Path and query as the provider called and signed them: raw where the server tells, below the public prefix."""
    raw = request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or request.get_full_path()
    if not raw.startswith("/"):  # the absolute form of a request line
        parts = urlsplit(raw)
        raw = parts.path + (f"?{parts.query}" if parts.query else "")
    prefix = urlsplit(settings.PUBLIC_URL).path.rstrip("/")
    return raw if not prefix or raw.startswith(f"{prefix}/") else prefix + raw


def _verified(slug: str, delivery: Delivery) -> tuple[MerchantAccount, Notice]:
    """The account whose provider surely sent this. Raises BadSignature, whatever was wrong."""
    if delivery.topic not in TOPICS:
        raise BadSignature("no such topic")
    if len(delivery.target) > MAX_TARGET:
        raise BadSignature("target too long")
    hint = GATEWAYS[slug].which_account(delivery)
    refusal = BadSignature("no such account")
    for account in accounts_of(slug):
        if client_id_of(account) != hint.value:
            continue
        try:
            return account, gateway_for(account).read_notification(delivery)
        except BadSignature as wrong:
            refusal = wrong
        except Exception as error:
            log.exception("a delivery to %s could not be read", slug)
            refusal = BadSignature(f"could not be read: {type(error).__name__}")
    raise refusal


urlpatterns = [path("<str:gateway>/<str:topic>/", receive, name="notify")]
