"""Cards, 3DS and acquirer in any spelling, masked again (antom.md 3.6, 6)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.sealing import Secret
from payments.gateways.antom.read_details import read_details
from payments.gateways.antom.tolerant import read_moment
from payments.gateways.base import CardFacts

WHOLE = {
    "authExpirytime": "2026-01-12T18:11:13+08:00",
    "acquirerReferenceNo": "7400",
    "arn": None,
    "cardInfo": {"funding": "CREDIT", "cardBrand": "OLD"},
    "paymentResultInfo": {
        "cardNo": "************0768",
        "cardBrand": "VISA",
        "cardCategory": "CONSUMER",
        "issuerName": "First Bank",
        "expiryMonth": 12,
        "expiryYear": "29",
        "issuingCountry": "DE",
        "cardToken": "ALIPAYsecret",
        "fingerprint": "0f" * 32,
        "avsResultRaw": "A",
        "cvvResultRaw": "Y",
        "networkTransactionId": "nti",
        "authorizationCode": "123456",
        "rrn": "600512345678",
        "refusalCodeRaw": "51",
        "refusalReasonRaw": "Insufficient funds",
        "merchantAdviceCode": "03",
        "credentialTypeUsed": "NETWORK_TOKEN",
        "exemptionRequested": "lowValue",
        "incrementalAuthorizationAvailable": True,
        "extendedAuthorizationAvailable": "FALSE",
        "refundOnAuthorizationAvailable": "true",
        "threeDSResult": {
            "threeDSVersion": "2.2.0",
            "eci": "05",
            "caav": "misprint",
            "dsTransactionId": "ds-1",
            "xid": "x-1",
            "threeDStransactionStatusReason": "01",
            "challengeCancel": "04",
            "challenged": True,
            "exemptionType": "lowValue",
            "threeDSOffered": "true",
            "paResStatus": "Y",
            "liabilityShift": 1,
            "somethingNew": "x",
        },
    },
    "acquirerInfo": {
        "acquirerName": "ACQ_ONE",
        "referenceRequestId": "r-1",
        "acquirerTransactionId": "t-1",
        "acquirerMerchantId": "123456789012345",
        "acquirerMerchantName": "Shop",
        "acquirerAccountName": "Account",
        "acquirerResultCode": "00",
        "acquirerResultMessage": "Approved",
        "acquirerReasonDescription": "fine",
        "ptspTransactionId": "p-1",
        "acquirerCardToken": "never",
        "acquirerFingerprint": "never",
    },
}


def test_everything_that_may_be_told_is_read_in_any_spelling():
    details = read_details(WHOLE)
    assert details.card == CardFacts(
        brand="VISA",
        last_four="0768",
        expiry_month=12,
        expiry_year=2029,
        funding="CREDIT",
        category="CONSUMER",
        issuing_country="DE",
        issuer="First Bank",
        fingerprint="0f" * 32,
        token=Secret("ALIPAYsecret"),
    )
    assert (details.avs, details.cvv) == ("A", "Y")
    assert (details.network_transaction_id, details.authorization_code) == ("nti", "123456")
    assert details.refusal == {"code": "51", "reason": "Insufficient funds", "advice": "03"}
    assert (details.credential, details.exemption) == ("NETWORK_TOKEN", "lowValue")
    assert details.allows == {"incremental": "true", "extended": "false", "refund_on_authorization": "true"}
    assert details.hold_ends_at == datetime(2026, 1, 12, 10, 11, 13, tzinfo=UTC)
    assert "secret" not in repr(details)


def test_all_of_the_3ds_result():
    assert read_details(WHOLE).three_ds == {
        "version": "2.2.0",
        "eci": "05",
        "cavv": "misprint",
        "ds_transaction_id": "ds-1",
        "xid": "x-1",
        "status_reason": "01",
        "challenge_cancel": "04",
        "challenged": "true",
        "exemption_type": "lowValue",
        "offered": "true",
        "pares_status": "Y",
        "liability_shift": "1",
    }


@pytest.mark.parametrize(("told", "kept"), [(-1, "0"), ("-1", "0"), (0, "0"), ("1", "1")])
def test_an_unknown_shift_of_liability_is_none(told, kept):
    result = {"paymentResultInfo": {"threeDSResult": {"liabilityShift": told}}}
    assert read_details(result).three_ds == {"liability_shift": kept}


def test_all_of_the_acquirer_but_what_identifies_the_card():
    assert read_details(WHOLE).acquirer == {
        "name": "ACQ_ONE",
        "reference_request_id": "r-1",
        "transaction_id": "t-1",
        "merchant_id": "123456789012345",
        "merchant_name": "Shop",
        "account_name": "Account",
        "result_code": "00",
        "result_message": "Approved",
        "reason": "fine",
        "ptsp_transaction_id": "p-1",
        "reference_no": "7400",
        "rrn": "600512345678",
    }
    inside = {"paymentResultInfo": {"acquirerInfo": {"acquirerName": "ACQ_TWO"}}}
    assert read_details(inside).acquirer == {"name": "ACQ_TWO"}


@pytest.mark.promise("I31")
def test_a_card_number_in_the_words_of_a_bank_is_not_kept():
    words = "card 4111 1111 1111 1111"
    told = {
        "paymentResultInfo": {
            "refusalReasonRaw": words,
            "credentialTypeUsed": "4111111111111111",
            "exemptionRequested": words,
        },
        "acquirerInfo": {"acquirerResultMessage": words, "acquirerReasonDescription": words},
    }
    details = read_details(told)
    assert details.refusal == {"reason": "card ****"}
    assert details.acquirer == {"result_message": "card ****", "reason": "card ****"}
    assert (details.credential, details.exemption) == ("****", "card ****")


@pytest.mark.promise("I31")
@pytest.mark.parametrize(
    ("info", "last_four"),
    [
        ({"cardNo": "4111111111111111"}, "1111"),
        ({"cardNo": "411111******1234"}, "1234"),
        ({"cardNo": "****", "lastFour": "4321"}, "4321"),
        ({"lastFour": "54321"}, ""),
        ({"cardNo": "٣٣٣٣"}, ""),
    ],
)
def test_masks_of_the_provider_are_masked_again(info, last_four):
    details = read_details({"paymentResultInfo": {**info, "cardBrand": "VISA"}})
    assert details.card == CardFacts(brand="VISA", last_four=last_four)


def test_odd_details_are_ignored():
    odd = {
        "paymentResultInfo": {
            "expiryMonth": "13",
            "expiryYear": "2031",
            "cardBrand": "V\x00",
            "cardNo": ["x"],
            "credentialTypeUsed": ["PAN"],
            "exemptionRequested": {},
            "incrementalAuthorizationAvailable": "perhaps",
            "extendedAuthorizationAvailable": None,
        },
        "acquirerInfo": "text",
        "authExpiryTime": "2026-01-12T18:11:13",
        "AUTHEXPIRY": 1,
    }
    details = read_details(odd)
    assert details.card == CardFacts(expiry_year=2031)
    assert (details.acquirer, details.hold_ends_at) == ({}, None)
    assert (details.credential, details.exemption, details.allows) == ("", "", {})
    for moment in ("", "soon", "0001-01-01T00:00:00+23:00", True, None):
        assert read_moment({"t": moment}, "t") is None
