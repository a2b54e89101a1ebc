"""After `reseal`, the old key can go."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import call_command

from core.management.commands import reseal
from tests.factories import make_card
from vaulting.models import BoundCard

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promise("I32")]


def test_the_old_key_opens_nothing_any_more_and_the_new_one_everything(buyer, account, settings, monkeypatch, capsys):
    monkeypatch.setattr(reseal, "BATCH", 2)
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.SEALING_KEYS = [old]
    for number in range(5):
        make_card(buyer, account, token=f"token-{number}")
    settings.SEALING_KEYS = [new, old]
    call_command("reseal")
    assert "vaulting.BoundCard: 5 rows under the newest key" in capsys.readouterr().out
    settings.SEALING_KEYS = [new]
    assert sorted(card.token.reveal() for card in BoundCard.objects.all()) == [f"token-{n}" for n in range(5)]
    settings.SEALING_KEYS = [old]
    with pytest.raises(InvalidToken):
        list(BoundCard.objects.all())
