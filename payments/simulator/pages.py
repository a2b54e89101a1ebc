"""The page for people: a loud banner, the books, the wire log."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from payments.simulator import ledger, switchboard
from payments.simulator.models import ArmedScenario, Notification, WireLog
from payments.simulator.scenarios import SCENARIO_CARDS, SCENARIOS

SHOWN = 100


def overview(request: HttpRequest) -> HttpResponse:
    context = {
        "payments": ledger.books()[-SHOWN:][::-1],
        "log": WireLog.objects.order_by("-pk")[:SHOWN],
        "notifications": Notification.objects.order_by("-pk")[:SHOWN],
        "armed": ArmedScenario.objects.order_by("pk"),
        "knobs": switchboard.knobs_as_json(),
        "scenarios": [(name, scenario.about) for name, scenario in SCENARIOS.items() if name],
        "cards": list(SCENARIO_CARDS.items()),
    }
    return render(request, "simulator/overview.html", context)
