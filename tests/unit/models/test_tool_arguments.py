"""Arguments of tool calls: a JSON object or a reason, never an exception."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweagent.core.message import ToolCall
from sweagent.models.arguments import MAX_RAW, parse_arguments

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), VALUES))
def test_objects_come_back_as_they_were(value: dict[str, Any]) -> None:
    assert parse_arguments(json.dumps(value)) == (value, "", None)
    assert parse_arguments(json.dumps(json.dumps(value))) == (value, "", None)
    assert parse_arguments(value) == (value, "", None)


@given(st.text() | st.characters(categories=["Cs"]))
def test_any_text_is_an_object_or_an_error_that_can_be_stored(raw: str) -> None:
    arguments, written, error = parse_arguments(raw)
    assert (arguments is None) == (error is not None)
    ToolCall(id="1", name="t", arguments=arguments, raw=written, error=error).model_dump_json().encode()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ('{"a": 1', "line 1 column"),
        ("[1]", "not a list"),
        ("3", "not a number"),
        ('"x"', "not JSON"),
        ('{"a": NaN}', "NaN"),
        ('{"a": 1e999}', "too large"),
        ("{" * 100_000, "not JSON"),
        ('{"a":' + "[" * 100 + "]" * 100 + "}", "nested"),
        ('{"a": ' + "9" * 10_000 + "}", "not JSON"),
    ],
)
def test_what_is_wrong_is_said(raw: str, says: str) -> None:
    arguments, written, error = parse_arguments(raw)
    assert arguments is None and error is not None and says in error
    assert written == raw[:MAX_RAW]


@pytest.mark.parametrize("raw", [None, "", "  \n"])
def test_nothing_means_no_arguments(raw: str | None) -> None:
    assert parse_arguments(raw) == ({}, "", None)


def test_lone_surrogates_become_storable() -> None:
    arguments, _, _ = parse_arguments('{"\\ud83d": "\\ud83d\\ude00 \\udead"}')
    assert arguments == {"�": "😀 �"}


def test_other_types_are_errors() -> None:
    assert parse_arguments([1])[2] == "arguments must be a JSON object, not list"
