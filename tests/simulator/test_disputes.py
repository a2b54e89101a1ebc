"""Disputes: what is notified, what the merchant may answer, and what deadlines do (antom.md 3.18)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.simulator.merchant import Answer, Merchant, Receiver
from tests.simulator_process import SimulatorProcess

PDF = base64.b64encode(b"%PDF-1.4 our side of the story").decode()


class Story:
    """One captured payment of 3000 and its dispute."""

    def __init__(self, merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver) -> None:
        self.merchant, self.simulator, self.receiver = merchant, simulator, receiver
        self.payment = merchant.pay(simulator.token()).json
        self.capture = merchant.capture(self.payment["paymentId"]).json
        self.dispute_id = ""

    def act(self, act: str, **details: Any) -> dict[str, Any]:
        return self.simulator.control("act", {"act": act, **details})

    def open(self, **details: Any) -> Story:
        made = self.act("open_dispute", **{"request_id": self.payment["paymentRequestId"], "due_days": 10, **details})
        self.dispute_id = made["dispute_id"]
        return self

    def event(self, event: str, **details: Any) -> dict[str, Any]:
        self.act("dispute_event", dispute_id=self.dispute_id, event=event, **details)
        return self.told(event)

    def told(self, event: str) -> dict[str, Any]:
        [notice] = self.receiver.wait(disputeNotificationType=event, disputeId=self.dispute_id)
        return notice.json

    def times_told(self, event: str) -> int:
        """Written down, delivered or not yet."""
        return [row["notify_type"] for row in self.simulator.notifications()].count(event)

    def accept(self) -> Answer:
        return self.merchant.post("acceptDispute", {"disputeId": self.dispute_id})

    def defend(self, evidence: str = PDF) -> Answer:
        document = {"disputeId": self.dispute_id, "disputeEvidence": evidence}
        return self.merchant.post("supplyDefenseDocument", document)

    def download(self, kind: str) -> Answer:
        document = {"disputeId": self.dispute_id, "disputeEvidenceType": kind}
        return self.merchant.post("downloadDisputeEvidence", document)

    @property
    def page(self) -> dict[str, Any]:
        return dict(self.simulator.books()[0]["disputes"][0])


@pytest.fixture
def story(merchant: Merchant, simulator: SimulatorProcess, receiver: Receiver) -> Story:
    return Story(merchant, simulator, receiver)


def test_a_dispute_is_told_at_the_dashboards_address(story: Story) -> None:
    story.open(amount=2000, reason_code="4853")
    [notice] = story.receiver.wait(disputeNotificationType="DISPUTE_CREATED")
    document = notice.json
    assert notice.path == "/notify/antom/dispute/?shop=7"
    headers = notice.headers
    assert story.merchant.verifies(headers["signature"], notice.path, headers["request-time"], notice.body)
    assert not {"result", "notifyType"} & set(document)
    assert (document["paymentId"], document["captureId"]) == (story.payment["paymentId"], story.capture["captureId"])
    assert document["disputeAmount"] == {"currency": "EUR", "value": "2000"}
    assert (document["disputeType"], document["disputeReasonCode"]) == ("CHARGEBACK", "4853")
    assert (document["disputeSource"], document["disputeReasonMsg"]) == ("Visa", "Not as described")
    due = datetime.fromisoformat(document["defenseDueTime"]) - datetime.fromisoformat(document["disputeTime"])
    assert due == timedelta(days=10)
    assert (document["defendable"], document["acquirerInfo"]["acquirerName"]) == (True, "ACQ_ONE")
    assert (story.page["status"], story.page["amount"]) == ("OPEN", 2000)
    assert story.merchant.inquire(story.payment["paymentRequestId"])["paymentStatus"] == "SUCCESS"


def test_the_address_of_disputes_can_be_set(story: Story) -> None:
    story.simulator.control("settings", {"dispute_url": story.receiver.url.replace("antom/payment/", "elsewhere")})
    story.open()
    [notice] = story.receiver.wait(disputeNotificationType="DISPUTE_CREATED")
    assert notice.path == "/notify/elsewhere?shop=7"


@pytest.mark.parametrize(
    ("payment", "disputes"),
    [
        ("http://127.0.0.1:9/notify/payment/", ["http://127.0.0.1:9/notify/dispute/"]),
        ("http://127.0.0.1:9/n/payment?shop=7", ["http://127.0.0.1:9/n/dispute?shop=7"]),
        ("http://127.0.0.1:9/hook/", []),
    ],
)
def test_the_address_beside_the_payments(
    merchant: Merchant, token: str, simulator: SimulatorProcess, payment: str, disputes: list[str]
) -> None:
    paid = merchant.pay(token, paymentNotifyUrl=payment).json
    merchant.capture(paid["paymentId"])
    simulator.control("act", {"act": "open_dispute", "request_id": paid["paymentRequestId"]})
    told = [row["url"] for row in simulator.notifications() if row["notify_type"] == "DISPUTE_CREATED"]
    assert told == disputes


def test_accepting_ends_it_once(story: Story) -> None:
    answer = story.open().accept()
    assert (answer.code, answer.verified, answer.json["disputeId"]) == ("SUCCESS", True, story.dispute_id)
    assert datetime.fromisoformat(answer.json["disputeResolutionTime"])
    told = story.told("DISPUTE_ACCEPTED")
    assert (told["disputeAcceptReason"], told["defendable"]) == ("MERCHANT_ACCEPTED", False)
    assert story.accept().code == "REPEAT_REQUEST"
    assert story.defend().code == "NOT_ALLOW_IN_CURRENT_STATUS"
    assert story.page["status"] == "ACCEPTED"
    assert story.times_told("DISPUTE_ACCEPTED") == 1


def test_defending_is_possible_once(story: Story) -> None:
    assert story.open().defend().code == "SUCCESS"
    assert story.told("DEFENSE_SUPPLIED")["defenseSuppliedTime"]
    assert story.defend().code == "REPEAT_REQUEST"
    assert story.defend(base64.b64encode(b"another").decode()).code == "DEFENSE_EXCEED_LIMIT"
    assert story.accept().code == "PROCESS_FAIL"
    file = story.download("DISPUTE_EVIDENCE_FILE").json
    assert (file["disputeEvidence"], file["disputeEvidenceFormat"]) == (PDF, "PDF")


@pytest.mark.parametrize("result", ["VALIDATE_SUCCESS", "VALIDATE_FAIL", "ACCEPT_BY_CUSTOMER", "ACCEPT_BY_MERCHANT"])
def test_the_judgement_is_told_raw(story: Story, result: str) -> None:
    story.open().defend()
    told = story.event("DISPUTE_JUDGED", result=result)
    assert (told["disputeJudgedResult"], told["disputeJudgedAmount"]["value"]) == (result, "3000")
    assert datetime.fromisoformat(told["disputeJudgedTime"])
    assert (story.page["status"], story.page["result"]) == ("JUDGED", result)
    with pytest.raises(AssertionError, match="has ended"):
        story.act("dispute_event", dispute_id=story.dispute_id, event="DISPUTE_CANCELLED")


@pytest.mark.parametrize(("event", "stage"), [("DISPUTE_CANCELLED", "CANCELLED"), ("RDR_RESOLVED", "RESOLVED")])
def test_it_may_end_by_itself(story: Story, event: str, stage: str) -> None:
    story.open().event(event)
    assert story.page["status"] == stage
    assert (story.accept().code, story.defend().code) == ("PROCESS_FAIL", "NOT_ALLOW_IN_CURRENT_STATUS")


def test_the_deadline_is_announced_once_when_it_is_near(story: Story) -> None:
    story.open(due_days=0.5)
    assert story.told("DEFENSE_DUE_ALERT")["defenseDueTime"]
    assert story.accept().code == "SUCCESS"
    assert story.times_told("DEFENSE_DUE_ALERT") == 1


def test_a_far_deadline_is_announced_by_the_operator(story: Story) -> None:
    story.open()
    assert not story.receiver.wait(1, 0.5, disputeNotificationType="DEFENSE_DUE_ALERT")
    assert story.event("DEFENSE_DUE_ALERT")["defendable"] is True


def test_a_deadline_that_passed_is_an_acceptance(story: Story) -> None:
    story.open(due_days=0.5 / 86400)
    told = story.told("DISPUTE_ACCEPTED")
    assert told["disputeAcceptReason"] == "TIMEOUT"
    assert datetime.fromisoformat(told["defenseDueTime"]) < datetime.now(UTC)
    assert (story.accept().code, story.defend().code) == ("TIME_EXCEEDS_LIMIT", "TIME_EXCEEDS_LIMIT")


def test_the_template_is_a_real_pdf(story: Story) -> None:
    answer = story.open().download("DISPUTE_EVIDENCE_TEMPLATE")
    assert (answer.code, answer.verified, answer.json["disputeEvidenceFormat"]) == ("SUCCESS", True, "PDF")
    content = base64.b64decode(answer.json["disputeEvidence"], validate=True)
    assert (content[:8], content[-6:]) == (b"%PDF-1.4", b"%%EOF\n")
    start = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert content[start:].startswith(b"xref\n0 6\n")
    for number, line in enumerate(content[start:].split(b"\n")[3:8], 1):
        assert content[int(line[:10]) :].startswith(b"%d 0 obj" % number)
    assert story.dispute_id.encode() in content
    assert story.download("DISPUTE_EVIDENCE_FILE").code == "PROCESS_FAIL"


def test_the_draft_of_a_machine_says_that_it_is_one(story: Story) -> None:
    answer = story.open(reason_code="13.1").download("DISPUTE_EVIDENCE_AI")
    assert (answer.code, answer.verified, answer.json["disputeEvidenceFormat"]) == ("SUCCESS", True, "PDF")
    content = base64.b64decode(answer.json["disputeEvidence"], validate=True)
    assert content.startswith(b"%PDF-1.4")
    for words in (b"drafted by a machine", story.dispute_id.encode(), b"Goods or services not received"):
        assert words in content


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"%PDF-1.7", "PDF"), (b"PK\x03\x04", "ZIP"), (b"\xff\xd8\xff\xe0", "JPG"), (b"\xd0\xcf\x11\xe0", "WORD")],
)
def test_what_was_supplied_comes_back_in_its_format(story: Story, head: bytes, kind: str) -> None:
    story.open().defend(base64.b64encode(head + b"the rest").decode())
    assert story.download("DISPUTE_EVIDENCE_FILE").json["disputeEvidenceFormat"] == kind


def test_evidence_has_a_limit(story: Story) -> None:
    story.open()
    for evidence in ("A" * 1_000_004, "not base64!", ""):
        answer = story.defend(evidence)
        assert (answer.code, answer.verified) == ("PARAM_ILLEGAL", True)
        assert answer.json["result"]["resultMessage"].startswith("disputeEvidence")
    assert story.defend("A" * 3_000_000).code == "PARAM_ILLEGAL"
    assert story.defend("A" * 1_000_000).code == "SUCCESS"


def test_one_client_does_not_see_anothers_dispute(story: Story) -> None:
    story.open()
    story.simulator._manage("simulator_keys", "--client-id", "SANDBOX_SIM5YOTHER000001")
    other = Merchant(story.simulator.base_url, story.simulator.keys, client_id="SANDBOX_SIM5YOTHER000001")
    assert other.post("acceptDispute", {"disputeId": story.dispute_id}).code == "PARAM_ILLEGAL"
    assert story.page["status"] == "OPEN"


def test_the_dispute_calls_meet_scenarios_and_the_log(story: Story) -> None:
    story.open()
    story.simulator.control("next", {"operation": "acceptDispute", "scenario": "decline", "code": "UNKNOWN_EXCEPTION"})
    assert (story.accept().letter, story.page["status"]) == ("U", "OPEN")
    assert story.accept().code == "SUCCESS"
    lines = story.simulator.log(story.dispute_id)["rows"]
    assert [(line["operation"], line["result_code"]) for line in lines] == [
        ("acceptDispute", "UNKNOWN_EXCEPTION"),
        ("acceptDispute", "SUCCESS"),
    ]


@pytest.mark.parametrize(
    ("details", "why"),
    [({"amount": 3001}, "from 1 to 3000"), ({"request_id": "PAY_nobody"}, "no payment")],
)
def test_a_senseless_dispute_is_refused(story: Story, details: dict[str, Any], why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        story.open(**details)


def test_only_captured_money_is_disputed(merchant: Merchant, token: str, simulator: SimulatorProcess) -> None:
    held = merchant.pay(token).json
    with pytest.raises(AssertionError, match="Nothing is captured"):
        simulator.control("act", {"act": "open_dispute", "request_id": held["paymentRequestId"]})
