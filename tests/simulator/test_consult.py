"""consult: which payment methods are open (antom.md 3.16)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.merchant import Merchant
from tests.simulator_process import SimulatorProcess


def question(currency: str = "EUR", **more: Any) -> dict[str, Any]:
    return {
        "productCode": "CASHIER_PAYMENT",
        "paymentAmount": {"currency": currency, "value": "3000"},
        "settlementStrategy": {"settlementCurrency": "EUR"},
        "env": {"terminalType": "WEB"},
        **more,
    }


def test_cards_are_open(merchant: Merchant, simulator: SimulatorProcess) -> None:
    answer = merchant.post("consult", question(allowedPaymentMethodRegions=["GLOBAL"]))
    assert (answer.code, answer.verified) == ("SUCCESS", True)
    [option] = answer.json["paymentOptions"]
    assert (option["paymentMethodType"], option["enabled"], "disableReason" in option) == ("CARD", True, False)
    assert "EUR" in option["supportedCurrencies"]
    brands = [brand["cardBrand"] for brand in option["paymentOptionDetail"]["supportCardBrands"]]
    assert brands[:2] == ["VISA", "MASTERCARD"]
    assert simulator.log(operation="consult")["counts"] == {"consult": {"received": 1, "processed": 1}}


def test_a_currency_nobody_takes_closes_them(merchant: Merchant) -> None:
    [option] = merchant.post("consult", question("KWD")).json["paymentOptions"]
    assert (option["enabled"], option["disableReason"]) == (False, "CHANNEL_NOT_SUPPORT_CURRENCY")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"blockedPaymentMethods": ["CARD"]}, "NO_PAY_OPTIONS"),
        ({"allowedPaymentMethods": ["GCASH"]}, "NO_PAY_OPTIONS"),
        ({"allowedPaymentMethods": ["CARD"]}, "SUCCESS"),
        ({"allowedPaymentMethods": "CARD"}, "PARAM_ILLEGAL"),
        ({"env": {}}, "PARAM_ILLEGAL"),
        ({"productCode": None}, "PARAM_ILLEGAL"),
    ],
)
def test_what_the_merchant_narrows(merchant: Merchant, more: dict[str, Any], code: str) -> None:
    assert merchant.post("consult", question(**more)).code == code


def test_consult_meets_scenarios_like_everything_else(merchant: Merchant, simulator: SimulatorProcess) -> None:
    simulator.control("next", {"operation": "consult", "scenario": "decline", "code": "PROCESS_FAIL"})
    assert merchant.post("consult", question()).code == "PROCESS_FAIL"
    assert merchant.post("consult", question()).code == "SUCCESS"
