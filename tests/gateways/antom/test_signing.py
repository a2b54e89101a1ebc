"""Every entry of the golden vectors, and what hostile headers do (antom.md 1.5, I19)."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from payments.gateways.antom import signing
from payments.gateways.antom.signing import load_private_key, load_public_key, parse_signature_header, string_to_sign
from payments.gateways.base import BadSignature

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "antom-vectors.json").read_text())
PRIVATE = {name: load_private_key(key["privatePkcs8Base64"]) for name, key in VECTORS["keys"].items()}
PUBLIC = {name: {"1": load_public_key(key["publicSpkiBase64"])} for name, key in VECTORS["keys"].items()}
SIGNED = VECTORS["requests"] + VECTORS["responses"] + VECTORS["notifications"]
FORMS = [
    ("privatePkcs8Pem", "publicSpkiPem"),
    ("privatePkcs8Base64", "publicSpkiBase64"),
    ("privatePkcs1Pem", "publicSpkiPem"),
]


def ids(entry: dict[str, Any]) -> str:
    return str(entry["id"])


def message_of(entry: dict[str, Any]) -> bytes:
    return string_to_sign(
        method=entry["method"],
        path=entry["path"],
        client_id=entry["clientId"],
        time=entry["time"],
        body=entry["body"].encode(),
    )


# --- vectors --------------------------------------------------------------------------------------------------------


@pytest.mark.promise("I19")
@pytest.mark.parametrize("entry", SIGNED, ids=ids)
def test_a_golden_vector_is_signed_byte_for_byte_and_verified(entry):
    message = message_of(entry)
    assert message == entry["contentToSign"].encode()
    assert hashlib.sha256(message).hexdigest() == entry["contentSha256"]
    assert hashlib.sha256(entry["body"].encode()).hexdigest() == entry["bodySha256"]
    assert len(entry["body"].encode()) == entry["bodyUtf8Length"]
    header = signing.sign(PRIVATE[entry["signedBy"]], message)
    assert header == f"algorithm=RSA256,keyVersion=1,signature={entry['signatureUrlEncoded']}"
    parsed = parse_signature_header(entry["signatureHeader"])
    assert base64.b64encode(parsed.signature).decode() == entry["signatureBase64"]
    assert signing.verify(PUBLIC[entry["signedBy"]], entry["signatureHeader"], message) == "1"


@pytest.mark.promise("I19")
@pytest.mark.parametrize("entry", VECTORS["negatives"], ids=ids)
def test_a_negative_vector_is_refused(entry):
    with pytest.raises(BadSignature):
        signing.verify(PUBLIC[entry["verifyWith"]], entry["signatureHeader"], message_of(entry))


@pytest.mark.parametrize("entry", VECTORS["edgeCases"], ids=ids)
def test_an_edge_case_gets_the_recommended_verdict(entry):
    keys = PUBLIC[entry["verifyWith"]]
    if entry["id"] == "edge-key-version-2":
        with pytest.raises(BadSignature, match="the key version is unknown") as caught:
            signing.verify(keys, entry["signatureHeader"], message_of(entry))
        assert caught.value.key_id == "2"
    else:
        assert entry["recommendedVerdict"] == "valid"
        assert signing.verify(keys, entry["signatureHeader"], message_of(entry)) == "1"


# --- keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", ["merchant", "gateway"])
@pytest.mark.parametrize(("private_form", "public_form"), FORMS)
def test_every_form_of_a_key_is_the_same_key(owner, private_form, public_form):
    keys = VECTORS["keys"][owner]
    private, public = load_private_key(keys[private_form]), load_public_key(keys[public_form])
    assert private.private_numbers() == PRIVATE[owner].private_numbers()
    assert public.public_numbers() == PUBLIC[owner]["1"].public_numbers()


def test_wrapped_base64_bare_pkcs1_and_escaped_line_breaks_are_read():
    keys = VECTORS["keys"]["merchant"]
    bare = keys["privatePkcs8Base64"]
    wrapped = "\n".join(bare[start : start + 64] for start in range(0, len(bare), 64)) + "\n"
    pkcs1 = "".join(keys["privatePkcs1Pem"].split("\n")[1:-2]) if keys["privatePkcs1Pem"].endswith("\n") else ""
    for text in (wrapped, keys["privatePkcs8Pem"].replace("\n", "\\n"), pkcs1):
        assert load_private_key(text).private_numbers() == PRIVATE["merchant"].private_numbers()


def test_a_key_is_loaded_once():
    text = VECTORS["keys"]["merchant"]["privatePkcs8Pem"]
    assert load_private_key(text) is load_private_key(text)


def weak_key(bits: int, exponent: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=exponent, key_size=bits)


def as_texts(key: Any) -> tuple[str, str]:
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(private).decode(), base64.b64encode(public).decode()


@pytest.mark.promise("I19")
@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (weak_key(1024, 65537), "1024 bits"),
        (weak_key(2048, 3), "exponent"),
        (ec.generate_private_key(ec.SECP256R1()), "not an RSA key"),
    ],
    ids=["short", "small exponent", "other kind"],
)
def test_a_weak_key_is_refused_at_load(key, reason):
    private, public = as_texts(key)
    with pytest.raises(ValueError, match=reason):
        load_private_key(private)
    with pytest.raises(ValueError, match=reason):
        load_public_key(public)


@pytest.mark.parametrize("text", ["", "not base64!", "QUJD", "-----BEGIN PRIVATE KEY-----\nQUJD\n-----END"])
def test_an_unreadable_key_is_refused_without_repeating_it(text):
    for load in (load_private_key, load_public_key):
        with pytest.raises(ValueError, match="cannot be read") as caught:
            load(text)
        assert not text or text not in str(caught.value)
        assert caught.value.__suppress_context__


# --- headers --------------------------------------------------------------------------------------------------------

NOTICE = next(entry for entry in VECTORS["notifications"] if entry["id"] == "notify-payment-success")
ENCODED = NOTICE["signatureUrlEncoded"]


@pytest.mark.parametrize(
    "header",
    [
        f"signature={ENCODED}, keyVersion=1 ,algorithm = RSA256",
        f"algorithm=RSA256,,keyVersion=1,extra=x,signature={ENCODED}",
        f"algorithm=RSA256,keyVersion=1,signature={NOTICE['signatureBase64']}",
    ],
    ids=["any order", "unknown item", "raw base64 with a literal plus"],
)
def test_the_header_is_read_by_name(header):
    assert signing.verify(PUBLIC["gateway"], header, message_of(NOTICE)) == "1"


@pytest.mark.promise("I19")
@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "the algorithm is not RSA256"),
        (f"signature={ENCODED}", "the algorithm is not RSA256"),
        (f"algorithm=,signature={ENCODED}", "the algorithm is not RSA256"),
        (f"algorithm=RSA1,signature={ENCODED}", "the algorithm is not RSA256"),
        (f"algorithm=rsa256,signature={ENCODED}", "the algorithm is not RSA256"),
        (f"algorithm=RSA256,keyVersion=,signature={ENCODED}", "the key version is malformed"),
        (f"algorithm=RSA256,keyVersion=../1,signature={ENCODED}", "the key version is malformed"),
        (f"algorithm=RSA256,keyVersion=7,signature={ENCODED}", "the key version is unknown"),
        ("algorithm=RSA256,signature=", "the signature is missing"),
        ("algorithm=RSA256,signature=%20", "the signature is not base64"),
        ("algorithm=RSA256,signature=%zz", "the signature is not base64"),
        (f"algorithm=RSA256,signature={ENCODED}%3D", "the signature is not base64"),
        (f"algorithm=RSA256,signature={ENCODED.replace('%2B', ' ')}", "the signature is not base64"),
        ("algorithm=RSA256,signature=" + "A" * 341 + "B%3D%3D", "the signature is not base64"),
        ("algorithm=RSA256,signature=QUJD", "the signature is too short"),
        (f"algorithm=RSA256,algorithm=RSA256,signature={ENCODED}", "names an item twice"),
        (f"algorithm=RSA256,signature={ENCODED}é", "malformed"),
        (f"algorithm=RSA256,signature={ENCODED},{'a' * 4096}", "malformed"),
    ],
)
def test_a_bad_header_is_refused(header, reason):
    with pytest.raises(BadSignature, match=reason):
        signing.verify(PUBLIC["gateway"], header, message_of(NOTICE))


@pytest.mark.promise("I19")
def test_sha1_is_refused_although_the_key_is_right():
    message = message_of(NOTICE)
    weak = PRIVATE["gateway"].sign(message, padding.PKCS1v15(), hashes.SHA1())
    header = f"algorithm=RSA256,keyVersion=1,signature={base64.b64encode(weak).decode()}"
    with pytest.raises(BadSignature, match="the signature does not match"):
        signing.verify(PUBLIC["gateway"], header, message)


def test_two_keys_live_side_by_side_and_no_version_means_the_latest():
    keys = {"9": PUBLIC["merchant"]["1"], "10": PUBLIC["gateway"]["1"]}
    message = message_of(NOTICE)
    assert signing.verify(keys, f"algorithm=RSA256,signature={ENCODED}", message) == "10"
    assert signing.verify(keys, f"algorithm=RSA256,keyVersion=10,signature={ENCODED}", message) == "10"
    with pytest.raises(BadSignature):
        signing.verify(keys, f"algorithm=RSA256,keyVersion=9,signature={ENCODED}", message)


def test_a_path_that_is_no_text_signs_to_something_that_never_matches():
    assert string_to_sign(path="/\ud800", client_id="c", time="1", body=b"\xff") == b"POST /\\ud800\nc.1.\xff"


_words = st.sampled_from(["algorithm", "RSA256", "keyVersion", "signature", "=", ",", " ", "%", "%2B", "1", ENCODED])


@pytest.mark.promise("I19")
@given(st.one_of(st.text(), st.lists(_words, max_size=12).map("".join), st.binary().map(lambda b: b.decode("latin-1"))))
def test_hostile_headers_raise_nothing_but_bad_signature(header):
    try:
        parse_signature_header(header)
    except BadSignature as refused:
        assert len(refused.key_id) <= 16


@given(st.text(st.characters(), max_size=300))
def test_hostile_signature_values_raise_nothing_but_bad_signature(value):
    with pytest.raises(BadSignature):
        signing.verify(PUBLIC["gateway"], f"algorithm=RSA256,signature={value}", b"message")
