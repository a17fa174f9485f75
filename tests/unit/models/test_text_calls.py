"""Tool calls written as text are found; text that only looks a bit like one is left alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweagent.core.message import ToolSchema
from sweagent.models.text_calls import find_calls

TOOLS = [
    ToolSchema(
        name="bash",
        description="",
        parameters={
            "type": "object",
            "properties": {"command": {"type": "string"}, "timeout": {"type": "number"}},
        },
    )
]
LS = {"command": "ls"}


@pytest.mark.parametrize(
    ("text", "rest", "calls"),
    [
        ('<tool_call>{"name": "bash", "arguments": {"command": "ls"}}</tool_call>', "", [("bash", LS)]),
        ('I look.\n<tool_call>\n{"name": "bash", "arguments": {"command": "ls"}}\n', "I look.", [("bash", LS)]),
        ('<tool_call>{"name": "any", "arguments": {}}</tool_call>' * 2, "", [("any", {}), ("any", {})]),
        (
            '<tool_call>{"name": "bash", "arguments": {"command": "ls}</tool_call>',
            "",
            [("bash", '{"name": "bash", "arguments": {"command": "ls}')],
        ),
        ("<tool_call>what</tool_call>", "", [("unknown", "what")]),
        (
            "<tool_call>\n<function=bash>\n<parameter=command>\necho '1'\n</parameter>\n<parameter=timeout>\n5\n"
            "</parameter>\n</function>\n</tool_call>",
            "",
            [("bash", {"command": "echo '1'", "timeout": 5})],
        ),
        ('<function=bash>{"command": "ls"}</function>', "", [("bash", '{"command": "ls"}')]),
        ('[TOOL_CALLS] [{"name": "bash", "arguments": {"command": "ls"}}]', "", [("bash", LS)]),
        ('{"name": "bash", "parameters": {"command": "ls"}}', "", [("bash", LS)]),
        ('{"function": {"name": "bash", "arguments": {"command": "ls"}}}', "", [("bash", LS)]),
        ('First:\n```json\n{"name": "bash", "arguments": {"command": "ls"}}\n```\n', "First:", [("bash", LS)]),
        ("```python\nprint(1)\n```", None, []),
        ('```json\n{"name": "left-pad", "arguments": {}}\n```', None, []),
        ('```json\n{"name": "bash"}\n```', None, []),
        ("no call at all", None, []),
        ("[TOOL_CALLS] [oops]", None, []),
        ("", None, []),
    ],
)
def test_forms(text: str, rest: str | None, calls: list[tuple[str, Any]]) -> None:
    assert find_calls(text, TOOLS) == (text if rest is None else rest, calls)


def test_only_the_fence_that_is_a_call_is_taken_out() -> None:
    text = '```python\nx = 1\n```\nthen\n```json\n{"name": "bash", "arguments": {"command": "ls"}}\n```'
    rest, calls = find_calls(text, TOOLS)
    assert calls == [("bash", LS)]
    assert rest == "```python\nx = 1\n```\nthen"


PIECES = [
    "<tool_call>",
    "</tool_call>",
    "<function=bash>",
    "</function>",
    "[TOOL_CALLS]",
    "```json\n",
    "```",
    '{"name":',
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8)).map("".join))
def test_never_raises(text: str) -> None:
    rest, calls = find_calls(text, TOOLS)
    assert calls or rest == text
