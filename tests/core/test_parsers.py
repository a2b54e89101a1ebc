"""JSON from strangers has one meaning, or none."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import UnsupportedMediaType

from core.parsers import MAX_BYTES, MAX_DEPTH, BodyTooLarge, Malformed, StrictJSONParser, read

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
LEAVES = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXT
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)


@given(st.dictionaries(TEXT, TREES, max_size=4), st.booleans())
def test_what_is_plain_json_is_read_as_it_is(value, ascii_only):
    def depth(one):
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    if depth(value) <= MAX_DEPTH:
        assert read(raw) == value
    else:
        with pytest.raises(Malformed):
            read(raw)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw):
    try:
        assert isinstance(read(raw), dict)
    except Malformed as refusal:
        assert refusal.status_code == 400


@pytest.mark.parametrize("levels", [MAX_DEPTH - 1, MAX_DEPTH])
def test_just_deep_enough(levels):
    assert read(b'{"a":' * levels + b"1" + b"}" * levels)


def test_one_level_too_deep():
    with pytest.raises(Malformed, match="10 levels"):
        read(b'{"a":' * 11 + b"1" + b"}" * 11)
    with pytest.raises(Malformed, match="10 levels"):
        read(b'{"a":' + b"[" * 10 + b"]" * 10 + b"}")


def test_numbers_have_eighteen_digits_at_most():
    assert read(b'{"a": -999999999999999999}') == {"a": -999999999999999999}
    for raw in (b'{"a": 1000000000000000000}', b'{"a": 0.1111111111111111111111111111111111111}'):
        with pytest.raises(Malformed, match="18 digits"):
            read(raw)


def test_no_refusal_repeats_what_was_sent():
    for raw in (b'{"x": 4111111111111111', b'{"4111111111111111":1,"4111111111111111":2}', b'"4111111111111111"'):
        with pytest.raises(Malformed) as caught:
            read(raw)
        assert "4111" not in str(caught.value.detail)


def test_a_body_may_be_as_long_as_promised():
    room = MAX_BYTES - len(b'{"a":""}')
    parse = StrictJSONParser().parse
    assert parse(io.BytesIO(b'{"a":"' + b"x" * room + b'"}'))
    with pytest.raises(BodyTooLarge):
        parse(io.BytesIO(b'{"a":"' + b"x" * (room + 1) + b'"}'))


def test_a_charset_that_is_not_ours():
    with pytest.raises(UnsupportedMediaType):
        StrictJSONParser().parse(io.BytesIO(b"{}"), "application/json; charset=utf-16")
    assert StrictJSONParser().parse(io.BytesIO(b"{}"), "application/json; charset=UTF-8") == {}
