"""Where the buyer must go while the bank wants to see them: normalUrl, redirectActionForm, app links (antom.md 3.6)."""

from __future__ import annotations

import json
from typing import Any

from payments.simulator.models import OPEN, Challenge, Payment

_APP = "sim.bank.example"


def in_answer(payment: Payment) -> dict[str, Any]:
    """Where the buyer must go now (antom.md 3.6)."""
    challenge = _open_challenge(payment)
    if challenge is None:
        return {}
    if challenge.by_form:
        form = {
            "method": "POST",
            "redirectUrl": f"{challenge.site}/challenge",
            "parameters": json.dumps({"token": challenge.token}),
            "actionFormType": "RedirectActionForm",
        }
        return {"redirectActionForm": form}
    page = page_of(challenge)
    if not challenge.in_app:
        return {"normalUrl": page}
    scheme = f"simbank://challenge/{challenge.token}"
    return {"normalUrl": page, "schemeUrl": scheme, "applinkUrl": page, "appIdentifier": _APP}


def in_inquiry(payment: Payment) -> dict[str, Any]:
    """The inquiry tells the same page in its own words (antom.md 3.8)."""
    action = in_answer(payment)
    if "normalUrl" not in action:
        return action
    return {"redirectActionForm": {"method": "GET", "redirectUrl": action["normalUrl"], "parameters": "{}"}}


def page_of(challenge: Challenge) -> str:
    return f"{challenge.site}/challenge/{challenge.token}"


def _open_challenge(payment: Payment) -> Challenge | None:
    if payment.status not in OPEN:
        return None
    return Challenge.objects.filter(parent=payment, answer="").first()
