"""Whatever bytes come through the wall become a checked value or a `ProtocolViolation`, never another error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxes import messages
from sandboxes.errors import ProtocolViolation

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NEARLY = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0")},
    optional={
        "id": JSON,
        "method": st.sampled_from(["ping", "notifications/progress", "x"]) | JSON,
        "params": st.dictionaries(st.sampled_from(["progressToken", "progress", "total", "message"]), JSON) | JSON,
        "result": JSON,
        "error": st.fixed_dictionaries({}, optional={"code": JSON, "message": JSON}) | JSON,
    },
)
RESULT = st.fixed_dictionaries(
    {},
    optional={
        "content": st.lists(st.fixed_dictionaries({}, optional={"type": st.just("text") | JSON, "text": JSON})) | JSON,
        "structuredContent": JSON,
        "isError": JSON,
    },
)


def only_violations(check: Any, value: Any) -> None:
    try:
        check(value)
    except ProtocolViolation:
        return


@given(st.binary(max_size=200))
def test_any_bytes(line: bytes) -> None:
    only_violations(messages.parse, line)


@given(NEARLY)
def test_anything_that_is_nearly_a_message(value: dict[str, Any]) -> None:
    only_violations(messages.parse, json.dumps(value).encode())


@given(RESULT)
def test_anything_that_is_nearly_a_result(value: dict[str, Any]) -> None:
    only_violations(messages.call_result, value)


@given(st.fixed_dictionaries({}, optional={"tools": st.lists(JSON | st.fixed_dictionaries({"name": JSON})) | JSON}))
def test_anything_that_is_nearly_a_list_of_tools(value: dict[str, Any]) -> None:
    only_violations(messages.tool_page, value)


@given(st.text(max_size=50))
def test_text_arrives_as_it_was(text: str) -> None:
    storable = text.encode("utf-8", "replace").decode()
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": storable}]}})
    answer = messages.parse(line.encode())
    assert isinstance(answer, messages.Answer)
    assert messages.call_result(answer.result).text == storable


def test_half_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(ProtocolViolation):
        messages.parse(b'{"jsonrpc":"2.0","id":1,"result":{"x":"\\ud83d"}}')
    assert messages.parse(b'{"jsonrpc":"2.0","id":1,"result":{"x":"\\ud83d\\ude00"}}') is not None


def test_the_audience_is_agent_unless_said_otherwise() -> None:
    tool = {"name": "x", "inputSchema": {}}
    both = [tool, {**tool, "_meta": {"sweagent/audience": "host"}}]
    tools, cursor = messages.tool_page({"tools": both, "nextCursor": "more"})
    assert [found.audience for found in tools] == ["agent", "host"]
    assert cursor == "more"


@pytest.mark.parametrize("name", ["", "a b", "a\n", "x" * 65, "é", None, 7])
def test_a_tool_s_name_is_plain(name: object) -> None:
    with pytest.raises(ProtocolViolation):
        messages.tool_page({"tools": [{"name": name, "inputSchema": {}}]})
