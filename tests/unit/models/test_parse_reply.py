"""Replies of every odd shape become a Message; streamed replies equal whole ones however they are cut."""

from __future__ import annotations

import types
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweagent.core.message import Message, ToolCall, ToolSchema, Usage
from sweagent.models.clean import MAX_TEXT
from sweagent.models.parse import MAX_CALLS, parse_message, parse_usage, used_ids
from sweagent.models.stream import Fold, TooLongError

TOOLS = [ToolSchema(name="bash", description="", parameters={"type": "object", "properties": {}})]


def call(name: Any = "bash", arguments: Any = "{}", **more: Any) -> dict[str, Any]:
    return {"id": "c", "type": "function", "function": {"name": name, "arguments": arguments}, **more}


def test_a_plain_call() -> None:
    message = parse_message({"content": None, "tool_calls": [call(arguments='{"command": "ls"}')]}, TOOLS)
    assert message == Message(
        role="assistant", content="", tool_calls=(ToolCall(id="c", name="bash", arguments={"command": "ls"}),)
    )


def test_objects_do_as_well_as_mappings() -> None:
    function = types.SimpleNamespace(name="bash", arguments='{"command": "ls"}')
    raw = types.SimpleNamespace(content="hi", tool_calls=[types.SimpleNamespace(id="c", function=function)])
    assert parse_message(raw, TOOLS).tool_calls[0].arguments == {"command": "ls"}


def test_arguments_as_an_object() -> None:
    assert parse_message({"tool_calls": [call(arguments={"a": 1})]}, TOOLS).tool_calls[0].arguments == {"a": 1}


def test_missing_doubled_odd_and_used_ids_become_fresh_ones() -> None:
    raw = {"tool_calls": [call(id=given) for given in ("c", "c", None, "", 7, "a b", "x" * 99, "old")]}
    ids = [made.id for made in parse_message(raw, TOOLS, used={"old"}).tool_calls]
    assert ids[0] == "c" and "old" not in ids
    assert len(set(ids)) == 8


def test_ids_stay_unique_over_a_conversation() -> None:
    messages: list[Message] = []
    for _ in range(5):
        messages.append(parse_message({"tool_calls": [call(id="call_0")] * 3}, TOOLS, used_ids(messages)))
    assert len(used_ids(messages)) == 15


def test_legacy_function_call() -> None:
    message = parse_message({"content": "", "function_call": {"name": "bash", "arguments": "{}"}}, TOOLS)
    assert [made.name for made in message.tool_calls] == ["bash"]


def test_a_call_without_a_name_is_an_error() -> None:
    made = parse_message({"tool_calls": [call(name=None)]}, TOOLS).tool_calls[0]
    assert made.arguments is None and made.error == "the call names no tool"


def test_content_as_parts_and_thinking() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image_url"}, "b", {"text": None}]
    assert parse_message({"content": parts}, TOOLS).content == "ab"
    raw = {"content": '<think>\n{"name": "bash", "arguments": {}}</think>\nok', "reasoning_content": "long"}
    assert parse_message(raw, TOOLS) == Message(role="assistant", content="ok")


def test_text_calls_only_where_there_are_tools_and_no_others() -> None:
    text = '<tool_call>{"name": "bash", "arguments": {}}</tool_call>'
    assert parse_message({"content": text}, TOOLS).tool_calls
    assert not parse_message({"content": text}, []).tool_calls
    both = parse_message({"content": text, "tool_calls": [call()]}, TOOLS)
    assert len(both.tool_calls) == 1 and both.content == text


def test_bounds() -> None:
    message = parse_message({"content": "x" * (MAX_TEXT + 5), "tool_calls": [call()] * 500}, TOOLS)
    assert len(message.content) == MAX_TEXT and len(message.tool_calls) == MAX_CALLS


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["content", "tool_calls", "function_call", "function", "id", "name", "arguments", "text"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JUNK)
def test_junk_never_raises(raw: Any) -> None:
    parse_message(raw, TOOLS).model_dump_json()
    parse_usage(raw)


@pytest.mark.parametrize(
    ("raw", "usage"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 2}, Usage(prompt=9, completion=2)),
        (
            {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 5}},
            Usage(prompt=9, completion=2, cached=5),
        ),
        ({"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 50}}, Usage(prompt=1, cached=1)),
        ({"prompt_tokens": -1, "completion_tokens": "x"}, None),
        (None, None),
    ],
)
def test_usage(raw: Any, usage: Usage | None) -> None:
    assert parse_usage(raw) == usage


def chunk(**delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


@given(st.text(), st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=4), st.randoms(use_true_random=False))
def test_a_stream_equals_the_whole_however_it_is_cut(content: str, calls: list[tuple[str, str]], random: Any) -> None:
    def cuts(text: str) -> list[str]:
        places = sorted(random.randrange(len(text) + 1) for _ in range(random.randrange(4)))
        return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]

    raw = [call(name, arguments, id=f"id{n}") for n, (name, arguments) in enumerate(calls)]
    fold = Fold()
    for piece in cuts(content):
        fold.add(chunk(content=piece))
    for index, one in enumerate(raw):
        function = one["function"]
        fold.add(chunk(tool_calls=[{"index": index, "id": one["id"], "function": {"name": function["name"]}}]))
        for piece in cuts(function["arguments"]):
            fold.add(chunk(tool_calls=[{"index": index, "function": {"arguments": piece}}]))
    assert parse_message(fold.message(), []) == parse_message({"content": content, "tool_calls": raw}, [])


def test_servers_that_number_every_call_nought() -> None:
    fold = Fold()
    for name in ("a", "b"):
        fold.add(chunk(tool_calls=[{"index": 0, "id": name, "function": {"name": name, "arguments": "{}"}}]))
    assert [made.name for made in parse_message(fold.message(), []).tool_calls] == ["a", "b"]


def test_deltas_without_an_index() -> None:
    fold = Fold()
    fold.add(chunk(tool_calls=[{"id": "a", "function": {"name": "bash", "arguments": '{"a"'}}]))
    fold.add(chunk(tool_calls=[{"function": {"arguments": ": 1}"}}]))
    assert parse_message(fold.message(), []).tool_calls[0].arguments == {"a": 1}


def test_an_endless_stream_is_cut_off() -> None:
    fold = Fold()
    with pytest.raises(TooLongError):
        for _ in range(MAX_TEXT):
            fold.add(chunk(content="x" * 1000))
    with pytest.raises(TooLongError):
        for index in range(1000):
            fold.add(chunk(tool_calls=[{"index": index, "id": str(index), "function": {"name": "a"}}]))
