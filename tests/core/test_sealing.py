"""Secrets do not print; sealed columns open with any live key; fingerprints cannot be guessed."""

from __future__ import annotations

import copy
import json
import logging
import pickle

import pytest
from cryptography.fernet import Fernet, InvalidToken

from core.sealing import Secret, fingerprint, reseal, seal, unseal

VALUE = "ALIPAYtokenCANARY+/=="


@pytest.mark.promise("I32")
def test_a_secret_does_not_print(caplog):
    secret = Secret(VALUE)
    with caplog.at_level(logging.INFO):
        logging.getLogger("x").info("token %s %r", secret, secret)
    shown = [str(secret), repr(secret), f"{secret}", f"{[secret]}", caplog.text]
    assert not any("CANARY" in text for text in shown)
    with pytest.raises(TypeError):
        json.dumps(secret)
    assert secret.reveal() == VALUE
    assert copy.copy(secret) == secret
    assert bool(Secret("")) is False
    assert pickle.loads(pickle.dumps(secret)) == secret


@pytest.mark.promise("I32")
def test_rotation_without_downtime(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.SEALING_KEYS = [old]
    sealed = seal(b"x")
    settings.SEALING_KEYS = [new, old]
    assert unseal(sealed) == b"x"
    again = reseal(sealed)
    settings.SEALING_KEYS = [new]
    assert unseal(again) == b"x"
    with pytest.raises(InvalidToken):
        unseal(sealed)


def test_fingerprints_depend_on_key_purpose_and_boundaries(settings):
    one = fingerprint("ab", "c", purpose="p")
    assert one == fingerprint("ab", b"c", purpose="p")
    assert one != fingerprint("a", "bc", purpose="p")
    assert one != fingerprint("ab", "c", purpose="q")
    settings.FINGERPRINT_KEY = "another"
    assert one != fingerprint("ab", "c", purpose="p")
