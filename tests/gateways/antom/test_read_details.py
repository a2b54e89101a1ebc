"""Cards, 3DS and acquirer in any spelling, masked again (antom.md 3.6, 6)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.sealing import Secret
from payments.gateways.antom.read_details import read_details
from payments.gateways.antom.tolerant import read_moment
from payments.gateways.base import CardFacts


def test_details_are_read_in_any_spelling():
    details = read_details(
        {
            "authExpirytime": "2026-01-12T18:11:13+08:00",
            "acquirerReferenceNo": "7400",
            "arn": None,
            "cardInfo": {"funding": "CREDIT"},
            "paymentResultInfo": {
                "cardNo": "************0768",
                "cardBrand": "VISA",
                "expiryMonth": 12,
                "expiryYear": "29",
                "issuingCountry": "DE",
                "cardToken": "ALIPAYsecret",
                "avsResultRaw": "A",
                "cvvResultRaw": "Y",
                "networkTransactionId": "nti",
                "authorizationCode": "123456",
                "threeDSResult": {"caav": "typo", "challenged": True, "threeDSOffered": "true", "eci": "05"},
            },
            "acquirerInfo": {"acquirerName": "ACQ_ONE", "acquirerCardToken": "never"},
        }
    )
    assert details.card == CardFacts(
        brand="VISA",
        last_four="0768",
        expiry_month=12,
        expiry_year=2029,
        funding="CREDIT",
        issuing_country="DE",
        token=Secret("ALIPAYsecret"),
    )
    assert (details.avs, details.cvv) == ("A", "Y")
    assert (details.network_transaction_id, details.authorization_code) == ("nti", "123456")
    assert details.three_ds == {"cavv": "typo", "challenged": "true", "offered": "true", "eci": "05"}
    assert details.acquirer == {"name": "ACQ_ONE", "reference_no": "7400"}
    assert details.hold_ends_at == datetime(2026, 1, 12, 10, 11, 13, tzinfo=UTC)
    assert "secret" not in repr(details)


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
        "paymentResultInfo": {"expiryMonth": "13", "expiryYear": "2031", "cardBrand": "V\x00", "cardNo": ["x"]},
        "acquirerInfo": "text",
        "authExpiryTime": "2026-01-12T18:11:13",
        "AUTHEXPIRY": 1,
    }
    details = read_details(odd)
    assert details.card == CardFacts(expiry_year=2031)
    assert (details.acquirer, details.hold_ends_at) == ({}, None)
    for moment in ("", "soon", "0001-01-01T00:00:00+23:00", True, None):
        assert read_moment({"t": moment}, "t") is None
