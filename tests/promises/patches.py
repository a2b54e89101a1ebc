"""For each promise the line whose loss its tests must notice, and for each race the guard whose loss it must show.

`where` is a file or a glob; `old` must be found there exactly once. The tool puts `new` in its place in a copy of the
tree and expects red. A race has a guard and a backstop (the check under the lock, and the constraint): either alone
holds, so a race's patch takes away both.
"""

from __future__ import annotations

from dataclasses import dataclass

TITLES = {
    "I1": "One capture for one order",
    "I2": "Refund ceiling",
    "I3": "Capture xor cancel",
    "I4": "Equal books",
    "I5": "Conservation",
    "I6": "Exact amounts",
    "I7": "Whose amount",
    "I8": "Provider limits enforced here",
    "I9": "Paid means captured",
    "I10": "Durable intent",
    "I11": "Nothing open during a call",
    "I12": "Five answers",
    "I13": "Same question",
    "I14": "Authorise once",
    "I15": "Absence needs time",
    "I16": "It ends",
    "I17": "Late success",
    "I18": "Monotone",
    "I19": "Authentic",
    "I20": "Bound",
    "I21": "Once",
    "I22": "Acknowledged means durable",
    "I23": "Notifications are not needed",
    "I24": "Idempotency",
    "I25": "Truthful pending",
    "I26": "Object level",
    "I27": "Property level",
    "I28": "Function level: the permission, checked in the service",
    "I29": "Who did it",
    "I31": "No card number, no CVV",
    "I32": "Secrets stay opaque",
    "I33": "Token ownership",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    where: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    promise: str
    breaks: str
    lines: tuple[Line, ...]
    race: str = ""
    """The one race test that must turn red, within 20 runs; empty: any fast test of the promise, at once."""


def one(promise: str, breaks: str, where: str, old: str, new: str, *, race: str = "") -> Patch:
    return Patch(promise=promise, breaks=breaks, lines=(Line(where=where, old=old, new=new),), race=race)


START, OPERATE = "payments/services/start.py", "payments/services/operate.py"
REFRESH, INBOX, OUTCOMES = "payments/services/refresh.py", "payments/services/inbox.py", "payments/services/outcomes.py"
MIGRATIONS = "payments/migrations/*.py"

PROMISES = (
    one(
        "I1",
        "an order that was paid once can be paid again after a refund",
        START,
        "if order.paid_minor >= order.total_minor or any(payment.captured_minor for payment in payments):",
        "if False:",
    ),
    one(
        "I2",
        "a refund is sent without reserving its amount first",
        OPERATE,
        "reserved = amount if verb is Verb.REFUND else 0",
        "reserved = 0",
    ),
    one(
        "I3",
        "a follow-up does not count as ours, so neither the check nor the constraint sees that it is open",
        OPERATE,
        "actor=room.actor,",
        'actor=room.actor, origin="provider",',
    ),
    one(
        "I4",
        "a request that got lost is never repeated by the resolver",
        REFRESH,
        "    return _send_again(tx)\n",
        '    return ""\n',
    ),
    one(
        "I5", "verify_books does not compare the sums", "payments/services/books.py", "if stored != told:", "if False:"
    ),
    one(
        "I6",
        "every currency has two decimals",
        "core/money.py",
        "return int(decimals)",
        "return 2",
    ),
    one(
        "I7",
        "the payment asks for one unit more than the order's total",
        START,
        "amount_minor=order.due_minor,",
        "amount_minor=order.due_minor + 1,",
    ),
    one(
        "I8",
        "a part is captured where the gateway takes the whole only",
        OPERATE,
        "if amount != most and (rule.exact_amount or not rule.partial):",
        "if False:",
    ),
    one(
        "I9",
        "an authorisation counts as money taken",
        "payments/services/effects.py",
        "Deltas(authorized=tx.amount_minor)",
        "Deltas(authorized=tx.amount_minor, captured=tx.amount_minor)",
    ),
    one(
        "I10",
        "the id on the wire is minted when it is sent, and no row holds it",
        "payments/services/calls.py",
        "str(tx.request_id)",
        'ports.new_public_id("P")',
    ),
    one(
        "I11",
        "the guard before every call looks away",
        "payments/services/guard.py",
        'if any(not getattr(block, "_from_testcase", False) for block in blocks):',
        "if False:",
    ),
    one(
        "I12",
        "silence after sending is taken for “nothing happened”",
        "payments/gateways/antom/*.py",
        "return Unknown(error.reason)",
        "return NotAttempted(error.reason)",
    ),
    one(
        "I13",
        "a repeat gets a new request id",
        REFRESH,
        "mine.send_by = send_by\n",
        'mine.send_by, mine.request_id = send_by, ports.new_public_id("C")\n',
    ),
    one(
        "I14",
        "an open authorisation is sent again like any other request",
        REFRESH,
        'return _end_authorization(payment, tx) if at >= timing.absence_is_final(payment.expires_at) else ""',
        "return _send_again(tx)",
    ),
    one(
        "I15",
        "“not found” ends a payment a minute too early",
        "payments/services/timing.py",
        "return expires_at + SKEW",
        "return expires_at",
    ),
    one(
        "I16",
        "nobody asks about a row whose process died",
        OPERATE,
        "next_at=timing.surely_silent(send_by),",
        "next_at=None,",
    ),
    one(
        "I17",
        "a late hold stays on the buyer's card",
        "payments/services/effects.py",
        "if any(tx.kind == Kind.CANCEL and tx.reason == reason for tx in room.transactions):",
        "if True:",
    ),
    one(
        "I18",
        "the same evidence is applied as often as it arrives",
        OUTCOMES,
        "elif tx.status in (Status.SUCCEEDED, Status.RETURNED):",
        "elif False:",
    ),
    one(
        "I19",
        "signatures of notifications are not verified",
        "payments/gateways/antom/signing.py",
        "key.verify(parsed.signature, message, PKCS1v15(), SHA256())",
        "pass",
    ),
    one(
        "I20",
        "evidence of another amount is believed",
        "payments/services/matching.py",
        "if fact.amount is not None and fact.amount.minor != tx.amount_minor:",
        "if False:",
    ),
    one(
        "I21",
        "every copy of a delivery is a new one",
        INBOX,
        "delivery_key=notice.delivery_key,",
        "delivery_key=ports.random_text(40),",
    ),
    one(
        "I22",
        "an event that could not be applied is acknowledged and then forgotten",
        INBOX,
        'f"failed: {type(error).__name__}", again=True)',
        'f"failed: {type(error).__name__}", again=False)',
    ),
    one(
        "I23",
        "what an inquiry tells is thrown away",
        REFRESH,
        "apply_facts(payment_id=payment_id, facts=answer.facts, source=source, actor=actor)",
        "pass",
    ),
    one(
        "I24",
        "every request counts as a new key",
        "core/idempotency.py",
        'key_digest=fingerprint(key, purpose="idempotency-key"),',
        'key_digest=fingerprint(key, ports.random_text(9), purpose="idempotency-key"),',
    ),
    one(
        "I25",
        "an unknown outcome is told as settled",
        "payments/api/meaning.py",
        "UNSETTLED = frozenset({Outcome.PROCESSING, Outcome.UNKNOWN,",
        "UNSETTLED = frozenset({Outcome.PROCESSING,",
    ),
    one(
        "I26",
        "an order is found by its id, whoever asks",
        "orders/services.py",
        "Order.objects.filter(buyer=buyer, public_id=public_id)",
        "Order.objects.filter(public_id=public_id)",
    ),
    one(
        "I27",
        "unknown and read-only fields are ignored instead of refused",
        "core/api.py",
        "self._refuse_what_is_not_asked_for(data)\n        return",
        "pass\n        return",
    ),
    one(
        "I28",
        "the service believes the page",
        OPERATE,
        'if not (actor.is_active and actor.is_staff and actor.has_perm(f"payments.{verb.value}")):',
        "if not actor.is_active:",
    ),
    one(
        "I29",
        "the journal does not say who",
        "payments/services/room.py",
        "actor=self.actor,",
        "actor=None,",
    ),
    one(
        "I31",
        "log lines keep the digits of cards",
        "core/logs.py",
        "_DIGITS.sub(lambda found: HIDDEN if luhn(found.group()) else found.group(), value)",
        "value",
    ),
    one(
        "I31",
        "a card number in a text field is taken and stored",
        "core/api.py",
        "if not self.may_hold_digits and holds_card_number(value):",
        "if False:",
    ),
    one("I32", "a secret prints", "core/sealing.py", 'return "********"', "return self._value"),
    one(
        "I32",
        "the idempotency key is stored as it came",
        "core/idempotency.py",
        'key_digest=fingerprint(key, purpose="idempotency-key"),',
        "key_digest=key,",
    ),
    one(
        "I33",
        "a saved card works for whoever knows its id",
        "vaulting/services.py",
        "card = _CARD.one(buyer.pk, account.pk, public_id)",
        "card = BoundCard.objects.filter(account=account, public_id=public_id, removed_at=None).first()",
    ),
)

_RACES = "tests/races/test_races.py::"
_NOT_OURS = Line(where=OPERATE, old="actor=room.actor,", new='actor=room.actor, origin="provider",')
_NOT_RESERVED = Line(where=OPERATE, old="reserved = amount if verb is Verb.REFUND else 0", new="reserved = 0")
_EVERY_KEY_IS_NEW = Line(
    where="core/idempotency.py",
    old='key_digest=fingerprint(key, purpose="idempotency-key"),',
    new='key_digest=fingerprint(key, ports.random_text(9), purpose="idempotency-key"),',
)

RACES = (
    Patch(
        promise="I1",
        breaks="twenty starts: neither the check under the lock nor the constraint knows of a standing payment",
        lines=(
            Line(where=START, old="if any(payment.state in STANDING for payment in payments):", new="if False:"),
            Line(
                where=MIGRATIONS,
                old="fields=('order',), name='one_standing_payment_per_order'",
                new="fields=('order', 'attempt'), name='one_standing_payment_per_order'",
            ),
        ),
        race=_RACES + "test_twenty_starts_with_twenty_keys_are_one_payment",
    ),
    Patch(
        promise="I2",
        breaks="twenty refunds: neither reserved nor counted as open",
        lines=(_NOT_OURS, _NOT_RESERVED),
        race=_RACES + "test_twenty_refunds_of_everything_with_twenty_keys",
    ),
    Patch(
        promise="I2",
        breaks="twenty refunds of two thirds: neither reserved nor counted as open",
        lines=(_NOT_OURS, _NOT_RESERVED),
        race=_RACES + "test_twenty_refunds_of_two_thirds_give_back_one_of_them",
    ),
    Patch(
        promise="I3",
        breaks="capture against cancel: the open one is not seen",
        lines=(_NOT_OURS,),
        race=_RACES + "test_capture_against_cancel",
    ),
    Patch(
        promise="I21",
        breaks="twenty copies of one notification: each is stored as a new one",
        lines=(Line(where=INBOX, old="delivery_key=notice.delivery_key,", new="delivery_key=ports.random_text(40),"),),
        race="tests/races/test_notifications.py::test_twenty_copies_of_one_notification",
    ),
    Patch(
        promise="I24",
        breaks="twenty identical refunds: every request counts as a new key",
        lines=(_EVERY_KEY_IS_NEW,),
        race=_RACES + "test_twenty_identical_refunds_give_the_money_back_once",
    ),
    Patch(
        promise="I24",
        breaks="twenty starts with one key: every request counts as a new key",
        lines=(_EVERY_KEY_IS_NEW,),
        race=_RACES + "test_twenty_starts_with_one_key_are_one_payment",
    ),
)
