"""Mistakes that people make in payments, each as an exact patch, and the tests that must not let it through.

CLASSIC are the mutants of reliability.md C1; OWN are ours. A patch's `old` is found exactly once (test_patches.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.promises.patches import INBOX, MIGRATIONS, OPERATE, OUTCOMES, REFRESH, START, Line, Patch

CALLS, EFFECTS, GUARD = "payments/services/calls.py", "payments/services/effects.py", "payments/services/guard.py"
KEYS, MATCHING, ROOM = "core/idempotency.py", "payments/services/matching.py", "payments/services/room.py"
DOOR, TIMING = "payments/notifications.py", "payments/services/timing.py"
READ_NOTICES, MEANING = "payments/gateways/antom/read_notices.py", "payments/gateways/antom/meaning.py"


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    lines: tuple[Line, ...]
    tests: tuple[str, ...]

    @property
    def patch(self) -> Patch:
        return Patch(promise="", breaks=self.name, lines=self.lines)


def one(name: str, where: str, old: str, new: str, *tests: str) -> Mutant:
    return Mutant(name, (Line(where=where, old=old, new=new),), tests)


def crash(*points: str) -> tuple[str, ...]:
    """A process dies there, and the provider accepts what no honest one would."""
    story = "tests/crash/test_in_process.py::test_a_process_dies_and_another_goes_on"
    return tuple(f"{story}[{point}-permissive]" for point in points)


def of_payments(module: str, *names: str) -> tuple[str, ...]:
    return tuple(f"tests/payments/test_{module}.py::{name}" for name in names)


def of_binding(module: str, name: str) -> str:
    return f"tests/vaulting/test_{module}.py::{name}"


_NOTHING_IS_DURABLE = (
    Line(
        where=GUARD,
        old='if any(not getattr(block, "_from_testcase", False) for block in blocks):',
        new="if False:",
    ),
    Line(
        where=CALLS,
        old="with transaction.atomic(durable=True):\n        still_open",
        new="with transaction.atomic():\n        still_open",
    ),
    Line(
        where=ROOM,
        old="with transaction.atomic(durable=True):\n        room = lock(",
        new="with transaction.atomic():\n        room = lock(",
    ),
)
"""The guard looks away, and blocks may nest: only so can a call be made before its intent is committed."""
_ANY_HOLD_IS_OURS = Line(where=REFRESH, old=" or _is_another_hold(payment, heard.answer.facts)", new="")

CLASSIC = (
    one(
        "time-out means failed",
        OUTCOMES,
        "    news = tx.status != Status.UNKNOWN\n",
        '    return _fail(room, tx, "timed_out", "try_again", reason)\n    news = tx.status != Status.UNKNOWN\n',
        *crash("resolve: lease after COMMIT", "cancel: before resolver-first"),
    ),
    one(
        "new request id on repeat",
        REFRESH,
        "        mine.send_by = send_by\n",
        '        mine.send_by, mine.request_id = send_by, ports.new_public_id("C")\n',
        *of_payments("refresh", "test_an_unknown_follow_up_is_found_or_repeated_with_the_same_id"),
    ),
    one(
        "not-found means failed",
        TIMING,
        "return expires_at + SKEW",
        "return expires_at - timedelta(days=1)",
        *of_payments("refresh", "test_a_payment_processed_late_is_still_found"),
    ),
    one(
        "refund without reservation",
        OPERATE,
        "reserved = amount if verb is Verb.REFUND else 0",
        "reserved = 0",
        *crash("refund: after COMMIT A", "refund: written"),
    ),
    one(
        "apply not idempotent",
        OUTCOMES,
        "elif tx.status in (Status.SUCCEEDED, Status.RETURNED):",
        "elif False:",
        *crash("capture: after COMMIT B", "refund: after COMMIT B"),
    ),
    one(
        "crash leaves rows nobody asks about",
        OPERATE,
        "next_at=timing.surely_silent(send_by),",
        "next_at=None,",
        *crash("capture: after COMMIT A"),
    ),
    Mutant(
        "capture and cancel may overlap",
        (
            Line(
                where=OPERATE,
                old="    possible = possibility(payment, verb, busy=room.open_follow_up() is not None)\n",
                new="    possible = possibility(payment, verb, busy=False)\n",
            ),
            Line(
                where=OPERATE,
                old="    if room.open_follow_up() is not None:\n        ports.crash_point",
                new="    if False:\n        ports.crash_point",
            ),
            Line(
                where=MIGRATIONS,
                old="fields=('payment',), name='one_open_follow_up'",
                new="fields=('payment', 'kind'), name='one_open_follow_up'",
            ),
        ),
        crash("capture xor cancel: cancel refused", "capture xor cancel: capture refused"),
    ),
    Mutant(
        "intent committed only after the call",
        (
            *_NOTHING_IS_DURABLE,
            Line(
                where=START,
                old='        room.close()\n        ports.crash_point("authorize.before_commit")\n',
                new="        room.close()\n        execute(authorization.pk, send_before=send_before, actor=buyer)\n",
            ),
        ),
        crash("pay: fully written"),
    ),
    Mutant(
        "naive check, call, record",
        (
            *_NOTHING_IS_DURABLE,
            Line(
                where=OPERATE,
                old="claim = claim_key(ask, subject=str(payment_id))",
                new="claim = claim_key(replace(ask, key_digest=ports.random_text(40)), subject=str(payment_id))",
            ),
            Line(
                where=OPERATE,
                old="from dataclasses import dataclass\n",
                new="from dataclasses import dataclass, replace\n",
            ),
            Line(
                where=OPERATE,
                old='        room.close()\n        ports.crash_point(f"{tx.kind}.before_commit")\n',
                new="        room.close()\n        execute(tx.pk, send_before=send_before, actor=actor)\n",
            ),
        ),
        crash("refund: written", "capture: written"),
    ),
)

OWN = (
    one(
        "late success not flagged",
        ROOM,
        """            self.flag(f"Reported after we had closed it: {event.replace('_', ' ')}.")\n""",
        "",
        *of_payments("outcomes", "test_a_late_hold_is_recorded_flagged_and_released_once"),
    ),
    one(
        "frozen repeat sent again",
        REFRESH,
        "if tx.failure_code == FROZEN:",
        "if False:",
        *of_payments("refresh", "test_a_repeat_with_other_values_freezes_for_review"),
    ),
    one(
        "notification acknowledged before its commit",
        DOOR,
        '    ports.crash_point("notify.verified")\n',
        '    ports.crash_point("notify.verified")\n    ports.crash_point("notify.acknowledged")\n',
        *crash("notify: acknowledgement sent"),
    ),
    one(
        "another amount accepted",
        MATCHING,
        "if fact.amount is not None and fact.amount.minor != tx.amount_minor:",
        "if False:",
        *of_payments("outcomes", "test_an_answer_with_another_amount_is_unknown"),
    ),
    one(
        "unsigned success believed",
        MEANING,
        "return _meaning(operation, answer.result) if answer.signed else _unsigned(answer.result)",
        "return _meaning(operation, answer.result)",
        "tests/gateways/antom/test_meaning.py::test_any_other_unsigned_answer_is_unknown",
    ),
    one(
        "PAYMENT_PENDING read as paid",
        READ_NOTICES,
        "return _authorization(document, Pending())",
        "return _authorization(document, Approved())",
        "tests/gateways/antom/test_gateway.py::test_what_a_payment_message_means",
    ),
    one(
        "a refund made at the provider ignored",
        OUTCOMES,
        "        tx = _providers_own(room, fact, Status.PENDING)\n",
        "        if fact.kind is Kind.REFUND:\n            return True\n"
        "        tx = _providers_own(room, fact, Status.PENDING)\n",
        *of_payments("outcomes", "test_a_refund_made_at_the_provider_is_recorded"),
    ),
    one(
        "a refund that came back ignored",
        OUTCOMES,
        "            _refund_returned(room, tx, refusal)\n",
        "            pass\n",
        *of_payments("outcomes", "test_a_refund_that_comes_back"),
    ),
    Mutant(
        "lapse without an inquiry",
        (
            Line(
                where=REFRESH,
                old="    if not (isinstance(heard.answer, Known) and heard.answer.complete):\n"
                "        return\n    payment",
                new="    payment",
            ),
            _ANY_HOLD_IS_OURS,
        ),
        ("tests/mutants/test_survivors.py::test_a_hold_has_not_lapsed_while_the_gateway_gives_no_certain_answer",),
    ),
    Mutant(
        "a hold that somebody increased lapses at its old end",
        (_ANY_HOLD_IS_OURS,),
        ("tests/gateways/antom/test_increases.py::test_a_hold_that_stands_longer_is_not_called_lapsed_at_its_old_end",),
    ),
    one(
        "lapse by an answer from before the end",
        REFRESH,
        "over = payment.asked_at >= payment.hold_ends_at + timing.SKEW",
        "over = ports.now() >= payment.hold_ends_at + timing.SKEW",
        *of_payments("review", "test_a_hold_has_not_lapsed_because_an_old_answer_was_read_late"),
    ),
    one(
        "zombie fence removed",
        REFRESH,
        "if _is_taken_on(tx) or _may_be_under_way(tx, at):",
        "if _is_taken_on(tx):",
        *of_payments("review", "test_while_a_repeat_may_be_under_way_nobody_else_repeats_it"),
    ),
    one(
        "a worker that woke up too late still writes",
        "payments/gateways/http.py",
        "if self.send_by is not None and now >= self.send_by:",
        "if False:",
        "tests/gateways/test_http.py::test_after_send_by_nothing_is_written",
        "tests/gateways/test_http.py::test_the_fence_stands_right_before_writing",
    ),
    one(
        "absence final at once",
        OUTCOMES,
        "if tx.sent_at is None or tx.sent_at < final:",
        "if tx.sent_at is None:",
        *of_payments("review", "test_a_cancel_sent_too_early_proves_nothing_however_late_its_answer_is_read"),
    ),
    one(
        "the provider's REJECT ignored",
        "payments/services/their_review.py",
        "if payment.review != Review.REJECTED or room.state in CLOSED:",
        "if True:",
        *of_payments("their_review", "test_a_rejection_releases_the_hold_once"),
    ),
    one(
        "a lost automatic capture never asked about",
        EFFECTS,
        "payment.capture_expected_by = payment.next_at = room.at + timing.CAPTURE_NOTICE",
        "payment.capture_expected_by = room.at + timing.CAPTURE_NOTICE",
        *of_payments("refresh", "test_an_automatic_capture_that_nobody_told_us_about"),
    ),
    one(
        "a hint believed as proof",
        INBOX,
        "if event.strength == Strength.HINT:\n        return _asked_instead",
        "if False:\n        return _asked_instead",
        *of_payments("inbox", "test_a_stale_time_stamp_is_only_a_hint"),
    ),
    one(
        "a hint about a card believed as proof",
        INBOX,
        "if event.strength == Strength.HINT:\n        told =",
        "if False:\n        told =",
        of_binding("binding", "test_a_hint_only_makes_us_ask"),
    ),
    one(
        "a success without a token is a success",
        "vaulting/binding.py",
        "if fact.card is None or fact.card.token is None:",
        "if fact.card is None:",
        of_binding("binding", "test_a_success_without_a_token_is_a_problem_and_no_card"),
    ),
    one(
        "a removed card keeps its token",
        "vaulting/removing.py",
        "card.sealed_token, card.next_at = None, None\n",
        "card.next_at = None\n",
        of_binding("cards", "test_a_card_is_gone_at_once_and_then_told"),
    ),
    one(
        "the next worker does a dead one's work anew",
        KEYS,
        "return Adopted(key, key.subject)",
        "return Claimed(key)",
        *crash("pay: fully written", "refund: written"),
    ),
    one(
        "an open authorization is sent again",
        REFRESH,
        'return _end_authorization(payment, tx) if at >= timing.absence_is_final(payment.expires_at) else ""',
        "return _send_again(tx)",
        *crash("pay: after COMMIT A", "pay: half written"),
    ),
    one(
        "a follow-up that never left is given up",
        REFRESH,
        "    return _send_again(tx)\n",
        '    return ""\n',
        *crash("capture: before connect", "refund: before connect"),
    ),
    one(
        "the lease of a dead worker is never lifted",
        REFRESH,
        ".filter(Q(lease_until=None) | Q(lease_until__lt=at))",
        ".filter(lease_until=None)",
        *crash("resolve: lease after COMMIT"),
    ),
)
EVERY = (*CLASSIC, *OWN)
