"""The scripted model beyond the contract: files, computed replies, the end of a script."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from sweagent.core.errors import ModelRefused
from sweagent.core.message import Message, ToolSchema
from sweagent.models.resolve import open_model
from sweagent.models.scripted import Scripted, ScriptedCall, ScriptedReply

ASK = [Message(role="user", content="hi")]
REPLIES = [
    {"content": "one", "cost_usd": 0.25},
    {"tool_calls": [{"name": "bash", "arguments": {"command": "ls"}}]},
    {"tool_calls": [{"name": "bash", "arguments": "{"}], "finish_reason": "length"},
]


@pytest.mark.parametrize(
    "text",
    [json.dumps(REPLIES), json.dumps({"replies": REPLIES}), "\n".join(map(json.dumps, REPLIES)) + "\n\n"],
    ids=["list", "object", "lines"],
)
async def test_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "script"
    path.write_text(text)
    model = open_model(f"scripted:{path}")
    one, two, three = [await model.complete(ASK, []) for _ in range(3)]
    assert (one.message.content, one.cost_usd, one.finish_reason) == ("one", 0.25, "stop")
    assert two.message.tool_calls[0].arguments == {"command": "ls"} and two.finish_reason == "tool_calls"
    assert three.message.tool_calls[0].raw == "{" and three.finish_reason == "length"
    with pytest.raises(ModelRefused, match=r"at its end \(3 replies\)"):
        await model.complete(ASK, [])


async def test_a_brain_computes_replies() -> None:
    def brain(messages: Sequence[Message], tools: Sequence[ToolSchema]) -> ScriptedReply:
        return ScriptedReply(tool_calls=(ScriptedCall(name=tools[0].name, arguments={"n": len(messages)}),))

    reply = await Scripted(brain).complete(ASK, [ToolSchema(name="t", description="", parameters={})])
    assert (reply.message.tool_calls[0].name, reply.message.tool_calls[0].arguments) == ("t", {"n": 1})
    assert reply.usage.prompt > 0
