"""An answer has a result, or it is no answer (antom.md 2.4)."""

from __future__ import annotations

import pytest

from payments.gateways.antom.document import Unreadable
from payments.gateways.antom.meaning import outcome_of
from payments.gateways.antom.operations import Operation
from payments.gateways.antom.result import Answer, Result, read_answer, read_result
from payments.gateways.base import Category, Declined
from tests.gateways.antom.examples import result


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe{",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        b'{"result":null}',
        b'{"result":{"resultCode":"SUCCESS"}}',
        b'{"result":{"resultCode":"SUCCESS","resultStatus":"X"}}',
        b'{"result":{"resultCode":"NO SUCH <b>","resultStatus":"S"}}',
        b'{"result":{"resultCode":' + b"9" * 5000 + b',"resultStatus":"S"}}',
    ],
)
@pytest.mark.promise("I12")
def test_an_answer_without_a_result_is_unreadable(body):
    with pytest.raises(Unreadable):
        read_answer(body, signed=True)


@pytest.mark.promise("I31")
def test_a_number_in_a_message_is_hidden():
    outcome = outcome_of(
        Operation.PAY,
        Answer({}, read_result({"result": result("NO", "F", "card 4111 1111 1111 1111 no")}), True),
    )
    assert outcome == Declined("NO", Category.TRY_AGAIN, "card **** no")


def test_a_result_is_plain_data():
    assert read_result({"RESULT": result("SUCCESS", "S")}) == Result("SUCCESS", "S", "words")
