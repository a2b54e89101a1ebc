"""What the operator page shows, made ready: amounts, moments, and which act fits which row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from payments.simulator import clock, deck, keeping, standing, switchboard
from payments.simulator.models import ArmedScenario, Notification, Payment, Status, WireLog

PAYMENTS, CARDS, NOTIFICATIONS, LINES = 50, 30, 60, 100
WITHOUT_DECIMALS = frozenset({"CLP", "JPY", "KRW", "VND"})  # antom.md 2.2
FAMILIES = {
    "outcome": ("Outcomes", "The wire is fine; the answer disappoints."),
    "wire": ("The wire", "The request or the answer is lost, late, or not what it should be."),
    "notification": ("Notifications", "The answer is fine; what follows is not."),
}
_TONES = {"SUCCESS": "good", "FAIL": "bad", "CANCELLED": "quiet"}


def amount(currency: str, minor: int) -> str:
    return f"{minor:,} {currency}" if currency in WITHOUT_DECIMALS else f"{minor // 100:,}.{minor % 100:02d} {currency}"


@transaction.atomic
def payments(find: str) -> list[dict[str, Any]]:
    """Newest first, as they stand now: what time has done to them is written down first."""
    rows = Payment.objects.order_by("-pk").prefetch_related("captures", "refunds", "increases", "disputes")
    found = list(rows.filter(request_id__contains=find)[:PAYMENTS])
    for payment in found:
        standing.let_time_pass(payment, clock.now())
    return [_payment(payment) for payment in found]


def _payment(payment: Payment) -> dict[str, Any]:
    sums = {
        "authorised": payment.authorized,
        "captured": payment.captured,
        "released": payment.voided,
        "refunded": payment.refunded,
    }
    return {
        "row": payment,
        "amount": amount(payment.currency, payment.amount),
        "tone": _TONES.get(payment.status, "busy"),
        "sums": [(name, amount(payment.currency, minor), bool(minor)) for name, minor in sums.items()],
        "moves": _moves(payment),
        "disputes": [
            {"row": dispute, "amount": amount(payment.currency, dispute.amount)} for dispute in payment.disputes.all()
        ],
        "can": _possible(payment),
    }


def _moves(payment: Payment) -> list[dict[str, Any]]:
    moves = [
        *(("capture", move) for move in payment.captures.all()),
        *(("refund", move) for move in payment.refunds.all()),
        *(("increase", move) for move in payment.increases.all()),
    ]
    return [
        {
            "kind": kind,
            "row": move,
            "amount": amount(move.currency, move.amount),
            "tone": _TONES.get(move.status, "busy"),
            "reversible": kind == "refund" and move.status == Status.SUCCESS,
        }
        for kind, move in sorted(moves, key=lambda pair: pair[1].created_at)
    ]


def _possible(payment: Payment) -> set[str]:
    """The provider's acts that are worth a button; acting.py has the last word."""
    authorised = payment.status == Status.SUCCESS
    under_way = payment.status in ("PROCESSING", "PENDING") or any(
        move.status == Status.PROCESSING
        for moves in (payment.captures, payment.refunds, payment.increases)
        for move in moves.all()
    )
    can = {
        "settle_now": under_way,
        "capture": authorised and payment.captured < payment.authorized,
        "increase": authorised and not payment.captured,
        "void": authorised and not payment.captured,
        "refund": payment.captured > payment.refunded,
        "open_dispute": payment.captured > 0,
        "decide_review": payment.review_status == "PROCESSING",
    }
    return {name for name, possible in can.items() if possible}


def vaultings(find: str) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "card": keeping.masked_card(row),
            "tone": _TONES.get(row.status, "busy"),
            "under_way": row.status == Status.PROCESSING,
            "given": row.submitted_at is not None,
        }
        for row in keeping.vaultings(find=find, most=CARDS)
    ]


def tokens(find: str) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "card": keeping.masked_card(row),
            "token": keeping.masked_token(row.token),
            "bound": keeping.bound_by(row),
            "payment": payment,
            "tone": _TONES.get(payment.status, "busy") if payment else "",
        }
        for row, payment in keeping.tokens(find=find, most=CARDS)
    ]


def notifications() -> list[dict[str, Any]]:
    return [_notification(row) for row in Notification.objects.order_by("-pk")[:NOTIFICATIONS]]


def _notification(row: Notification) -> dict[str, Any]:
    if row.acknowledged_at:
        state, tone = "acknowledged", "good"
    elif row.next_at is None:
        state, tone = ("given up", "bad") if row.attempts else ("held", "quiet")
    else:
        state, tone = ("not received", "bad") if row.attempts else ("waiting", "busy")
    parts = urlsplit(row.url)
    return {"row": row, "state": state, "tone": tone, "address": parts.netloc + parts.path}


def scenarios() -> list[dict[str, Any]]:
    """The deck by families."""
    rows = deck.as_json()["scenarios"]
    return [
        {"title": title, "about": about, "rows": [row for row in rows if row["family"] == family]}
        for family, (title, about) in FAMILIES.items()
    ]


def armed() -> list[dict[str, Any]]:
    return [{"row": row, "words": _order_in_words(row)} for row in ArmedScenario.objects.order_by("pk")]


def _order_in_words(row: ArmedScenario) -> str:
    plan, words = row.plan, []
    if plan.get("code"):
        words.append(f"code {plan['code']}")
    if plan.get("seconds") is not None:
        words.append(f"{plan['seconds']:g} s")
    if plan.get("then") == "F":
        words.append("then failed")
    if plan.get("copies"):
        words.append(f"{plan['copies']} copies")
    if row.request_id:
        words.append(f"only {row.request_id}")
    if row.remaining > 1:
        words.append(f"{row.remaining} times")
    return ", ".join(words)


def log() -> list[WireLog]:
    return list(WireLog.objects.order_by("-pk")[:LINES])


def knobs() -> list[dict[str, Any]]:
    current = switchboard.knobs_as_json()
    return [
        {
            "name": name,
            "label": label,
            "hint": hint,
            "value": current[name],
            "text": str(current[name]).removesuffix(".0"),
            "choices": switchboard.CHOICES.get(name, ()),
            "switch": isinstance(current[name], bool),
            "number": isinstance(current[name], float),
        }
        for name, (label, hint) in KNOBS.items()
    ]


KNOBS: dict[str, tuple[str, str]] = {
    "capture_rule": ("Capture rule", "equal: one capture of the whole amount. up_to: several, up to the amount."),
    "routing": ("Routing", "weighted: by rule and weight. first_fails: the first acquirer fails, the second succeeds."),
    "permissive": ("Permissive", "Accept what the rules forbid: over-refund, capture after void."),
    "no_resends": ("No resends", "Send every notification once, as the vendor's sandbox does."),
    "auto_capture_seconds": ("Automatic capture after", "Seconds after the authorisation, divided by the time scale."),
    "hold_days": ("Life of an authorisation", "Days until an uncaptured hold lapses."),
    "refund_days": ("Refunds are taken for", "Days from the payment on; then REFUND_WINDOW_EXCEED."),
    "time_scale": ("Time scale", "Divides every wait of the provider: 100 makes them a hundred times shorter."),
    "skew_seconds": ("Tolerated clock skew", "Seconds between the request's time and ours; 0 switches the check off."),
    "drop_hold_seconds": ("Dropped connections stay open", "Real seconds before a lost connection is closed."),
    "dispute_url": ("Dispute address", "Where disputes are notified; empty: beside the payment's own address."),
}


def time_of_day() -> dict[str, Any]:
    return {"now": clock.now(), "ahead": _length(clock.offset())}


def _length(offset: timedelta) -> str:
    """3 days 4 h 5 min ahead; "" for the real time."""
    seconds = round(abs(offset.total_seconds()))
    if not seconds:
        return ""
    days, rest = divmod(seconds, 86400)
    parts = [(days, "day" if days == 1 else "days"), (rest // 3600, "h"), (rest % 3600 // 60, "min"), (rest % 60, "s")]
    told = " ".join(f"{number} {unit}" for number, unit in parts if number)
    return f"{told} {'ahead of' if offset > timedelta(0) else 'behind'} real time"
